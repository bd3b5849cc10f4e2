//! Why the store refuses a change.

use std::fmt;

/// Why a change to a [`Store`](crate::Store) was not made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum StoreError {
    /// There is no such user.
    NoSuchUser,
    /// There is no such mailbox, or it cannot hold messages.
    NoSuchMailbox,
    /// There is no message with this UID.
    NoSuchMessage,
    /// There is a mailbox of this name.
    MailboxExists,
    /// The name is empty, too long, has an empty level or a character that is not allowed.
    InvalidName,
    /// INBOX cannot be deleted.
    Inbox,
    /// The name has others below it and cannot be deleted.
    HasChildren,
    /// The account is full.
    TooMany,
    /// What is kept elsewhere cannot be read now.
    Unreadable,
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoSuchUser => "no such user",
            Self::NoSuchMailbox => "no such mailbox",
            Self::NoSuchMessage => "no such message",
            Self::MailboxExists => "the mailbox exists",
            Self::InvalidName => "not a valid mailbox name",
            Self::Inbox => "INBOX cannot be deleted",
            Self::HasChildren => "the mailbox has others below it",
            Self::TooMany => "the account is full",
            Self::Unreadable => "the mail cannot be read now",
        })
    }
}

impl std::error::Error for StoreError {}
