//! One mailbox that is watched, on a connection of its own that is made again when it is lost.

use std::collections::VecDeque;
use std::sync::mpsc::SyncSender;
use std::time::{Duration, Instant};

use imaplib::blocking::{Mailbox, Session};
use imaplib::command::Search;
use imaplib::types::{SeqNum, SeqSet, StatusItem, Uid, UidSet, Untagged};
use imaplib_archive::isolation::without;

use super::begun::{Change, Said};
use super::events::{change, other_validity, renumbers};
use super::numbers::Numbers;
use crate::account::connector::Connector;
use crate::account::logins::Logins;
use crate::error::library::failure;
use crate::error::{Cause, Exit, Failure, Result};
use crate::mailbox::resolve;
use crate::output;

/// The longest wait before a lost connection is made again.
const MAX_WAIT: Duration = Duration::from_secs(300);

/// This many tokens in a row may be refused, for about ten minutes.
const MAX_REFUSED: u32 = 9;

/// How often it is asked in a row which messages there are, where they change all the time.
const MAX_TRIES: u32 = 2;

/// Reports the changes of a mailbox.
pub(super) struct Watcher<'a> {
    connector: &'a Connector,
    logins: Logins<'a>,
    /// How many logins in a row were refused after the first one was accepted.
    refused: u32,
    name: &'a str,
    said: &'a SyncSender<Said>,
    /// UIDVALIDITY and the UID from which on messages are new: kept while the connection is lost.
    place: Option<(Option<u64>, Uid)>,
    was_connected: bool,
    /// How many of the messages that were there at the beginning or were reported as new are still there.
    told: u64,
    /// What came while commands were answered, and is not reported yet.
    heard: VecDeque<Untagged>,
    numbers: Numbers,
}

/// Nobody listens any more.
struct Unheard;

/// Why the watch of an open mailbox goes no further.
enum Stop {
    Unheard,
    /// The mailbox was recreated: its UIDs mean other messages now.
    Recreated,
}

/// What an event means for the watch.
enum Told {
    Nothing,
    /// There are more messages: so many.
    More(u32),
    Recreated,
}

impl<'a> Watcher<'a> {
    pub(super) fn new(connector: &'a Connector, name: &'a str, said: &'a SyncSender<Said>) -> Self {
        let (heard, numbers) = (VecDeque::new(), Numbers::default());
        Self {
            connector,
            logins: Logins::new(connector),
            refused: 0,
            name,
            said,
            place: None,
            was_connected: false,
            told: 0,
            heard,
            numbers,
        }
    }

    /// Watches, and connects again after a loss; returns only with what trying again does not mend.
    pub(super) fn run(mut self) -> Failure {
        let mut wait = Duration::from_secs(1);
        loop {
            let started = Instant::now();
            let failure = match self.watch() {
                Ok(Unheard) => Failure::new(Exit::Unavailable, "the watch has ended"),
                Err(failure) => failure,
            };
            let mendable = failure.is_lost() || matches!(failure.exit(), Exit::Temporary | Exit::Unavailable);
            // At the beginning a typing error is likelier than a server that is away, unless the server says so.
            let goes_on = match self.was_connected {
                true => mendable || self.may_have_another_token(&failure),
                false => failure.is_busy(),
            };
            if !goes_on {
                return failure;
            }
            if started.elapsed() > Duration::from_secs(60) {
                wait = Duration::from_secs(1);
            }
            wait = wait.max(failure.asked_to_wait().unwrap_or_default());
            if !self.was_connected && self.said.send(Said::Late(self.name.to_owned(), failure.clone())).is_err() {
                return failure;
            }
            let text = format!("{}; connecting again in {} s", failure.message(), wait.as_secs());
            if self.say(Change { event: "lost", text: Some(text), ..Change::default() }).is_err() {
                return failure;
            }
            std::thread::sleep(wait);
            wait = (wait * 2).min(MAX_WAIT);
        }
    }

    /// A token that has expired may still be given out for a while.
    fn may_have_another_token(&mut self, failure: &Failure) -> bool {
        let refused = failure.exit() == Exit::Login && self.connector.has_token();
        self.refused += u32::from(refused);
        refused && self.refused <= MAX_REFUSED
    }

    fn say(&self, change: Change) -> Result<(), Unheard> {
        self.said.send(Said::Change(Change { mailbox: self.name.to_owned(), ..change })).map_err(|_| Unheard)
    }

    fn watch(&mut self) -> Result<Unheard> {
        let mut session = self.logins.session()?;
        self.refused = 0;
        let mut wait = Duration::ZERO;
        loop {
            let started = Instant::now();
            if let Stop::Unheard = self.watch_open(&mut session)? {
                return Ok(Unheard);
            }
            // A server may report another UIDVALIDITY each time.
            if started.elapsed() > Duration::from_secs(60) {
                wait = Duration::ZERO;
            }
            std::thread::sleep(wait);
            wait = (wait * 2).clamp(Duration::from_secs(1), MAX_WAIT);
        }
    }

