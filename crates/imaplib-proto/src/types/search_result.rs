//! SEARCH and ESEARCH: the messages that a search found (RFC 9051, section 7.3.4; RFC 3501, section 7.2.5).

use bytes::Bytes;

use super::{ImapString, MailboxName};

/// The answer of IMAP4rev1 to SEARCH: numbers in the server's order, UIDs or sequence numbers as the command asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SearchResult {
    /// Ranges of numbers, both ends included, in the order sent; runs of ascending numbers are one range.
    pub numbers: Vec<(u32, u32)>,
    /// The highest modification sequence of the messages found (RFC 7162).
    pub mod_seq: Option<u64>,
    /// What stands where a message number belongs and is none, as far as there are few: the numbers are then not all.
    pub unreadable: Vec<Bytes>,
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
    /// What stands in `ALL` where a message number belongs and is none, as far as there are few: the numbers are then not
    /// all.
    pub unreadable: Vec<Bytes>,
}

impl ExtendedSearch {
    /// Whether messages were found that `all` does not contain: some numbers cannot be read, or there are more messages
    /// than numbers. Of a search that did not ask for all numbers this means nothing.
    #[must_use]
    pub fn lacks_messages(&self) -> bool {
        let ranges = self.all.as_deref().unwrap_or_default();
        let listed: u64 = ranges.iter().map(|(low, high)| u64::from(high.saturating_sub(*low)) + 1).sum();
        let has_ends = self.min.is_some() || self.max.is_some();
        !self.unreadable.is_empty()
            || self.count.is_some_and(|count| count > listed)
            || (has_ends && ranges.is_empty() && self.count != Some(0))
    }
}
