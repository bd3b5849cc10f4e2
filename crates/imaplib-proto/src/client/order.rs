//! SORT and THREAD on servers without them: what is found is fetched, and sorted here.

use std::time::Instant;

use super::collecting::{Collect, Collecting};
use super::{Advance, Procedure, Result, Selection};
use crate::command::{Matches, Search, SortBy, ThreadAlgorithm};
use crate::engine::Engine;
use crate::order::{SortKeys, SortValue, ThreadMessage, Threading, TooMany, items_to_sort, items_to_thread};
use crate::types::{Capabilities, Fetch, Threads, Uid};

/// The messages that meet the conditions, sorted by what is fetched of them: for servers without SORT (RFC 5256).
///
/// ENVELOPE, INTERNALDATE and RFC822.SIZE are fetched, each only if a key needs it, of 500 messages at a time. A message that
/// goes meanwhile is left out; one of which the server does not send all, though it is asked twice, is sorted by the rest. Where a
/// FETCH is refused, it is found out of which messages: the others are sorted, and these are [`Matches::refused`].
#[derive(Debug)]
pub struct SortMessages {
    collecting: Collecting<Sorting>,
}

impl SortMessages {
    /// Sorts by the first of the keys, equal messages by the next, and then by UID.
    #[must_use]
    pub fn new(selection: Selection, order: Vec<SortBy>, conditions: Search, capabilities: &Capabilities) -> Self {
        let items = items_to_sort(&order).into();
        let keys = Sorting { keys: SortKeys::new(&order), order };
        Self { collecting: Collecting::new(selection, conditions, items, keys, capabilities) }
    }
}

#[derive(Debug)]
struct Sorting {
    order: Vec<SortBy>,
    keys: SortKeys<Uid>,
}

impl Collect for Sorting {
    type Output = Vec<Uid>;

    fn has_room_for(&self, messages: u64) -> bool {
        self.keys.has_room_for(messages)
    }

    fn add(&mut self, uid: Uid, row: &Fetch) -> std::result::Result<(), TooMany> {
        self.keys.add(uid, self.order.iter().map(|by| SortValue::of(by.key(), row)))
    }

    fn finish(self) -> Vec<Uid> {
        self.keys.into_sorted()
    }
}

impl Procedure for SortMessages {
    type Output = Matches<Vec<Uid>>;

    fn advance(&mut self, engine: &mut Engine, now: Instant) -> Result<Advance<Self::Output>> {
        self.collecting.advance(engine, now)
    }
}

/// The messages that meet the conditions, put into threads by what is fetched of them: for servers without THREAD (RFC 5256).
///
/// INTERNALDATE, ENVELOPE and, if the algorithm goes by references, that field are fetched of 500 messages at a time. A
/// message that goes meanwhile is left out; those that the server refuses to send are [`Matches::refused`].
#[derive(Debug)]
pub struct ThreadMessages {
    collecting: Collecting<Threading>,
}

impl ThreadMessages {
    /// Threads by this algorithm; the numbers are UIDs.
    #[must_use]
    pub fn new(
        selection: Selection,
        algorithm: ThreadAlgorithm,
        conditions: Search,
        capabilities: &Capabilities,
    ) -> Self {
        let threading = Threading::new(algorithm);
        let items = items_to_thread(threading.by_references()).into();
        Self { collecting: Collecting::new(selection, conditions, items, threading, capabilities) }
    }
}

impl Collect for Threading {
    type Output = Threads;

    fn has_room_for(&self, messages: u64) -> bool {
        messages <= Self::MAX_MESSAGES
    }

    fn add(&mut self, _uid: Uid, row: &Fetch) -> std::result::Result<(), TooMany> {
        ThreadMessage::of(row).map_or(Ok(()), |message| Self::add(self, &message))
    }

    fn finish(self) -> Threads {
        Self::finish(self)
    }
}

impl Procedure for ThreadMessages {
    type Output = Matches<Threads>;

    fn advance(&mut self, engine: &mut Engine, now: Instant) -> Result<Advance<Self::Output>> {
        self.collecting.advance(engine, now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_messages_as_are_promised_can_be_threaded() {
        let threading = Threading::new(ThreadAlgorithm::References);
        assert!(Collect::has_room_for(&threading, Threading::MAX_MESSAGES));
        assert!(!Collect::has_room_for(&threading, Threading::MAX_MESSAGES + 1));
    }
}