    /// Opens the mailbox, reports what has happened since it was open before, and then what happens.
    fn watch_open(&mut self, session: &mut Session) -> Result<Stop> {
        let mut mailbox = resolve::examine(session, self.name)?;
        self.was_connected = true;
        self.heard.clear();
        let before = std::mem::take(&mut self.numbers);
        let mut messages = mailbox.exists();
        if self.say(Change { event: "watching", count: Some(messages), ..Change::default() }).is_err() {
            return Ok(Stop::Unheard);
        }
        let next = mailbox.uid_next().and_then(|next| Uid::try_from(next).ok());
        let validity = mailbox.uid_validity();
        match self.place {
            Some((known, place)) if known == validity => {
                let may_be_new = next.is_none_or(|next| next > place);
                if self.catch_up(&mut mailbox, &before, may_be_new)?.is_err() {
                    return Ok(Stop::Unheard);
                }
            }
            known => {
                let recreated = Change { event: "recreated", count: Some(messages), ..Change::default() };
                if known.is_some() && self.say(recreated).is_err() {
                    return Ok(Stop::Unheard);
                }
                let first = match next {
                    Some(next) => Some(next),
                    None => first_new(&mut mailbox, messages)?,
                };
                self.place = first.map(|first| (validity, first));
            }
        }
        self.told = messages.into();
        loop {
            let told = self.wait_for_new(&mut mailbox, &mut messages)?;
            let stop = match told {
                Ok(Told::Nothing) => continue,
                Ok(Told::More(count)) => match self.tell_new(&mut mailbox, count)? {
                    Ok(()) => continue,
                    Err(Unheard) => Stop::Unheard,
                },
                Ok(Told::Recreated) => Stop::Recreated,
                Err(Unheard) => Stop::Unheard,
            };
            return Ok(stop);
        }
    }

    /// Reports what has gone and what has come while the mailbox was not open. Where it was known which messages there were,
    /// those that have gone are named; else they are counted.
    fn catch_up(
        &mut self,
        mailbox: &mut Mailbox<'_>,
        before: &Numbers,
        may_be_new: bool,
    ) -> Result<Result<(), Unheard>> {
        let exists = mailbox.exists();
        let there = match before.all() {
            Some(before) => match resolve::search(mailbox, Search::all()) {
                Ok((there, Exit::Ok)) => Some((before, there)),
                Ok(_) => None,
                Err(failure) if failure.leaves() != Cause::Connection => None,
                Err(failure) => return Err(failure),
            },
            None => None,
        };
        let is_counted = there.is_none();
        if let Some((before, there)) = there {
            let gone = without(&before, &there);
            let uids = (gone.len() > 1).then(|| gone.to_string());
            let uid = gone.first().map(Uid::get);
            let change = Change { event: "expunged", uid, uids, count: Some(exists), ..Change::default() };
            if !gone.is_empty() && self.say(change).is_err() {
                return Ok(Err(Unheard));
            }
        }
        if may_be_new && self.tell_new(mailbox, exists)?.is_err() {
            return Ok(Err(Unheard));
        }
        let gone = self.told.saturating_sub(exists.into());
        if is_counted && gone > 0 {
            let text = Some(format!("{} while the connection was lost", output::count(gone, "message")));
            let change = Change { event: "expunged", count: Some(exists), text, ..Change::default() };
            return Ok(self.say(change));
        }
        Ok(Ok(()))
    }

    /// Asks which messages there are.
    fn learn_numbers(&mut self, mailbox: &mut Mailbox<'_>, messages: u32) -> Result<()> {
        match resolve::search(mailbox, Search::all()) {
            Ok((all, Exit::Ok)) => self.numbers.set(&all, messages),
            Ok(_) => return Ok(()),
            // Without them the changes of messages are reported by number.
            Err(failure) if failure.leaves() != Cause::Connection => return Ok(()),
            Err(failure) => return Err(failure),
        }
        self.hear(mailbox);
        // These messages are those from before or from after what has happened meanwhile: it cannot be told.
        if self.heard.iter().any(|event| renumbers(event) || matches!(event, Untagged::Exists(_))) {
            self.numbers.forget();
        }
        Ok(())
    }

    /// Collects the unsolicited responses.
    fn hear(&mut self, mailbox: &mut Mailbox<'_>) {
        while let Some(event) = mailbox.session().next_event() {
            self.heard.push_back(event.response);
        }
        if mailbox.session().take_dropped_event_count() > 0 {
            self.numbers.forget();
        }
    }

