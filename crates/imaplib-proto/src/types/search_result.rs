//! SEARCH and ESEARCH: the messages that a search found (RFC 9051, section 7.3.4; RFC 3501, section 7.2.5).

use bytes::Bytes;

use super::{ImapString, MailboxName};

/// The answer of IMAP4rev1 to SEARCH: numbers in the server's order, UIDs or sequence numbers as the command asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SearchResult {
    /// Ranges of numbers, both ends included, in the order sent; runs of ascending numbers are one range.
    pub numbers: Vec<(u32, u32)>,
    /// The highest modification sequence of the messages found (RFC 7162).
    pub mod_seq: Option<u64>,
}

/// The answer of IMAP4rev2 and of ESEARCH servers to SEARCH (RFC 4731).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ExtendedSearch {
    /// The tag of the command that this answers.
    pub tag: Option<ImapString>,
    /// The mailbox that was searched, in an answer to a search of several (RFC 7377).
    pub mailbox: Option<MailboxName>,
    /// The UIDVALIDITY of that mailbox.
    pub uid_validity: Option<u64>,
    /// Whether the numbers are UIDs.
    pub uid: bool,
    /// The lowest number found.
    pub min: Option<u32>,
    /// The highest number found.
    pub max: Option<u32>,
    /// All numbers found, as ranges in the order sent.
    pub all: Option<Vec<(u32, u32)>>,
    /// How many messages were found.
    pub count: Option<u64>,
    /// The highest modification sequence of the messages found (RFC 7162).
    pub mod_seq: Option<u64>,
    /// Other data: name and raw value.
    pub other: Vec<(ImapString, Bytes)>,
}
