//! A batch of messages on its way: noted, sent together or one behind the other, and noted again.

use imaplib::AppendMessage;
use imaplib::blocking::Session;
use imaplib::types::{AppendUid, Capability, DateTime, Flags, Reported, UidSet};

use crate::error::{ArchiveError, Leaves, Result};
use crate::messages::ArchivedMessage;
use crate::observer::Event;
use crate::restore::contents::{Contents, Facts, Reader};
use crate::restore::job::{Job, MAX_REFUSALS};
use crate::restore::ledger::{Key, Outcome, Sent};
use crate::restore::report::RestoreFinding;
use crate::restore::there;

/// A message that is ready to be sent.
struct Ready {
    sent: Sent,
    contents: Contents,
    flags: Flags,
}

impl Ready {
    fn message(&self) -> Result<AppendMessage<Reader<'_>>> {
        let explain = |error| ArchiveError::io("read", std::path::Path::new("a message"), error);
        let reader = self.contents.reader().map_err(explain)?;
        let message = AppendMessage::new(reader, self.sent.size).flags(self.flags.clone());
        let date = self.sent.date.and_then(|date| DateTime::from_unix(date).ok());
        Ok(match date {
            Some(date) => message.date(date),
            None => message,
        })
    }
}

/// What the target reports of a message that it was sent.
type Answer = imaplib::Result<Reported<AppendUid>>;

