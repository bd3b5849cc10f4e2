//! One mailbox that is watched, on a connection of its own that is made again when it is lost.

use std::collections::VecDeque;
use std::sync::mpsc::SyncSender;
use std::time::{Duration, Instant};

use imaplib::blocking::Mailbox;
use imaplib::command::Search;
use imaplib::types::{ResponseCode, SeqNum, SeqSet, StatusItem, Uid, UidSet, Untagged};

use super::begun::{Change, Said};
use super::numbers::Numbers;
use crate::account::connector::Connector;
use crate::account::logins::Logins;
use crate::error::library::failure;
use crate::error::{Cause, Exit, Failure, Result};
use crate::mailbox::resolve;
use crate::output::trace::redact;

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
    /// What came while commands were answered, and is not reported yet.
    heard: VecDeque<Untagged>,
    numbers: Numbers,
}

/// Nobody listens any more.
struct Unheard;

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
        let mut mailbox = resolve::examine(&mut session, self.name)?;
        self.was_connected = true;
        self.heard.clear();
        self.numbers.forget();
        let mut messages = mailbox.exists();
        if self.say(Change { event: "watching", count: Some(messages), ..Change::default() }).is_err() {
            return Ok(Unheard);
        }
        let next = mailbox.uid_next().and_then(|next| Uid::try_from(next).ok());
        let validity = mailbox.uid_validity();
        match self.place {
            // What arrived while nobody looked is told now, unless the server says that nothing did.
            Some((before, place)) if before == validity => {
                if next.is_none_or(|next| next > place) && self.tell_new(&mut mailbox, messages)?.is_err() {
                    return Ok(Unheard);
                }
            }
            _ => {
                let first = match next {
                    Some(next) => Some(next),
                    None => first_new(&mut mailbox, messages)?,
                };
                self.place = first.map(|first| (validity, first));
            }
        }
        loop {
            let Ok(count) = self.wait_for_new(&mut mailbox, &mut messages)? else { return Ok(Unheard) };
            if self.tell_new(&mut mailbox, count)?.is_err() {
                return Ok(Unheard);
            }
        }
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

    /// Reports changes until there are more messages; returns their number.
    fn wait_for_new(&mut self, mailbox: &mut Mailbox<'_>, messages: &mut u32) -> Result<Result<u32, Unheard>> {
        let mut tries = 0;
        loop {
            while let Some(event) = self.heard.pop_front() {
                match self.tell(event, messages) {
                    Ok(None) => {}
                    Ok(Some(count)) => return Ok(Ok(count)),
                    Err(unheard) => return Ok(Err(unheard)),
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
                Ok(None) => {}
                Ok(Some(count)) => {
                    idle.done().map_err(|error| failure(&error))?;
                    return Ok(Ok(count));
                }
                Err(unheard) => return Ok(Err(unheard)),
            }
        }
    }

    /// Reports what an event changes; returns the number of messages if there are more.
    fn tell(&mut self, event: Untagged, messages: &mut u32) -> Result<Option<u32>, Unheard> {
        if let Untagged::Exists(count) = event {
            let before = std::mem::replace(messages, count);
            if count < before {
                // Messages are gone that were never said to go.
                self.numbers.forget();
            }
            return Ok((count > before).then_some(count));
        }
        let next = self.place.map(|(_, next)| next);
        change(event, messages, next, &mut self.numbers).map_or(Ok(()), |change| self.say(change)).map(|()| None)
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

/// Those of the UIDs that are below `next`, if it is known.
fn below(next: Option<Uid>, uids: &UidSet) -> UidSet {
    let last = next.map_or(Some(Uid::MAX), |next| next.get().checked_sub(1).and_then(Uid::new));
    last.map_or_else(UidSet::new, |last| uids.intersection(&UidSet::range(Uid::MIN, last)))
}

fn renumbers(event: &Untagged) -> bool {
    matches!(event, Untagged::Expunge(_) | Untagged::Vanished { .. })
}

/// The change that an event reports; new messages are looked up separately. A message that was not there is neither gone nor
/// changed, whatever the server reports. `next` is the lowest UID that no message had when they were looked up.
fn change(event: Untagged, messages: &mut u32, next: Option<Uid>, numbers: &mut Numbers) -> Option<Change> {
    let mut change = Change::default();
    match event {
        Untagged::Expunge(seq) if seq.get() > *messages => {
            numbers.forget();
            return None;
        }
        Untagged::Expunge(seq) => {
            *messages = messages.saturating_sub(1);
            change.event = "expunged";
            change.seq = Some(seq.get());
            change.uid = numbers.expunge(seq).map(Uid::get);
            change.count = Some(*messages);
        }
        // These were gone before.
        Untagged::Vanished { earlier: true, .. } => return None,
        Untagged::Vanished { uids, .. } => {
            let uids = numbers.there(&uids).unwrap_or_else(|| below(next, &uids));
            let Some(left) = u32::try_from(uids.len()).ok().and_then(|gone| messages.checked_sub(gone)) else {
                numbers.forget();
                return None;
            };
            if uids.is_empty() {
                return None;
            }
            *messages = left;
            numbers.vanish(&uids);
            change.event = "expunged";
            change.uid = uids.first().map(Uid::get);
            change.uids = Some(uids.to_string());
            change.count = Some(*messages);
        }
        Untagged::Fetch(row) if row.seq.is_some_and(|seq| seq.get() > *messages) => return None,
        Untagged::Fetch(row) => {
            change.event = "flags";
            change.seq = row.seq.map(SeqNum::get);
            change.uid = row.uid.or_else(|| row.seq.and_then(|seq| numbers.uid(seq))).map(Uid::get);
            // Flags are data, which programs compare: nothing in them is replaced.
            change.flags = Some(row.flags.as_ref()?.iter().map(|flag| flag.to_string()).collect());
        }
        Untagged::Status(status) if matches!(status.code, Some(ResponseCode::Alert)) => {
            change.event = "alert";
            change.text = Some(redact(&status.text.to_string_lossy()).into_owned());
        }
        _ => return None,
    }
    Some(change)
}
