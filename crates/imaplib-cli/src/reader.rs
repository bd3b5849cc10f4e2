//! A mailbox that is read: a message that the server cannot send, or that costs the connection, costs itself alone.

use std::time::Duration;

use imaplib::FetchItems;
use imaplib::blocking::{Mailbox, Row, Session};
use imaplib::types::{MailboxName, UidSet};

use crate::connect::Connector;
use crate::exit::{Cause, Exit, Failure, Result};
use crate::failure::failure;
use crate::isolation::{Isolation, without};
use crate::logins::Logins;
use crate::output::count;
use crate::selection;

/// This many connections in a row may be lost without any message, while it is found out which one costs them,
const MAX_LOSSES: u32 = 10;
/// and this many altogether.
const MAX_TOTAL_LOSSES: u32 = 60;

/// This many attempts are made to connect again.
const MAX_ATTEMPTS: u32 = 3;

/// This many waits are granted to a server that asks for time.
const MAX_WAITS: u32 = 3;

/// This many messages that cannot be sent are reported one by one.
const MAX_NOTES: u64 = 20;

/// A mailbox that is open for reading, on a connection that is made again when it is lost.
pub(crate) struct Reader<'a> {
    logins: Logins<'a>,
    session: Session,
    name: MailboxName,
    uid_validity: Option<u64>,
    losses: u32,
    total_losses: u32,
    /// Whether any message has come.
    has_sent: bool,
}

/// What came of a fetch.
pub(crate) struct Fetched {
    pub(crate) came: UidSet,
    /// What the server cannot send, which was reported.
    pub(crate) unsendable: UidSet,
}

impl Fetched {
    /// What was asked for and did not come, although the server did not refuse it.
    pub(crate) fn missing(&self, wanted: &UidSet) -> UidSet {
        without(&without(wanted, &self.came), &self.unsendable)
    }
}

impl<'a> Reader<'a> {
    /// Connects, logs in and opens the mailbox.
    pub(crate) fn open(connector: &'a Connector, name: &str) -> Result<Self> {
        let mut logins = Logins::new(connector);
        let session = logins.session()?;
        Self::on(logins, session, name)
    }

    /// Opens the mailbox on a connection that is there.
    pub(crate) fn on(logins: Logins<'a>, mut session: Session, name: &str) -> Result<Self> {
        let found = selection::find(&mut session, name)?;
        let mailbox = session.examine(&found).map_err(|error| failure(&error).context(name))?;
        let uid_validity = mailbox.uid_validity();
        Ok(Self { logins, session, name: found, uid_validity, losses: 0, total_losses: 0, has_sent: false })
    }

    /// Reads a mailbox that is open already, under its name there.
    pub(crate) fn of_open(logins: Logins<'a>, session: Session, name: MailboxName, uid_validity: Option<u64>) -> Self {
        Self { logins, session, name, uid_validity, losses: 0, total_losses: 0, has_sent: false }
    }

