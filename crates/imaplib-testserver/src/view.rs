//! What one session knows of its selected mailbox: which messages it has been told of, in which state.

use std::sync::Arc;

use imaplib_proto::types::{SeqNum, SeqSet, Uid, UidSet};

use crate::content::Content;
use crate::cursor::{Cursor, Parsed, Syntax};
use crate::mailbox::{Mailbox, Message};
use crate::response::Response;
use crate::settings::Settings;

/// One message as the session knows it; its place in the list is its sequence number.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Entry {
    pub(crate) uid: Uid,
    /// The state of the flags that the session has been told.
    pub(crate) modseq: u64,
    pub(crate) recent: bool,
}

/// A selected mailbox.
#[derive(Debug)]
pub(crate) struct View {
    pub(crate) mailbox_id: u64,
    pub(crate) read_only: bool,
    pub(crate) entries: Vec<Entry>,
    /// The mailbox's change counter up to which the session knows everything.
    synced: u64,
    /// What `$` means (RFC 5182); messages of it may be gone.
    pub(crate) saved: Vec<Uid>,
    /// While it is there, the mailbox's messages are in memory.
    _held: Arc<()>,
}

/// What a session may be sent while it is brought up to date.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sync {
    /// EXPUNGE only where the protocol allows it (RFC 3501 section 7.4.1).
    pub(crate) may_expunge: bool,
    pub(crate) with_uid: bool,
    pub(crate) with_modseq: bool,
    /// VANISHED in place of EXPUNGE.
    pub(crate) vanished: bool,
    /// Changes of flags.
    pub(crate) flags: bool,
}

/// How numbers in a command are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Numbers {
    Sequence,
    Uid,
}

/// A set of messages as the client wrote it.
#[derive(Debug, Clone)]
pub(crate) enum MessageSet {
    Sequence(SeqSet),
    Uid(UidSet),
    /// `$`: the result of the last search that was saved (RFC 5182).
    Saved,
}

impl MessageSet {
    /// Reads a set of messages.
    pub(crate) fn read(args: &mut Cursor, numbers: Numbers, settings: &Settings) -> Parsed<Self> {
        if settings.has("SEARCHRES") && args.eat(b'$') {
            return Ok(Self::Saved);
        }
        Self::parse(&args.set_text()?, numbers)
    }

    fn parse(text: &str, numbers: Numbers) -> Parsed<Self> {
        let invalid = |_| Syntax::new("not a valid message set");
        match numbers {
            Numbers::Sequence => text.parse().map(Self::Sequence).map_err(invalid),
            Numbers::Uid => text.parse().map(Self::Uid).map_err(invalid),
        }
    }
}

impl View {
    /// Opens a mailbox. A session that can write removes the `\Recent` flags from later ones.
    pub(crate) fn open(mailbox: &mut Mailbox, read_only: bool, held: Arc<()>) -> Self {
        let mut view = Self {
            mailbox_id: mailbox.id,
            read_only,
            entries: Vec::new(),
            synced: mailbox.modseq,
            saved: Vec::new(),
            _held: held,
        };
        view.add_new(mailbox);
        view
    }

    fn add_new(&mut self, mailbox: &mut Mailbox) -> bool {
        let known = self.entries.last().map_or(0, |entry| entry.uid.get());
        let start = mailbox.messages.partition_point(|message| message.uid.get() <= known);
        let new = mailbox.messages.get(start..).unwrap_or_default();
        let first_recent = mailbox.first_recent;
        let before = self.entries.len();
        self.entries.extend(new.iter().map(|message| Entry {
            uid: message.uid,
            modseq: message.modseq,
            recent: message.uid.get() >= first_recent,
        }));
        if !self.read_only {
            mailbox.first_recent = mailbox.uid_next;
        }
        self.entries.len() > before
    }

    pub(crate) fn recent(&self) -> usize {
        self.entries.iter().filter(|entry| entry.recent).count()
    }

    /// The mod-sequence of the mailbox up to which the session knows everything.
    pub(crate) fn synced(&self) -> u64 {
        self.synced
    }

