//! Rights (RFC 4314), quotas (RFC 9208), and what is noted about mailboxes and the server (RFC 5464).

use std::fmt;

use bytes::Bytes;

use super::{ImapString, InvalidValue, MailboxName};

/// A set of rights, one letter each: `lrswipkxtea` (RFC 4314, section 2.1).
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Rights(String);

impl Rights {
    /// The rights that these letters stand for.
    ///
    /// # Errors
    /// If one of them is neither a lower-case letter nor a digit.
    pub fn new(letters: &str) -> Result<Self, InvalidValue> {
        if letters.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit()) {
            return Ok(Self::from_letters(letters));
        }
        Err(InvalidValue::new("set of rights", letters))
    }

    /// Letters that a server sent, whatever they are; repeated ones count once.
    pub(crate) fn from_letters(letters: &str) -> Self {
        let mut seen = 0u128;
        let mut is_new = |letter: char| match u32::from(letter) {
            number @ 0..128 => {
                let before = seen;
                seen |= 1 << number;
                seen != before
            }
            // No right is written so: kept as it came.
            _ => true,
        };
        Self(letters.chars().filter(|letter| is_new(*letter)).collect())
    }

    /// Whether the right is among them.
    #[must_use]
    pub fn has(&self, right: char) -> bool {
        self.0.contains(right)
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The letters in order.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Rights {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// Who may do what with a mailbox: the answer to GETACL (RFC 4314, section 3.6).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Acl {
    /// The mailbox.
    pub mailbox: MailboxName,
    /// Identifiers, such as user names or `anyone`, and their rights. One that begins with `-` removes rights.
    pub entries: Vec<(ImapString, Rights)>,
    /// Whether all that the server sent could be read. If not, there may be entries that are not among these.
    pub is_complete: bool,
}

impl Acl {
    /// The entries of a mailbox.
    #[must_use]
    pub fn new(mailbox: MailboxName, entries: Vec<(ImapString, Rights)>) -> Self {
        Self { mailbox, entries, is_complete: true }
    }
}

/// Which rights can be given to somebody: the answer to LISTRIGHTS (RFC 4314, section 3.7).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ListRights {
    /// The mailbox.
    pub mailbox: MailboxName,
    /// Who.
    pub identifier: ImapString,
    /// The rights that the identifier always has.
    pub required: Rights,
    /// The rights that can be given besides; those in one set only together.
    pub optional: Vec<Rights>,
}

impl ListRights {
    /// The rights that can be granted to an identifier.
    #[must_use]
    pub fn new(mailbox: MailboxName, identifier: ImapString, required: Rights, optional: Vec<Rights>) -> Self {
        Self { mailbox, identifier, required, optional }
    }
}

/// What the user may do with a mailbox: the answer to MYRIGHTS (RFC 4314, section 3.8).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MyRights {
    /// The mailbox.
    pub mailbox: MailboxName,
    /// The rights.
    pub rights: Rights,
}

impl MyRights {
    /// The rights of the user.
    #[must_use]
    pub fn new(mailbox: MailboxName, rights: Rights) -> Self {
        Self { mailbox, rights }
    }
}

/// The limits of a quota root: the answer to GETQUOTA (RFC 9208, section 4.2.1).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Quota {
    /// The name of the quota root; may be empty.
    pub root: ImapString,
    /// What is limited.
    pub resources: Vec<QuotaResource>,
    /// Whether all that the server sent could be read. If not, there may be limits that are not among the resources: to set
    /// the others would drop them (RFC 9208, section 4.1.3).
    pub is_complete: bool,
}

impl Quota {
    /// The limits of a quota root.
    #[must_use]
    pub fn new(root: ImapString, resources: Vec<QuotaResource>) -> Self {
        Self { root, resources, is_complete: true }
    }
}

/// One limited resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuotaResource {
    /// Its name: `STORAGE` in units of 1024 bytes, `MESSAGE`, `MAILBOX`, …
    pub name: ImapString,
    /// How much is used.
    pub usage: u64,
    /// How much may be used.
    pub limit: u64,
}

/// Which quota roots a mailbox belongs to: the answer to GETQUOTAROOT (RFC 9208, section 4.2.2).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct QuotaRoots {
    /// The mailbox.
    pub mailbox: MailboxName,
    /// The names of the roots.
    pub roots: Vec<ImapString>,
}

impl QuotaRoots {
    /// The quota roots of a mailbox.
    #[must_use]
    pub fn new(mailbox: MailboxName, roots: Vec<ImapString>) -> Self {
        Self { mailbox, roots }
    }
}

/// The quota roots of a mailbox and their limits: what GETQUOTAROOT returns (RFC 9208, section 4.1.2).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MailboxQuotas {
    /// The roots.
    pub roots: QuotaRoots,
    /// The limits of each root. Roots without a limit may be missing.
    pub quotas: Vec<Quota>,
}

impl MailboxQuotas {
    pub(crate) fn new(roots: QuotaRoots, quotas: Vec<Quota>) -> Self {
        Self { roots, quotas }
    }
}

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

/// An annotation of a message (RFC 5257).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MessageAnnotation {
    /// The name of the entry, such as `/comment`.
    pub entry: ImapString,
    /// The names of attributes, such as `value.priv`, and their values; `None` if an attribute has none.
    pub attributes: Vec<(ImapString, Option<ImapString>)>,
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
