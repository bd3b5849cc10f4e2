//! A run: the mailboxes of an account, one after another, until the archive is as they are.

use std::collections::{HashSet, VecDeque};
use std::time::Duration;

use imaplib::blocking::Session;
use imaplib::types::{Capability, Listing, MailboxName, MailboxStatus, StatusItem};

use crate::archive::Archive;
use crate::error::{ArchiveError, Implausible, Leaves, Result};
use crate::index::{self, bad_rows::BadRow};
use crate::observer::{Event, Finding, Observer, report};
use crate::options::{Cancel, Options};
use crate::report::Report;
use crate::source::Source;
use crate::sync::attempts::{End, Link};
use crate::sync::mailbox::Job;
use crate::sync::reasons;

/// A mailbox, with what STATUS reports where that can spare a look at it.
type WithStatus = (Listing, Option<MailboxStatus>);

/// The mailboxes that the server lists.
#[derive(Default)]
struct Listed {
    mailboxes: Vec<WithStatus>,
    /// How many there are that cannot be read.
    unreadable: u64,
    /// Whether these are all: else those that match the patterns.
    is_whole: bool,
}

/// The mailboxes of the account.
struct Mailboxes {
    chosen: Vec<WithStatus>,
    others: Vec<WithStatus>,
    /// The keys of all of them.
    all: HashSet<Vec<u8>>,
}

impl Archive {
    /// Brings the archive up to date with the account: new messages, flags, and what has gone.
    ///
    /// One message or mailbox that fails is reported, counted and tried again in the next run, and costs nothing else. What
    /// has arrived is kept whatever happens then; [`Report::ended_by`] is why a run ended before all was done.
    ///
    /// # Errors
    /// If no mailbox could be worked on: there is no connection or login, the mailboxes cannot be listed, none is selected, the
    /// list is not believed, or the disk fails.
    pub fn backup(
        &mut self,
        source: &mut dyn Source,
        options: &Options,
        observer: &dyn Observer,
        cancel: &Cancel,
    ) -> Result<Report> {
        let longest_pause = options.longest_pause.unwrap_or(Duration::MAX);
        let mut link = Link { source, session: None, observer, cancel, longest_pause, is_unopened: false };
        link.connected().map_err(End::into_error)?;
        self.bind()?;
        let Listed { mailboxes, unreadable, is_whole: lists_all } =
            list(&mut link, options.selection.listed_by()).map_err(End::into_error)?;
        // INBOX always exists (RFC 9051, section 5.1).
        if mailboxes.is_empty() && lists_all && unreadable == 0 && !options.allows_mass_changes {
            return Err(ArchiveError::NotBelieved(Implausible::NothingListed));
        }
        let mut mailboxes = choose(options, mailboxes)?;
        if !lists_all {
            // What was not listed is as it was.
            mailboxes.all.extend(self.keys());
        }
        let all = mailboxes.chosen.iter().chain(&mailboxes.others);
        let all = all.map(|(listing, status)| (listing, status.as_ref()));
        self.follow_renames(all, &mailboxes.all, observer)?;
        self.register(mailboxes.chosen.iter().map(|(listing, _)| listing))?;
        let all = mailboxes.chosen.iter().chain(&mailboxes.others);
        let subscribed = self.ask_for_subscriptions(&mut link, &mailboxes)?;
        self.note_about(all.map(|(listing, status)| (listing, status.as_ref())), subscribed.as_ref())?;
        self.note_run(&[])?;
        self.note_turn()?;
        let mut done = Report { failed_mailboxes: unreadable, ..Report::default() };
        if unreadable == 0 && !options.allows_mass_changes {
            done.survey.note_unlisted(self.unlisted_mail(&mailboxes.all)?);
        }
        self.work(&mut link, &mailboxes, options, &mut done)?;
        if done.ended_by.as_ref().is_none_or(|error| !error.is_storage()) {
            self.count_moved(&mut done)?;
        }
        let is_whole = done.ended_by.is_none() && unreadable == 0 && options.selection.is_all();
        if is_whole && done.not_believed.is_none() {
            self.verify_gone(&mailboxes.all, options, observer, cancel, &mut done)?;
        }
        if done.ended_by.is_none() && cancel.is_cancelled() {
            done.ended_by = Some(ArchiveError::Cancelled);
        }
        if done.ended_by.is_none() {
            self.report_bad_rows(observer, &mut done)?;
        }
        if is_whole && done.ended_by.is_none() && done.not_believed.is_none() {
            (done.gone, done.gone_before) = self.note_gone(&mailboxes.all)?;
            for row in self.gone_rows(&mailboxes.all) {
                if let Some(error) = self.put_away(&row)? {
                    observer.event(&Event::Failed { mailbox: &self.shown_name(&row), error: &error });
                    done.failed_mailboxes += 1;
                }
            }
        }
        if done.not_believed.is_some() {
            self.note_belief(false)?;
        } else if done.survey.has_witness() || options.allows_mass_changes {
            self.note_belief(true)?;
        }
        // A disk that fails is what ended the run.
        if done.ended_by.as_ref().is_none_or(|error| !error.is_storage()) {
            self.describe_itself()?;
            self.describe_mailboxes()?;
            let total = done.total();
            self.note_run(&[
                ("new", total.new),
                ("flags", total.flags),
                ("gone", total.expunged),
                ("failed", total.failed),
            ])?;
        }
        match self.index.count_lost().and_then(|lost| Ok((lost, self.index.count_shorter()?))) {
            Ok((lost, short)) => {
                let total = done.total();
                (done.lost_before, done.short_before) =
                    (lost.saturating_sub(total.lost), short.saturating_sub(total.short));
            }
            // A disk that fails is what ended the run.
            Err(_) if done.ended_by.is_some() => {}
            Err(error) => return Err(error),
        }
        // Where it was cancelled, the rest of an answer would have to be read first.
        if let Some(session) = link.session.filter(|_| done.ended_by.is_none()) {
            // All is done and durable: a server that does not answer LOGOUT changes nothing.
            let _ = session.logout();
        }
        Ok(done)
    }