    /// Reports to the session what has changed.
    pub(crate) fn sync(&mut self, mailbox: &mut Mailbox, how: Sync) -> Vec<Vec<Content>> {
        let mut responses = Vec::new();
        if self.synced == mailbox.modseq {
            return responses;
        }
        let gone_remain = self.drop_expunged(mailbox, how, &mut responses);
        let mut all_reported = !gone_remain;
        let mut messages = mailbox.messages.iter().peekable();
        for (index, entry) in self.entries.iter_mut().enumerate() {
            while messages.next_if(|message| message.uid < entry.uid).is_some() {}
            if let Some(message) = messages.next_if(|message| message.uid == entry.uid)
                && message.modseq > entry.modseq
            {
                if !how.flags {
                    all_reported = false;
                    continue;
                }
                entry.modseq = message.modseq;
                let row =
                    change_row(index, message, how.with_uid || how.with_modseq, how.with_modseq, Some(entry.recent));
                responses.push(row.finish());
            }
        }
        if self.add_new(mailbox) {
            responses.push(Response::line(&format!("* {} EXISTS", self.entries.len())));
            responses.push(Response::line(&format!("* {} RECENT", self.recent())));
        }
        if all_reported {
            self.synced = mailbox.modseq;
        }
        responses
    }

    /// Whether messages that are gone stay in the view.
    fn drop_expunged(&mut self, mailbox: &Mailbox, how: Sync, responses: &mut Vec<Vec<Content>>) -> bool {
        let mut vanished = UidSet::new();
        let mut messages = mailbox.messages.iter().peekable();
        let mut number = 1;
        let mut gone_remain = false;
        self.entries.retain(|entry| {
            while messages.next_if(|message| message.uid < entry.uid).is_some() {}
            let there = messages.next_if(|message| message.uid == entry.uid).is_some();
            if !there && how.may_expunge {
                if how.vanished {
                    vanished.insert(entry.uid);
                } else {
                    responses.push(Response::line(&format!("* {number} EXPUNGE")));
                }
                return false;
            }
            gone_remain |= !there;
            number += 1;
            true
        });
        if !vanished.is_empty() {
            responses.push(Response::line(&format!("* VANISHED {vanished}")));
        }
        gone_remain
    }

    /// The places (from 0) of the messages in a set, ascending.
    ///
    /// Sequence numbers that do not exist are an error; UIDs that do not exist are passed over.
    pub(crate) fn resolve(&self, set: &MessageSet) -> Parsed<Vec<usize>> {
        self.check(set)?;
        Ok((0..self.entries.len()).filter(|place| self.contains(set, *place)).collect())
    }

    /// Whether the sequence numbers of a set exist.
    pub(crate) fn check(&self, set: &MessageSet) -> Parsed<()> {
        let MessageSet::Sequence(set) = set else { return Ok(()) };
        let highest = set.last().map_or(0, |number| number.get() as usize);
        if highest > self.entries.len() || self.entries.is_empty() {
            return Err(Syntax::new(format!("the mailbox has {} messages only", self.entries.len())));
        }
        Ok(())
    }

    /// Whether the message at a place is in a set; `*` is the last message.
    pub(crate) fn contains(&self, set: &MessageSet, place: usize) -> bool {
        let Some(entry) = self.entries.get(place) else { return false };
        let is_last = place + 1 == self.entries.len();
        match set {
            MessageSet::Saved => self.saved.binary_search(&entry.uid).is_ok(),
            MessageSet::Uid(set) => set.contains(entry.uid) || (is_last && set.is_open()),
            MessageSet::Sequence(set) => {
                let number = u32::try_from(place + 1).ok().and_then(SeqNum::new);
                number.is_some_and(|number| set.contains(number)) || (is_last && set.is_open())
            }
        }
    }
}

/// The row of a message whose flags have changed: the parts that are wanted, and the flags if `recent` is known.
pub(crate) fn change_row(
    place: usize,
    message: &Message,
    with_uid: bool,
    with_modseq: bool,
    recent: Option<bool>,
) -> Response {
    let mut response = Response::untagged();
    response.text(&format!("{} FETCH (", place + 1));
    let mut separator = "";
    if with_uid {
        response.text(&format!("UID {}", message.uid));
        separator = " ";
    }
    if with_modseq {
        response.text(&format!("{separator}MODSEQ ({})", message.modseq));
        separator = " ";
    }
    if let Some(recent) = recent {
        response.text(separator);
        write_flags(&mut response, message, recent);
    }
    response.text(")");
    response
}

/// `FLAGS (…)` of a message, `\Recent` included.
pub(crate) fn write_flags(response: &mut Response, message: &Message, recent: bool) {
    let mut flags = message.flags.to_string();
    if recent {
        let separator = if flags.is_empty() { "" } else { " " };
        flags = format!("{flags}{separator}\\Recent");
    }
    response.text(&format!("FLAGS ({flags})"));
}
