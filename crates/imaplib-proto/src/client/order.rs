//! SORT and THREAD on servers without them: what is found is fetched, and sorted here.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::time::Instant;

use super::search::SearchMessages;
use super::{Advance, BadArgument, Error, FetchMessages, Procedure, Result, Selection};
use crate::command::{FetchItems, Matches, MessageSet, Search, SortBy, ThreadAlgorithm, UidSearch};
use crate::engine::Engine;
use crate::order::{SortKeys, SortValue, ThreadMessage, Threading, TooMany, items_to_sort, items_to_thread};
use crate::types::{Capabilities, Fetch, Threads, Uid, UidSet};

/// This many messages are fetched by one command, whose rows are held.
const BATCH: u64 = 500;

/// What becomes of the rows.
trait Collect {
    type Output;

    /// Whether this many messages are not too many.
    fn has_room_for(&self, messages: u64) -> bool;

    fn add(&mut self, uid: Uid, row: &Fetch) -> std::result::Result<(), TooMany>;

    fn finish(self) -> Self::Output;
}

/// A search, and then the data of all messages that it found, batch by batch.
#[derive(Debug)]
struct Collecting<T> {
    selection: Selection,
    search: Option<SearchMessages<UidSearch>>,
    items: FetchItems,
    collected: Option<T>,
    found: Matches<UidSet>,
    /// Those of which a row came.
    came: UidSet,
    /// What is still to be fetched, and what is being fetched.
    batches: Vec<UidSet>,
    running: Option<FetchMessages>,
    /// Whether those of which no whole row came are fetched once more.
    is_last: bool,
}

impl<T: Collect> Collecting<T> {
    fn new(
        selection: Selection,
        conditions: Search,
        items: FetchItems,
        collected: T,
        capabilities: &Capabilities,
    ) -> Self {
        Self {
            selection,
            search: Some(SearchMessages::uids(selection, conditions, capabilities)),
            items,
            collected: Some(collected),
            found: Matches::default(),
            came: UidSet::new(),
            batches: Vec::new(),
            running: None,
            is_last: false,
        }
    }

    fn advance(&mut self, engine: &mut Engine, now: Instant) -> Result<Advance<Matches<T::Output>>> {
        if let Some(search) = &mut self.search {
            match search.advance(engine, now)?.split() {
                Err(need) => return Ok(need),
                Ok(found) => self.begin(found)?,
            }
        }
        loop {
            let Some(running) = &mut self.running else {
                match self.batches.pop() {
                    Some(batch) => self.running = Some(self.fetch(batch, engine)),
                    None if !self.is_last => {
                        self.is_last = true;
                        self.batches = batches(&self.found.messages.difference(&self.came));
                    }
                    None => return self.finish(),
                }
                continue;
            };
            match running.advance(engine, now)?.split() {
                Err(need) => return Ok(need),
                Ok(rows) => {
                    self.running = None;
                    self.add(rows)?;
                }
            }
        }
    }

    fn begin(&mut self, found: Matches<UidSet>) -> Result<()> {
        self.search = None;
        let count = found.messages.len();
        if !self.collected.as_ref().is_some_and(|collected| collected.has_room_for(count)) {
            return Err(Error::too_many_to_order(count));
        }
        self.batches = batches(&found.messages);
        self.found = found;
        Ok(())
    }

    fn fetch(&self, batch: UidSet, engine: &Engine) -> FetchMessages {
        FetchMessages::new(self.selection, &MessageSet::Uids(batch), &self.items, engine.capabilities())
    }

    /// Adds the rows that have all that was asked for; the last time, also those that have not.
    fn add(&mut self, rows: Vec<Fetch>) -> Result<()> {
        let mut whole: BTreeMap<Uid, Fetch> = BTreeMap::new();
        for row in rows {
            // Some servers send the items of a message in several rows.
            match row.uid.map(|uid| whole.entry(uid)) {
                Some(Entry::Occupied(mut begun)) => begun.get_mut().merge(row),
                Some(Entry::Vacant(free)) => drop(free.insert(row)),
                None => {}
            }
        }
        let count = self.found.messages.len();
        for (uid, row) in whole {
            let is_new = self.found.messages.contains(uid) && !self.came.contains(uid);
            if is_new && (self.is_last || self.items.complete_in(&row)) {
                self.came.insert(uid);
                let added = self.collected.as_mut().map_or(Ok(()), |collected| collected.add(uid, &row));
                added.map_err(|TooMany| Error::too_many_to_order(count))?;
            }
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<Advance<Matches<T::Output>>> {
        let output = self.collected.take().map(T::finish).ok_or(BadArgument::GivenUp)?;
        Ok(Advance::Done(std::mem::take(&mut self.found).with(output)))
    }
}

/// The messages in batches, the first one last.
fn batches(messages: &UidSet) -> Vec<UidSet> {
    let (mut rest, mut batches) = (messages.clone(), Vec::new());
    while !rest.is_empty() {
        let batch = rest.greatest(BATCH);
        rest = rest.difference(&batch);
        batches.push(batch);
    }
    batches
}

/// The messages that meet the conditions, sorted by what is fetched of them: for servers without SORT (RFC 5256).
///
/// ENVELOPE, INTERNALDATE and RFC822.SIZE are fetched, each only if a key needs it, of 500 messages at a time. A message that
/// goes meanwhile is left out; one of which the server does not send all, though it is asked twice, is sorted by the rest.
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
/// message that goes meanwhile is left out.
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
    type Output = Threads;

    fn advance(&mut self, engine: &mut Engine, now: Instant) -> Result<Advance<Threads>> {
        match self.collecting.advance(engine, now)?.split() {
            Ok(found) => Ok(Advance::Done(found.complete()?)),
            Err(need) => Ok(need),
        }
    }
}