    /// The mailboxes to which the user subscribes, where a mailbox is new to the archive: another round trip in each run would cost
    /// more than it is worth. `None` where they are not asked for, or the server refuses.
    fn ask_for_subscriptions(&self, link: &mut Link<'_>, mailboxes: &Mailboxes) -> Result<Option<HashSet<Vec<u8>>>> {
        let is_unknown =
            |(listing, _): &WithStatus| self.known(&listing.name).is_some_and(|row| row.about.subscribed.is_none());
        if !mailboxes.chosen.iter().any(is_unknown) {
            return Ok(None);
        }
        let session = link.connected().map_err(End::into_error)?;
        if !session.capabilities().supports(Capability::ListExtended) {
            return Ok(None);
        }
        match session.list_subscribed("*") {
            Ok(listed) => Ok(Some(listed.iter().map(|listing| index::key(&listing.name)).collect())),
            Err(error) if error.is_command_level() => Ok(None),
            Err(_) => {
                // It is made again by the next command, and they are asked for by the next run.
                link.session = None;
                Ok(None)
            }
        }
    }

    /// Reports the rows of the database that cannot be true: what they say of their messages is not known.
    fn report_bad_rows(&self, observer: &dyn Observer, done: &mut Report) -> Result<()> {
        let bad = self.index.bad_rows(None)?;
        for BadRow { mailbox, error, .. } in &bad.first {
            let row = self.rows().find(|row| row.id == *mailbox);
            let name = row.map_or_else(|| "?".to_owned(), |row| self.shown_name(row));
            report(observer, &name, Finding::BadRow(error));
            done.of(&name).failed += 1;
        }
        done.failed_mailboxes += u64::from(bad.count > bad.first.len() as u64);
        Ok(())
    }

