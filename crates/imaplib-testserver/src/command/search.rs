//! SEARCH and UID SEARCH (RFC 3501 section 6.4.4; RFC 4731 ESEARCH; RFC 5182 SEARCHRES).

use bytes::Bytes;

use crate::completion::{Completion, Handled};
use crate::cursor::Cursor;
use crate::search::find::{charset, find};
use crate::search::key::Key;
use crate::search::results::{Hit, ReturnOptions, extended};
use crate::session::Session;
use crate::view::Numbers;

pub(crate) fn search(session: &mut Session, tag: &Bytes, args: &mut Cursor, numbers: Numbers) -> Handled {
    args.space()?;
    let options = match session.settings.has("ESEARCH") {
        true => ReturnOptions::parse(args, session.settings.has("SEARCHRES"))?,
        false => None,
    };
    let saves = options.is_some_and(|options| options.save);
    let found = parse_and_find(session, args);
    // A refused search that was to be saved leaves nothing saved (RFC 5182 section 2.1).
    if let (true, Err(Completion::No(_)), Some(view)) = (saves, &found, &mut session.view) {
        view.saved = Vec::new();
    }
    let found = found?;
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
        }
    }
    Completion::ok("SEARCH done")
}

fn parse_and_find(session: &mut Session, args: &mut Cursor) -> Result<Vec<Hit>, Completion> {
    if args.eat_word("CHARSET ") {
        charset(args)?;
        args.space()?;
    }
    let key = Key::parse_program(args, &session.settings)?;
    find(session, &key, |hit, _| hit)
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
