//! FETCH and UID FETCH (RFC 3501 section 6.4.5).

use imaplib_proto::types::Flag;

use crate::completion::{Completion, Handled};
use crate::cursor::{Cursor, Parsed, Syntax};
use crate::fetch::item::Item;
use crate::mailbox::Message;
use crate::response::Response;
use crate::session::Session;
use crate::view::{MessageSet, Numbers};

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
    let set = MessageSet::parse(&args.set_text()?, numbers)?;
    args.space()?;
    let mut items = Item::parse_all(args, &session.settings)?;
    let changed_since = changed_since(args, session.settings.has("CONDSTORE"))?;
    args.end()?;
    if changed_since.is_some() || items.contains(&Item::ModSeq) {
        session.enabled.insert("CONDSTORE".to_owned());
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
    let rows = session.with_selected(|mailbox, view| {
        let mut rows = Vec::new();
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
        Ok(rows)
    })?;
    if any_marked {
        session.store.notify();
    }
    let mut unknown_encoding = false;
    for row in rows {
        match write_row(&row, &items) {
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

fn write_row(row: &Row, items: &[Item]) -> Option<Response> {
    let mut response = Response::untagged();
    response.text(&format!("{} FETCH (", row.number));
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            response.text(" ");
        }
        item.write(&mut response, &row.message, row.recent).ok()?;
    }
    if row.newly_seen && !items.contains(&Item::Flags) {
        response.text(" ");
        crate::view::write_flags(&mut response, &row.message, row.recent);
    }
    response.text(")");
    Some(response)
}

fn changed_since(args: &mut Cursor, offered: bool) -> Parsed<Option<u64>> {
    if !args.eat(b' ') {
        return Ok(None);
    }
    args.need(b'(')?;
    if !offered || !args.eat_word("CHANGEDSINCE ") {
        return Err(Syntax::new("unknown modifier of FETCH"));
    }
    let since = args.number()?;
    args.need(b')')?;
    Ok(Some(since))
}
