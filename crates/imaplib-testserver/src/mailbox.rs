//! One mailbox and its messages.

use std::borrow::Cow;
use std::collections::{BTreeSet, VecDeque};
use std::io;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use imaplib_proto::types::{DateTime, Flag, Flags, Uid, UidSet};

use crate::annotations::Annotations;
use crate::backing::{Backed, Figures};
use crate::clock;
use crate::content::Content;
use crate::mime::header::MAX_HEADER;
use crate::mime::part::Part;
use crate::mime::part_reader::header_len;

/// A message as the mailbox holds it; a clone shares the content.
#[derive(Debug, Clone)]
pub(crate) struct Message {
    pub(crate) uid: Uid,
    pub(crate) flags: Flags,
    pub(crate) date: DateTime,
    /// When it came into this mailbox (RFC 8514).
    pub(crate) saved: Option<DateTime>,
    /// The mailbox's change counter when this message last changed.
    pub(crate) modseq: u64,
    pub(crate) content: Content,
    /// Of one in a file, it is held while the message is read.
    structure: Option<Arc<OnceLock<Part>>>,
}

impl Message {
    /// A message in a mailbox.
    pub(crate) fn new(uid: Uid, draft: Draft, modseq: u64) -> Self {
        let structure = draft.content.closed_file().is_none().then(Arc::default);
        let Draft { flags, date, content } = draft;
        Self { uid, flags, date, saved: None, modseq, content, structure }
    }

    /// The same message, of which the file is open; its structure is kept here.
    pub(crate) fn with_open_file(&self, structure: Arc<OnceLock<Part>>) -> io::Result<Self> {
        Ok(Self { content: self.content.opened()?, structure: Some(structure), ..self.clone() })
    }

    /// The tree of parts, read at the first use.
    pub(crate) fn structure(&self) -> Cow<'_, Part> {
        match &self.structure {
            Some(known) => Cow::Borrowed(known.get_or_init(|| Part::of(&self.content))),
            None => Cow::Owned(Part::of(&self.content)),
        }
    }

    /// The header of the message, at most as much as is read of any.
    pub(crate) fn header_bytes(&self) -> Bytes {
        self.header_content().prefix(MAX_HEADER)
    }

    /// The header as it is. Nothing else of the message is read for it.
    pub(crate) fn header_content(&self) -> Content {
        self.content.slice(0, self.header_len())
    }

    /// What follows the header.
    pub(crate) fn body_content(&self) -> Content {
        self.content.slice(self.header_len(), u64::MAX)
    }

    fn header_len(&self) -> u64 {
        match self.structure.as_ref().and_then(|structure| structure.get()) {
            Some(part) => part.header.1,
            None => header_len(self.content.pieces()),
        }
    }

    pub(crate) fn size(&self) -> u64 {
        self.content.len()
    }
}

/// What is appended: a message before it has a UID.
#[derive(Debug, Clone)]
pub(crate) struct Draft {
    pub(crate) flags: Flags,
    pub(crate) date: DateTime,
    pub(crate) content: Content,
}

/// A mailbox.
#[derive(Debug, Clone)]
pub(crate) struct Mailbox {
    /// Stays the same when the mailbox is renamed.
    pub(crate) id: u64,
    pub(crate) uid_validity: u32,
    pub(crate) uid_next: u32,
    /// Grows with every change.
    pub(crate) modseq: u64,
    /// In the order of their UIDs.
    pub(crate) messages: Vec<Message>,
    /// Attributes of RFC 6154, such as `\Sent`.
    pub(crate) special_use: Vec<String>,
    pub(crate) selectable: bool,
    /// Messages from this UID on have not been shown to any session.
    pub(crate) first_recent: u32,
    pub(crate) expunged: ExpungeLog,
    pub(crate) annotations: Annotations,
    /// Where its messages are kept, if they are not its own.
    pub(crate) backed: Option<Backed>,
}

impl Mailbox {
    pub(crate) fn new(id: u64, uid_validity: u32) -> Self {
        Self {
            id,
            uid_validity,
            uid_next: 1,
            modseq: 1,
            messages: Vec::new(),
            special_use: Vec::new(),
            selectable: true,
            first_recent: 1,
            expunged: ExpungeLog::default(),
            annotations: Annotations::default(),
            backed: None,
        }
    }

    /// Adds a message; `None` when the mailbox has no UIDs left.
    pub(crate) fn append(&mut self, draft: Draft) -> Option<Uid> {
        let uid = Uid::new(self.uid_next)?;
        self.uid_next = self.uid_next.checked_add(1)?;
        self.modseq += 1;
        self.messages.push(Message { saved: clock::now(), ..Message::new(uid, draft, self.modseq) });
        Some(uid)
    }

    /// Adds a copy of a message of another mailbox.
    pub(crate) fn copy_in(&mut self, message: &Message) -> Option<Uid> {
        let uid =
            self.append(Draft { flags: message.flags.clone(), date: message.date, content: message.content.clone() })?;
        if let Some(copy) = self.messages.last_mut() {
            copy.structure = message.structure.clone();
        }
        Some(uid)
    }

    fn position(&self, uid: Uid) -> Option<usize> {
        self.messages.binary_search_by_key(&uid, |message| message.uid).ok()
    }

    pub(crate) fn message(&self, uid: Uid) -> Option<&Message> {
        self.messages.get(self.position(uid)?)
    }