    /// Works on the chosen mailboxes.
    fn work(&mut self, link: &mut Link<'_>, mailboxes: &Mailboxes, options: &Options, done: &mut Report) -> Result<()> {
        let (observer, cancel) = (link.observer, link.cancel);
        let mut left: VecDeque<&WithStatus> = mailboxes.chosen.iter().collect();
        loop {
            let Some((listing, status)) = left.pop_front() else {
                let again = self.still_to_do(link, mailboxes, options, done);
                if again.is_empty() {
                    return Ok(());
                }
                let chosen = mailboxes.chosen.iter();
                left.extend(chosen.filter(|(listing, _)| again.contains(&index::key(&listing.name))));
                continue;
            };
            let name = match self.known(&listing.name) {
                Some(row) => self.shown_name(row),
                None => listing.name.to_text().into_owned(),
            };
            observer.event(&Event::Begins { mailbox: &name });
            let mut job = Job { archive: self, options, observer, cancel, report: done };
            match link.attempt(|session, attempts| job.run(session, listing, status.as_ref(), attempts)) {
                Ok(()) => {}
                Err(End::Mailbox(error)) => {
                    observer.event(&Event::Failed { mailbox: &name, error: &error });
                    done.failed_mailboxes += 1;
                    let figures = done.of(&name);
                    figures.is_incomplete = true;
                    if !figures.left.is_empty() {
                        report(observer, &name, Finding::GivenUp(&figures.left));
                        figures.failed = figures.left.len();
                    }
                }
                Err(End::Run(error)) => {
                    // None of these is complete.
                    done.failed_mailboxes += left.len() as u64 + 1;
                    done.of(&name).is_incomplete = true;
                    done.ended_by = Some(error);
                    return Ok(());
                }
                Err(End::Cancelled) => {
                    done.ended_by = Some(ArchiveError::Cancelled);
                    return Ok(());
                }
            }
        }
    }

    /// Counts the messages that have left a mailbox for another one: they are not gone.
    fn count_moved(&self, done: &mut Report) -> Result<()> {
        for (mailbox, kept, removed) in self.index.take_moved()? {
            let Some(name) = self.rows().find(|row| row.id == mailbox).map(|row| self.shown_name(row)) else {
                continue;
            };
            let figures = done.of(&name);
            let (kept, removed) = (kept.min(figures.expunged), removed.min(figures.pruned));
            figures.expunged -= kept;
            figures.pruned -= removed;
            figures.moved += kept + removed;
        }
        Ok(())
    }

    /// The mailboxes that are to be worked on once all others were.
    fn still_to_do(
        &mut self,
        link: &mut Link<'_>,
        mailboxes: &Mailboxes,
        options: &Options,
        done: &mut Report,
    ) -> HashSet<Vec<u8>> {
        // What STATUS says of a server that was set back proves nothing.
        if done.is_set_back && !done.unopened.is_empty() {
            return std::mem::take(&mut done.unopened);
        }
        if done.not_believed.is_some() || !done.survey.is_open(done.has_new()) {
            return HashSet::new();
        }
        if let Ok(session) = link.connected() {
            look_for_witness(session, &mailboxes.others, self, done);
        }
        match done.survey.close(options.is_pruning) {
            Ok(()) => done.survey.take_all(),
            Err(what) => {
                done.failed_mailboxes += done.survey.count_put_off() + done.survey.count_unlisted();
                done.not_believed = Some(ArchiveError::NotBelieved(what));
                HashSet::new()
            }
        }
    }

    /// Looks at the files of the mailboxes that the server no longer has: their contents when verifying, else their names.
    fn verify_gone(
        &mut self,
        all: &HashSet<Vec<u8>>,
        options: &Options,
        observer: &dyn Observer,
        cancel: &Cancel,
        done: &mut Report,
    ) -> Result<()> {
        for row in self.gone_rows(all) {
            if cancel.is_cancelled() {
                break;
            }
            let mut job = Job { archive: self, options, observer, cancel, report: done };
            match job.verify_gone(&row) {
                Err(error) if error.leaves() == Leaves::Nothing => return Err(error),
                Err(_) if cancel.is_cancelled() => break,
                Err(error) => {
                    observer.event(&Event::Failed { mailbox: &self.shown_name(&row), error: &error });
                    done.failed_mailboxes += 1;
                }
                Ok(()) => {}
            }
        }
        Ok(())
    }
}

