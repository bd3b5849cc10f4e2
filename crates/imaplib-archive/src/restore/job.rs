//! One mailbox of the target is brought to have the messages of one mailbox: what is open is settled, the rest is sent.

use std::collections::{HashMap, HashSet};
use std::thread::sleep;
use std::time::{Duration, Instant};

use imaplib::blocking::{Mailbox, Session};
use imaplib::types::{Flag, Flags, MailboxName, UidSet};

use crate::error::{ArchiveError, MailboxFault, Result};
use crate::index;
use crate::messages::ArchivedMessage;
use crate::observer::{Event, Observer};
use crate::options::Cancel;
use crate::restore::contents::MAX_HELD;
use crate::restore::ledger::{self, Key, Ledger, Notes, Outcome, Route, Sent};
use crate::restore::options::RestoreOptions;
use crate::restore::origin::{Origin, OriginMailbox};
use crate::restore::report::{RestoreFinding, RestoredMailbox};
use crate::restore::there::{self, Others};
use crate::sync::attempts::Attempts;
use crate::sync::server_state::Watch;

/// So many messages of the origin are listed at a time.
const PAGE: usize = 1000;
/// So many are sent together.
const BATCH: usize = 100;
/// Messages that were sent are compared once there are so many.
const COMPARED_AT: usize = 1000;
/// After so many refusals in succession a mailbox is given up.
pub(super) const MAX_REFUSALS: u64 = 10;
/// The wait between two looks for messages that may still come.
const LOOK_AGAIN: Duration = Duration::from_millis(500);

/// What a job works with.
#[derive(Clone, Copy)]
pub(crate) struct Tools<'a> {
    pub(crate) ledger: &'a dyn Ledger,
    /// Whose the target is.
    pub(crate) account: &'a str,
    pub(crate) options: &'a RestoreOptions,
    pub(crate) append_limit: Option<u64>,
    pub(crate) observer: &'a dyn Observer,
    pub(crate) cancel: &'a Cancel,
}

impl<'a> Tools<'a> {
    pub(super) fn watch(&self) -> Watch<'a> {
        Watch { cancel: self.cancel, observer: self.observer }
    }
}

/// The work on one mailbox, over all connections that it needs.
pub(crate) struct Job<'a> {
    pub(super) tools: Tools<'a>,
    pub(super) origin: &'a mut dyn Origin,
    pub(super) mailbox: OriginMailbox,
    pub(super) target: MailboxName,
    pub(super) figures: RestoredMailbox,
    pub(super) route: Route,
    pub(super) uid_validity: u64,
    /// No message that is sent now has a lower UID.
    pub(super) uid_next: u64,
    /// The flags that the target keeps; all if it did not report them.
    permanent: Option<Flags>,
    pub(super) others: Others,
    pub(super) notes: Notes,
    /// The flags of messages that were sent and are not compared yet, by the UID on the target.
    pub(super) flags: HashMap<u32, Flags>,
    /// What is not tried again in this run.
    pub(super) left_out: HashSet<Key>,
    /// What was sent when the connection was lost.
    pub(super) in_flight: Vec<Key>,
    suspects: HashMap<Key, u32>,
    /// So many messages are sent one by one.
    careful: usize,
    pub(super) refusals: u64,
    lost_flags: HashMap<String, u64>,
    has_begun: bool,
    /// The origin failed, and not the target.
    pub(super) origin_failure: Option<ArchiveError>,
}

impl<'a> Job<'a> {
    pub(crate) fn new(
        tools: Tools<'a>,
        origin: &'a mut dyn Origin,
        mailbox: OriginMailbox,
        target: MailboxName,
        figures: RestoredMailbox,
    ) -> Self {
        Self {
            tools,
            origin,
            mailbox,
            target,
            figures,
            route: Route { target: 0, mailbox: 0 },
            uid_validity: 0,
            uid_next: 0,
            permanent: None,
            others: Others::default(),
            notes: Notes::default(),
            flags: HashMap::new(),
            left_out: HashSet::new(),
            in_flight: Vec::new(),
            suspects: HashMap::new(),
            careful: 0,
            refusals: 0,
            lost_flags: HashMap::new(),
            has_begun: false,
            origin_failure: None,
        }
    }

    /// Works on one connection as far as it comes. An error has the number of messages that had come.
    pub(crate) fn run(&mut self, session: &mut Session, attempts: &mut Attempts) -> Result<(), (u64, ArchiveError)> {
        let before = self.figures.sent + self.figures.there;
        self.suspect();
        let result = self.work(session, attempts);
        // What came is noted, however it ended; a disk that fails ends everything.
        let result = self.notes.write(self.tools.ledger, self.route).and(result);
        result.map_err(|error| (self.figures.sent + self.figures.there - before, error))
    }

    /// The figures at the end. What the target cannot keep is reported.
    pub(crate) fn finish(self) -> RestoredMailbox {
        let mut flags: Vec<String> = self.lost_flags.keys().cloned().collect();
        flags.sort_unstable();
        if !flags.is_empty() {
            let finding = RestoreFinding::FlagsNotKept { flags: &flags, messages: self.figures.without_flags };
            self.report(finding);
        }
        self.figures
    }

