//! COPY and MOVE (RFC 3501 section 6.4.7, RFC 6851, RFC 4315 COPYUID).

use imaplib_proto::types::{Uid, UidSet};

use crate::completion::{Completion, Handled, try_create};
use crate::cursor::Cursor;
use crate::mailbox::Message;
use crate::quota::Usage;
use crate::session::Session;
use crate::store_error::StoreError;
use crate::view::{MessageSet, Numbers};

pub(crate) fn copy(session: &mut Session, args: &mut Cursor, numbers: Numbers) -> Handled {
    let copied = transfer(session, args, numbers, false)?;
    Completion::ok(match copied.filter(|_| session.settings.has("UIDPLUS")) {
        Some(code) => format!("[{code}] COPY done"),
        None => "COPY done".to_owned(),
    })
}

pub(crate) fn move_(session: &mut Session, args: &mut Cursor, numbers: Numbers) -> Handled {
    let code = transfer(session, args, numbers, true)?;
    if let Some(code) = code.as_ref().filter(|_| session.settings.has("UIDPLUS")) {
        // The code comes before the EXPUNGE responses, so that clients know where the messages went.
        session.say(&format!("* OK [{code}] moved"));
    }
    Ok(session.after_expunge(code.is_some(), numbers == Numbers::Uid, "MOVE done"))
}

/// Copies messages, removes them from their mailbox if they are moved, and returns their COPYUID code, if there are any.
fn transfer(
    session: &mut Session,
    args: &mut Cursor,
    numbers: Numbers,
    remove: bool,
) -> Result<Option<String>, Completion> {
    args.space()?;
    let set = MessageSet::read(args, numbers, &session.settings)?;
    args.space()?;
    let target = args.mailbox()?;
    args.end()?;
    let chosen: Vec<Uid> = session.with_selected(|_, view| {
        if remove && view.read_only {
            return Completion::no("[READ-ONLY] the mailbox is read-only");
        }
        let places = view.resolve(&set)?;
        Ok(places.into_iter().filter_map(|place| view.entries.get(place)).map(|entry| entry.uid).collect())
    })?;
    let user = session.logged_in()?;
    let source_id = session.view.as_ref().map_or(0, |view| view.mailbox_id);
    let code = session.store.with(&user, |account| {
        let source = account.by_id(source_id).ok_or(StoreError::NoSuchMailbox)?;
        let messages: Vec<Message> = chosen.iter().filter_map(|uid| source.message(*uid)).cloned().collect();
        if messages.len() < chosen.len() && numbers == Numbers::Sequence {
            return Completion::no("[EXPUNGEISSUED] some messages are gone");
        }
        account.mailbox(&target).map_err(try_create)?;
        // What is moved stays within the account.
        if !remove {
            account.check_quota(Usage::sum(messages.iter().map(Message::size)))?;
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
    session.store.notify();
    Ok(code)
}
