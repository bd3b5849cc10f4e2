//! CREATE, DELETE, RENAME, SUBSCRIBE, UNSUBSCRIBE (RFC 3501 sections 6.3.3 to 6.3.7).

use crate::completion::{Completion, Handled};
use crate::cursor::{Cursor, Syntax};
use crate::name;
use crate::object_id;
use crate::session::Session;
use crate::store_error::StoreError;

/// The attributes that CREATE can give (RFC 6154).
const USES: &[&str] = &["\\All", "\\Archive", "\\Drafts", "\\Flagged", "\\Junk", "\\Sent", "\\Trash"];

pub(crate) fn create(session: &mut Session, args: &mut Cursor) -> Handled {
    args.space()?;
    let name = args.mailbox()?;
    let mut uses = Vec::new();
    if args.eat(b' ') {
        if !session.settings.has("CREATE-SPECIAL-USE") {
            return Completion::bad("CREATE takes no parameters here");
        }
        args.need(b'(')?;
        if !args.eat_word("USE ") {
            return Completion::bad("unknown parameter of CREATE");
        }
        uses = args.list(|cursor| {
            cursor.need(b'\\')?;
            let atom = cursor.atom()?;
            let known = USES
                .iter()
                .find(|known| known.as_bytes().get(1..).is_some_and(|name| name.eq_ignore_ascii_case(&atom)));
            known.map(|known| (*known).to_owned()).ok_or_else(|| Syntax::new("unknown special use"))
        })?;
        args.need(b')')?;
    }
    args.end()?;
    let user = session.logged_in()?;
    let id = session.store.with(&user, |account| {
        account.create(&name)?;
        let mailbox = account.mailbox_mut(name.trim_end_matches(name::DELIMITER))?;
        mailbox.special_use = uses;
        Ok::<_, StoreError>(object_id::of_mailbox(mailbox))
    })?;
    session.store.notify();
    if session.settings.has("OBJECTID") {
        return Completion::ok(format!("[MAILBOXID ({id})] CREATE done"));
    }
    Completion::ok("CREATE done")
}

pub(crate) fn delete(session: &mut Session, args: &mut Cursor) -> Handled {
    args.space()?;
    let name = args.mailbox()?;
    args.end()?;
    let user = session.logged_in()?;
    let id = session.store.with(&user, |account| {
        let id = account.mailboxes.get(&name).map(|mailbox| mailbox.id);
        account.delete(&name).map(|()| id)
    })?;
    if session.view.as_ref().map(|view| view.mailbox_id) == id {
        session.view = None;
    }
    session.store.notify();
    Completion::ok("DELETE done")
}

pub(crate) fn rename(session: &mut Session, args: &mut Cursor) -> Handled {
    args.space()?;
    let from = args.mailbox()?;
    args.space()?;
    let to = args.mailbox()?;
    args.end()?;
    let user = session.logged_in()?;
    session.store.with(&user, |account| account.rename(&from, &to))?;
    session.store.notify();
    Completion::ok("RENAME done")
}

pub(crate) fn subscribe(session: &mut Session, args: &mut Cursor, subscribed: bool) -> Handled {
    args.space()?;
    let name = args.mailbox()?;
    args.end()?;
    let user = session.logged_in()?;
    session.store.with(&user, |account| {
        if subscribed {
            account.subscribe(name)?;
        } else if !account.subscriptions.remove(&name) {
            return Completion::no("[NONEXISTENT] not subscribed");
        }
        Ok(())
    })?;
    session.store.notify();
    Completion::ok(if subscribed { "SUBSCRIBE done" } else { "UNSUBSCRIBE done" })
}
