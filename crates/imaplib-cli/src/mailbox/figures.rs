//! The figures of mailboxes (STATUS): a mailbox that the server refuses, or that costs the connection, costs itself alone.

use std::time::Duration;

use imaplib::blocking::Session;
use imaplib::types::{Listing, MailboxName, MailboxStatus, StatusItem};

use crate::account::logins::Logins;
use crate::error::library::{IN_PARTS, failure, of_listing};
use crate::error::{Cause, Exit, Failure, Result};
use crate::output;

/// A mailbox, and its figures where the server sends them; in little room, for there may be very many.
pub(crate) type Found = (Listing, Option<Box<MailboxStatus>>);

/// This many connections in a row may be lost without any figures.
const MAX_LOSSES: u32 = 10;

/// This many waits are granted to a server that asks for time.
const MAX_WAITS: u32 = 3;

/// An account whose mailboxes are asked for their figures.
pub(crate) struct Figures<'a> {
    logins: Logins<'a>,
    pub(crate) session: Session,
    items: Vec<StatusItem>,
    losses: u32,
    waits: u32,
}

impl<'a> Figures<'a> {
    pub(crate) fn new(logins: Logins<'a>, session: Session, items: Vec<StatusItem>) -> Self {
        Self { logins, session, items, losses: 0, waits: 0 }
    }

    /// The mailboxes that match, with figures as far as they can be had all at once.
    pub(crate) fn list(&mut self, pattern: &MailboxName) -> Result<Vec<Found>> {
        let explain = |error: imaplib::Error| of_listing(&error, IN_PARTS);
        let reason = match self.session.list_status(pattern, &self.items).map_err(explain) {
            Ok(found) => {
                // Figures that are not all there are asked for again, and missed by name.
                let found = found.into_iter().map(|mailbox| (mailbox.listing, mailbox.status.map(Box::new)));
                return Ok(found.collect());
            }
            Err(failure) => failure,
        };
        // It may be about the figures of one mailbox.
        match reason.leaves() {
            // A name that no command can send, among others.
            Cause::Refusal | Cause::Item => {}
            Cause::Connection if reason.is_lost() || is_unreadable(&reason) => self.connect_again()?,
            _ => return Err(reason),
        }
        match self.session.list(pattern) {
            Ok(listed) => Ok(listed.into_iter().map(|listing| (listing, None)).collect()),
            Err(error) => Err(explain(error)),
        }
    }

    /// Asks each mailbox that lacks figures for them. Returns for how many some did not come, which is reported.
    pub(crate) fn complete<'f>(&mut self, found: impl IntoIterator<Item = &'f mut Found>) -> Result<u64> {
        let mut failed = 0;
        for (listing, status) in found {
            if !listing.is_selectable() || status.as_ref().is_some_and(|status| self.missing(status).is_empty()) {
                continue;
            }
            match self.ask(&listing.name)? {
                Ok(mut figures) => {
                    if let Some(before) = status.take() {
                        figures.messages = figures.messages.or(before.messages);
                        figures.unseen = figures.unseen.or(before.unseen);
                        figures.size = figures.size.or(before.size);
                    }
                    let missing = self.missing(&figures);
                    if !missing.is_empty() {
                        let names: Vec<&str> = missing.into_iter().map(name_of).collect();
                        output::note(&format!("{}: the server does not report {}", listing.name, names.join(" and ")));
                        failed += 1;
                    }
                    *status = Some(Box::new(figures));
                }
                Err(reason) => {
                    output::note(reason.context(&listing.name).message());
                    failed += 1;
                }
            }
        }
        Ok(failed)
    }

    /// The figures, or why this mailbox has none. An outer error is the end of it all.
    fn ask(&mut self, name: &MailboxName) -> Result<Result<MailboxStatus>> {
        let mut was_lost = false;
        loop {
            let reason = match self.session.status(name, &self.items) {
                Ok(status) => {
                    self.losses = 0;
                    return Ok(Ok(status));
                }
                Err(error) => failure(&error),
            };
            match (reason.leaves(), reason.asked_to_wait()) {
                (Cause::Refusal, Some(wait)) if self.waits < MAX_WAITS => {
                    self.waits += 1;
                    output::note(&format!("{}; continuing in {} s", reason.message(), wait.as_secs_f64()));
                    std::thread::sleep(wait);
                }
                (Cause::Connection, _) if reason.is_lost() && self.losses < MAX_LOSSES => {
                    self.losses += 1;
                    self.connect_again()?;
                    // The first time may be an accident.
                    if was_lost {
                        return Ok(Err(reason));
                    }
                    was_lost = true;
                }
                // It would come again for the same mailbox.
                (Cause::Connection, _) if is_unreadable(&reason) && self.losses < MAX_LOSSES => {
                    self.losses += 1;
                    self.connect_again()?;
                    return Ok(Err(reason));
                }
                (Cause::Connection, _) => return Err(reason.context(name)),
                _ => return Ok(Err(reason)),
            }
        }
    }

    /// The figures that were asked for and are not there.
    fn missing(&self, status: &MailboxStatus) -> Vec<StatusItem> {
        let is_there = |item: &StatusItem| match item {
            StatusItem::Messages => status.messages.is_some(),
            StatusItem::Unseen => status.unseen.is_some(),
            StatusItem::Size => status.size.is_some(),
            _ => true,
        };
        self.items.iter().filter(|item| !is_there(item)).copied().collect()
    }

    fn connect_again(&mut self) -> Result<(), Failure> {
        std::thread::sleep(Duration::from_millis(u64::from(self.losses.saturating_sub(1).min(4)) * 500));
        self.session = self.logins.session()?;
        Ok(())
    }
}

fn name_of(item: StatusItem) -> &'static str {
    match item {
        StatusItem::Messages => "the number of messages",
        StatusItem::Unseen => "the number of unread messages",
        _ => "the size",
    }
}

/// Whether what the server sent makes no sense.
fn is_unreadable(reason: &Failure) -> bool {
    reason.exit() == Exit::Protocol
}