impl Job<'_> {
    /// Sends messages; those that cannot be read, are too large or are there already are left out.
    pub(super) fn send_batch(&mut self, session: &mut Session, batch: &[ArchivedMessage]) -> Result<()> {
        let mut ready = self.read(batch)?;
        self.look_up(session, &mut ready)?;
        if ready.is_empty() {
            return Ok(());
        }
        ready.iter().for_each(|one| self.notes.sent(one.sent.clone()));
        self.notes.write(self.tools.ledger, self.route)?;
        self.in_flight = ready.iter().map(|one| one.sent.key).collect();
        if ready.len() > 1 && session.capabilities().has(Capability::MultiAppend) {
            let messages = ready.iter().map(Ready::message).collect::<Result<Vec<_>>>()?;
            match session.append_together(&self.target, messages) {
                Ok(reported) => {
                    self.take_together(session, &ready, reported.value())?;
                    self.in_flight.clear();
                    return Ok(());
                }
                Err(error) if !is_refusal(&error) => return Err(error.into()),
                // All or none: which one it is about is found out one by one.
                Err(_) => {}
            }
        }
        // Few at a time: a full mailbox refuses them all.
        let mut parts = ready.chunks(usize::try_from(MAX_REFUSALS).unwrap_or(1));
        for part in parts.by_ref() {
            let messages = part.iter().map(Ready::message).collect::<Result<Vec<_>>>()?;
            let answers = session.append_all(&self.target, messages)?;
            self.take_each(session, part, answers)?;
            if self.refusals >= MAX_REFUSALS {
                break;
            }
        }
        parts.flatten().for_each(|one| self.notes.outcome(one.sent.key, Outcome::NotThere));
        self.in_flight.clear();
        Ok(())
    }

    /// Reads the messages that can be sent.
    fn read(&mut self, batch: &[ArchivedMessage]) -> Result<Vec<Ready>> {
        let contents = self.origin.contents(&self.mailbox, batch, self.tools.watch());
        let contents = contents.map_err(|error| self.of_origin(error))?;
        let mut ready = Vec::new();
        for (message, contents) in batch.iter().zip(contents) {
            let key = (message.uid_validity, message.uid);
            let read = contents.and_then(|contents| {
                let facts = contents.facts().map_err(|error| ArchiveError::io("read", &message.file, error))?;
                Ok((contents, facts))
            });
            let (contents, Facts { message_id, header, .. }) = match read {
                Ok(read) => read,
                Err(error) => {
                    self.figures.failed += 1;
                    self.left_out.insert(key);
                    self.report(RestoreFinding::Unreadable { uid: message.uid, reason: &error });
                    continue;
                }
            };
            let size = contents.length();
            if let Some(limit) = self.tools.append_limit.filter(|limit| size > *limit) {
                self.figures.refused += 1;
                self.left_out.insert(key);
                self.report(RestoreFinding::TooLarge { uid: message.uid, size, limit });
                continue;
            }
            let date = message.internal_date.filter(|date| DateTime::from_unix(*date).is_ok());
            let sent = Sent { key, uid_next: self.uid_next, size, date, message_id, header, to_uid: None };
            ready.push(Ready { sent, contents, flags: message.flags.clone() });
        }
        Ok(ready)
    }

    /// Leaves out what is in the target's mailbox already.
    fn look_up(&mut self, session: &mut Session, ready: &mut Vec<Ready>) -> Result<()> {
        let unknown: UidSet = ready.iter().flat_map(|one| self.others.unknown(one.sent.size, one.sent.date)).collect();
        if !unknown.is_empty() {
            self.others.learn(there::message_ids(&mut session.mailbox()?, &unknown)?);
        }
        let mut left = Vec::new();
        for mut one in ready.drain(..) {
            let (origin, mailbox) = (&*self.origin, &self.mailbox);
            let (size, date) = (one.sent.size, one.sent.date);
            match self.others.take(&one.sent, |key| origin.has(mailbox, key, size, date)) {
                Some(uid) => {
                    self.notes.sent(Sent { to_uid: Some(uid), ..one.sent });
                    self.figures.there += 1;
                    self.tools.observer.event(&Event::Arrived);
                }
                None => {
                    one.flags = self.kept_flags(&one.flags);
                    left.push(one);
                }
            }
        }
        *ready = left;
        Ok(())
    }

    /// Notes where messages are that were sent together.
    fn take_together(&mut self, session: &mut Session, ready: &[Ready], reported: Option<&AppendUid>) -> Result<()> {
        let count = ready.len() as u64;
        match reported.filter(|uids| uids.uid_validity == self.uid_validity && uids.uids.len() == count) {
            Some(uids) => {
                ready.iter().zip(uids.uids.iter()).for_each(|(one, uid)| self.arrived(one, uid.get()));
                Ok(())
            }
            None => self.find(session, &ready.iter().collect::<Vec<_>>()),
        }
    }

    /// Notes what became of each message.
    fn take_each(&mut self, session: &mut Session, ready: &[Ready], answers: Vec<Answer>) -> Result<()> {
        let (mut unknown, mut lost) = (Vec::new(), None);
        for (one, answer) in ready.iter().zip(answers) {
            let uid = match &answer {
                Ok(reported) => reported.value().filter(|uids| uids.uid_validity == self.uid_validity),
                Err(_) => None,
            };
            match (uid.and_then(|uids| uids.uids.iter().next()), answer) {
                (Some(uid), _) => self.arrived(one, uid.get()),
                (None, Ok(_)) => unknown.push(one),
                (None, Err(error)) => {
                    let error = ArchiveError::from(error);
                    if error.leaves() == Leaves::Archive {
                        lost = Some(error);
                        continue;
                    }
                    self.refused(one.sent.key, &error);
                }
            }
        }
        if let Some(error) = lost {
            return Err(error);
        }
        self.find(session, &unknown)
    }

    /// Looks for messages that the target has accepted and of which it does not report the UIDs.
    fn find(&mut self, session: &mut Session, ready: &[&Ready]) -> Result<()> {
        if ready.is_empty() {
            return Ok(());
        }
        // What was found before is not one of these.
        self.notes.write(self.tools.ledger, self.route)?;
        let sent: Vec<Sent> = ready.iter().map(|one| one.sent.clone()).collect();
        let mut mailbox = session.mailbox()?;
        mailbox.noop()?;
        let outcomes = self.look_for(&mut mailbox, &sent)?;
        for (one, (key, outcome)) in ready.iter().zip(outcomes) {
            match outcome {
                Outcome::At(uid) => self.arrived(one, uid),
                Outcome::NotThere => {
                    self.figures.failed += 1;
                    self.left_out.insert(key);
                    self.notes.outcome(key, outcome);
                    self.report(RestoreFinding::NotFound { uid: key.1 });
                }
            }
        }
        Ok(())
    }

    fn arrived(&mut self, one: &Ready, uid: u32) {
        self.notes.outcome(one.sent.key, Outcome::At(uid));
        self.flags.insert(uid, one.flags.clone());
        self.uid_next = self.uid_next.max(u64::from(uid) + 1);
        self.refusals = 0;
        self.figures.sent += 1;
        self.figures.bytes += one.sent.size;
        self.tools.observer.event(&Event::Arrived);
    }

    fn refused(&mut self, key: Key, reason: &ArchiveError) {
        self.notes.outcome(key, Outcome::NotThere);
        self.left_out.insert(key);
        self.refusals += 1;
        self.figures.refused += 1;
        self.report(RestoreFinding::Refused { uid: key.1, reason });
    }
}

/// Whether the server, or the library before anything was sent, refused one command.
fn is_refusal(error: &imaplib::Error) -> bool {
    error.is_command_level() || error.is_bad_argument() || error.is_unsupported()
}
