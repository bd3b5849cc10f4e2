//! Finds the messages of the selected mailbox that match.

use super::evaluate::{Candidate, matches};
use super::key::Key;
use super::results::Hit;
use crate::completion::Completion;
use crate::cursor::{Cursor, Parsed};
use crate::mailbox::Message;
use crate::session::Session;
use crate::view::{MessageSet, View};

/// Reads a charset that is known.
pub(crate) fn charset(args: &mut Cursor) -> Result<(), Completion> {
    let charset = args.astring()?;
    if charset.eq_ignore_ascii_case(b"US-ASCII") || charset.eq_ignore_ascii_case(b"UTF-8") {
        return Ok(());
    }
    Completion::no("[BADCHARSET (US-ASCII UTF-8)] charset not supported")
}

/// What `keep` makes of each message that matches, in the order of the mailbox.
pub(crate) fn find<T>(
    session: &mut Session,
    key: &Key,
    mut keep: impl FnMut(Hit, &Message) -> T,
) -> Result<Vec<T>, Completion> {
    let asks_modseq = uses_modseq(key);
    if asks_modseq {
        session.enable_condstore();
    }
    session.with_selected(|mailbox, view| {
        check_sets(key, view)?;
        let in_set = |set: &MessageSet, place: usize| view.contains(set, place);
        let mut found = Vec::new();
        for (place, entry) in view.entries.iter().enumerate() {
            let Some(message) = mailbox.message(entry.uid) else { continue };
            if matches(key, &Candidate { message, place, recent: entry.recent }, &in_set) {
                let modseq = asks_modseq.then_some(message.modseq);
                let seq = u32::try_from(place + 1).unwrap_or(u32::MAX);
                found.push(keep(Hit { seq, uid: entry.uid, modseq }, message));
            }
        }
        Ok(found)
    })
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
