//! Which messages a server cannot list, not even with their flags alone: found by asking for fewer and fewer of them.
//!
//! That they are there is known by UID SEARCH, for which a server need not open them.

use imaplib::blocking::Mailbox;
use imaplib::command::{FetchItem, Search};
use imaplib::types::UidSet;

use crate::error::{ArchiveError, Leaves, Result};
use crate::isolation::without;
use crate::observer::{Finding, report};
use crate::options::Cancel;
use crate::sync::attempts::Attempts;
use crate::sync::reasons::add;
use crate::sync::server_state::{Watch, may_be_a_message};
use crate::sync::window::Window;

/// What there is around the messages that cannot be listed.
#[derive(Debug)]
pub(crate) struct Around {
    /// The messages that cannot be listed.
    pub(crate) unlisted: UidSet,
    /// Whether the server has told all UIDs: only then is a message gone that is not among them.
    pub(crate) is_complete: bool,
}

/// Finds the messages that cannot be listed, and reports them.
pub(crate) fn find(
    mailbox: &mut Mailbox<'_>,
    window: &Window,
    name: &str,
    watch: Watch<'_>,
    attempts: &mut Attempts,
) -> Result<Around> {
    let asked = if window.is_whole() { Search::all() } else { Search::all().uids(window.set()) };
    // What of the answer cannot be read may be messages that are there.
    let found = mailbox.search_lossy(asked)?;
    let is_readable = found.is_complete();
    let mut all = found.messages;
    if !window.is_whole() {
        all = all.intersection(&window.closed_set());
    }
    let expected = |mailbox: &Mailbox<'_>| if window.is_whole() { mailbox.exists().into() } else { window.messages };
    if all.len() != expected(mailbox) {
        // Some servers say no earlier than at the next command what has come and gone.
        mailbox.noop()?;
    }
    let is_complete = is_readable && all.len() == expected(mailbox);
    let result = isolate(mailbox, &all, watch.cancel, attempts);
    let mut unlisted = attempts.listing.bad().clone();
    add(&mut unlisted, attempts.listing.untried());
    let unlisted = unlisted.intersection(&all);
    // Where nothing can be listed, the mailbox as a whole is reported, and not each message.
    if !attempts.listed.is_empty() {
        for (uids, reason) in attempts.unlisted.report(&unlisted) {
            report(watch.observer, name, Finding::NotListed(&uids, reason));
        }
    }
    result?;
    match attempts.unlisted.last() {
        Some(ArchiveError::Server(error)) if unlisted == all => Err(ArchiveError::NothingListed(error.clone())),
        _ => Ok(Around { unlisted, is_complete }),
    }
}

/// Asks for what was never listed, until each message that cannot be is alone.
fn isolate(mailbox: &mut Mailbox<'_>, all: &UidSet, cancel: &Cancel, attempts: &mut Attempts) -> Result<()> {
    attempts.listing.begin(&without(all, &attempts.listed));
    while let Some(uids) = attempts.listing.next_part() {
        let mut seen = UidSet::new();
        let result = receive_uids(mailbox, &uids, cancel, &mut seen);
        add(&mut attempts.listed, &seen);
        match result {
            Ok(()) => attempts.listing.succeeded(),
            Err(failure) if may_be_a_message(&failure) && !cancel.is_cancelled() => {
                if let Some(uid) = attempts.listing.failed(&without(&uids, &seen)) {
                    attempts.unlisted.add(uid, &failure);
                }
                if failure.leaves() == Leaves::Archive {
                    return Err(failure);
                }
            }
            Err(failure) => return Err(failure),
        }
    }
    attempts.unlisted.add_untried(attempts.listing.untried());
    Ok(())
}

fn receive_uids(
    mailbox: &mut Mailbox<'_>,
    uids: &UidSet,
    cancel: &Cancel,
    seen: &mut UidSet,
) -> Result<(), ArchiveError> {
    let mut rows = mailbox.fetch(uids, [FetchItem::Flags])?;
    while let Some(row) = rows.next()? {
        row.uid().filter(|uid| uids.contains(*uid)).into_iter().for_each(|uid| seen.insert(uid));
        cancel.check()?;
    }
    Ok(())
}
