//! COPY and MOVE (RFC 3501 section 6.4.7, RFC 6851, RFC 4315 COPYUID).

use imaplib_proto::types::{Uid, UidSet};

use crate::completion::{Completion, Handled, try_create};
use crate::connection::Connection;
use crate::cursor::Cursor;
use crate::mailbox::Message;
use crate::store::StoreError;
use crate::view::{MessageSet, Numbers};

pub(crate) fn copy(connection: &mut Connection, args: &mut Cursor, numbers: Numbers) -> Handled {
    let copied = transfer(connection, args, numbers, false)?;
    Completion::ok(match copied {
        Some(code) => format!("[{code}] COPY done"),
        None => "COPY done".to_owned(),
    })
}

pub(crate) fn move_(connection: &mut Connection, args: &mut Cursor, numbers: Numbers) -> Handled {
    if let Some(code) = transfer(connection, args, numbers, true)? {
        // The code comes before the EXPUNGE responses, so that clients know where the messages went.
        connection.say(&format!("* OK [{code}] moved"));
    }
    Completion::ok("MOVE done")
}

/// Copies messages, takes them away from their mailbox if they are moved, and tells their COPYUID code.
fn transfer(
    connection: &mut Connection,
    args: &mut Cursor,
    numbers: Numbers,
    remove: bool,
) -> Result<Option<String>, Completion> {
    args.space()?;
    let set = MessageSet::parse(&args.set_text()?, numbers)?;
    args.space()?;
    let target = args.mailbox()?;
    args.end()?;
    let chosen: Vec<Uid> = connection.with_selected(|_, view| {
        if remove && view.read_only {
            return Completion::no("[READ-ONLY] the mailbox is read-only");
        }
        let places = view.resolve(&set)?;
        Ok(places.into_iter().filter_map(|place| view.entries.get(place)).map(|entry| entry.uid).collect())
    })?;
    let user = connection.logged_in()?;
    let source_id = connection.view.as_ref().map_or(0, |view| view.mailbox_id);
    let code = connection.store.with(&user, |account| {
        let source = account.by_id(source_id).ok_or(StoreError::NoSuchMailbox)?;
        let messages: Vec<Message> = chosen.iter().filter_map(|uid| source.message(*uid)).cloned().collect();
        if messages.len() < chosen.len() && numbers == Numbers::Sequence {
            return Completion::no("[EXPUNGEISSUED] some messages are gone");
        }
        let target = account.mailbox_mut(&target).map_err(try_create)?;
        let mut sources = UidSet::new();
        let mut copies = UidSet::new();
        for message in &messages {
            let Some(copy) = target.copy_in(message) else {
                return Completion::no("[OVERQUOTA] the mailbox has no UIDs left");
            };
            sources.insert(message.uid);
            copies.insert(copy);
        }
        let code = format!("COPYUID {} {sources} {copies}", target.uid_validity);
        if remove && let Some(source) = account.by_id(source_id) {
            source.expunge(|message| sources.contains(message.uid));
        }
        Ok((!messages.is_empty()).then_some(code))
    })?;
    connection.store.notify();
    Ok(code.filter(|_| connection.settings.has("UIDPLUS")))
}