    /// Reports changes until there are more messages, or others under the same UIDs.
    fn wait_for_new(&mut self, mailbox: &mut Mailbox<'_>, messages: &mut u32) -> Result<Result<Told, Unheard>> {
        let mut tries = 0;
        loop {
            while let Some(event) = self.heard.pop_front() {
                match self.tell(event, messages) {
                    Ok(Told::Nothing) => {}
                    told => return Ok(told),
                }
            }
            if tries == MAX_TRIES || !self.numbers.is_wanted(*messages) {
                break;
            }
            tries += 1;
            self.learn_numbers(mailbox, *messages)?;
        }
        let mut idle = mailbox.idle();
        loop {
            let Some(event) = idle.next(None).map_err(|error| failure(&error))? else { continue };
            match self.tell(event.response, messages) {
                Ok(Told::Nothing) => {}
                Ok(told) => {
                    idle.done().map_err(|error| failure(&error))?;
                    return Ok(Ok(told));
                }
                Err(unheard) => return Ok(Err(unheard)),
            }
        }
    }

    /// Reports what an event changes.
    fn tell(&mut self, event: Untagged, messages: &mut u32) -> Result<Told, Unheard> {
        let known = self.place.and_then(|(validity, _)| validity);
        if other_validity(&event, known) {
            return Ok(Told::Recreated);
        }
        let before = *messages;
        if let Untagged::Exists(count) = event {
            *messages = count;
            if count < before {
                // Messages are gone that were never said to go.
                self.numbers.forget();
                self.told = self.told.saturating_sub(u64::from(before - count));
            }
            return Ok(if count > before { Told::More(count) } else { Told::Nothing });
        }
        let next = self.place.map(|(_, next)| next);
        let change = change(event, messages, next, &mut self.numbers);
        self.told = self.told.saturating_sub(u64::from(before.saturating_sub(*messages)));
        change.map_or(Ok(()), |change| self.say(change)).map(|()| Told::Nothing)
    }

    /// Reports the messages from the known place on, one change each.
    fn tell_new(&mut self, mailbox: &mut Mailbox<'_>, count: u32) -> Result<Result<(), Unheard>> {
        let new = Change { event: "new", count: Some(count), ..Change::default() };
        let Some((validity, first)) = self.place else { return Ok(self.say(new)) };
        let (found, exit) = resolve::search(mailbox, Search::new().uids(UidSet::starting_at(first)))?;
        if exit != Exit::Ok && self.said.send(Said::Partial(self.name.to_owned())).is_err() {
            return Ok(Err(Unheard));
        }
        // `n:*` stands for the last message too, however low its UID.
        let found = from(first, &found);
        self.numbers.add(&found, mailbox.exists());
        self.hear(mailbox);
        // It cannot be told whether the search has seen these go.
        if self.heard.iter().any(renumbers) {
            self.numbers.forget();
        }
        for uid in found.iter() {
            if self.say(Change { uid: Some(uid.get()), ..new.clone() }).is_err() {
                return Ok(Err(Unheard));
            }
            self.place = Some((validity, Uid::new(uid.get().saturating_add(1)).unwrap_or(uid)));
            self.told += 1;
        }
        Ok(Ok(()))
    }
}

/// The UID from which on messages are new, where the server does not say so when the mailbox is opened (163.com, Winmail):
/// the one behind the last message. What arrives meanwhile is behind it, too.
fn first_new(mailbox: &mut Mailbox<'_>, messages: u32) -> Result<Option<Uid>> {
    let behind = |uid: Uid| uid.get().checked_add(1).and_then(Uid::new);
    let Some(last) = SeqNum::new(messages) else { return Ok(Some(Uid::MIN)) };
    match resolve::search(mailbox, Search::new().sequence_numbers(SeqSet::range(last, last))) {
        Ok((found, _)) if !found.is_empty() => return Ok(found.last().and_then(behind)),
        Err(failure) if failure.leaves() == Cause::Connection => return Err(failure),
        _ => {}
    }
    let Some(name) = mailbox.state().map(|view| view.name.clone()) else { return Ok(None) };
    match mailbox.session().status(&name, &[StatusItem::Messages, StatusItem::UidNext]) {
        // If there are more now, some of them are new.
        Ok(status) if status.messages == Some(messages.into()) => {
            Ok(status.uid_next.and_then(|next| Uid::try_from(next).ok()))
        }
        Err(error) if !error.is_no() && !error.is_bad() => Err(failure(&error)),
        _ => Ok(None),
    }
}

/// Those of the UIDs that are not below `first`.
fn from(first: Uid, uids: &UidSet) -> UidSet {
    let mut found = UidSet::new();
    for (low, high) in uids.ranges().filter(|(_, high)| *high >= first) {
        found.insert_range(low.max(first), high);
    }
    found
}
