//! What a search returns: SEARCH and ESEARCH (RFC 9051, section 7.3.4; RFC 3501, section 7.2.5), threads (RFC 5256, section 4).

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
    /// The numbers at the places that were asked for (RFC 9394, RFC 5267), as ranges in the order sent; empty if no message
    /// has these places.
    pub partial: Option<Vec<(u32, u32)>>,
    /// How well each of the messages meets the conditions, from 1 to 100 (RFC 6203).
    pub relevancy: Option<Vec<u8>>,
    /// What has changed in a result that the server keeps up to date, in the order sent (RFC 5267, section 4.3).
    pub changes: Vec<ResultChange>,
    /// Other data: name and raw value.
    pub other: Vec<(ImapString, Bytes)>,
    /// What stands in `ALL` where a message number belongs and is none, as far as there are few: the numbers are then not
    /// all.
    pub unreadable: Vec<Bytes>,
}

impl ExtendedSearch {
    /// The messages at the places that were asked for, or all that were found, one by one in the order sent: of a sorted
    /// result, the order of the sort. The count comes from the server: bound the iteration.
    pub fn in_order(&self) -> impl Iterator<Item = u32> + '_ {
        let ranges = self.partial.as_deref().or(self.all.as_deref()).unwrap_or_default();
        ranges.iter().flat_map(|&(low, high)| low..=high)
    }

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

/// A change of a result that the server keeps up to date (RFC 5267, section 4.3). The ranges of numbers are in the order
/// sent; those of a search go where their numbers belong, and have the place 0.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ResultChange {
    /// Messages that meet the conditions now: ADDTO.
    Added {
        /// The place of the first of them in the result, counted from 1.
        place: u32,
        /// The messages.
        numbers: Vec<(u32, u32)>,
    },
    /// Messages that do not meet the conditions any more, or are gone: REMOVEFROM.
    Removed {
        /// The place of the first of them in the result, counted from 1.
        place: u32,
        /// The messages.
        numbers: Vec<(u32, u32)>,
    },
}

/// The answer to THREAD: a forest of messages, in the server's order.
///
/// It is kept flat, each message with the place of its parent, so that a thread of any depth is harmless. Walk it with
/// [`iter`](Self::iter), parents before their answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Threads {
    nodes: Vec<Node>,
}

/// A message as it is kept: there may be a million.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Node {
    /// 0 if it is not in the mailbox.
    number: u32,
    /// The place of its parent, counted from 1; 0 if it has none.
    parent: u32,
    depth: u32,
}

/// A message in a thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ThreadNode {
    /// Its number, a UID or a sequence number as the command asked; `None` for a parent that is not in the mailbox.
    pub number: Option<u32>,
    /// The place of its parent in the answer; `None` for the first of a thread.
    pub parent: Option<usize>,
    /// How many parents it has.
    pub depth: usize,
}

impl Threads {
    /// How many bytes a message needs.
    pub(crate) const NODE: usize = size_of::<Node>();

    /// Messages, each with its number, which is not 0, and the place of its parent, which must come before it.
    #[must_use]
    pub fn new(nodes: impl IntoIterator<Item = (Option<u32>, Option<usize>)>) -> Self {
        let mut threads = Self::default();
        for (number, parent) in nodes {
            threads.add(number, parent);
        }
        threads
    }

    /// As [`add`](Self::add), but parents that are not there, right within each other, are one: no algorithm makes them,
    /// and a server could send nothing else.
    pub(crate) fn push(&mut self, number: Option<u32>, parent: Option<usize>) -> usize {
        match (number, parent, self.nodes.last()) {
            (None, Some(parent), Some(last)) if last.number == 0 && parent + 1 == self.nodes.len() => parent,
            _ => self.add(number, parent),
        }
    }

    /// Adds a message; returns its place.
    fn add(&mut self, number: Option<u32>, parent: Option<usize>) -> usize {
        let depth = parent.and_then(|parent| self.nodes.get(parent)).map_or(0, |parent| parent.depth + 1);
        let parent = parent.and_then(|parent| u32::try_from(parent + 1).ok()).unwrap_or_default();
        self.nodes.push(Node { number: number.unwrap_or_default(), parent, depth });
        self.nodes.len() - 1
    }

    /// The messages, each behind its parent and all of a thread together.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = ThreadNode> {
        self.nodes.iter().map(|node| ThreadNode {
            number: (node.number > 0).then_some(node.number),
            parent: node.parent.checked_sub(1).map(|place| place as usize),
            depth: node.depth as usize,
        })
    }

    /// How many threads there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.nodes.iter().filter(|node| node.parent == 0).count()
    }

    /// Whether there is no message.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_parents_within_each_other_are_one() {
        let mut threads = Threads::default();
        let top = threads.push(None, None);
        assert_eq!(threads.push(None, Some(top)), top);
        let first = threads.push(Some(4), Some(top));
        // Behind a message, or behind a missing parent that is not the last one, it is another one.
        let below = threads.push(None, Some(first));
        let other = threads.push(None, Some(top));
        assert_eq!((first, below, other, threads.push(Some(5), Some(other))), (1, 2, 3, 4));
        let found: Vec<_> = threads.iter().map(|node| (node.number, node.parent, node.depth)).collect();
        let expected =
            [(None, None, 0), (Some(4), Some(0), 1), (None, Some(1), 2), (None, Some(0), 1), (Some(5), Some(3), 2)];
        assert_eq!(found, expected);
        assert_eq!(threads.count(), 1);
    }
}
