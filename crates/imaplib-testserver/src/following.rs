//! How an account follows mail that is kept elsewhere.

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::account::Account;
use crate::backing::{Backed, BackedMailbox, BackedMessage};
use crate::mailbox::{Draft, Mailbox, Message};
use crate::name;

impl Account {
    /// The mailboxes whose messages are in memory and needed; those that nobody needs are forgotten.
    pub(crate) fn loaded(&mut self) -> Vec<BackedMailbox> {
        let mut loaded = Vec::new();
        for mailbox in self.mailboxes.values_mut() {
            let Some(backed) = mailbox.backed.as_mut().filter(|backed| backed.is_loaded) else { continue };
            if backed.is_held() {
                loaded.push(backed.mailbox.clone());
            } else {
                backed.is_loaded = false;
                mailbox.messages = Vec::new();
            }
        }
        loaded
    }

    /// Follows what has changed: the mailboxes, and the messages of those that are open.
    pub(crate) fn follow(&mut self, listed: Vec<BackedMailbox>, mut open: HashMap<u64, Vec<BackedMessage>>) {
        let before = std::mem::take(&mut self.mailboxes).into_values();
        let mut before: HashMap<u64, Mailbox> =
            before.filter_map(|mailbox| Some((mailbox.backed.as_ref()?.mailbox.key, mailbox))).collect();
        let mut mailboxes = BTreeMap::new();
        self.subscriptions.clear();
        for backed in listed {
            let name = name::normalize(&backed.name);
            if backed.is_subscribed {
                self.subscriptions.insert(name.clone());
            }
            let same = before.remove(&backed.key).filter(|mailbox| mailbox.uid_validity == backed.uid_validity);
            let mut mailbox = match same {
                Some(mailbox) => mailbox,
                None => Mailbox::new(self.fresh_id(), backed.uid_validity),
            };
            mailbox.special_use.clone_from(&backed.special_use);
            mailbox.uid_next = mailbox.uid_next.max(backed.uid_next);
            // Nothing is recent where nothing arrives.
            mailbox.first_recent = u32::MAX;
            let messages = open.remove(&backed.key);
            match &mut mailbox.backed {
                Some(known) => (known.mailbox, known.figures) = (backed, None),
                known => {
                    *known = Some(Backed { mailbox: backed, is_loaded: false, held: Arc::default(), figures: None });
                }
            }
            if let (Some(messages), true) = (messages, mailbox.backed.as_ref().is_some_and(|known| known.is_loaded)) {
                mailbox.become_equal(messages);
            }
            mailboxes.insert(name, mailbox);
        }
        self.mailboxes = mailboxes;
        if !self.mailboxes.contains_key("INBOX") {
            let inbox = Mailbox::new(self.fresh_id(), 1);
            self.mailboxes.insert("INBOX".to_owned(), inbox);
        }
        let names = self.mailboxes.keys().flat_map(|name| name::ancestors(name)).map(str::to_owned);
        let above: Vec<String> = names.filter(|above| !self.mailboxes.contains_key(above)).collect();
        for above in above {
            let mut level = Mailbox::new(self.fresh_id(), 1);
            level.selectable = false;
            self.mailboxes.insert(above, level);
        }
    }
}

impl Mailbox {
    /// Puts the messages into the memory that they had no place in.
    pub(crate) fn fill(&mut self, messages: Vec<BackedMessage>) {
        if let Some(backed) = self.backed.as_mut().filter(|backed| !backed.is_loaded) {
            backed.is_loaded = true;
            let modseq = self.modseq;
            self.messages = messages.into_iter().map(|message| of_backed(message, modseq)).collect();
            self.end_at_last();
        }
    }

    /// Makes the messages equal to those that are kept elsewhere; sessions learn of what has changed as of any change.
    fn become_equal(&mut self, now: Vec<BackedMessage>) {
        let (mut now, mut rest) = (now.into_iter().peekable(), Vec::new());
        let mut before = std::mem::take(&mut self.messages).into_iter().peekable();
        let modseq = self.modseq + 1;
        let mut has_changed = false;
        loop {
            let order = match (before.peek(), now.peek()) {
                (Some(old), Some(new)) => old.uid.cmp(&new.uid),
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (None, None) => break,
            };
            let (old, new) = match order {
                Ordering::Less => (before.next(), None),
                Ordering::Greater => (None, now.next()),
                Ordering::Equal => (before.next(), now.next()),
            };
            match (old, new) {
                (Some(mut old), Some(new)) => {
                    if old.flags != new.flags {
                        (old.flags, old.modseq, has_changed) = (new.flags, modseq, true);
                    }
                    (old.content, old.date) = (new.content, new.date);
                    rest.push(old);
                }
                (Some(old), None) => {
                    self.expunged.add(modseq, old.uid);
                    has_changed = true;
                }
                (None, Some(new)) => {
                    rest.push(of_backed(new, modseq));
                    has_changed = true;
                }
                (None, None) => break,
            }
        }
        self.messages = rest;
        if has_changed {
            self.modseq = modseq;
        }
        self.end_at_last();
    }

    fn end_at_last(&mut self) {
        let last = self.messages.last().map_or(0, |message| message.uid.get());
        self.uid_next = self.uid_next.max(last.saturating_add(1));
    }
}

fn of_backed(message: BackedMessage, modseq: u64) -> Message {
    let BackedMessage { uid, flags, date, content } = message;
    Message::new(uid, Draft { flags, date, content }, modseq)
}
