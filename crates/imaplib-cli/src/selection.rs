//! What the user names: mailboxes and messages. What is not there is told, with what may have been meant.

use imaplib::blocking::{Mailbox, Session};
use imaplib::command::Search;
use imaplib::types::{Listing, MailboxName, StatusItem, Uid, UidSet};

use crate::exit::{Exit, Failure, Result};
use crate::failure::failure;
use crate::output;
use crate::similar;

/// The longest set of UIDs in one command, in octets.
pub(crate) const SET_OCTETS: usize = 7000;

/// A name from the command line.
pub(crate) fn mailbox_name(name: &str) -> Result<MailboxName> {
    if name.is_empty() {
        return Err(Failure::usage("the mailbox's name is empty"));
    }
    MailboxName::new(name).map_err(|error| Failure::usage(error.to_string()))
}

/// All mailboxes.
pub(crate) fn list(session: &mut Session) -> Result<Vec<Listing>> {
    session.list("*").map_err(|error| failure(&error).context("the list of mailboxes"))
}

/// Selects a mailbox to change it.
pub(crate) fn select<'a>(session: &'a mut Session, name: &str) -> Result<Mailbox<'a>> {
    let found = find(session, name)?;
    session.select(&found).map_err(|error| failure(&error).context(name))
}

/// Selects a mailbox to read it; nothing is marked as read or recent.
pub(crate) fn examine<'a>(session: &'a mut Session, name: &str) -> Result<Mailbox<'a>> {
    let found = find(session, name)?;
    session.examine(&found).map_err(|error| failure(&error).context(name))
}

/// A mailbox that is there; else an error with names like it.
pub(crate) fn find(session: &mut Session, name: &str) -> Result<MailboxName> {
    let wanted = mailbox_name(name)?;
    // A pattern's wildcards would match other names; such a name is looked for among all.
    let pattern = if name.contains(['*', '%']) { MailboxName::new("*") } else { Ok(wanted.clone()) };
    let pattern = pattern.map_err(|error| Failure::usage(error.to_string()))?;
    let explain = |error: imaplib::Error| failure(&error).context("the list of mailboxes");
    let listed = session.list(&pattern).map_err(explain)?;
    if let Some(listing) = listed.iter().find(|listing| listing.name == wanted) {
        if !listing.is_selectable() {
            return Err(Failure::new(Exit::Unavailable, format!("{name:?} holds other mailboxes, but no messages")));
        }
        return Ok(listing.name.clone());
    }
    // Some servers have mailboxes that they do not list.
    if session.status(&wanted, &[StatusItem::Messages]).is_ok() {
        return Ok(wanted);
    }
    let all = list(session)?;
    let similar =
        similar::similar(name, all.iter().filter(|listing| listing.is_selectable()).map(|listing| &listing.name));
    let missing = Failure::new(Exit::Unavailable, format!("there is no mailbox {name:?}"));
    Err(if similar.is_empty() {
        missing.hint("`imap folders ACCOUNT` lists the mailboxes")
    } else {
        missing.hint(format!("similar names: {}", similar.join(", ")))
    })
}

/// UIDs from the command line.
pub(crate) fn uids(text: &str) -> Result<UidSet> {
    let parsed = text.parse::<UidSet>().ok().filter(|uids| !uids.is_empty());
    parsed.ok_or_else(|| {
        Failure::usage(format!("{text:?} is no set of UIDs"))
            .hint("write 17, 1:9 or 3,5,8:*; `imap search ACCOUNT MAILBOX` prints UIDs")
    })
}

/// Those of the messages that are there. Single ones that are not are told, and make the run end with 1.
pub(crate) fn existing(mailbox: &mut Mailbox<'_>, wanted: &UidSet, name: &str) -> Result<(UidSet, Exit)> {
    let mut found = UidSet::new();
    for set in wanted.split(SET_OCTETS) {
        let part = mailbox.search(Search::new().uids(set)).map_err(|error| failure(&error).context("search"))?;
        for (low, high) in part.ranges() {
            found.insert_range(low, high);
        }
    }
    if found.is_empty() {
        return Err(Failure::new(Exit::Unavailable, format!("{name:?} has no message with the UID {wanted}"))
            .hint("`imap search ACCOUNT MAILBOX` prints the UIDs that there are"));
    }
    let single = wanted.ranges().filter(|(low, high)| low == high).map(|(uid, _)| uid);
    let missing: UidSet = single.filter(|uid| !found.contains(*uid)).collect();
    if missing.is_empty() {
        return Ok((found, Exit::Ok));
    }
    output::note(&format!("{name:?} has no message with the UID {missing}"));
    Ok((found, Exit::Partial))
}

/// The error for a message that is not there.
pub(crate) fn no_message(uid: Uid, mailbox: &str) -> Failure {
    Failure::new(Exit::Unavailable, format!("{mailbox:?} has no message with the UID {uid}"))
        .hint("`imap search ACCOUNT MAILBOX` prints the UIDs that there are")
}
