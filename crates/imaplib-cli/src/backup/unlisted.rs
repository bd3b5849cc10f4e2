//! Which messages a server cannot list, not even with their flags alone: found by asking for fewer and fewer of them.
//!
//! That they are there is known by UID SEARCH, for which a server need not open them.

use imaplib::blocking::Mailbox;
use imaplib::command::{FetchItem, Search};
use imaplib::types::UidSet;

use super::attempts::Attempts;
use super::interrupt::Interrupt;
use super::listing::{Watch, may_be_a_message};
use super::reasons::{self, add};
use super::window::Window;
use crate::exit::{Cause, Failure, Result};
use crate::failure::failure;
use crate::isolation::without;

/// What there is around the messages that cannot be listed.
#[derive(Debug)]
pub(super) struct Around {
    /// The messages that cannot be listed.
    pub(super) unlisted: UidSet,
    /// Whether the server has told all UIDs: only then is a message gone that is not among them.
    pub(super) is_complete: bool,
}

/// Finds the messages that cannot be listed, and reports them.
pub(super) fn find(
    mailbox: &mut Mailbox<'_>,
    window: &Window,
    name: &str,
    watch: Watch<'_>,
    attempts: &mut Attempts,
) -> Result<Around> {
    let explain = |error: imaplib::Error| failure(&error);
    let asked = if window.is_whole() { Search::all() } else { Search::all().uids(window.set()) };
    // What of the answer cannot be read may be messages that are there.
    let found = mailbox.search_lossy(asked).map_err(explain)?;
    let is_readable = found.is_complete();
    let mut all = found.messages;
    if !window.is_whole() {
        all = all.intersection(&window.closed_set());
    }
    let expected = |mailbox: &Mailbox<'_>| if window.is_whole() { mailbox.exists().into() } else { window.messages };
    if all.len() != expected(mailbox) {
        // Some servers say no earlier than at the next command what has come and gone.
        mailbox.noop().map_err(explain)?;
    }
    let is_complete = is_readable && all.len() == expected(mailbox);
    let result = isolate(mailbox, &all, watch.interrupt, attempts);
    let mut unlisted = attempts.listing.bad().clone();
    add(&mut unlisted, attempts.listing.untried());
    let unlisted = unlisted.intersection(&all);
    // Where nothing can be listed, the mailbox as a whole is reported, and not each message.
    if !attempts.listed.is_empty() {
        for (uids, reason) in attempts.unlisted.report(&unlisted) {
            let (subject, _) = reasons::subject(&uids);
            watch.progress.note(&format!("{name}: the server cannot list {subject}: {reason}"));
        }
    }
    result?;
    match attempts.unlisted.last() {
        Some(reason) if unlisted == all => Err(reason.clone().cause(Cause::Item)),
        _ => Ok(Around { unlisted, is_complete }),
    }
}

/// Asks for what was never listed, until each message that cannot be is alone.
fn isolate(mailbox: &mut Mailbox<'_>, all: &UidSet, interrupt: &Interrupt, attempts: &mut Attempts) -> Result<()> {
    attempts.listing.begin(&without(all, &attempts.listed));
    while let Some(uids) = attempts.listing.next() {
        let mut seen = UidSet::new();
        let result = receive_uids(mailbox, &uids, interrupt, &mut seen);
        add(&mut attempts.listed, &seen);
        match result {
            Ok(()) => attempts.listing.succeeded(),
            Err(failure) if may_be_a_message(&failure) && !interrupt.is_set() => {
                if let Some(uid) = attempts.listing.failed(&without(&uids, &seen)) {
                    attempts.unlisted.add(uid, &failure);
                }
                if failure.leaves() == Cause::Connection {
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
    interrupt: &Interrupt,
    seen: &mut UidSet,
) -> Result<(), Failure> {
    let mut rows = mailbox.fetch(uids, [FetchItem::Flags]).map_err(|error| failure(&error))?;
    while let Some(row) = rows.next().map_err(|error| failure(&error))? {
        row.uid().filter(|uid| uids.contains(*uid)).into_iter().for_each(|uid| seen.insert(uid));
        interrupt.check()?;
    }
    Ok(())
}
