//! `imap backup ACCOUNT DIR`: an account into a folder of Maildirs, and kept up to date.

mod archive;
mod aside;
mod attempts;
mod batch;
mod changes;
mod failing;
mod folder;
mod found;
mod gone;
mod interrupt;
mod listing;
mod mailbox;
mod maildir;
mod names;
mod owner;
mod pattern;
mod plan;
mod private;
mod reasons;
mod receive;
mod schema;
mod state;
mod stored;
mod summary;
mod survey;
mod transfer;
mod unlisted;
mod update;
mod verify;
mod window;

use std::collections::{HashSet, VecDeque};
use std::path::Path;

use imaplib::blocking::Session;
use imaplib::types::{Capability, Listing, MailboxName, MailboxStatus, StatusItem};
use serde_json::json;

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
use crate::forms::{self, Forms};
use crate::logins::Logins;
use crate::output::Output;
use crate::output::progress::Progress;
use crate::unreadable;

pub(crate) fn run(args: &Backup, config: Option<&Path>, out: &mut Output) -> Result<Exit> {
    let connector = Connector::new(Account::resolve(&args.access, config)?)?;
    // The archive first: a full or foreign folder is told before a password is asked for.
    let mut archive = Archive::open(&args.dir, &connector.account.identity(), args.adopt)?;
    if !args.forget.is_empty() {
        return forget(&mut archive, &args.forget, out);
    }
    let mut logins = Logins::new(&connector);
    let session = Some(logins.session()?);
    archive.bind()?;
    // Not before: at the prompt for the password the signals end the process as ever.
    let interrupt = Interrupt::install()?;
    let progress = Progress::messages(0);
    let mut link =
        Link { connector: &connector, logins, session, progress: &progress, interrupt: &interrupt, is_unopened: false };
    let (listed, unreadable) = match list(&mut link) {
        Ok(listed) => listed,
        Err(End::Mailbox(failure) | End::Run(failure)) => return Err(failure),
        Err(End::Interrupted) => return interrupt.check().map(|()| Exit::Ok),
    };
    let all: HashSet<Vec<u8>> = listed.iter().map(|(listing, _)| state::key(&listing.name)).collect();
    if listed.is_empty() && unreadable == 0 && !args.allow_mass_changes && archive.has_mail()? {
        return Err(survey::nothing_listed());
    }
    let listings: Vec<Listing> = listed.iter().map(|(listing, _)| listing.clone()).collect();
    let (wanted, excluded) = (chosen(&args.mailbox, &listings)?, chosen(&args.exclude, &listings)?);
    let is_chosen = |name: &MailboxName| (args.mailbox.is_empty() || wanted.contains(name)) && !excluded.contains(name);
    let (chosen, others): (Vec<_>, Vec<_>) = listed.into_iter().partition(|(listing, _)| is_chosen(&listing.name));
    let mut summary = Summary { failed_mailboxes: unreadable, ..Summary::default() };
    if !args.mailbox.is_empty() && chosen.is_empty() {
        crate::output::note("no mailbox matches: `imap folders` lists them");
        return Ok(Exit::Unavailable);
    }
    archive.register(chosen.iter().map(|(listing, _)| listing))?;
    if unreadable == 0 && !args.allow_mass_changes {
        summary.survey.note_unlisted(archive.unlisted_mail(&all)?);
    }
    let mut fatal = None;
    let mut doubt = None;
    let mut left: VecDeque<&Listed> = chosen.iter().collect();
    loop {
        let Some((listing, status)) = left.pop_front() else {
            // What STATUS says of a server that was set back proves nothing.
            if summary.is_set_back && !summary.unopened.is_empty() {
                let unopened = std::mem::take(&mut summary.unopened);
                left.extend(chosen.iter().filter(|(listing, _)| unopened.contains(&state::key(&listing.name))));
                continue;
            }
            if doubt.is_some() || !summary.survey.is_open(summary.has_new()) {
                break;
            }
            if let Ok(session) = link.connected() {
                look_for_witness(session, &others, &archive, &mut summary);
            }
            match summary.survey.close(args.prune) {
                Ok(()) => {
                    left.extend(chosen.iter().filter(|(listing, _)| summary.survey.take(&state::key(&listing.name))))
                }
                Err(failure) => {
                    summary.failed_mailboxes += summary.survey.count_put_off() + summary.survey.count_unlisted();
                    doubt = Some(failure);
                }
            }
            continue;
        };
        progress.doing(&listing.name.to_text());
        let mut job =
            Job { archive: &mut archive, args, progress: &progress, interrupt: &interrupt, summary: &mut summary };
        match link.attempt(|session, attempts| job.run(session, listing, status.as_ref(), attempts)) {
            Ok(()) => {}
            Err(End::Mailbox(failure)) => {
                let name = listing.name.to_text();
                progress.note(&failure.context(&name).with_hints());
                summary.failed_mailboxes += 1;
                let figures = summary.of(&name);
                if !figures.left.is_empty() {
                    let (count, uids) = (figures.left.len(), &figures.left);
                    progress.note(&format!("{name}: given up: {count} messages did not come: UID {uids}"));
                    figures.failed = count;
                }
            }
            Err(End::Run(failure)) => {
                // None of these is complete.
                summary.failed_mailboxes += left.len() as u64 + 1;
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
                    progress.note(&failure.context(&row.name).with_hints());
                    summary.failed_mailboxes += 1;
                }
                Ok(()) => {}
            }
        }
    }
    progress.finish();
    let interrupted = interrupt.check();
    if is_whole && interrupted.is_ok() && doubt.is_none() {
        (summary.gone, summary.gone_before) = archive.note_gone(&all)?;
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
    match doubt {
        Some(failure) => Err(failure),
        None if summary.has_unpruned() => Ok(Exit::TooMuch),
        None if summary.has_failures() => Ok(Exit::Partial),
        None => Ok(Exit::Ok),
    }
}

