//! What the server says of a mailbox: its figures, and the list of its messages, compared with the database as it comes.

use imaplib::blocking::Mailbox;
use imaplib::command::FetchItem;
use imaplib::types::{DateTime, Diagnostic, Fetch, MailboxStatus, Uid, UidSet};

use super::attempts::Attempts;
use super::interrupt::Interrupt;
use super::plan::{Comparison, Listed, Plan};
use super::reasons::add;
use super::state::{MailboxRow, State};
use super::stored::Stored;
use super::unlisted::{self, Around};
use super::window::Window;
use crate::exit::{Cause, Exit, Failure, Result};
use crate::failure::failure;
use crate::isolation::without;
use crate::output::progress::Progress;
use crate::unreadable::Warnings;

/// The mailbox as the server shows it at the beginning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Server {
    pub(super) messages: u64,
    pub(super) uid_validity: u64,
    pub(super) uid_next: u64,
    pub(super) highest_modseq: u64,
}

impl Server {
    pub(super) fn from_status(status: &MailboxStatus) -> Option<Self> {
        Some(Self {
            messages: status.messages?,
            uid_validity: status.uid_validity?,
            uid_next: status.uid_next?,
            highest_modseq: status.highest_mod_seq?,
        })
    }

    pub(super) fn from_mailbox(mailbox: &Mailbox<'_>) -> Result<Self> {
        let protocol = |text| Failure::new(Exit::Protocol, text);
        if !mailbox.state().is_some_and(|view| view.exists_is_known) {
            return Err(protocol("the server does not say how many messages there are"));
        }
        let lasting = mailbox.uid_validity().filter(|_| !mailbox.state().is_some_and(|view| view.uids_not_sticky));
        let Some(uid_validity) = lasting else {
            return Err(protocol("the server gives its messages no numbers that last (UIDVALIDITY)")
                .hint("`imap get` fetches messages without noting which they are"));
        };
        Ok(Self {
            messages: mailbox.exists().into(),
            uid_validity,
            uid_next: mailbox.uid_next().unwrap_or_default(),
            highest_modseq: mailbox.highest_mod_seq().unwrap_or_default(),
        })
    }

    /// Which of its numbers is below that of the last run, with both: these only rise unless the server was set back.
    pub(super) fn fallen(&self, row: &MailboxRow) -> Option<(&'static str, u64, u64)> {
        let numbers =
            [("UIDNEXT", row.uid_next, self.uid_next), ("HIGHESTMODSEQ", row.highest_modseq, self.highest_modseq)];
        let is_same = row.uid_validity == self.uid_validity;
        numbers.into_iter().find(|(_, before, now)| is_same && *now != 0 && now < before)
    }
}

/// What a listing needs beside the mailbox.
#[derive(Clone, Copy)]
pub(super) struct Watch<'a> {
    pub(super) interrupt: &'a Interrupt,
    pub(super) progress: &'a Progress,
}

/// What a list is compared with.
#[derive(Clone, Copy)]
struct Compared<'a> {
    server: Server,
    window: &'a Window,
    state: &'a State,
    row: &'a MailboxRow,
    watch: Watch<'a>,
}

/// So often the list of all messages fails before it is found out at which of them.
const MAX_FAILURES: u32 = 2;

/// Compares the server's list of a part of the mailbox with what is stored.
///
/// Dates and sizes are asked for with the flags: a UID alone does not prove that this is still the same message. Some servers
/// open each message for that, and fail at one that they cannot read: then the flags are asked for alone, and the dates and
/// sizes of those messages only that are stored, for which they are needed. Where that fails, too, the list leaves out the
/// messages at which it does.
pub(super) fn list(
    mailbox: &mut Mailbox<'_>,
    (server, window): (Server, &Window),
    state: &State,
    row: &MailboxRow,
    watch: Watch<'_>,
    attempts: &mut Attempts,
) -> Result<Plan> {
    let compared = Compared { server, window, state, row, watch };
    if attempts.listing_failures == 0 {
        let items = [FetchItem::Flags, FetchItem::InternalDate, FetchItem::Size];
        match list_items(mailbox, compared, &items, None, &mut UidSet::new()) {
            Err(failure) if may_be_a_message(&failure) => {
                attempts.listing_failures += 1;
                if failure.leaves() == Cause::Connection {
                    return Err(failure);
                }
            }
            result => return result,
        }
    }
    let mut plan = list_flags(mailbox, compared, attempts)?;
    compare_dates(mailbox, (row, server.uid_validity), state, &mut plan, watch, attempts)?;
    Ok(plan)
}

