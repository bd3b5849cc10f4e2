//! The list of a mailbox's messages on the server, compared with the database as it comes.

use imaplib::blocking::Mailbox;
use imaplib::command::FetchItem;
use imaplib::types::{DateTime, Diagnostic, Fetch, Uid, UidSet};

use crate::error::{ArchiveError, Leaves, MailboxFault, Result};
use crate::index::stored::Stored;
use crate::index::{Index, MailboxRow};
use crate::isolation::without;
use crate::observer::{Finding, report};
use crate::sync::attempts::Attempts;
use crate::sync::plan::{Comparison, Listed, Plan};
use crate::sync::reasons::{Warnings, add};
use crate::sync::server_state::{ServerState, Watch, may_be_a_message};
use crate::sync::unlisted::{self, Around};
use crate::sync::window::Window;

/// What a list is compared with.
#[derive(Clone, Copy)]
struct Compared<'a> {
    server: ServerState,
    window: &'a Window,
    index: &'a Index,
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
pub(crate) fn list(
    mailbox: &mut Mailbox<'_>,
    (server, window): (ServerState, &Window),
    index: &Index,
    row: &MailboxRow,
    watch: Watch<'_>,
    attempts: &mut Attempts,
) -> Result<Plan> {
    let compared = Compared { server, window, index, row, watch };
    if attempts.listing_failures == 0 {
        let items = [FetchItem::Flags, FetchItem::InternalDate, FetchItem::Size];
        match list_items(mailbox, compared, &items, None, &mut UidSet::new()) {
            Err(failure) if may_be_a_message(&failure) => {
                attempts.listing_failures += 1;
                if failure.leaves() == Leaves::Archive {
                    return Err(failure);
                }
            }
            result => return result,
        }
    }
    let mut plan = list_flags(mailbox, compared, attempts)?;
    compare_dates(mailbox, (row, server.uid_validity), index, &mut plan, watch, attempts)?;
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
                if failure.leaves() == Leaves::Archive {
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

/// Compares one list; `seen` is what it contained, also when it broke off.
fn list_items(
    mailbox: &mut Mailbox<'_>,
    compared: Compared<'_>,
    items: &[FetchItem],
    around: Option<&Around>,
    seen: &mut UidSet,
) -> Result<Plan> {
    let Compared { server, window, index, row, watch } = compared;
    let place = (row.id, server.uid_validity);
    let unlisted = around.map(|around| around.unlisted.clone()).unwrap_or_default();
    let wanted = match unlisted.is_empty() {
        true => window.set(),
        false => without(&window.closed_set(), &unlisted),
    };
    let hidden = |listed: &UidSet, mailbox: &Mailbox<'_>| hidden(listed.len(), mailbox, server, window.messages);
    index.begin_gone(window.uids())?;
    let mut plan = index.with_stored(place, window.uids(), |stored| {
        let mut comparison = Comparison::new(index, place, stored, row.compared)?;
        if server.messages == 0 && mailbox.exists() == 0 {
            return comparison.finish();
        }
        let asked = (&wanted, window);
        let received = receive(mailbox, &mut comparison, asked, items, watch);
        seen.clone_from(comparison.listed());
        received?;
        // What is not listed is gone only if the server has said so; some say it no earlier than at the next command.
        if hidden(comparison.listed(), mailbox) > unlisted.len() {
            mailbox.noop()?;
        }
        // A row of flags alone is an unsolicited response: perhaps the server knows nothing else of these messages.
        if items.len() > 1 && hidden(comparison.listed(), mailbox) > 0 {
            receive(mailbox, &mut comparison, asked, &[FetchItem::Flags], watch)?;
        }
        comparison.finish()
    })?;
    is_still(mailbox, server)?;
    plan.cannot_list(&unlisted, index)?;
    plan.is_certain = around.is_none_or(|around| around.is_complete);
    Ok(plan)
}

/// After this many stored messages of which the server cannot say the date and size, the others are not asked for.
const MAX_DATELESS: u64 = 3;

/// Compares the dates and sizes of the messages that are stored.
fn compare_dates(
    mailbox: &mut Mailbox<'_>,
    (row, uid_validity): (&MailboxRow, u64),
    index: &Index,
    plan: &mut Plan,
    watch: Watch<'_>,
    attempts: &mut Attempts,
) -> Result<()> {
    let stored: UidSet = plan.listed.iter().filter(|uid| !plan.fetch.contains(*uid)).collect();
    attempts.dates.begin(&stored);
    while attempts.dates.bad().len() <= MAX_DATELESS
        && let Some(uids) = attempts.dates.next_part()
    {
        let mut seen = UidSet::new();
        let result = receive_dates(mailbox, &uids, watch, |uid, date, size| {
            seen.insert(uid);
            if let Some(stored) = index.stored(row.id, uid_validity, uid.get())? {
                plan.judge_date(&stored, uid, date, size);
            }
            Ok(())
        });
        match result {
            Ok(()) => attempts.dates.succeeded(),
            Err(failure) if may_be_a_message(&failure) => {
                attempts.dates.failed(&uids.iter().filter(|uid| !seen.contains(*uid)).collect());
                if failure.leaves() == Leaves::Archive {
                    return Err(failure);
                }
            }
            Err(failure) => return Err(failure),
        }
    }
    let dateless = attempts.dates.bad();
    if !dateless.is_empty() && !attempts.dateless_reported {
        let and_others = dateless.len() > MAX_DATELESS;
        report(watch.observer, &row.name, Finding::WithoutDates { uids: dateless, and_others });
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
    let mut rows = mailbox.fetch(uids, items)?;
    while let Some(row) = rows.next()? {
        let Some(uid) = row.uid().filter(|uid| uids.contains(*uid)) else { continue };
        let (date, size) = date_and_size(row.data());
        each(uid, date, size)?;
        watch.cancel.check()?;
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
    let mut rows = mailbox.fetch(wanted, items.to_vec())?;
    let mut warnings = Warnings::new(watch.observer);
    while let Some(row) = rows.next()? {
        // A row without a UID is some message: the number of messages tells that it is there.
        let uid = row.uid().filter(|uid| window.contains(*uid) && !before.contains(*uid));
        if !row.diagnostics().is_empty() && (uid.is_some() || before.is_empty()) {
            // A date or size that cannot be read is reported when the message is fetched, and not in each run.
            let diagnostics: Vec<Diagnostic> =
                row.diagnostics().iter().filter(|note| !is_hint(note)).cloned().collect();
            warnings.look(row.data(), &diagnostics);
        }
        if let Some(uid) = uid {
            let (date, size) = date_and_size(row.data());
            comparison.add(Listed { uid, flags: row.flags(), date, size })?;
        }
        watch.cancel.check()?;
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
pub(crate) fn are_same(
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
            if failure.leaves() == Leaves::Archive { Err(failure) } else { Ok(None) }
        }
        result => result.map(|()| Some(same && seen.len() == newest.len() as u64)),
    }
}

/// How many of so many messages, which there were when the mailbox was opened, the server has and did not list. Those that came
/// since then need not be listed.
pub(crate) fn hidden(listed: u64, mailbox: &Mailbox<'_>, server: ServerState, messages: u64) -> u64 {
    let expunged = server.messages.saturating_sub(mailbox.exists().into());
    messages.saturating_sub(expunged).saturating_sub(listed)
}

/// Makes sure that the mailbox was not recreated since it was opened.
fn is_still(mailbox: &Mailbox<'_>, server: ServerState) -> Result<()> {
    match mailbox.uid_validity() == Some(server.uid_validity) {
        true => Ok(()),
        false => Err(ArchiveError::Mailbox(MailboxFault::Recreated)),
    }
}
