//! Access control lists (RFC 4314).

use std::fmt;

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
}

impl Acl {
    /// The entries of a mailbox.
    #[must_use]
    pub fn new(mailbox: MailboxName, entries: Vec<(ImapString, Rights)>) -> Self {
        Self { mailbox, entries }
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