/// The list with the flags alone; once that has failed, too, without the messages at which it does.
fn list_flags(mailbox: &mut Mailbox<'_>, compared: Compared<'_>, attempts: &mut Attempts) -> Result<Plan> {
    let mut seen = UidSet::new();
    if attempts.listing_failures < MAX_FAILURES {
        match list_items(mailbox, compared, &[FetchItem::Flags], None, &mut seen) {
            Err(failure) if may_be_a_message(&failure) => {
                attempts.listing_failures += 1;
                add(&mut attempts.listed, &seen);
                if failure.leaves() == Cause::Connection {
                    return Err(failure);
                }
            }
            result => return result,
        }
    }
    let around = unlisted::find(mailbox, compared.window, &compared.row.name, compared.watch, attempts)?;
    let result = list_items(mailbox, compared, &[FetchItem::Flags], Some(&around), &mut seen);
    if result.is_err() {
        // It fails at others now: what could be listed before is no proof any more.
        attempts.listed = seen;
    }
    result
}

/// Whether this can come of a message that the server cannot read.
pub(super) fn may_be_a_message(failure: &Failure) -> bool {
    matches!(failure.leaves(), Cause::Connection | Cause::Refusal) && failure.asked_to_wait().is_none()
}

/// Compares one list; `seen` is what it contained, also when it broke off.
fn list_items(
    mailbox: &mut Mailbox<'_>,
    compared: Compared<'_>,
    items: &[FetchItem],
    around: Option<&Around>,
    seen: &mut UidSet,
) -> Result<Plan> {
    let Compared { server, window, state, row, watch } = compared;
    let place = (row.id, server.uid_validity);
    let unlisted = around.map(|around| around.unlisted.clone()).unwrap_or_default();
    let wanted = match unlisted.is_empty() {
        true => window.set(),
        false => without(&window.closed_set(), &unlisted),
    };
    let hidden = |listed: &UidSet, mailbox: &Mailbox<'_>| hidden(listed.len(), mailbox, server, window.messages);
    state.begin_gone(window.uids())?;
    let mut plan = state.with_stored(place, window.uids(), |stored| {
        let mut comparison = Comparison::new(state, place, stored, row.compared)?;
        if server.messages == 0 && mailbox.exists() == 0 {
            return comparison.finish();
        }
        let asked = (&wanted, window);
        let received = receive(mailbox, &mut comparison, asked, items, watch);
        seen.clone_from(comparison.listed());
        received?;
        // What is not listed is gone only if the server has said so; some say it no earlier than at the next command.
        if hidden(comparison.listed(), mailbox) > unlisted.len() {
            mailbox.noop().map_err(|error| failure(&error))?;
        }
        // A row of flags alone is news and no answer: perhaps the server knows nothing else of these messages.
        if items.len() > 1 && hidden(comparison.listed(), mailbox) > 0 {
            receive(mailbox, &mut comparison, asked, &[FetchItem::Flags], watch)?;
        }
        comparison.finish()
    })?;
    is_still(mailbox, server)?;
    plan.cannot_list(&unlisted, state)?;
    plan.is_certain = around.is_none_or(|around| around.is_complete);
    Ok(plan)
}

/// After this many stored messages of which the server cannot say the date and size, the others are not asked for.
const MAX_DATELESS: u64 = 3;

/// Compares the dates and sizes of the messages that are stored.
fn compare_dates(
    mailbox: &mut Mailbox<'_>,
    (row, uid_validity): (&MailboxRow, u64),
    state: &State,
    plan: &mut Plan,
    watch: Watch<'_>,
    attempts: &mut Attempts,
) -> Result<()> {
    let stored: UidSet = plan.listed.iter().filter(|uid| !plan.fetch.contains(*uid)).collect();
    attempts.dates.begin(&stored);
    while attempts.dates.bad().len() <= MAX_DATELESS
        && let Some(uids) = attempts.dates.next()
    {
        let mut seen = UidSet::new();
        let result = receive_dates(mailbox, &uids, watch, |uid, date, size| {
            seen.insert(uid);
            if let Some(stored) = state.stored(row.id, uid_validity, uid.get())? {
                plan.judge_date(&stored, uid, date, size);
            }
            Ok(())
        });
        match result {
            Ok(()) => attempts.dates.succeeded(),
            Err(failure) if may_be_a_message(&failure) => {
                attempts.dates.failed(&uids.iter().filter(|uid| !seen.contains(*uid)).collect());
                if failure.leaves() == Cause::Connection {
                    return Err(failure);
                }
            }
            Err(failure) => return Err(failure),
        }
    }
    let dateless = attempts.dates.bad();
    if !dateless.is_empty() && !attempts.dateless_reported {
        let text = "the server cannot say the dates and sizes of stored messages, which are not compared";
        let others = if dateless.len() > MAX_DATELESS { " and others" } else { "" };
        watch.progress.note(&format!("{}: {text}: UID {dateless}{others}", row.name));
        attempts.dateless_reported = true;
    }
    Ok(())
}

