//! What LIST, STATUS and NOTIFY return of a name (STATUS: RFC 3501 section 6.3.10, RFC 8438, RFC 9051).

use imaplib_proto::types::Flag;

use crate::account::Account;
use crate::cursor::{Cursor, Parsed, Syntax};
use crate::mailbox::Mailbox;
use crate::object_id;
use crate::response::Response;
use crate::settings::Settings;

/// The attributes of a name; `subscribed` adds whether it is subscribed.
pub(crate) fn attributes(account: &Account, name: &str, subscribed: bool, settings: &Settings) -> Vec<String> {
    let mut attributes = Vec::new();
    match account.mailboxes.get(name) {
        None => attributes.push("\\NonExistent".to_owned()),
        Some(mailbox) => {
            if !mailbox.selectable {
                attributes.push("\\Noselect".to_owned());
            }
            if settings.has("CHILDREN") || settings.has("LIST-EXTENDED") {
                let children = if account.has_children(name) { "\\HasChildren" } else { "\\HasNoChildren" };
                attributes.push(children.to_owned());
            }
            if settings.has("SPECIAL-USE") {
                attributes.extend(mailbox.special_use.iter().cloned());
            }
        }
    }
    if subscribed && account.subscriptions.contains(name) {
        attributes.push("\\Subscribed".to_owned());
    }
    attributes
}

/// One value that STATUS can return.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Item {
    Messages,
    Recent,
    UidNext,
    UidValidity,
    Unseen,
    Deleted,
    DeletedStorage,
    Size,
    HighestModSeq,
    MailboxId,
    ObjectIds,
    /// Of each mailbox the same.
    AppendLimit(u64),
}

pub(crate) fn items(args: &mut Cursor, settings: &Settings) -> Parsed<Vec<Item>> {
    let items = args.list(|cursor| {
        Ok(match cursor.keyword()?.as_str() {
            "MESSAGES" => Item::Messages,
            "RECENT" => Item::Recent,
            "UIDNEXT" => Item::UidNext,
            "UIDVALIDITY" => Item::UidValidity,
            "UNSEEN" => Item::Unseen,
            "DELETED" => Item::Deleted,
            "DELETED-STORAGE" if settings.has("QUOTA=RES-STORAGE") => Item::DeletedStorage,
            "SIZE" if settings.has("STATUS=SIZE") => Item::Size,
            "HIGHESTMODSEQ" if settings.has_condstore() => Item::HighestModSeq,
            "MAILBOXID" if settings.has("OBJECTID") => Item::MailboxId,
            "OBJECTID" if settings.has("OBJECTID+") => Item::ObjectIds,
            "APPENDLIMIT" => match settings.append_limit() {
                Some(limit) => Item::AppendLimit(limit),
                None => return Err(Syntax::new("unknown status item APPENDLIMIT")),
            },
            other => return Err(Syntax::new(format!("unknown status item {other}"))),
        })
    })?;
    if items.is_empty() { Err(Syntax::new("no status item is named")) } else { Ok(items) }
}

pub(crate) fn response(name: &str, mailbox: &Mailbox, items: &[Item]) -> Response {
    let figures = mailbox.figures();
    let mut response = Response::untagged();
    response.text("STATUS ").mailbox(name).text(" ").list(items, |out, item| {
        let (label, value) = match item {
            Item::Messages => ("MESSAGES", figures.messages),
            Item::Recent => ("RECENT", mailbox.recent() as u64),
            Item::UidNext => ("UIDNEXT", mailbox.uid_next.into()),
            Item::UidValidity => ("UIDVALIDITY", mailbox.uid_validity.into()),
            Item::Unseen => ("UNSEEN", figures.unseen),
            Item::Deleted => ("DELETED", figures.deleted),
            Item::DeletedStorage => {
                ("DELETED-STORAGE", mailbox.size_of(|message| message.flags.contains(&Flag::Deleted)))
            }
            Item::Size => ("SIZE", figures.size),
            Item::HighestModSeq => ("HIGHESTMODSEQ", mailbox.modseq),
            Item::AppendLimit(limit) => ("APPENDLIMIT", *limit),
            Item::MailboxId => {
                out.text(&format!("MAILBOXID ({})", object_id::of_mailbox(mailbox)));
                return;
            }
            Item::ObjectIds => {
                out.text(&object_id::all_of_mailbox(mailbox));
                return;
            }
        };
        out.text(&format!("{label} {value}"));
    });
    response
}