    /// The mailbox.
    pub(crate) fn mailbox(&mut self) -> Result<Mailbox<'_>> {
        let closed = || Failure::new(Exit::Temporary, "the server closed the mailbox").cause(Cause::Connection);
        self.session.open_mailbox().ok_or_else(closed)
    }

    /// Ends the session.
    pub(crate) fn logout(self) {
        let _ = self.session.logout();
    }

    /// Fetches messages. `take` is given each row of a message that has not come yet, and returns whether it has now.
    ///
    /// Where an answer breaks off, fewer are asked for at once until it is known which message the server cannot send;
    /// that one is reported by `note` and left out. An error means that nothing has come of this mailbox, or that nothing
    /// more can come.
    pub(crate) fn fetch(
        &mut self,
        wanted: &UidSet,
        items: impl Into<FetchItems>,
        note: &dyn Fn(&str),
        mut take: impl FnMut(&mut Row<'_>) -> Result<bool>,
    ) -> Result<Fetched> {
        let items = items.into();
        let mut isolation = Isolation::default();
        let mut came = UidSet::new();
        let mut waits = 0;
        let mut reason = None;
        isolation.begin(wanted);
        while let Some(set) = isolation.next() {
            let before = came.len();
            let Err(failure) = self.fetch_once(&set, &items, &mut came, &mut take) else {
                isolation.succeeded();
                continue;
            };
            if came.len() > before {
                self.losses = 0;
            }
            match (failure.leaves(), failure.asked_to_wait()) {
                (Cause::Refusal, Some(wait)) if waits < MAX_WAITS => {
                    waits += 1;
                    note(&format!("{}; going on in {} s", failure.message(), wait.as_secs_f64()));
                    std::thread::sleep(wait);
                    isolation.begin(&without(wanted, &came));
                    continue;
                }
                (Cause::Refusal, None) => {}
                // The row of one message may break a limit or the protocol: the others can still be had.
                (Cause::Connection, _)
                    if (failure.is_lost() || failure.exit() == Exit::Protocol) && self.may_lose() => {}
                _ => return Err(failure),
            }
            if let Some(uid) = isolation.failed(&without(&set, &came))
                && isolation.bad().len() <= MAX_NOTES
            {
                note(&format!("the message with UID {uid} is left out: {}", failure.message()));
            }
            if failure.leaves() == Cause::Connection {
                note(&format!("{}; connecting again", failure.message()));
                self.connect_again()?;
            }
            reason.get_or_insert(failure);
        }
        let mut unsendable = isolation.bad().clone();
        if unsendable.len() > MAX_NOTES || !isolation.untried().is_empty() {
            let (bad, untried) = (count(unsendable.len(), "message"), count(isolation.untried().len(), "other"));
            note(&format!("the server cannot send {bad}; not asked for: {untried}"));
        }
        isolation.untried().ranges().for_each(|(low, high)| unsendable.insert_range(low, high));
        self.has_sent |= !came.is_empty();
        match reason {
            Some(failure) if !self.has_sent && !unsendable.is_empty() => Err(failure),
            _ => Ok(Fetched { came, unsendable }),
        }
    }

    fn fetch_once(
        &mut self,
        set: &UidSet,
        items: &FetchItems,
        came: &mut UidSet,
        take: &mut impl FnMut(&mut Row<'_>) -> Result<bool>,
    ) -> Result<()> {
        let mut mailbox = self.mailbox()?;
        let mut rows = mailbox.fetch(set, items.clone()).map_err(|error| failure(&error))?;
        while let Some(mut row) = rows.next().map_err(|error| failure(&error))? {
            // News about other messages comes in between, and a server may send a message twice.
            let Some(uid) = row.uid().filter(|uid| set.contains(*uid) && !came.contains(*uid)) else { continue };
            if take(&mut row)? {
                came.insert(uid);
            }
        }
        Ok(())
    }

    /// Counts a lost connection; false if there were too many.
    fn may_lose(&mut self) -> bool {
        self.losses += 1;
        self.total_losses += 1;
        self.losses <= MAX_LOSSES && self.total_losses <= MAX_TOTAL_LOSSES
    }

    fn connect_again(&mut self) -> Result<()> {
        // One loss may be an accident; a server that is at its limits is given time.
        std::thread::sleep(Duration::from_millis(u64::from(self.losses.saturating_sub(1).min(4)) * 500));
        let mut attempts = 0;
        self.session = loop {
            let failure = match self.logins.session() {
                Ok(session) => break session,
                Err(failure) => failure,
            };
            attempts += 1;
            let may_pass = failure.leaves() == Cause::Connection || failure.is_busy();
            if !may_pass || attempts >= MAX_ATTEMPTS {
                return Err(failure);
            }
            std::thread::sleep(failure.asked_to_wait().unwrap_or(Duration::from_secs(1 << (attempts - 1))));
        };
        let mailbox = self.session.examine(&self.name).map_err(|error| failure(&error).context(&self.name))?;
        match mailbox.uid_validity() == self.uid_validity {
            true => Ok(()),
            false => Err(Failure::new(
                Exit::Temporary,
                format!("{}: the mailbox was made anew meanwhile (UIDVALIDITY changed)", self.name),
            )
            .hint("run the same command again")),
        }
    }
}