    pub(super) fn report(&self, finding: RestoreFinding<'_>) {
        self.tools.observer.event(&Event::Restoring { mailbox: &self.mailbox.name, finding });
    }

    /// Notes what was on its way when the connection was lost: it is sent one by one, and what costs the connection twice is left out.
    fn suspect(&mut self) {
        let in_flight = std::mem::take(&mut self.in_flight);
        self.careful = self.careful.max(in_flight.len());
        let [key] = in_flight.as_slice() else { return };
        let losses = self.suspects.entry(*key).or_default();
        *losses += 1;
        if *losses >= 2 {
            self.left_out.insert(*key);
            self.figures.failed += 1;
            self.report(RestoreFinding::Disconnecting { uid: key.1 });
        }
    }

    fn work(&mut self, session: &mut Session, attempts: &mut Attempts) -> Result<()> {
        self.select(session, attempts)?;
        self.settle(session)?;
        if !self.has_begun {
            self.has_begun = true;
            self.look_at_earlier(session)?;
        }
        let from = self.first_page()?;
        let Some(mut page) = from else { return Ok(()) };
        let mut has_others = false;
        let mut batch: Vec<ArchivedMessage> = Vec::new();
        while let (Some(first), Some(last)) = (page.first(), page.last().cloned()) {
            let range = ((first.uid_validity, first.uid), (last.uid_validity, last.uid));
            let noted = ledger::noted(self.tools.ledger, self.route, range)?;
            for message in page {
                let key = (message.uid_validity, message.uid);
                if noted.contains(&key)
                    || self.left_out.contains(&key)
                    || !self.tools.options.wants(&self.mailbox, &message)
                {
                    continue;
                }
                if !has_others {
                    has_others = true;
                    self.look_at_others(session)?;
                }
                let size: u64 = batch.iter().map(|message| message.size).sum();
                let most = if self.careful > 0 { 1 } else { BATCH };
                if batch.len() >= most || (!batch.is_empty() && size.saturating_add(message.size) > MAX_HELD) {
                    self.send(session, std::mem::take(&mut batch))?;
                }
                batch.push(message);
            }
            page = self.page(Some(&last))?;
        }
        if !batch.is_empty() {
            self.send(session, batch)?;
        }
        self.compare(session)
    }

    /// Sends a batch, and compares what was sent where that is much.
    fn send(&mut self, session: &mut Session, batch: Vec<ArchivedMessage>) -> Result<()> {
        self.tools.cancel.check()?;
        self.careful = self.careful.saturating_sub(batch.len());
        self.send_batch(session, &batch)?;
        if self.refusals >= MAX_REFUSALS {
            self.report(RestoreFinding::GivenUp { refused: self.refusals });
            self.compare(session)?;
            return Err(ArchiveError::Mailbox(MailboxFault::AllRefused));
        }
        if self.flags.len() >= COMPARED_AT { self.compare(session) } else { Ok(()) }
    }

    fn first_page(&mut self) -> Result<Option<Vec<ArchivedMessage>>> {
        match self.origin.open(&self.mailbox, self.tools.watch()) {
            Ok(mailbox) => self.mailbox = mailbox,
            Err(error) => return Err(self.of_origin(error)),
        }
        self.page(None).map(|page| (!page.is_empty()).then_some(page))
    }

    fn page(&mut self, last: Option<&ArchivedMessage>) -> Result<Vec<ArchivedMessage>> {
        let page = self.origin.messages(&self.mailbox, last, PAGE, self.tools.watch());
        page.map_err(|error| self.of_origin(error))
    }

    /// An error of the origin ends the work on the mailbox; the target's connection stays.
    pub(super) fn of_origin(&mut self, error: ArchiveError) -> ArchiveError {
        self.origin_failure = Some(error.clone());
        ArchiveError::Mailbox(MailboxFault::Origin)
    }

    /// Opens the mailbox, and notes as which one messages are sent to it.
    fn select(&mut self, session: &mut Session, attempts: &mut Attempts) -> Result<()> {
        let mut mailbox = session.select(&self.target)?;
        if mailbox.is_read_only() {
            return Err(ArchiveError::Mailbox(MailboxFault::ReadOnly));
        }
        let lasting = mailbox.uid_validity().filter(|_| !mailbox.state().is_some_and(|state| state.uids_not_sticky));
        let Some(uid_validity) = lasting else { return Err(ArchiveError::Mailbox(MailboxFault::NoUidValidity)) };
        attempts.opened(uid_validity);
        self.permanent = mailbox.state().and_then(|state| state.permanent_flags.clone());
        self.uid_next = match mailbox.uid_next() {
            Some(next) => next,
            None => {
                let last = there::list(&mut mailbox, u64::from(u32::MAX), &UidSet::new())?;
                last.last().map_or(1, |last| u64::from(last.uid) + 1)
            }
        };
        if self.uid_validity != uid_validity {
            self.flags.clear();
        }
        self.uid_validity = uid_validity;
        let target = ledger::target(self.tools.ledger, self.tools.account, &index::key(&self.target), uid_validity)?;
        self.route = Route { target, mailbox: self.mailbox.id };
        Ok(())
    }

