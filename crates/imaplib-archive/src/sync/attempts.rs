//! What is tried again, and how often: connections, mailboxes and messages.

use std::sync::Arc;
use std::time::{Duration, Instant};

use imaplib::blocking::Session;
use imaplib::types::UidSet;

use crate::error::{ArchiveError, Leaves, Result};
use crate::index::past_runs::Retries;
use crate::isolation::Isolation;
use crate::observer::{Event, Observer};
use crate::options::Cancel;
use crate::source::Source;
use crate::sync::reasons::Reasons;

/// This many attempts are made to connect, and this many waits are granted to a server that asks for time.
const MAX_ATTEMPTS: u32 = 3;
/// A mailbox may cost this many connections in a row while nothing arrives,
const MAX_LOSSES: u32 = 3;
/// or this many where neither it nor the mailbox before it could be opened: more tries take seconds and help nobody,
const MAX_LOSSES_UNOPENED: u32 = 1;
/// or this many while it is found out which of its messages do: enough for the isolation to look behind the first of them,
const MAX_ISOLATION_LOSSES: u32 = 30;
/// and this many altogether.
const MAX_TOTAL_LOSSES: u32 = 100;

/// The wait after a lost connection, in seconds at most; shorter where a message costs it and the server is in order.
const PAUSE: u64 = 2;
const ISOLATION_PAUSE: Duration = Duration::from_millis(250);

/// Why the work on a mailbox ended.
#[derive(Debug)]
pub(crate) enum End {
    /// This mailbox cannot be had in this run.
    Mailbox(ArchiveError),
    /// Nothing more can be had or stored: no connection, no login, no disk.
    Run(ArchiveError),
    /// The run is to end.
    Cancelled,
}

impl End {
    pub(crate) fn into_error(self) -> ArchiveError {
        match self {
            Self::Mailbox(error) | Self::Run(error) => error,
            Self::Cancelled => ArchiveError::Cancelled,
        }
    }
}

/// The connection to the account, made again when it is lost.
pub(crate) struct Link<'a> {
    pub(crate) source: &'a mut dyn Source,
    pub(crate) session: Option<Session>,
    pub(crate) observer: &'a dyn Observer,
    pub(crate) cancel: &'a Cancel,
    pub(crate) longest_pause: Duration,
    /// Whether the mailbox before was given up, for opening it cost the connection each time.
    pub(crate) is_unopened: bool,
}

/// What is known of a mailbox that has cost connections.
#[derive(Debug, Default)]
pub(crate) struct Attempts {
    /// Whether the server does not return the UIDs by which a large mailbox is divided.
    pub(crate) has_no_bounds: bool,
    /// How often the list of all messages failed.
    pub(crate) listing_failures: u32,
    /// Which messages the server cannot list,
    pub(crate) listing: Isolation,
    /// why,
    pub(crate) unlisted: Reasons,
    /// and which it has listed since a list failed.
    pub(crate) listed: UidSet,
    /// Of which messages the server cannot say the date and size.
    pub(crate) dates: Isolation,
    pub(crate) dateless_reported: bool,
    /// Which messages the server cannot send,
    pub(crate) transfer: Isolation,
    /// and why.
    pub(crate) unsent: Reasons,
    /// Which of those that failed in earlier runs were tried again.
    pub(crate) retries: Retries,
    uid_validity: Option<u64>,
    listed_before: u64,
    was_recreated: bool,
    losses: u32,
    total_losses: u32,
    waits: u32,
    /// Whether the mailbox before could not be opened.
    follows_unopened: bool,
}

impl Attempts {
    /// Notes the UIDVALIDITY of the mailbox that was opened: what is known is of UIDs.
    pub(crate) fn opened(&mut self, uid_validity: u64) {
        if self.uid_validity.replace(uid_validity).is_some_and(|before| before != uid_validity) {
            let Self { losses, total_losses, waits, .. } = *self;
            let uid_validity = Some(uid_validity);
            *self = Self { uid_validity, was_recreated: true, losses, total_losses, waits, ..Self::default() };
        }
    }

    /// Whether the mailbox has not been opened even once.
    fn is_unopened(&self) -> bool {
        self.uid_validity.is_none()
    }

