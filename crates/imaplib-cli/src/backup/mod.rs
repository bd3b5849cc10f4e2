//! `imap backup ACCOUNT DIR`: an account into a folder of Maildirs, and kept up to date.

mod archive;
mod attempts;
mod batch;
mod interrupt;
mod isolation;
mod mailbox;
mod maildir;
mod names;
mod pattern;
mod plan;
mod private;
mod state;
mod summary;
mod transfer;
mod update;
mod verify;

use std::collections::HashSet;
use std::path::Path;

use imaplib::blocking::Session;
use imaplib::types::{Capability, Listing, MailboxStatus, StatusItem};

use self::archive::Archive;
use self::attempts::{End, Link};
use self::interrupt::Interrupt;
use self::mailbox::Job;
use self::summary::Summary;
use crate::account::Account;
use crate::args::Backup;
use crate::connect::Connector;
use crate::exit::{Cause, Exit, Result};
use crate::failure::failure;
use crate::logins::Logins;
use crate::output::Output;
use crate::output::progress::Progress;
use crate::unreadable;

pub(crate) fn run(args: &Backup, config: Option<&Path>, out: &mut Output) -> Result<Exit> {
    let connector = Connector::new(Account::resolve(&args.access, config)?)?;
    // The archive first: a full or foreign folder is told before a password is asked for.
    let mut archive = Archive::open(&args.dir, &connector.account.identity(), args.adopt)?;
    let mut logins = Logins::new(&connector);
    let session = Some(logins.session()?);
    archive.bind()?;
    // Not before: at the prompt for the password the signals end the process as ever.
    let interrupt = Interrupt::install()?;
    let progress = Progress::messages(0);
    let mut link = Link { connector: &connector, logins, session, progress: &progress, interrupt: &interrupt };
    let (listed, unreadable) = match list(&mut link) {
        Ok(listed) => listed,
        Err(End::Mailbox(failure) | End::Run(failure)) => return Err(failure),
        Err(End::Interrupted) => return interrupt.check().map(|()| Exit::Ok),
    };
    let all: HashSet<Vec<u8>> = listed.iter().map(|(listing, _)| state::key(&listing.name)).collect();
    let chosen: Vec<_> = listed.into_iter().filter(|(listing, _)| is_chosen(args, listing)).collect();
    let mut summary = Summary { failed_mailboxes: unreadable, ..Summary::default() };
    if !args.mailbox.is_empty() && chosen.is_empty() {
        crate::output::note("no mailbox matches: `imap folders` lists them");
        return Ok(Exit::Unavailable);
    }
    archive.register(chosen.iter().map(|(listing, _)| listing))?;
    let mut fatal = None;
    for (done, (listing, status)) in (0u64..).zip(&chosen) {
        progress.doing(&listing.name.to_text());
        let mut job =
            Job { archive: &mut archive, args, progress: &progress, interrupt: &interrupt, summary: &mut summary };
        match link.attempt(|session, attempts| job.run(session, listing, status.as_ref(), attempts)) {
            Ok(()) => {}
            Err(End::Mailbox(failure)) => {
                progress.note(failure.context(listing.name.to_text()).message());
                summary.failed_mailboxes += 1;
            }
            Err(End::Run(failure)) => {
                // None of these is complete.
                summary.failed_mailboxes += chosen.len() as u64 - done;
                fatal = Some(failure);
                break;
            }
            Err(End::Interrupted) => break,
        }
    }
    let is_whole = fatal.is_none() && unreadable == 0 && args.mailbox.is_empty() && args.exclude.is_empty();
    if args.verify && is_whole {
        for row in archive.gone_rows(&all) {
            // A signal is told below.
            if interrupt.is_set() {
                break;
            }
            let mut job =
                Job { archive: &mut archive, args, progress: &progress, interrupt: &interrupt, summary: &mut summary };
            match job.verify_gone(&row) {
                Err(failure) if failure.leaves() == Cause::Storage => return Err(failure.context(row.name)),
                Err(_) if interrupt.is_set() => break,
                Err(failure) => {
                    progress.note(failure.context(&row.name).message());
                    summary.failed_mailboxes += 1;
                }
                Ok(()) => {}
            }
        }
    }
    progress.finish();
    let interrupted = interrupt.check();
    if is_whole && interrupted.is_ok() {
        summary.gone = archive.gone(&all).into_iter().map(str::to_owned).collect();
    }
    summary.print(out, archive.root())?;
    if let Some(failure) = fatal {
        return Err(failure.also_hint("what had arrived is kept: the same command goes on from there"));
    }
    // Without LOGOUT: the rest of an answer would have to be read first.
    interrupted?;
    if let Some(session) = link.session {
        // All is done and durable: a server that does not answer LOGOUT changes nothing.
        let _ = session.logout();
    }
    Ok(if summary.has_failures() { Exit::Partial } else { Exit::Ok })
}

/// A mailbox, with what STATUS says where that can spare a look at it.
type Found = (Listing, Option<MailboxStatus>);

/// The mailboxes, and how many there are that cannot be read.
fn list(link: &mut Link<'_>) -> Result<(Vec<Found>, u64), End> {
    let mut found = (Vec::new(), 0);
    let progress = link.progress;
    let mut with_status = true;
    link.attempt(|session, _| {
        let result = listings(session, with_status);
        if let (true, Err(failure)) = (with_status, &result) {
            // One mailbox of which there is no STATUS must not hide the others: each is opened in its turn.
            with_status = false;
            if failure.leaves() == Cause::Refusal && failure.asked_to_wait().is_none() {
                progress.note(&format!("{}; trying without STATUS", failure.message()));
                while session.next_event().is_some() {}
                found = listings(session, with_status).map_err(|failure| (0, failure))?;
                return Ok(());
            }
        }
        found = result.map_err(|failure| (0, failure))?;
        Ok(())
    })?;
    Ok(found)
}

fn listings(session: &mut Session, with_status: bool) -> Result<(Vec<Found>, u64)> {
    let items = [StatusItem::Messages, StatusItem::UidNext, StatusItem::UidValidity, StatusItem::HighestModSeq];
    let explain = |error: imaplib::Error| failure(&error).context("the list of mailboxes");
    let mut listed: Vec<Found> = if with_status && session.capabilities().has(Capability::CondStore) {
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
