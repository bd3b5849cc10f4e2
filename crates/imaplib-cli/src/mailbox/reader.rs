//! A mailbox that is read: a message that the server cannot send, or that costs the connection, costs itself alone.

use std::time::Duration;

use imaplib::FetchItems;
use imaplib::blocking::{Mailbox, Row, Session};
use imaplib::command::Search;
use imaplib::types::{MailboxName, Uid, UidSet};

use crate::account::connector::Connector;
use crate::account::logins::Logins;
use crate::error::library::failure;
use crate::error::{Cause, Exit, Failure, Result};
use crate::mailbox::left_out::LeftOut;
use crate::mailbox::resolve;
use crate::output::{self, some_messages_with};
use imaplib_archive::isolation::{Isolation, without};

/// This many connections in a row may be lost without any message, while it is found out which one costs them,
const MAX_LOSSES: u32 = 10;
/// and this many altogether.
const MAX_TOTAL_LOSSES: u32 = 60;

/// This many attempts are made to connect again.
const MAX_ATTEMPTS: u32 = 3;

/// This many waits are granted to a server that asks for time.
const MAX_WAITS: u32 = 3;

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
    /// Whether the server sent more than one text of a message: which of them it is nobody knows.
    pub(crate) has_other_texts: bool,
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

/// What the answers to one or more FETCH had.
#[derive(Default)]
struct Answers {
    /// The messages that the caller has taken,
    came: UidSet,
    /// those that had a row of their own,
    with_row: UidSet,
    /// those that had more than one,
    twice: UidSet,
    /// and those that the server cannot send.
    unsendable: UidSet,
    untried: u64,
    reason: Option<Failure>,
}

