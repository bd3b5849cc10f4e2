//! The mailboxes of one user: names, hierarchy, subscriptions.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;
use std::sync::Arc;

use crate::annotations::{Annotations, Limits, Usage};
use crate::backing::Backing;
use crate::mailbox::{Mailbox, Message};
use crate::name;
use crate::store_error::StoreError;

/// The longest name of a mailbox, in bytes.
const MAX_NAME: usize = 1000;
/// The number of mailboxes, and of subscriptions, that an account can have.
const MAX_MAILBOXES: usize = 10_000;

#[derive(Debug)]
pub(crate) struct Account {
    pub(crate) password: String,
    pub(crate) mailboxes: BTreeMap<String, Mailbox>,
    pub(crate) subscriptions: BTreeSet<String>,
    pub(crate) limits: Limits,
    /// Of the server, as this user sees them.
    pub(crate) annotations: Annotations,
    /// Where the mail is kept, if it is not the account's own.
    pub(crate) backing: Option<Arc<dyn Backing>>,
    next_id: u64,
    next_uid_validity: u32,
}

impl Account {
    pub(crate) fn new(password: &str) -> Self {
        let mut account = Self {
            password: password.to_owned(),
            mailboxes: BTreeMap::new(),
            subscriptions: BTreeSet::from(["INBOX".to_owned()]),
            limits: Limits::default(),
            annotations: Annotations::default(),
            backing: None,
            next_id: 1,
            next_uid_validity: 1_700_000_001,
        };
        account.insert("INBOX");
        account
    }

    fn insert(&mut self, name: &str) {
        let mailbox = Mailbox::new(self.fresh_id(), self.fresh_uid_validity());
        self.mailboxes.insert(name.to_owned(), mailbox);
    }

    /// Creates a mailbox and the missing ones above it.
    pub(crate) fn create(&mut self, name: &str) -> Result<(), StoreError> {
        let name = name::normalize(name);
        let name = name.trim_end_matches(name::DELIMITER);
        let bad_level =
            |level: &str| level.is_empty() || level.contains(['%', '*']) || level.contains(char::is_control);
        if name.len() > MAX_NAME || name.split(name::DELIMITER).any(bad_level) {
            return Err(StoreError::InvalidName);
        }
        if self.mailboxes.len() >= MAX_MAILBOXES {
            return Err(StoreError::TooMany);
        }
        match self.mailboxes.get_mut(name) {
            Some(mailbox) if mailbox.selectable => return Err(StoreError::MailboxExists),
            // A name that exists only as a level can become a mailbox again.
            Some(mailbox) => mailbox.selectable = true,
            None => self.insert(name),
        }
        let missing: Vec<String> =
            name::ancestors(name).filter(|above| !self.mailboxes.contains_key(*above)).map(str::to_owned).collect();
        for above in missing {
            self.insert(&above);
        }
        Ok(())
    }

    /// Removes a mailbox; one with others below it remains as a name that cannot be selected.
    pub(crate) fn delete(&mut self, name: &str) -> Result<(), StoreError> {
        if name == "INBOX" {
            return Err(StoreError::Inbox);
        }
        let has_children = self.has_children(name);
        let mailbox = self.mailboxes.get_mut(name).ok_or(StoreError::NoSuchMailbox)?;
        if !has_children {
            self.mailboxes.remove(name);
            return Ok(());
        }
        if !mailbox.selectable {
            return Err(StoreError::HasChildren);
        }
        self.mailboxes.remove(name);
        self.insert(name);
        if let Some(mailbox) = self.mailboxes.get_mut(name) {
            mailbox.selectable = false;
        }
        Ok(())
    }

    /// Renames a mailbox with all below it; INBOX hands its messages over and stays (RFC 3501 section 6.3.5).
    pub(crate) fn rename(&mut self, from: &str, to: &str) -> Result<(), StoreError> {
        if !self.mailboxes.contains_key(from) {
            return Err(StoreError::NoSuchMailbox);
        }
        if self.mailboxes.contains_key(to) {
            return Err(StoreError::MailboxExists);
        }
        if name::is_below(to, from) && from != "INBOX" {
            return Err(StoreError::InvalidName);
        }
        // Checks the new name and makes the levels above it.
        self.create(to)?;
        let to = to.trim_end_matches(name::DELIMITER);
        if from == "INBOX" {
            let Some(inbox) = self.mailboxes.get_mut("INBOX") else { return Err(StoreError::NoSuchMailbox) };
            let messages = inbox.messages.clone();
            inbox.expunge(|_| true);
            if let Some(target) = self.mailboxes.get_mut(to) {
                for message in &messages {
                    let _ = target.copy_in(message);
                }
            }
            return Ok(());
        }
        let moved: Vec<String> =
            self.mailboxes.keys().filter(|name| *name == from || name::is_below(name, from)).cloned().collect();
        for old in moved {
            if let (Some(mailbox), Some(rest)) = (self.mailboxes.remove(&old), old.strip_prefix(from)) {
                self.mailboxes.insert(format!("{to}{rest}"), mailbox);
            }
        }
        Ok(())
    }