    /// Finds out what became of messages of which it is not known whether they came. A server may still be at work on them after
    /// the connection was lost, so that it is looked for some time before one counts as not there.
    fn settle(&mut self, session: &mut Session) -> Result<()> {
        let open = ledger::open(self.tools.ledger, self.route)?;
        if open.is_empty() {
            return Ok(());
        }
        let is_own = self.has_begun;
        let (begun, mut mailbox) = (Instant::now(), session.mailbox()?);
        let outcomes = loop {
            let outcomes = self.look_for(&mut mailbox, &open)?;
            let is_missing = outcomes.iter().any(|(_, outcome)| *outcome == Outcome::NotThere);
            if !is_missing || begun.elapsed() >= self.tools.options.settling {
                break outcomes;
            }
            self.tools.cancel.check()?;
            sleep(LOOK_AGAIN.min(self.tools.options.settling));
            mailbox.noop()?;
        };
        let there = outcomes.iter().filter(|(_, outcome)| *outcome != Outcome::NotThere).count() as u64;
        self.report(RestoreFinding::Settled { there, missing: outcomes.len() as u64 - there });
        for (one, (key, outcome)) in open.iter().zip(&outcomes) {
            self.notes.outcome(*key, *outcome);
            if *outcome != Outcome::NotThere && is_own {
                self.figures.sent += 1;
                self.figures.bytes += one.size;
                self.tools.observer.event(&Event::Arrived);
            }
        }
        self.notes.write(self.tools.ledger, self.route)
    }

    /// Looks for messages that were sent among those that no other note names.
    pub(super) fn look_for(&self, mailbox: &mut Mailbox<'_>, sent: &[Sent]) -> Result<Vec<(Key, Outcome)>> {
        let from = sent.iter().map(|one| one.uid_next).min().unwrap_or(1);
        let listed = there::list(mailbox, from, &ledger::uids(self.tools.ledger, self.route.target)?)?;
        let uids = listed.iter().filter_map(|there| imaplib::types::Uid::new(there.uid)).collect();
        let ids = there::message_ids(mailbox, &uids)?;
        Ok(there::locate(sent, &listed, &ids))
    }

    /// Counts what earlier runs have sent, and what of it is not there any more.
    fn look_at_earlier(&mut self, session: &mut Session) -> Result<()> {
        let places = ledger::places(self.tools.ledger, self.route)?;
        self.figures.before = places.len() as u64;
        if places.is_empty() {
            return Ok(());
        }
        let there = session.mailbox()?.search(imaplib::command::Search::all())?;
        let is_there = |uid: u32| imaplib::types::Uid::new(uid).is_some_and(|uid| there.contains(uid));
        let gone: Vec<Key> = places.into_iter().filter(|(_, uid)| !is_there(*uid)).map(|(key, _)| key).collect();
        self.figures.gone = gone.len() as u64;
        if gone.is_empty() {
            return Ok(());
        }
        if self.tools.options.is_again {
            self.figures.before -= gone.len() as u64;
            gone.into_iter().for_each(|key| self.notes.outcome(key, Outcome::NotThere));
            return self.notes.write(self.tools.ledger, self.route);
        }
        self.report(RestoreFinding::Gone(self.figures.gone));
        Ok(())
    }

    /// Lists what is in the target's mailbox and was not sent by any run: it is not sent a second time.
    fn look_at_others(&mut self, session: &mut Session) -> Result<()> {
        let mut mailbox = session.mailbox()?;
        let listed = match mailbox.exists() {
            0 => Vec::new(),
            _ => there::list(&mut mailbox, 1, &ledger::uids(self.tools.ledger, self.route.target)?)?,
        };
        self.others = Others::new(self.uid_validity, listed);
        Ok(())
    }

    /// The flags that are sent with a message: those that the target can keep.
    pub(super) fn kept_flags(&mut self, flags: &Flags) -> Flags {
        let can_keep = |flag: &Flag| match (&self.permanent, flag) {
            (_, Flag::Recent | Flag::Wildcard) => false,
            (None, _) => true,
            (Some(permanent), Flag::Keyword(_)) => permanent.contains(&Flag::Wildcard) || permanent.contains(flag),
            (Some(permanent), _) => permanent.contains(flag),
        };
        let lost: Vec<Flag> = flags.iter().filter(|flag| *flag != Flag::Recent && !can_keep(flag)).collect();
        let kept = flags.iter().filter(can_keep).collect();
        if !lost.is_empty() {
            self.figures.without_flags += 1;
        }
        for flag in lost {
            *self.lost_flags.entry(flag.to_string()).or_default() += 1;
        }
        kept
    }
}