/// What follows from a failure that is not the end.
pub(super) enum Passing {
    /// The server had the time that it asked for.
    Waited,
    /// It cannot send what was asked for.
    Failed(Failure),
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
        let found = resolve::find(&mut session, name)?;
        let mailbox = session.examine(&found).map_err(|error| failure(&error).context(name))?;
        let uid_validity = mailbox.uid_validity();
        Ok(Self {
            logins,
            session,
            name: found,
            uid_validity,
            losses: 0,
            total_losses: 0,
            has_sent: false,
            has_other_texts: false,
        })
    }

    /// Reads a mailbox that is open already, under its name there.
    pub(crate) fn of_open(logins: Logins<'a>, session: Session, name: MailboxName, uid_validity: Option<u64>) -> Self {
        Self {
            logins,
            session,
            name,
            uid_validity,
            losses: 0,
            total_losses: 0,
            has_sent: false,
            has_other_texts: false,
        }
    }

    /// The mailbox.
    pub(crate) fn mailbox(&mut self) -> Result<Mailbox<'_>> {
        let closed = |_| Failure::new(Exit::Temporary, "the server closed the mailbox").cause(Cause::Connection);
        self.session.mailbox().map_err(closed)
    }

    /// The session, for what is not about this mailbox.
    pub(crate) fn into_session(self) -> Session {
        self.session
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
        take: impl FnMut(&mut Row<'_>) -> Result<bool>,
    ) -> Result<Fetched> {
        let mut left_out = LeftOut::new(note);
        let add = &mut |uid: Uid, failure: &Failure| left_out.add(uid, failure);
        let (fetched, untried, reason) = self.isolate(wanted, items.into(), note, add, take)?;
        left_out.finish("cannot send", untried);
        self.has_sent |= !fetched.came.is_empty();
        match reason {
            Some(failure) if !self.has_sent && !fetched.unsendable.is_empty() => Err(failure),
            _ => Ok(fetched),
        }
    }

    /// The same, where the messages that the server cannot send are for the caller to report.
    pub(crate) fn fetch_quietly(
        &mut self,
        wanted: &UidSet,
        items: impl Into<FetchItems>,
        take: impl FnMut(&mut Row<'_>) -> Result<bool>,
    ) -> Result<Fetched> {
        self.isolate(wanted, items.into(), &output::note, &mut |_, _| {}, take).map(|(fetched, ..)| fetched)
    }

    /// Fetches one message by one command. `Some` if the server does not send all of it, although the connection, perhaps
    /// another one, can be used.
    pub(crate) fn fetch_one(
        &mut self,
        uid: Uid,
        items: impl Into<FetchItems>,
        mut take: impl FnMut(&mut Row<'_>) -> Result<bool>,
    ) -> Result<Option<Failure>> {
        let set = UidSet::range(uid, uid);
        let (items, note) = (items.into(), &output::note);
        let mut answers = Answers::default();
        let mut waits = 0;
        loop {
            let Err(failure) = self.fetch_once(&set, &items, &mut answers, &mut take) else {
                self.losses = 0;
                report_twice(&answers.twice, note);
                return Ok(None);
            };
            match self.passes(failure, &mut waits, note)? {
                Passing::Waited => {}
                Passing::Failed(failure) => {
                    self.connect_after(&failure, note)?;
                    return Ok(Some(failure));
                }
            }
        }
    }

    /// Fetches messages, and finds out which of them cannot be sent; these are passed to `left_out`. Returns also how many
    /// are not asked for, and why the first answer broke off.
    fn isolate(
        &mut self,
        wanted: &UidSet,
        items: FetchItems,
        note: &dyn Fn(&str),
        left_out: &mut dyn FnMut(Uid, &Failure),
        mut take: impl FnMut(&mut Row<'_>) -> Result<bool>,
    ) -> Result<(Fetched, u64, Option<Failure>)> {
        let mut answers = Answers::default();
        self.isolate_part(wanted, (&items, false), note, left_out, &mut take, &mut answers)?;
        let silent = without(&without(wanted, &answers.with_row), &answers.unsendable);
        let there = if silent.is_empty() { silent } else { self.still_there(&silent) };
        if !there.is_empty() {
            self.isolate_part(&there, (&items, true), note, left_out, &mut take, &mut answers)?;
        }
        report_twice(&answers.twice, note);
        let Answers { came, unsendable, untried, reason, .. } = answers;
        Ok((Fetched { came, unsendable }, untried, reason))
    }

    /// Where the messages `are_there`, an answer without a row of each of them counts as one that broke off: some servers
    /// end it early at a message that they cannot send, or announce a wrong length, and then lose those behind it.
    fn isolate_part(
        &mut self,
        wanted: &UidSet,
        (items, are_there): (&FetchItems, bool),
        note: &dyn Fn(&str),
        left_out: &mut dyn FnMut(Uid, &Failure),
        take: &mut impl FnMut(&mut Row<'_>) -> Result<bool>,
        answers: &mut Answers,
    ) -> Result<()> {
        let (mut isolation, mut silent) = (Isolation::default(), UidSet::new());
        let mut waits = 0;
        isolation.begin(wanted);
        while let Some(set) = isolation.next_part() {
            let before = answers.came.len();
            let outcome = self.fetch_once(&set, items, answers, take);
            let left = without(&set, &answers.came);
            let Err(failure) = outcome else {
                let left = without(&left, &answers.with_row);
                if !are_there || left.is_empty() {
                    isolation.succeeded();
                } else if let Some(uid) = isolation.failed(&left) {
                    silent.insert(uid);
                }
                continue;
            };
            if answers.came.len() > before {
                self.losses = 0;
            }
            let failure = match self.passes(failure, &mut waits, note)? {
                Passing::Failed(failure) => failure,
                Passing::Waited => {
                    isolation.begin(&without(wanted, &answers.came));
                    continue;
                }
            };
            if let Some(uid) = isolation.failed(&left) {
                left_out(uid, &failure);
            }
            self.connect_after(&failure, note)?;
            answers.reason.get_or_insert(failure);
        }
        let bad = without(isolation.bad(), &silent);
        bad.ranges().for_each(|(low, high)| answers.unsendable.insert_range(low, high));
        // Those of which nothing was said stay missing.
        if !are_there {
            isolation.untried().ranges().for_each(|(low, high)| answers.unsendable.insert_range(low, high));
            answers.untried = isolation.untried().len();
        }
        Ok(())
    }

    /// Which of these messages the mailbox still has, as far as is known: one search, so that what was expunged meanwhile
    /// is not asked for again.
    fn still_there(&mut self, uids: &UidSet) -> UidSet {
        let (Some(first), Some(last)) = (uids.first(), uids.last()) else { return UidSet::new() };
        let search = Search::new().uids(UidSet::range(first, last));
        let found = self.mailbox().ok().and_then(|mut mailbox| mailbox.search_lossy(search).ok());
        found.map_or_else(|| uids.clone(), |found| found.messages.intersection(uids))
    }

    fn fetch_once(
        &mut self,
        set: &UidSet,
        items: &FetchItems,
        Answers { came, with_row, twice, .. }: &mut Answers,
        take: &mut impl FnMut(&mut Row<'_>) -> Result<bool>,
    ) -> Result<()> {
        let mut has_other_texts = false;
        let mut mailbox = self.mailbox()?;
        let mut rows = mailbox.fetch(set, items.clone()).map_err(|error| failure(&error))?;
        while let Some(mut row) = rows.next().map_err(|error| failure(&error))? {
            // Unsolicited rows about other messages come in between.
            let Some(uid) = row.uid().filter(|uid| set.contains(*uid)) else { continue };
            if came.contains(uid) {
                let has_text = row.next_body().map_err(|error| failure(&error))?.is_some();
                has_other_texts |= has_text;
                if has_text || has_values(&row) {
                    twice.insert(uid);
                }
            } else if take(&mut row)? {
                came.insert(uid);
                with_row.insert(uid);
            } else if has_values(&row) || row.flags().is_none() {
                with_row.insert(uid);
            }
        }
        drop(rows);
        self.has_other_texts |= has_other_texts;
        Ok(())
    }

    /// Whether the failure may pass: the server asked for time, which it was given, or the failure is that of some messages.
    /// Any other is the end.
    pub(super) fn passes(&mut self, failure: Failure, waits: &mut u32, note: &dyn Fn(&str)) -> Result<Passing> {
        match (failure.leaves(), failure.asked_to_wait()) {
            (Cause::Refusal, Some(wait)) if *waits < MAX_WAITS => {
                *waits += 1;
                note(&format!("{}; continuing in {} s", failure.message(), wait.as_secs_f64()));
                std::thread::sleep(wait);
                Ok(Passing::Waited)
            }
            (Cause::Refusal, None) => Ok(Passing::Failed(failure)),
            // The row of one message may break a limit or the protocol: the others can still be had.
            (Cause::Connection, _) if (failure.is_lost() || failure.exit() == Exit::Protocol) && self.may_lose() => {
                Ok(Passing::Failed(failure))
            }
            _ => Err(failure),
        }
    }

    /// Makes the mailbox usable after a failure that another command may not have: the server refused this one, or its
    /// answer cannot be read. Any other failure is the end.
    pub(crate) fn recover(&mut self, failure: Failure) -> Result<Failure> {
        match failure.leaves() {
            Cause::Refusal if failure.asked_to_wait().is_none() => Ok(failure),
            Cause::Connection if failure.exit() == Exit::Protocol && self.may_lose() => {
                self.connect_again()?;
                Ok(failure)
            }
            _ => Err(failure),
        }
    }

    /// Connects again if the failure was the end of the connection.
    pub(super) fn connect_after(&mut self, failure: &Failure, note: &dyn Fn(&str)) -> Result<()> {
        if failure.leaves() != Cause::Connection {
            return Ok(());
        }
        note(&format!("{}; connecting again", failure.message()));
        self.connect_again()
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
                format!("{}: the mailbox was recreated meanwhile (UIDVALIDITY changed)", self.name),
            )
            .hint("run the same command again")),
        }
    }
}

/// Whether the row is more than a change of flags.
fn has_values(row: &Row<'_>) -> bool {
    let data = row.data();
    data.envelope.is_some() || data.body_structure.is_some() || data.internal_date.is_some() || data.size.is_some()
}

fn report_twice(twice: &UidSet, note: &dyn Fn(&str)) {
    if !twice.is_empty() {
        note(&format!("the server sent more than one row of the {}: the first is used", some_messages_with(twice)));
    }
}
