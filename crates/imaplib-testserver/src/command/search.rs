//! SEARCH (RFC 3501 section 6.4.4; RFC 4731 ESEARCH; RFC 5182 SEARCHRES), SORT (RFC 5256; RFC 5267 ESORT) and THREAD
//! (RFC 5256), each with its UID form.

use std::sync::Arc;

use bytes::Bytes;
use imaplib_proto::command::ThreadAlgorithm;
use imaplib_proto::order::Threading;

use super::context;
use crate::cursor::Cursor;
use crate::order::sort::{criteria, sorted, too_many, values};
use crate::order::thread::{thread_message, to_text};
use crate::response::{Completion, Handled};
use crate::search::evaluate::{charset, find};
use crate::search::key::Key;
use crate::search::results::{Hit, Offered, ReturnOptions, extended};
use crate::session::Session;
use crate::view::Numbers;

pub(crate) fn search(session: &mut Session, tag: &Bytes, args: &mut Cursor, numbers: Numbers) -> Handled {
    args.space()?;
    let settings = &session.settings;
    let offered = Offered { save: settings.has("SEARCHRES"), context: settings.has("CONTEXT=SEARCH") };
    let options = if settings.has("ESEARCH") { ReturnOptions::parse(args, offered)? } else { None };
    let saves = options.is_some_and(|options| options.save);
    let found = parse_and_find(session, args);
    // A refused search that was to be saved leaves nothing saved (RFC 5182 section 2.1).
    if let (true, Err(Completion::No(_)), Some(view)) = (saves, &found, &mut session.view) {
        view.saved = Vec::new();
    }
    let (key, found) = found?;
    match options {
        None => {
            let response = plain("SEARCH", numbers, &found);
            session.say(&response);
        }
        Some(options) => {
            if let Some(view) = session.view.as_mut().filter(|_| saves) {
                view.saved = options.chosen(&found).map(|hit| hit.uid).collect();
            }
            if let Some(response) = extended(tag, numbers, options, &found) {
                session.send(response);
            }
            if options.update {
                context::keep(session, tag, numbers, Arc::new(key), None, &found);
            }
        }
    }
    Completion::ok("SEARCH done")
}

fn parse_and_find(session: &mut Session, args: &mut Cursor) -> Result<(Key, Vec<Hit>), Completion> {
    if args.eat_word("CHARSET ") {
        charset(args)?;
        args.space()?;
    }
    let key = Key::parse_program(args, &session.settings)?;
    let found = find(session, &key, |hit, _| hit)?;
    Ok((key, found))
}

/// `* SEARCH 2 3 (MODSEQ 5)`; SORT looks alike.
pub(crate) fn plain(name: &str, numbers: Numbers, found: &[Hit]) -> String {
    let mut line = format!("* {name}");
    for hit in found {
        line.push_str(&format!(" {}", hit.number(numbers)));
    }
    if let Some(highest) = found.iter().filter_map(|hit| hit.modseq).max() {
        line.push_str(&format!(" (MODSEQ {highest})"));
    }
    line
}

pub(crate) fn sort(session: &mut Session, tag: &Bytes, args: &mut Cursor, numbers: Numbers) -> Handled {
    args.space()?;
    let offered = Offered { save: false, context: session.settings.has("CONTEXT=SORT") };
    let options = if session.settings.has("ESORT") { ReturnOptions::parse(args, offered)? } else { None };
    let criteria = criteria(args, &session.settings)?;
    args.space()?;
    charset(args)?;
    args.space()?;
    let key = Key::parse_program(args, &session.settings)?;
    let found = find(session, &key, |hit, message| (values(&criteria, message), hit))?;
    let found = sorted(&criteria, found)?;
    match options {
        None => {
            let response = plain("SORT", numbers, &found);
            session.say(&response);
        }
        Some(options) => {
            if let Some(response) = extended(tag, numbers, options, &found) {
                session.send(response);
            }
            if options.update {
                context::keep(session, tag, numbers, Arc::new(key), Some(criteria), &found);
            }
        }
    }
    Completion::ok("SORT done")
}

pub(crate) fn thread(session: &mut Session, args: &mut Cursor, numbers: Numbers) -> Handled {
    args.space()?;
    let name = args.keyword()?;
    let known = [ThreadAlgorithm::References, ThreadAlgorithm::Refs, ThreadAlgorithm::OrderedSubject];
    let algorithm = known
        .into_iter()
        .filter(|known| session.settings.has(known.capability()))
        .find(|known| known.capability().strip_prefix("THREAD=") == Some(&*name));
    let Some(algorithm) = algorithm else { return Completion::bad(format!("unknown algorithm {name}")) };
    args.space()?;
    charset(args)?;
    args.space()?;
    let key = Key::parse_program(args, &session.settings)?;
    let mut threading = Threading::new(algorithm);
    for message in find(session, &key, |hit, message| thread_message(hit.number(numbers), message))? {
        threading.add(&message).map_err(too_many)?;
    }
    let threads = to_text(&threading.finish());
    session.say(&if threads.is_empty() { "* THREAD".to_owned() } else { format!("* THREAD {threads}") });
    Completion::ok("THREAD done")
}