    /// What all mailboxes hold.
    pub(crate) fn usage(&self) -> Usage {
        Usage::sum(self.mailboxes.values().flat_map(|mailbox| mailbox.messages.iter().map(Message::size)))
    }

    /// Refuses what would exceed the limits.
    pub(crate) fn check_quota(&self, added: Usage) -> Result<(), StoreError> {
        if self.limits == Limits::default() {
            return Ok(());
        }
        let used = self.usage();
        let bytes = used.bytes.saturating_add(added.bytes);
        let total = Usage { bytes, messages: used.messages + added.messages };
        if self.limits.allow(total) { Ok(()) } else { Err(StoreError::TooMany) }
    }

    /// Subscribes to a name, which need not exist.
    pub(crate) fn subscribe(&mut self, name: String) -> Result<(), StoreError> {
        if name.len() > MAX_NAME {
            return Err(StoreError::InvalidName);
        }
        if self.subscriptions.len() >= MAX_MAILBOXES && !self.subscriptions.contains(&name) {
            return Err(StoreError::TooMany);
        }
        self.subscriptions.insert(name);
        Ok(())
    }

    pub(crate) fn has_children(&self, name: &str) -> bool {
        // Those below a name follow each other, whatever stands between them and the name itself.
        let begin = format!("{name}{}", name::DELIMITER);
        let mut behind = self.mailboxes.range::<str, _>((Bound::Included(begin.as_str()), Bound::Unbounded));
        behind.next().is_some_and(|(other, _)| name::is_below(other, name))
    }

    /// A mailbox that can hold messages.
    pub(crate) fn mailbox(&self, name: &str) -> Result<&Mailbox, StoreError> {
        self.mailboxes.get(name).filter(|mailbox| mailbox.selectable).ok_or(StoreError::NoSuchMailbox)
    }

    /// A mailbox that can hold messages, to be changed.
    pub(crate) fn mailbox_mut(&mut self, name: &str) -> Result<&mut Mailbox, StoreError> {
        self.mailboxes.get_mut(name).filter(|mailbox| mailbox.selectable).ok_or(StoreError::NoSuchMailbox)
    }

    /// Asks for what STATUS returns of a mailbox, where its messages are not in memory.
    pub(crate) fn measure(&mut self, name: &str) -> Result<(), StoreError> {
        let (Some(backing), Some(mailbox)) = (&self.backing, self.mailboxes.get_mut(name)) else { return Ok(()) };
        if let Some(backed) = mailbox.backed.as_mut().filter(|backed| !backed.is_loaded && backed.figures.is_none()) {
            backed.figures = Some(backing.figures(&backed.mailbox).map_err(|_| StoreError::Unreadable)?);
        }
        Ok(())
    }

    pub(crate) fn by_id(&mut self, id: u64) -> Option<&mut Mailbox> {
        self.mailboxes.values_mut().find(|mailbox| mailbox.id == id)
    }

    /// A new value for a mailbox's id.
    pub(crate) fn fresh_id(&mut self) -> u64 {
        let fresh = self.next_id;
        self.next_id += 1;
        fresh
    }

    /// A new value for UIDVALIDITY, greater than all before.
    pub(crate) fn fresh_uid_validity(&mut self) -> u32 {
        let fresh = self.next_uid_validity;
        self.next_uid_validity = self.next_uid_validity.wrapping_add(1).max(1);
        fresh
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hierarchy() {
        let mut account = Account::new("x");
        account.create("a/b/c").unwrap();
        assert_eq!(account.mailboxes.keys().collect::<Vec<_>>(), ["INBOX", "a", "a/b", "a/b/c"]);
        assert_eq!(account.create("a"), Err(StoreError::MailboxExists));
        assert_eq!(account.create("a//x"), Err(StoreError::InvalidName));
        account.delete("a/b").unwrap();
        assert_eq!(account.delete("a/b"), Err(StoreError::HasChildren));
        account.rename("a", "z").unwrap();
        assert_eq!(account.mailboxes.keys().collect::<Vec<_>>(), ["INBOX", "z", "z/b", "z/b/c"]);
        assert_eq!(account.rename("z", "z/q"), Err(StoreError::InvalidName));
        account.rename("INBOX", "old").unwrap();
        assert!(account.mailboxes.contains_key("INBOX"));
        assert_eq!(account.delete("INBOX"), Err(StoreError::Inbox));
    }
}