/// A mailbox, with what STATUS says where that can spare a look at it.
type Listed = (Listing, Option<MailboxStatus>);

/// The mailboxes, and how many there are that cannot be read.
fn list(link: &mut Link<'_>) -> Result<(Vec<Listed>, u64), End> {
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

fn listings(session: &mut Session, with_status: bool) -> Result<(Vec<Listed>, u64)> {
    let items = [StatusItem::Messages, StatusItem::UidNext, StatusItem::UidValidity, StatusItem::HighestModSeq];
    let explain = |error: imaplib::Error| failure(&error).context("the list of mailboxes");
    let mut listed: Vec<Listed> = if with_status && session.capabilities().has(Capability::CondStore) {
        let listed = session.list_status("*", &items).map_err(explain)?;
        listed.into_iter().map(|mailbox| (mailbox.listing, mailbox.status)).collect()
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

/// Whether a mailbox that is not to be backed up shows that the server is as it was.
fn look_for_witness(session: &mut Session, others: &[Listed], archive: &Archive, summary: &mut Summary) {
    for (listing, status) in others {
        let Some(row) = archive.known(&listing.name).filter(|row| row.uid_validity != 0) else { continue };
        let asked = match status {
            Some(status) => Some(status.clone()),
            None => session.status(&listing.name, &[StatusItem::Messages, StatusItem::UidValidity]).ok(),
        };
        let is_as_it_was = |status: &MailboxStatus| {
            status.uid_validity == Some(row.uid_validity) && status.messages.is_some_and(|messages| messages > 0)
        };
        if asked.as_ref().is_some_and(is_as_it_was) {
            return summary.survey.witness();
        }
    }
}

/// Forgets mailboxes of the archive.
fn forget(archive: &mut Archive, names: &[String], out: &mut Output) -> Result<Exit> {
    for name in names {
        let (folder, messages) = archive.forget(name)?;
        let folder = folder.to_string_lossy();
        match out.is_json() {
            true => out.object(&json!({ "forgotten": name, "messages": messages, "folder": folder }))?,
            false => out.line(&format!("{name}: forgotten; the files of its {messages} messages stay in {folder}"))?,
        }
    }
    Ok(Exit::Ok)
}

/// Which of the listed mailboxes the patterns match: a name without wildcards means one of them, in any of its forms.
fn chosen(patterns: &[String], listed: &[Listing]) -> Result<HashSet<MailboxName>> {
    let mut chosen = HashSet::new();
    let forms = Forms::of_all(listed.iter().map(|listing| &listing.name));
    for pattern in patterns {
        if !pattern.contains(['*', '%']) {
            chosen.extend(forms::resolve(pattern, listed)?.map(|listing| listing.name.clone()));
            continue;
        }
        let matches = |name: &str, listing: &Listing| pattern::matches(pattern, name, listing.delimiter);
        let all = listed
            .iter()
            .filter(|listing| matches(&listing.name.to_text(), listing) || matches(&forms.of(&listing.name), listing));
        chosen.extend(all.map(|listing| listing.name.clone()));
    }
    Ok(chosen)
}