fn receive_dates(
    mailbox: &mut Mailbox<'_>,
    uids: &UidSet,
    watch: Watch<'_>,
    mut each: impl FnMut(Uid, Option<i64>, Option<u64>) -> Result<()>,
) -> Result<()> {
    let items = [FetchItem::InternalDate, FetchItem::Size];
    let mut rows = mailbox.fetch(uids, items).map_err(|error| failure(&error))?;
    while let Some(row) = rows.next().map_err(|error| failure(&error))? {
        let Some(uid) = row.uid().filter(|uid| uids.contains(*uid)) else { continue };
        let (date, size) = date_and_size(row.data());
        each(uid, date, size)?;
        watch.interrupt.check()?;
    }
    Ok(())
}

fn receive(
    mailbox: &mut Mailbox<'_>,
    comparison: &mut Comparison<'_>,
    (wanted, window): (&UidSet, &Window),
    items: &[FetchItem],
    watch: Watch<'_>,
) -> Result<()> {
    let before = comparison.listed().clone();
    let mut rows = mailbox.fetch(wanted, items.to_vec()).map_err(|error| failure(&error))?;
    let tell = |text: &str| watch.progress.note(text);
    let mut warnings = Warnings::new(&tell);
    while let Some(row) = rows.next().map_err(|error| failure(&error))? {
        // A row without a UID is some message: the number of messages tells that it is there.
        let uid = row.uid().filter(|uid| window.contains(*uid) && !before.contains(*uid));
        if !row.diagnostics().is_empty() && (uid.is_some() || before.is_empty()) {
            // A date or size that cannot be read is told when the message is fetched, and not in each run.
            let diagnostics: Vec<Diagnostic> =
                row.diagnostics().iter().filter(|note| !is_hint(note)).cloned().collect();
            warnings.look(row.data(), &diagnostics);
        }
        if let Some(uid) = uid {
            let (date, size) = date_and_size(row.data());
            comparison.add(Listed { uid, flags: row.flags(), date, size })?;
        }
        watch.interrupt.check()?;
    }
    Ok(())
}

fn is_hint(note: &Diagnostic) -> bool {
    ["INTERNALDATE", "RFC822.SIZE"].iter().any(|item| note.item.as_bytes().eq_ignore_ascii_case(item.as_bytes()))
}

fn date_and_size(row: &Fetch) -> (Option<i64>, Option<u64>) {
    (row.internal_date.map(DateTime::unix_timestamp), row.size)
}

/// Whether these messages, the newest that are stored, are the server's, too; `None` where the server refuses.
pub(super) fn are_same(
    mailbox: &mut Mailbox<'_>,
    newest: &[Stored],
    watch: Watch<'_>,
    attempts: &mut Attempts,
) -> Result<Option<bool>> {
    let uids: UidSet = newest.iter().filter_map(|stored| Uid::new(stored.uid)).collect();
    let (mut seen, mut same) = (UidSet::new(), true);
    let result = receive_dates(mailbox, &uids, watch, |uid, date, size| {
        let stored = newest.iter().find(|stored| stored.uid == uid.get());
        same &= stored.is_none_or(|stored| !stored.difference(date, size).any() && !stored.is_hollow(size));
        seen.insert(uid);
        Ok(())
    });
    match result {
        Err(failure) if may_be_a_message(&failure) => {
            attempts.listing_failures += 1;
            if failure.leaves() == Cause::Connection { Err(failure) } else { Ok(None) }
        }
        result => result.map(|()| Some(same && seen.len() == newest.len() as u64)),
    }
}

/// How many of so many messages, which there were when the mailbox was opened, the server has and did not list. Those that came
/// since then need not be listed.
pub(super) fn hidden(listed: u64, mailbox: &Mailbox<'_>, server: Server, messages: u64) -> u64 {
    let expunged = server.messages.saturating_sub(mailbox.exists().into());
    messages.saturating_sub(expunged).saturating_sub(listed)
}

/// Makes sure that the mailbox was not made anew since it was opened.
fn is_still(mailbox: &Mailbox<'_>, server: Server) -> Result<()> {
    match mailbox.uid_validity() == Some(server.uid_validity) {
        true => Ok(()),
        false => Err(made_anew()),
    }
}

/// The UIDs of before mean nothing any more.
pub(super) fn made_anew() -> Failure {
    Failure::new(Exit::Temporary, "the server made the mailbox anew while it was read (UIDVALIDITY changed)")
        .hint("run the same command again: what had arrived before is kept")
}
