//! STATUS: figures of a mailbox that need not be selected (RFC 9051, section 7.3.3).

use bytes::Bytes;

use super::{ImapString, MailboxName};

macro_rules! status_items {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)*) => {
        /// A figure that STATUS can ask for (RFC 9051, section 6.3.11).
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum StatusItem {
            $($(#[$doc])* $name,)*
        }

        impl StatusItem {
            /// The item as it stands on the wire.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                }
            }
        }
    };
}

status_items! {
    /// The number of messages.
    Messages = "MESSAGES",
    /// The number of messages with `\Recent` (RFC 3501).
    Recent = "RECENT",
    /// The UID that the next message gets.
    UidNext = "UIDNEXT",
    /// The UIDVALIDITY.
    UidValidity = "UIDVALIDITY",
    /// The number of messages without `\Seen`.
    Unseen = "UNSEEN",
    /// The number of messages with `\Deleted` (RFC 9051).
    Deleted = "DELETED",
    /// The size of all messages in bytes (RFC 8438).
    Size = "SIZE",
    /// The bytes that expunging would free (RFC 9208).
    DeletedStorage = "DELETED-STORAGE",
    /// The highest modification sequence (RFC 7162).
    HighestModSeq = "HIGHESTMODSEQ",
    /// The greatest message that can be appended, in bytes (RFC 7889).
    AppendLimit = "APPENDLIMIT",
    /// The identifier of the mailbox (RFC 8474).
    MailboxId = "MAILBOXID",
}

/// The answer to STATUS. A figure that was not asked for, or that the server did not send, is `None`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MailboxStatus {
    /// The mailbox.
    pub name: MailboxName,
    /// The number of messages.
    pub messages: Option<u64>,
    /// The number of messages with `\Recent`.
    pub recent: Option<u64>,
    /// The UID that the next message gets. Some servers send more than 32 bits: then no message has it.
    pub uid_next: Option<u64>,
    /// The UIDVALIDITY: a number to compare, of more than 32 bits on some servers.
    pub uid_validity: Option<u64>,
    /// The number of messages without `\Seen`.
    pub unseen: Option<u64>,
    /// The number of messages with `\Deleted`.
    pub deleted: Option<u64>,
    /// The size of all messages in bytes.
    pub size: Option<u64>,
    /// The bytes that expunging would free.
    pub deleted_storage: Option<u64>,
    /// The highest modification sequence.
    pub highest_mod_seq: Option<u64>,
    /// The greatest message that can be appended, in bytes; `Some(None)` if there is no limit.
    pub append_limit: Option<Option<u64>>,
    /// The identifier of the mailbox.
    pub mailbox_id: Option<ImapString>,
    /// Items that this library does not know: name and raw value.
    pub other: Vec<(ImapString, Bytes)>,
}

impl MailboxStatus {
    /// A status without any item.
    #[must_use]
    pub fn new(name: MailboxName) -> Self {
        Self {
            name,
            messages: None,
            recent: None,
            uid_next: None,
            uid_validity: None,
            unseen: None,
            deleted: None,
            size: None,
            deleted_storage: None,
            highest_mod_seq: None,
            append_limit: None,
            mailbox_id: None,
            other: Vec::new(),
        }
    }
}
