//! Mail that is kept elsewhere and served read-only: what is asked of where it is.

use std::fmt;
use std::io;
use std::sync::Arc;

use imaplib_proto::types::{DateTime, Flags, Uid};

use crate::content::Content;

/// Mail that is kept elsewhere. Nothing of it is changed; only the messages of mailboxes that are open are in memory.
///
/// An account is made of it by [`Store::add_backed_user`](crate::Store::add_backed_user).
pub trait Backing: fmt::Debug + Send + Sync {
    /// The mailboxes as they are now; `None` if nothing has changed since they were last returned, in their messages either.
    ///
    /// # Errors
    /// If they cannot be read.
    fn mailboxes(&self) -> io::Result<Option<Vec<BackedMailbox>>>;

    /// The messages of a mailbox, in the order of their UIDs.
    ///
    /// # Errors
    /// If they cannot be read.
    fn messages(&self, mailbox: &BackedMailbox) -> io::Result<Vec<BackedMessage>>;

    /// What STATUS returns of a mailbox.
    ///
    /// # Errors
    /// If it cannot be read.
    fn figures(&self, mailbox: &BackedMailbox) -> io::Result<Figures>;
}

/// A mailbox that is kept elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct BackedMailbox {
    /// By what the mailbox is known where it is kept, whatever its name.
    pub key: u64,
    /// The name in Unicode, levels separated by `/`. No two mailboxes have the same.
    pub name: String,
    /// Another one means that the messages are others.
    pub uid_validity: u32,
    /// Greater than each UID.
    pub uid_next: u32,
    /// Attributes of RFC 6154, such as `\Sent`.
    pub special_use: Vec<String>,
    /// Whether the user subscribes to it.
    pub is_subscribed: bool,
}

impl BackedMailbox {
    /// A mailbox without special uses, to which the user subscribes.
    pub fn new(key: u64, name: impl Into<String>, uid_validity: u32, uid_next: u32) -> Self {
        Self { key, name: name.into(), uid_validity, uid_next, special_use: Vec::new(), is_subscribed: true }
    }
}

/// A message that is kept elsewhere.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct BackedMessage {
    /// The unique identifier.
    pub uid: Uid,
    /// The flags.
    pub flags: Flags,
    /// The internal date.
    pub date: DateTime,
    /// The message itself.
    pub content: Content,
}

impl BackedMessage {
    /// A message.
    pub fn new(uid: Uid, flags: Flags, date: DateTime, content: Content) -> Self {
        Self { uid, flags, date, content }
    }
}

/// What a mailbox holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Figures {
    /// The number of messages.
    pub messages: u64,
    /// How many of them are not `\Seen`.
    pub unseen: u64,
    /// How many of them are `\Deleted`.
    pub deleted: u64,
    /// Their sizes together, in bytes.
    pub size: u64,
}

/// What a mailbox knows of where it is kept.
#[derive(Debug, Clone)]
pub(crate) struct Backed {
    pub(crate) mailbox: BackedMailbox,
    /// Whether the messages are in memory. They are while somebody else holds a share of this.
    pub(crate) is_loaded: bool,
    pub(crate) held: Arc<()>,
    pub(crate) figures: Option<Figures>,
}

impl Backed {
    /// Whether a session has the mailbox open.
    pub(crate) fn is_held(&self) -> bool {
        Arc::strong_count(&self.held) > 1
    }
}