/// Divides the listed mailboxes into those that are chosen and the others.
fn choose(options: &Options, listed: Vec<WithStatus>) -> Result<Mailboxes> {
    let all = listed.iter().map(|(listing, _)| index::key(&listing.name)).collect();
    let listings: Vec<Listing> = listed.iter().map(|(listing, _)| listing.clone()).collect();
    let wanted = options.selection.choose(&listings)?;
    let is_chosen = |name: &MailboxName| wanted.as_ref().is_none_or(|wanted| wanted.contains(name));
    let (chosen, others): (Vec<_>, Vec<_>) = listed.into_iter().partition(|(listing, _)| is_chosen(&listing.name));
    match wanted {
        Some(_) if chosen.is_empty() => Err(ArchiveError::NothingSelected),
        _ => Ok(Mailboxes { chosen, others, all }),
    }
}

/// The mailboxes. Where there are more than can be listed at once, those that match one of the patterns.
fn list(link: &mut Link<'_>, patterns: &[String]) -> Result<Listed, End> {
    let mut found = Listed::default();
    let observer = link.observer;
    let (mut with_status, mut is_whole) = (true, true);
    link.attempt(|session, _| {
        let everything = ["*".to_owned()];
        let asked = if is_whole { &everything } else { patterns };
        let mut result = listings(session, asked, with_status, observer);
        if let (true, Err(error)) = (with_status, &result) {
            // One mailbox of which there is no STATUS must not hide the others: each is opened in its turn.
            with_status = false;
            if error.leaves() == Leaves::Connection && error.retry_after().is_none() {
                observer.event(&Event::WithoutStatus(error));
                while session.next_event().is_some() {}
                result = listings(session, asked, with_status, observer);
            }
        }
        // The connection is over, but the next attempt need not ask for all.
        if matches!(&result, Err(ArchiveError::List(error)) if error.is_limit() && error.status().is_none()) {
            is_whole &= patterns.is_empty();
        }
        let (mailboxes, unreadable) = result.map_err(|error| (0, error))?;
        found = Listed { mailboxes, unreadable, is_whole };
        Ok(())
    })?;
    Ok(found)
}

fn listings(
    session: &mut Session,
    patterns: &[String],
    with_status: bool,
    observer: &dyn Observer,
) -> Result<(Vec<WithStatus>, u64)> {
    let mut items = vec![StatusItem::Messages, StatusItem::UidNext, StatusItem::UidValidity, StatusItem::HighestModSeq];
    if session.capabilities().has(Capability::ObjectId) {
        items.push(StatusItem::MailboxId);
    }
    let explain = |error: imaplib::Error| ArchiveError::List(error.into());
    let with_status = with_status && session.capabilities().has(Capability::CondStore);
    let mut listed: Vec<WithStatus> = Vec::new();
    for pattern in patterns {
        if with_status {
            let mailboxes = session.list_status(pattern, &items).map_err(explain)?;
            listed.extend(mailboxes.into_iter().map(|mailbox| (mailbox.listing, mailbox.status)));
        } else {
            listed.extend(session.list(pattern).map_err(explain)?.into_iter().map(|listing| (listing, None)));
        }
    }
    // A server may list a mailbox twice, as its own and as a subscribed one.
    let mut seen = HashSet::new();
    listed.retain(|(listing, _)| {
        listing.is_selectable() && !listing.name.is_empty() && seen.insert(index::key(&listing.name))
    });
    Ok((listed, reasons::listings(session, observer)))
}

/// Whether a mailbox that is not to be backed up shows that the server is as it was.
fn look_for_witness(session: &mut Session, others: &[WithStatus], archive: &Archive, done: &mut Report) {
    for (listing, status) in others {
        let Some(row) = archive.known(&listing.name).filter(|row| row.uid_validity != 0 && archive.is_witness(row.id))
        else {
            continue;
        };
        let asked = match status {
            Some(status) => Some(status.clone()),
            None => session.status(&listing.name, &[StatusItem::Messages, StatusItem::UidValidity]).ok(),
        };
        let is_as_it_was = |status: &MailboxStatus| {
            status.uid_validity == Some(row.uid_validity) && status.messages.is_some_and(|messages| messages > 0)
        };
        if asked.as_ref().is_some_and(is_as_it_was) {
            return done.survey.witness();
        }
    }
}
