//! `imap backup ACCOUNT DIR`: an account into a folder of Maildirs, and kept up to date.

mod archive;
mod batch;
mod interrupt;
mod mailbox;
mod maildir;
mod names;
mod pattern;
mod plan;
mod state;
mod summary;
mod transfer;
mod update;
mod verify;

use std::collections::HashSet;
use std::path::Path;
use std::time::{Duration, Instant};

use imaplib::blocking::Session;
use imaplib::types::{Capability, Listing, MailboxStatus, StatusItem};

use self::archive::Archive;
use self::interrupt::Interrupt;
use self::mailbox::Job;
use self::summary::Summary;
use crate::account::Account;
use crate::args::Backup;
use crate::connect::Connector;
use crate::exit::{Exit, Result};
use crate::failure::failure;
use crate::output::Output;
use crate::output::progress::Progress;
use crate::unreadable;

/// A lost connection is made again so often without any message arriving in between.
const MAX_RECONNECTS: u32 = 3;

pub(crate) fn run(args: &Backup, config: Option<&Path>, out: &mut Output) -> Result<Exit> {
    let connector = Connector::new(Account::resolve(&args.access, config)?)?;
    // The archive first: a full or foreign folder is told before a password is asked for.
    let mut archive = Archive::open(&args.dir, &connector.account.identity(), args.adopt)?;
    let mut session = connector.session()?;
    archive.bind()?;
    // Not before: at the prompt for the password the signals end the process as ever.
    let interrupt = Interrupt::install()?;
    let (listed, unreadable) = list(&mut session)?;
    let all: HashSet<Vec<u8>> = listed.iter().map(|(listing, _)| state::key(&listing.name)).collect();
    let chosen: Vec<_> = listed.into_iter().filter(|(listing, _)| is_chosen(args, listing)).collect();
    let mut summary = Summary { failed_mailboxes: unreadable, ..Summary::default() };
    if !args.mailbox.is_empty() && chosen.is_empty() {
        crate::output::note("no mailbox matches: `imap folders` lists them");
        return Ok(Exit::Unavailable);
    }
    archive.register(chosen.iter().map(|(listing, _)| listing))?;
    let progress = Progress::messages(0);
    let mut session = Some(session);
    let mut failed = None;
    for (listing, status) in &chosen {
        progress.doing(&listing.name.to_text());
        let mut job =
            Job { archive: &mut archive, args, progress: &progress, interrupt: &interrupt, summary: &mut summary };
        let result = with_reconnects(&connector, &mut session, &progress, &interrupt, |session| {
            job.run(session, listing, status.as_ref())
        });
        if let Err(failure) = result {
            if matches!(failure.exit(), Exit::Interrupted | Exit::Terminated) {
                break;
            }
            let fatal = failure.is_lost() || matches!(failure.exit(), Exit::Io | Exit::Login);
            if fatal {
                failed = Some(failure.context(listing.name.to_text()));
                break;
            }
            progress.note(failure.context(listing.name.to_text()).message());
            summary.failed_mailboxes += 1;
        }
    }
    if args.verify && failed.is_none() && unreadable == 0 && args.mailbox.is_empty() && args.exclude.is_empty() {
        for row in archive.gone_rows(&all) {
            // A signal is told below.
            if interrupt.is_set() {
                break;
            }
            let mut job =
                Job { archive: &mut archive, args, progress: &progress, interrupt: &interrupt, summary: &mut summary };
            job.verify_gone(&row)?;
        }
    }
    progress.finish();
    let interrupted = interrupt.check();
    if failed.is_none() && interrupted.is_ok() && unreadable == 0 && args.mailbox.is_empty() && args.exclude.is_empty()
    {
        summary.gone = archive.gone(&all).into_iter().map(str::to_owned).collect();
    }
    summary.print(out, archive.root())?;
    if failed.is_none() {
        // Without LOGOUT: the rest of an answer would have to be read first.
        interrupted?;
    }
    if let (None, Some(session)) = (&failed, session) {
        // All is done and durable: a server that does not answer LOGOUT changes nothing.
        let _ = session.logout();
    }
    match failed {
        Some(failure) => Err(failure.also_hint("what had arrived is kept: the same command goes on from there")),
        None if summary.has_failures() => Ok(Exit::Partial),
        None => Ok(Exit::Ok),
    }
}

/// A mailbox, with what STATUS says where that can spare a look at it.
type Found = (Listing, Option<MailboxStatus>);

/// The mailboxes, and how many there are that cannot be read.
fn list(session: &mut Session) -> Result<(Vec<Found>, u64)> {
    let items = [StatusItem::Messages, StatusItem::UidNext, StatusItem::UidValidity, StatusItem::HighestModSeq];
    let explain = |error: imaplib::Error| failure(&error).context("the list of mailboxes");
    let mut listed: Vec<Found> = if session.capabilities().has(Capability::CondStore) {
        session.list_status("*", &items).map_err(explain)?
    } else {
        session.list("*").map_err(explain)?.into_iter().map(|listing| (listing, None)).collect()
    };
    // A server may list a mailbox twice, as its own and as a subscribed one.
    let mut seen = HashSet::new();
    listed.retain(|(listing, _)| {
        listing.is_selectable() && !listing.name.is_empty() && seen.insert(state::key(&listing.name))
    });
    Ok((listed, unreadable::listings(session)))
}

fn is_chosen(args: &Backup, listing: &Listing) -> bool {
    let name = listing.name.to_text();
    let matches =
        |patterns: &[String]| patterns.iter().any(|pattern| pattern::matches(pattern, &name, listing.delimiter));
    (args.mailbox.is_empty() || matches(&args.mailbox)) && !matches(&args.exclude)
}

/// Runs `work`; after a lost connection it is run again on a new one, as long as that brings something, and on the same
/// one after the time for which a server asks that has had too much to do.
fn with_reconnects(
    connector: &Connector,
    session: &mut Option<Session>,
    progress: &Progress,
    interrupt: &Interrupt,
    mut work: impl FnMut(&mut Session) -> Result<(), (u64, crate::exit::Failure)>,
) -> Result<()> {
    let mut tries = 0;
    loop {
        interrupt.check()?;
        let connected = match session.take() {
            Some(session) => Ok(session),
            None => connector.session(),
        };
        let result = connected.map_err(|failure| (0, failure)).and_then(|mut current| {
            let result = work(&mut current);
            if result.as_ref().is_err_and(|(_, failure)| failure.is_lost()) {
                return result;
            }
            *session = Some(current);
            result
        });
        match result {
            Ok(()) => return Ok(()),
            Err((arrived, failure)) if failure.is_lost() => {
                tries = if arrived > 0 { 1 } else { tries + 1 };
                if tries > MAX_RECONNECTS {
                    return Err(failure);
                }
                progress.note(&format!("{}; connecting again", failure.message()));
                pause(Duration::from_secs(1 << tries.saturating_sub(1).min(5)), interrupt);
            }
            Err((arrived, failure)) => match failure.asked_to_wait() {
                Some(wait) if tries < MAX_RECONNECTS => {
                    tries = if arrived > 0 { 1 } else { tries + 1 };
                    progress.note(&format!("{}; going on in {} s", failure.message(), wait.as_secs_f64()));
                    pause(wait, interrupt);
                }
                _ => return Err(failure),
            },
        }
    }
}

/// Sleeps, unless the run is to end.
fn pause(time: Duration, interrupt: &Interrupt) {
    let end = Instant::now() + time;
    while !interrupt.is_set() && Instant::now() < end {
        std::thread::sleep(Duration::from_millis(50).min(end.saturating_duration_since(Instant::now())));
    }
}