    /// Notes that a connection was lost after `arrived` messages; returns whether to try again.
    fn lost(&mut self, arrived: u64) -> bool {
        // Messages of a mailbox that is a new one each time are no observer: that would never end.
        if arrived > 0 && !self.was_recreated {
            self.losses = 0;
        } else {
            self.total_losses += 1;
        }
        // What was listed is not asked for again until it is known which messages cannot be.
        if self.listed.len() > self.listed_before && !self.was_recreated {
            self.losses = 0;
        }
        self.listed_before = self.listed.len();
        self.losses += 1;
        let most = match self.is_isolating() {
            true => MAX_ISOLATION_LOSSES,
            false if self.follows_unopened && self.is_unopened() => MAX_LOSSES_UNOPENED,
            false => MAX_LOSSES,
        };
        self.losses <= most && self.total_losses <= MAX_TOTAL_LOSSES
    }

    /// Whether it is known, or being found out, that it is messages which cost the connection.
    fn is_isolating(&self) -> bool {
        let parts = [&self.transfer, &self.listing, &self.dates];
        parts.iter().any(|part| part.is_at_work()) || self.retries.has_begun()
    }

    fn pause(&self) -> Duration {
        let is_message = self.losses > 1 && self.is_isolating();
        if is_message { ISOLATION_PAUSE } else { Duration::from_secs(PAUSE.min(self.losses.into())) }
    }
}

impl Link<'_> {
    /// Runs `work`; after a lost connection again on a new one, as long as that helps, and on the same one after the
    /// time for which a server asks. An error of `work` has the number of messages that had arrived.
    pub(crate) fn attempt(
        &mut self,
        mut work: impl FnMut(&mut Session, &mut Attempts) -> Result<(), (u64, ArchiveError)>,
    ) -> Result<(), End> {
        let mut attempts = Attempts { follows_unopened: self.is_unopened, ..Attempts::default() };
        loop {
            let session = self.connected()?;
            let Err((arrived, failure)) = work(session, &mut attempts) else {
                self.is_unopened = false;
                return Ok(());
            };
            if self.cancel.is_cancelled() {
                return Err(End::Cancelled);
            }
            match failure.leaves() {
                Leaves::Nothing => return Err(End::Run(failure)),
                Leaves::Archive => {
                    self.session = None;
                    if !attempts.lost(arrived) {
                        self.is_unopened = attempts.is_unopened();
                        return Err(End::Mailbox(failure));
                    }
                    self.observer.event(&Event::Reconnecting(&failure));
                    self.pause(attempts.pause().min(self.longest_pause));
                }
                Leaves::Connection | Leaves::Others => match failure.retry_after() {
                    Some(wait) if attempts.waits < MAX_ATTEMPTS => {
                        attempts.waits = if arrived > 0 { 1 } else { attempts.waits + 1 };
                        self.observer.event(&Event::Waiting(&failure, wait));
                        self.pause(wait);
                    }
                    _ => {
                        self.is_unopened = false;
                        return Err(End::Mailbox(failure));
                    }
                },
            }
        }
    }

    /// The session; a new one if the last was lost.
    pub(crate) fn connected(&mut self) -> Result<&mut Session, End> {
        if self.cancel.is_cancelled() {
            return Err(End::Cancelled);
        }
        let session = match self.session.take() {
            Some(session) => session,
            None => self.connect()?,
        };
        Ok(self.session.insert(session))
    }

    fn connect(&mut self) -> Result<Session, End> {
        let mut attempts = 0;
        loop {
            let error = match self.source.connect() {
                Ok(session) => return Ok(session),
                Err(error) => error,
            };
            attempts += 1;
            let may_pass = error.is_passing() && attempts <= MAX_ATTEMPTS;
            let usual = Duration::from_secs(1 << (attempts - 1)).min(self.longest_pause);
            let wait = error.retry_after().unwrap_or(usual);
            let error = ArchiveError::Connect(Arc::new(error));
            if !may_pass {
                return Err(End::Run(error));
            }
            self.observer.event(&Event::Reconnecting(&error));
            self.pause(wait);
            if self.cancel.is_cancelled() {
                return Err(End::Cancelled);
            }
        }
    }

    /// Sleeps, unless the run is to end.
    fn pause(&self, time: Duration) {
        let begun = Instant::now();
        while !self.cancel.is_cancelled() && begun.elapsed() < time {
            std::thread::sleep(Duration::from_millis(50).min(time.saturating_sub(begun.elapsed())));
        }
    }
}
