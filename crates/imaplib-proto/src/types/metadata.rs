//! What is noted about mailboxes and the server (RFC 5464), and its forerunner.

use bytes::Bytes;

use super::{ImapString, MailboxName};

/// Entries of a mailbox or of the server: METADATA (RFC 5464, section 4.4).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Metadata {
    /// The mailbox; an empty name stands for the server.
    pub mailbox: MailboxName,
    /// The entries.
    pub entries: Vec<MetadataEntry>,
    /// The names of entries that changed, in an unsolicited response.
    pub changed: Vec<ImapString>,
}

impl Metadata {
    /// The entries of a mailbox, none of which changed.
    #[must_use]
    pub fn new(mailbox: MailboxName, entries: Vec<MetadataEntry>) -> Self {
        Self { mailbox, entries, changed: Vec::new() }
    }
}

/// An entry of a mailbox or of the server.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MetadataEntry {
    /// Its name, such as `/private/comment`.
    pub name: ImapString,
    /// Its value; `None` if it has none.
    pub value: Option<Bytes>,
}

impl MetadataEntry {
    /// An entry with its value.
    #[must_use]
    pub fn new(name: impl Into<ImapString>, value: Option<Bytes>) -> Self {
        Self { name: name.into(), value }
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
