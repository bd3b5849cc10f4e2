//! SEARCH and UID SEARCH (RFC 3501 section 6.4.4, RFC 4731 ESEARCH).

use bytes::Bytes;
use imaplib_proto::types::{SeqNum, SeqSet};

use crate::completion::{Completion, Handled};
use crate::cursor::{Cursor, Parsed, Syntax};
use crate::response::Response;
use crate::search::evaluate::{Candidate, matches};
use crate::search::key::Key;
use crate::session::Session;
use crate::view::{MessageSet, Numbers, View};

/// What `RETURN (…)` asks for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Options {
    min: bool,
    max: bool,
    all: bool,
    count: bool,
}

pub(crate) fn search(session: &mut Session, tag: &Bytes, args: &mut Cursor, numbers: Numbers) -> Handled {
    args.space()?;
    let options = if session.settings.has("ESEARCH") { options(args)? } else { None };
    if args.eat_word("CHARSET ") {
        let charset = args.astring()?;
        args.space()?;
        if !charset.eq_ignore_ascii_case(b"US-ASCII") && !charset.eq_ignore_ascii_case(b"UTF-8") {
            return Completion::no("[BADCHARSET (US-ASCII UTF-8)] charset not supported");
        }
    }
    let key = Key::parse_program(args, &session.settings)?;
    let asks_modseq = uses_modseq(&key);
    if asks_modseq {
        session.enable_condstore();
    }
    let found = session.with_selected(|mailbox, view| {
        check_sets(&key, view)?;
        let in_set = |set: &MessageSet, place: usize| view.contains(set, place);
        let mut found = Found::default();
        for (place, entry) in view.entries.iter().enumerate() {
            let Some(message) = mailbox.message(entry.uid) else { continue };
            if matches(&key, &Candidate { message, place, recent: entry.recent }, &in_set) {
                let number = u32::try_from(place + 1).unwrap_or(u32::MAX);
                found.numbers.push(if numbers == Numbers::Uid { entry.uid.get() } else { number });
                found.modseqs.push(message.modseq);
            }
        }
        Ok(found)
    })?;
    let highest = found.highest(options.as_ref()).filter(|_| asks_modseq);
    match options {
        None => {
            let mut line = "* SEARCH".to_owned();
            for number in &found.numbers {
                line.push_str(&format!(" {number}"));
            }
            if let Some(highest) = highest {
                line.push_str(&format!(" (MODSEQ {highest})"));
            }
            session.say(&line);
        }
        Some(options) => {
            let response = extended(tag, numbers, options, &found.numbers, highest);
            session.send(response);
        }
    }
    Completion::ok("SEARCH done")
}

/// The messages that match, in the order of the mailbox.
#[derive(Debug, Default)]
struct Found {
    numbers: Vec<u32>,
    modseqs: Vec<u64>,
}

impl Found {
    /// The highest mod-sequence of the messages that the response names (RFC 4731 section 3.2).
    fn highest(&self, options: Option<&Options>) -> Option<u64> {
        match options {
            Some(Options { min, max, all: false, count: false }) if *min || *max => {
                let ends = [self.modseqs.first().filter(|_| *min), self.modseqs.last().filter(|_| *max)];
                ends.into_iter().flatten().max().copied()
            }
            _ => self.modseqs.iter().max().copied(),
        }
    }
}

fn options(args: &mut Cursor) -> Parsed<Option<Options>> {
    if !args.eat_word("RETURN ") {
        return Ok(None);
    }
    let mut options = Options::default();
    args.list(|cursor| {
        match cursor.keyword()?.as_str() {
            "MIN" => options.min = true,
            "MAX" => options.max = true,
            "ALL" => options.all = true,
            "COUNT" => options.count = true,
            other => return Err(Syntax::new(format!("unknown return option {other}"))),
        }
        Ok(())
    })?;
    args.space()?;
    if options == Options::default() {
        options.all = true;
    }
    Ok(Some(options))
}

fn extended(tag: &[u8], numbers: Numbers, options: Options, found: &[u32], highest: Option<u64>) -> Response {
    let mut response = Response::untagged();
    response.text("ESEARCH (TAG ").string(tag).text(")");
    if numbers == Numbers::Uid {
        response.text(" UID");
    }
    if let (Some(first), Some(last)) = (found.first(), found.last()) {
        if options.min {
            response.text(&format!(" MIN {first}"));
        }
        if options.max {
            response.text(&format!(" MAX {last}"));
        }
        if options.all {
            let set: SeqSet = found.iter().filter_map(|number| SeqNum::new(*number)).collect();
            response.text(&format!(" ALL {set}"));
        }
    }
    if options.count {
        response.text(&format!(" COUNT {}", found.len()));
    }
    if let Some(highest) = highest {
        response.text(&format!(" MODSEQ {highest}"));
    }
    response
}

/// Refuses sequence numbers that the mailbox does not have.
fn check_sets(key: &Key, view: &View) -> Parsed<()> {
    match key {
        Key::And(keys) => keys.iter().try_for_each(|key| check_sets(key, view)),
        Key::Or(left, right) => check_sets(left, view).and_then(|()| check_sets(right, view)),
        Key::Not(key) => check_sets(key, view),
        Key::Set(set) if !view.entries.is_empty() => view.check(set),
        _ => Ok(()),
    }
}

fn uses_modseq(key: &Key) -> bool {
    match key {
        Key::And(keys) => keys.iter().any(uses_modseq),
        Key::Or(left, right) => uses_modseq(left) || uses_modseq(right),
        Key::Not(key) => uses_modseq(key),
        Key::ModSeq(_) => true,
        _ => false,
    }
}
