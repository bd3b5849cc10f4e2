//! What is noted about mailboxes and the server (RFC 5464), and its forerunner.

use bytes::Bytes;

use super::{ImapString, MailboxName};

/// Entries of a mailbox or of the server: METADATA (RFC 5464, section 4.4).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Metadata {
    /// The mailbox; an empty name stands for the server.
    pub mailbox: MailboxName,
    /// The names of entries, such as `/private/comment`, and their values; `None` if an entry has none.
    pub entries: Vec<(ImapString, Option<Bytes>)>,
    /// Entries that changed, by name alone, where the server tells it unasked.
    pub changed: Vec<ImapString>,
}

impl Metadata {
    /// The entries of a mailbox, none of which changed.
    #[must_use]
    pub fn new(mailbox: MailboxName, entries: Vec<(ImapString, Option<Bytes>)>) -> Self {
        Self { mailbox, entries, changed: Vec::new() }
    }
}

/// An entry of a mailbox with its attributes: ANNOTATION (the draft ANNOTATEMORE, before RFC 5464).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Annotation {
    /// The mailbox; an empty name stands for the server.
    pub mailbox: MailboxName,
    /// The name of the entry, such as `/comment`.
    pub entry: ImapString,
    /// The names of attributes, such as `value.priv`, and their values; `None` if an attribute has none.
    pub attributes: Vec<(ImapString, Option<ImapString>)>,
}

impl Annotation {
    /// An entry with its attributes.
    #[must_use]
    pub fn new(mailbox: MailboxName, entry: ImapString, attributes: Vec<(ImapString, Option<ImapString>)>) -> Self {
        Self { mailbox, entry, attributes }
    }
}
