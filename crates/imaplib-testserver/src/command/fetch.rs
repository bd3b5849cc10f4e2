//! FETCH and UID FETCH (RFC 3501 section 6.4.5).

use imaplib_proto::types::{Flag, UidSet};

use super::select;
use crate::cursor::{Cursor, Parsed, Syntax};
use crate::fetch::item::Item;
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

/// What is sent of one message; taken out of the store so that it can be written without holding the store.
struct Row {
    number: usize,
    message: Message,
    recent: bool,
    /// FETCH has set `\Seen`, which the client is to be told.
    newly_seen: bool,
}

pub(crate) fn fetch(session: &mut Session, args: &mut Cursor, numbers: Numbers) -> Handled {
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
            let mut message = message.clone();
            if newly_seen {
                let mut flags = message.flags.clone();
                flags.insert(Flag::Seen);
                if let Some(changed) = mailbox.set_flags(entry.uid, flags) {
                    message = changed.clone();
                }
                any_marked = true;
            }
            if newly_seen || items.contains(&Item::Flags) {
                entry.modseq = message.modseq;
            }
            rows.push(Row { number: place + 1, message, recent: entry.recent, newly_seen });
        }
        Ok((rows, earlier))
    })?;
    if let Some(earlier) = select::earlier(&earlier) {
        session.output.push(earlier);
    }
    if any_marked {
        session.store.notify();
    }
    let mut unknown_encoding = false;
    let with_modseq = session.condstore_enabled();
    for row in rows {
        match write_row(&row, &items, with_modseq) {
            Some(response) => session.send(response),
            None => unknown_encoding = true,
        }
    }
    if unknown_encoding {
        return Completion::no("[UNKNOWN-CTE] a part's encoding is not known");
    }
    if gone && numbers == Numbers::Sequence {
        return Completion::no("[EXPUNGEISSUED] some messages are gone");
    }
    Completion::ok("FETCH done")
}

fn write_row(row: &Row, items: &[Item], with_modseq: bool) -> Option<Response> {
    let mut response = Response::untagged();
    response.text(&format!("{} FETCH (", row.number));
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            response.text(" ");
        }
        item.write(&mut response, &row.message, row.recent).ok()?;
    }
    let unasked: &[Item] = match (row.newly_seen, with_modseq) {
        (false, _) => &[],
        (true, false) => &[Item::Flags],
        (true, true) => &[Item::Uid, Item::ModSeq, Item::Flags],
    };
    for item in unasked.iter().filter(|item| !items.contains(item)) {
        item.write(response.text(" "), &row.message, row.recent).ok()?;
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
