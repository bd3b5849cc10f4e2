//! A plan is carried out: mailboxes are made, and each gets its messages.

use std::collections::HashSet;

use imaplib::blocking::Session;
use imaplib::types::MailboxName;

use crate::error::{ArchiveError, Result};
use crate::observer::{Event, Observer};
use crate::options::Cancel;
use crate::restore::job::{Job, Tools};
use crate::restore::plan::{Plan, PlannedMailbox};
use crate::restore::report::{RestoreFinding, RestoreReport, RestoredMailbox};
use crate::restore::target::{self, NewMailbox};
use crate::sync::attempts::{End, Link};

impl Plan<'_> {
    /// Makes the mailboxes that are missing, and sends the messages that are not there.
    ///
    /// One message or mailbox that fails is reported, counted and tried again in the next run, and costs nothing else. Each message is
    /// noted durably before it is sent and once it is known where it is: a run that was broken off is continued by the next one,
    /// which sends nothing twice. [`RestoreReport::ended_by`] is why a run ended before all was done.
    ///
    /// # Errors
    /// If nothing could be done: no connection, or mailboxes cannot be made.
    pub fn run(mut self, observer: &dyn Observer, cancel: &Cancel) -> Result<RestoreReport> {
        let expected = self.mailboxes.iter().filter_map(|planned| planned.messages).sum();
        observer.event(&Event::Expected(expected));
        let longest_pause = self.options.longest_pause.unwrap_or(std::time::Duration::MAX);
        let (source, session) = (&mut *self.source, self.session.take());
        let mut link = Link { source, session, observer, cancel, longest_pause, is_unopened: false };
        let mailboxes = std::mem::take(&mut self.mailboxes);
        link.attempt(|session, _| prepare(session, &mailboxes, observer).map_err(|error| (0, error)))
            .map_err(End::into_error)?;
        let tools = Tools {
            ledger: self.ledger,
            account: &self.account,
            options: &self.options,
            append_limit: self.target.append_limit,
            observer,
            cancel,
        };
        let mut done = RestoreReport::default();
        for (number, planned) in mailboxes.iter().enumerate() {
            observer.event(&Event::Begins { mailbox: &planned.mailbox });
            let figures = RestoredMailbox {
                mailbox: planned.mailbox.clone(),
                target: planned.target.clone(),
                ..RestoredMailbox::default()
            };
            let (origin, name) = (&mut *self.origin, planned.name.clone());
            let mut job = Job::new(tools, origin, planned.origin.clone(), name, figures);
            let result = link.attempt(|session, attempts| job.run(session, attempts));
            let origin_failure = job.origin_failure.take();
            *done.of(&planned.mailbox) = job.finish();
            let error = match result {
                Ok(()) => continue,
                Err(End::Mailbox(error)) => origin_failure.unwrap_or(error),
                Err(end) => {
                    done.of(&planned.mailbox).is_incomplete = true;
                    done.failed_mailboxes += (mailboxes.len() - number) as u64;
                    done.ended_by = Some(end.into_error());
                    return Ok(done);
                }
            };
            done.of(&planned.mailbox).is_incomplete = true;
            done.failed_mailboxes += 1;
            observer.event(&Event::Failed { mailbox: &planned.mailbox, error: &error });
            if matches!(error, ArchiveError::Connect(_)) || error.is_storage() {
                done.failed_mailboxes += (mailboxes.len() - number - 1) as u64;
                done.ended_by = Some(error);
                return Ok(done);
            }
        }
        if let Some(session) = link.session {
            // All is done and noted: a server that does not answer LOGOUT changes nothing.
            let _ = session.logout();
        }
        Ok(done)
    }
}

/// Makes the mailboxes that are missing, and subscribes.
fn prepare(session: &mut Session, mailboxes: &[PlannedMailbox], observer: &dyn Observer) -> Result<()> {
    let report = |name: &MailboxName, finding: RestoreFinding<'_>| {
        let planned = mailboxes.iter().find(|planned| planned.name == *name);
        let mailbox = planned.map_or_else(|| name.to_text().into_owned(), |planned| planned.mailbox.clone());
        observer.event(&Event::Restoring { mailbox: &mailbox, finding });
    };
    let new: Vec<NewMailbox> = mailboxes.iter().filter_map(|planned| planned.new.clone()).collect();
    for (name, error) in target::make(session, &new)? {
        let uses = new.iter().filter(|new| new.name == name).flat_map(|new| &new.uses);
        let uses: Vec<String> = uses.map(ToString::to_string).collect();
        report(&name, RestoreFinding::UseNotKept { special_use: &uses.join(" "), reason: Some(&error) });
    }
    let wanted: Vec<MailboxName> =
        mailboxes.iter().filter(|planned| planned.is_subscribed).map(|planned| planned.name.clone()).collect();
    if wanted.is_empty() {
        return Ok(());
    }
    let subscribed: HashSet<MailboxName> = match session.list_subscribed("*") {
        Ok(listed) => listed.into_iter().map(|listing| listing.name).collect(),
        Err(error) if error.is_command_level() => HashSet::new(),
        Err(error) => return Err(error.into()),
    };
    let wanted: Vec<MailboxName> = wanted.into_iter().filter(|name| !subscribed.contains(name)).collect();
    for (name, error) in target::subscribe(session, &wanted)? {
        report(&name, RestoreFinding::NotSubscribed(&error));
    }
    Ok(())
}
