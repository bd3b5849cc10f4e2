//! FETCH and UID FETCH (RFC 3501 section 6.4.5).

use bytes::Bytes;
use imaplib_proto::types::{Flag, UidSet};

use super::select;
use crate::cursor::{Cursor, Parsed, Syntax};
use crate::fetch::item::Item;
use crate::fetch::rows::{Fetching, Outcome, Row};
use crate::mailbox::Message;
use crate::response::{Completion, Handled, Response};
use crate::session::Session;
use crate::view::{MessageSet, Numbers};

/// The modifiers behind the items (RFC 7162 sections 3.1.4.1 and 3.2.6).
#[derive(Debug, Default)]
struct Modifiers {
    changed_since: Option<u64>,
    vanished: bool,
}

/// Begins; [`next_row`] continues.
pub(crate) fn fetch(session: &mut Session, tag: &Bytes, args: &mut Cursor, numbers: Numbers) -> Handled {
    args.space()?;
    let set = MessageSet::read(args, numbers, &session.settings)?;
    args.space()?;
    let mut items = Item::parse_all(args, &session.settings)?;
    let Modifiers { changed_since, vanished } = modifiers(args, session, numbers)?;
    args.end()?;
    if changed_since.is_some() || items.contains(&Item::ModSeq) {
        session.enable_condstore();
    }
    if changed_since.is_some() && !items.contains(&Item::ModSeq) {
        items.push(Item::ModSeq);
    }
    if numbers == Numbers::Uid && !items.contains(&Item::Uid) {
        items.insert(0, Item::Uid);
    }
    let marks_seen = items.iter().any(Item::marks_seen);
    let mut gone = false;
    let mut any_marked = false;
    let (rows, earlier) = session.with_selected(|mailbox, view| {
        let mut rows = Vec::new();
        let earlier = match (vanished, changed_since, &set) {
            (true, Some(since), MessageSet::Uid(uids)) => {
                let vanished = mailbox.vanished(since, uids);
                // What the session does not know to be expunged is reported without EARLIER.
                vanished
                    .iter()
                    .filter(|uid| view.entries.binary_search_by_key(uid, |entry| entry.uid).is_err())
                    .collect()
            }
            _ => UidSet::new(),
        };
        for place in view.resolve(&set)? {
            let Some(entry) = view.entries.get_mut(place) else { continue };
            let Some(message) = mailbox.message(entry.uid) else {
                gone = true;
                continue;
            };
            if changed_since.is_some_and(|since| message.modseq <= since) {
                continue;
            }
            let newly_seen = marks_seen && !view.read_only && !message.flags.contains(&Flag::Seen);
            let mut modseq = message.modseq;
            if newly_seen {
                let mut flags = message.flags.clone();
                flags.insert(Flag::Seen);
                modseq = mailbox.set_flags(entry.uid, flags).map_or(modseq, |changed| changed.modseq);
                any_marked = true;
            }
            if newly_seen || items.contains(&Item::Flags) {
                entry.modseq = modseq;
            }
            let number = u32::try_from(place + 1).unwrap_or(u32::MAX);
            rows.push(Row { number, uid: entry.uid, recent: entry.recent, newly_seen });
        }
        Ok((rows, earlier))
    })?;
    if let Some(earlier) = select::earlier(&earlier) {
        session.output.push(earlier);
    }
    if any_marked {
        session.store.notify();
    }
    let (with_modseq, rows) = (session.condstore_enabled(), rows.into_iter());
    let outcome = Outcome { gone, ..Outcome::default() };
    session.fetching = Some(Fetching { tag: tag.clone(), numbers, items, with_modseq, rows, outcome });
    Ok(Completion::Pending)
}

/// Sends the next row of the FETCH that has begun; at its end, returns how it ends.
pub(crate) fn next_row(session: &mut Session, fetching: &mut Fetching) -> Option<Handled> {
    let Some(row) = fetching.rows.next() else { return Some(end(fetching)) };
    // The store is not held while the row is written.
    let message = session.with_selected(|mailbox, _| Ok(mailbox.message(row.uid).cloned()));
    let Ok(Some(mut message)) = message else {
        fetching.outcome.gone = true;
        return None;
    };
    if fetching.items.iter().any(Item::reads_text) {
        match session.store.open_message(&message) {
            Ok(open) => message = open,
            Err(_) => {
                fetching.outcome.unreadable += 1;
                return None;
            }
        }
    }
    let response = write_row(&row, &message, &fetching.items, fetching.with_modseq);
    match response {
        _ if message.content.has_failed() => fetching.outcome.unreadable += 1,
        Some(response) => session.send(response),
        None => fetching.outcome.unknown_encoding = true,
    }
    None
}

fn end(fetching: &Fetching) -> Handled {
    match fetching.outcome {
        Outcome { unreadable: 1, .. } => Completion::no("[CORRUPTION] 1 message cannot be read"),
        Outcome { unreadable, .. } if unreadable > 0 => {
            Completion::no(format!("[CORRUPTION] {unreadable} messages cannot be read"))
        }
        Outcome { unknown_encoding: true, .. } => Completion::no("[UNKNOWN-CTE] a part's encoding is not known"),
        Outcome { gone: true, .. } if fetching.numbers == Numbers::Sequence => {
            Completion::no("[EXPUNGEISSUED] some messages are gone")
        }
        _ => Completion::ok("FETCH done"),
    }
}

fn write_row(row: &Row, message: &Message, items: &[Item], with_modseq: bool) -> Option<Response> {
    let mut response = Response::untagged();
    response.text(&format!("{} FETCH (", row.number));
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            response.text(" ");
        }
        item.write(&mut response, message, row.recent).ok()?;
    }
    let unasked: &[Item] = match (row.newly_seen, with_modseq) {
        (false, _) => &[],
        (true, false) => &[Item::Flags],
        (true, true) => &[Item::Uid, Item::ModSeq, Item::Flags],
    };
    for item in unasked.iter().filter(|item| !items.contains(item)) {
        item.write(response.text(" "), message, row.recent).ok()?;
    }
    response.text(")");
    Some(response)
}

fn modifiers(args: &mut Cursor, session: &Session, numbers: Numbers) -> Parsed<Modifiers> {
    let mut modifiers = Modifiers::default();
    if !args.eat(b' ') {
        return Ok(modifiers);
    }
    let offered = session.settings.has_condstore();
    args.list(|cursor| {
        match cursor.keyword()?.as_str() {
            "CHANGEDSINCE" if offered => {
                cursor.space()?;
                modifiers.changed_since = Some(cursor.nonzero()?);
            }
            "VANISHED" if numbers == Numbers::Uid && session.qresync_enabled() => modifiers.vanished = true,
            other => return Err(Syntax::new(format!("unknown modifier {other} of FETCH"))),
        }
        Ok(())
    })?;
    if modifiers.changed_since.is_none() {
        return Err(Syntax::new("the modifiers of FETCH need CHANGEDSINCE"));
    }
    Ok(modifiers)
}
