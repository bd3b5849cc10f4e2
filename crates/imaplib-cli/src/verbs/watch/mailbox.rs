//! One mailbox that is watched, on a connection of its own that is made again when it is lost.

use std::sync::mpsc::Sender;
use std::time::{Duration, Instant};

use imaplib::blocking::Mailbox;
use imaplib::command::Search;
use imaplib::response::Untagged;
use imaplib::types::{ResponseCode, SeqNum, Uid, UidSet};

use super::{Change, Said};
use crate::connect::Connector;
use crate::exit::{Exit, Failure, Result};
use crate::failure::failure;
use crate::selection;

/// The longest wait before a lost connection is made again.
const MAX_WAIT: Duration = Duration::from_secs(300);

/// Tells the changes of a mailbox.
pub(super) struct Watcher<'a> {
    connector: &'a Connector,
    name: &'a str,
    said: &'a Sender<Said>,
    /// UIDVALIDITY and the UID from which on messages are new: kept while the connection is lost.
    place: Option<(Option<u32>, Uid)>,
    was_connected: bool,
}

/// Nobody listens any more.
struct Unheard;

impl<'a> Watcher<'a> {
    pub(super) fn new(connector: &'a Connector, name: &'a str, said: &'a Sender<Said>) -> Self {
        Self { connector, name, said, place: None, was_connected: false }
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
            if !self.was_connected || !mendable {
                return failure;
            }
            if started.elapsed() > Duration::from_secs(60) {
                wait = Duration::from_secs(1);
            }
            let text = format!("{}; connecting again in {} s", failure.message(), wait.as_secs());
            if self.say(Change { event: "lost", text: Some(text), ..Change::default() }).is_err() {
                return failure;
            }
            std::thread::sleep(wait);
            wait = (wait * 2).min(MAX_WAIT);
        }
    }

    fn say(&self, change: Change) -> Result<(), Unheard> {
        self.said.send(Said::Change(Change { mailbox: self.name.to_owned(), ..change })).map_err(|_| Unheard)
    }

    fn watch(&mut self) -> Result<Unheard> {
        let mut session = self.connector.session()?;
        let mut mailbox = selection::examine(&mut session, self.name)?;
        self.was_connected = true;
        let mut messages = mailbox.exists();
        if self.say(Change { event: "watching", count: Some(messages), ..Change::default() }).is_err() {
            return Ok(Unheard);
        }
        let next = mailbox.uid_next().and_then(Uid::new);
        let validity = mailbox.uid_validity();
        match self.place {
            // What arrived while nobody looked is told now.
            Some((before, place)) if before == validity && next.is_some_and(|next| next > place) => {
                if self.tell_new(&mut mailbox, messages)?.is_err() {
                    return Ok(Unheard);
                }
            }
            _ => self.place = next.map(|next| (validity, next)),
        }
        loop {
            let Ok(count) = self.wait_for_new(&mut mailbox, &mut messages)? else { return Ok(Unheard) };
            if self.tell_new(&mut mailbox, count)?.is_err() {
                return Ok(Unheard);
            }
        }
    }

    /// Tells changes until there are more messages; gives their number.
    fn wait_for_new(&self, mailbox: &mut Mailbox<'_>, messages: &mut u32) -> Result<Result<u32, Unheard>> {
        let mut idle = mailbox.idle();
        loop {
            let Some(event) = idle.next(None).map_err(|error| failure(&error))? else { continue };
            if let Untagged::Exists(count) = event.response {
                if count > std::mem::replace(messages, count) {
                    idle.done().map_err(|error| failure(&error))?;
                    return Ok(Ok(count));
                }
            } else if let Some(change) = change(event.response, messages)
                && self.say(change).is_err()
            {
                return Ok(Err(Unheard));
            }
        }
    }

    /// Tells the messages from the known place on, one change each.
    fn tell_new(&mut self, mailbox: &mut Mailbox<'_>, count: u32) -> Result<Result<(), Unheard>> {
        let new = Change { event: "new", count: Some(count), ..Change::default() };
        let Some((validity, first)) = self.place else { return Ok(self.say(new)) };
        let found = mailbox.search(Search::new().uids(UidSet::from(first))).map_err(|error| failure(&error))?;
        // `n:*` stands for the last message too, however low its UID.
        for uid in found.iter().filter(|uid| *uid >= first) {
            if self.say(Change { uid: Some(uid.get()), ..new.clone() }).is_err() {
                return Ok(Err(Unheard));
            }
            self.place = Some((validity, Uid::new(uid.get().saturating_add(1)).unwrap_or(uid)));
        }
        Ok(Ok(()))
    }
}

/// What an event says of a change; new messages are looked up apart.
fn change(event: Untagged, messages: &mut u32) -> Option<Change> {
    let mut change = Change::default();
    match event {
        Untagged::Expunge(seq) => {
            *messages = messages.saturating_sub(1);
            change.event = "expunged";
            change.seq = Some(seq.get());
            change.count = Some(*messages);
        }
        Untagged::Vanished { uids, .. } => {
            *messages = messages.saturating_sub(u32::try_from(uids.len()).unwrap_or(u32::MAX));
            change.event = "expunged";
            change.uid = uids.first().map(Uid::get);
            change.text = Some(format!("uids {uids}"));
            change.count = Some(*messages);
        }
        Untagged::Fetch(row) => {
            change.event = "flags";
            change.seq = row.seq.map(SeqNum::get);
            change.uid = row.uid.map(Uid::get);
            change.flags = Some(row.flags.as_ref()?.to_string());
        }
        Untagged::Status(status) if matches!(status.code, Some(ResponseCode::Alert)) => {
            change.event = "alert";
            change.text = Some(status.text.to_string_lossy().into_owned());
        }
        _ => return None,
    }
    Some(change)
}