    /// Sets the flags of a message; the new state, or `None` if there is no such message.
    pub(crate) fn set_flags(&mut self, uid: Uid, flags: Flags) -> Option<&Message> {
        let position = self.position(uid)?;
        let message = self.messages.get_mut(position)?;
        if message.flags != flags {
            self.modseq += 1;
            message.modseq = self.modseq;
            message.flags = flags;
        }
        Some(message)
    }

    /// Sets when a message came into the mailbox; whether there is such a message.
    pub(crate) fn set_saved(&mut self, uid: Uid, saved: DateTime) -> bool {
        let message = self.position(uid).and_then(|position| self.messages.get_mut(position));
        message.map(|message| message.saved = Some(saved)).is_some()
    }

    /// Removes the messages for which `remove` is true; returns how many they were.
    pub(crate) fn expunge(&mut self, mut remove: impl FnMut(&Message) -> bool) -> usize {
        let before = self.messages.len();
        let modseq = self.modseq + 1;
        self.messages.retain(|message| {
            let gone = remove(message);
            if gone {
                self.expunged.add(modseq, message.uid);
            }
            !gone
        });
        let removed = before - self.messages.len();
        if removed > 0 {
            self.modseq = modseq;
        }
        removed
    }

    /// The UIDs of a set whose messages were expunged after a mod-sequence. Where the log does not reach back so far,
    /// these are all UIDs of the set that were assigned and are not there (RFC 7162 section 3.2.6).
    pub(crate) fn vanished(&self, since: u64, among: &UidSet) -> UidSet {
        if let Some(uids) = self.expunged.since(since) {
            return uids.filter(|uid| among.contains(*uid)).collect();
        }
        let mut missing = UidSet::new();
        let mut next = 1;
        let ends = self.messages.iter().map(|message| message.uid.get()).chain([self.uid_next]);
        for end in ends {
            if let (Some(low), Some(high)) = (Uid::new(next), Uid::new(end.saturating_sub(1)))
                && low <= high
            {
                missing.insert_range(low, high);
            }
            next = end.saturating_add(1);
        }
        missing.intersection(among)
    }

    /// All keywords in use.
    pub(crate) fn keywords(&self) -> BTreeSet<String> {
        self.messages.iter().flat_map(|message| message.flags.keywords()).map(|flag| flag.to_string()).collect()
    }

    pub(crate) fn count(&self, flag: &Flag) -> usize {
        self.messages.iter().filter(|message| message.flags.contains(flag)).count()
    }

    pub(crate) fn unseen(&self) -> usize {
        self.messages.len() - self.count(&Flag::Seen)
    }

    /// The sum of the sizes of some messages.
    pub(crate) fn size_of(&self, mut of: impl FnMut(&Message) -> bool) -> u64 {
        self.messages.iter().filter(|message| of(message)).map(Message::size).fold(0, u64::saturating_add)
    }

    /// What the mailbox holds.
    pub(crate) fn figures(&self) -> Figures {
        if let Some(Backed { is_loaded: false, figures, .. }) = &self.backed {
            return figures.unwrap_or_default();
        }
        Figures {
            messages: self.messages.len() as u64,
            unseen: self.unseen() as u64,
            deleted: self.count(&Flag::Deleted) as u64,
            size: self.size_of(|_| true),
        }
    }

    pub(crate) fn recent(&self) -> usize {
        self.messages.iter().filter(|message| message.uid.get() >= self.first_recent).count()
    }
}

/// The number of expunged messages that a mailbox remembers; the oldest are forgotten first.
const MAX_REMEMBERED: usize = 10_000;

/// The newest expunged messages of a mailbox.
#[derive(Debug, Clone, Default)]
pub(crate) struct ExpungeLog {
    /// In the order of the mod-sequences.
    entries: VecDeque<(u64, Uid)>,
    /// The greatest mod-sequence of which messages were forgotten.
    forgotten: u64,
}

impl ExpungeLog {
    pub(crate) fn add(&mut self, modseq: u64, uid: Uid) {
        self.entries.push_back((modseq, uid));
        if self.entries.len() > MAX_REMEMBERED
            && let Some((modseq, _)) = self.entries.pop_front()
        {
            self.forgotten = modseq;
        }
    }

    /// Forgets everything up to this mod-sequence, which must be the mailbox's.
    pub(crate) fn forget(&mut self, modseq: u64) {
        self.entries.clear();
        self.forgotten = modseq;
    }

    /// The UIDs expunged after a mod-sequence; `None` if some of them are forgotten.
    pub(crate) fn since(&self, modseq: u64) -> Option<impl Iterator<Item = Uid> + '_> {
        let start = self.entries.partition_point(|(at, _)| *at <= modseq);
        (modseq >= self.forgotten).then(|| self.entries.iter().skip(start).map(|(_, uid)| *uid))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_are_forgotten() {
        let mut log = ExpungeLog::default();
        let uids = |log: &ExpungeLog, modseq| log.since(modseq).map(|uids| uids.map(Uid::get).collect::<Vec<_>>());
        for number in 1..=10_000 {
            log.add(u64::from(number), Uid::new(number).unwrap());
        }
        assert_eq!(uids(&log, 0).unwrap().len(), MAX_REMEMBERED);
        log.add(10_001, Uid::new(10_001).unwrap());
        assert_eq!(uids(&log, 0), None);
        assert_eq!(uids(&log, 1).unwrap().len(), MAX_REMEMBERED);
        assert_eq!(uids(&log, 10_000), Some(vec![10_001]));
        log.forget(20_000);
        assert_eq!(uids(&log, 19_999), None);
        assert_eq!(uids(&log, 20_000), Some(vec![]));
    }
}
