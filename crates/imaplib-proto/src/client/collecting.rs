//! Data of all messages that meet conditions, collected for an order that is found here.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::time::Instant;

use super::search::SearchMessages;
use super::{Advance, BadArgument, Error, FetchMessages, Isolation, Procedure, Result, Selection};
use crate::command::{FetchItems, Matches, MessageSet, Search, UidSearch};
use crate::engine::Engine;
use crate::order::TooMany;
use crate::types::{Capabilities, Fetch, Uid, UidSet};

/// This many messages are fetched by one command, whose rows are held.
const BATCH: u64 = 500;

/// What becomes of the rows.
pub(super) trait Collect {
    type Output;

    /// Whether this many messages are not too many.
    fn has_room_for(&self, messages: u64) -> bool;

    fn add(&mut self, uid: Uid, row: &Fetch) -> std::result::Result<(), TooMany>;

    fn finish(self) -> Self::Output;
}

/// A search, and then the data of all messages that it found, batch by batch. Where the server refuses, the messages that it
/// cannot send are looked for, and the others are collected.
#[derive(Debug)]
pub(super) struct Collecting<T> {
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
    asked: UidSet,
    /// Which messages are refused, and the first refusal.
    isolation: Isolation,
    refusal: Option<Error>,
    /// Whether those of which no whole row came are fetched once more.
    is_last: bool,
}

impl<T: Collect> Collecting<T> {
    pub(super) fn new(
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
            asked: UidSet::new(),
            isolation: Isolation::default(),
            refusal: None,
            is_last: false,
        }
    }

    pub(super) fn advance(&mut self, engine: &mut Engine, now: Instant) -> Result<Advance<Matches<T::Output>>> {
        if let Some(search) = &mut self.search {
            match search.advance(engine, now)?.split() {
                Err(need) => return Ok(need),
                Ok(found) => self.begin(found)?,
            }
        }
        loop {
            let Some(running) = &mut self.running else {
                if let Some(part) = self.isolation.next_part() {
                    self.running = Some(self.fetch(part.clone(), engine));
                    self.asked = part;
                } else if let Some(batch) = self.batches.pop() {
                    self.isolation.begin(&batch);
                } else if !self.is_last {
                    self.is_last = true;
                    self.batches = batches(&self.found.messages.difference(&self.came));
                } else {
                    return self.finish();
                }
                continue;
            };
            match running.advance(engine, now).map(Advance::split) {
                Ok(Err(need)) => return Ok(need),
                Ok(Ok(rows)) => {
                    self.running = None;
                    self.isolation.succeeded();
                    self.add(rows)?;
                }
                Err(error) if is_of_messages(&error) => {
                    self.running = None;
                    self.refused(error)?;
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Adds the rows that came before a refusal, and asks for the others in smaller parts.
    fn refused(&mut self, mut error: Error) -> Result<()> {
        let rows = error.take_partial_rows();
        let came: UidSet = rows.iter().filter_map(|row| row.uid).collect();
        self.add(rows)?;
        self.isolation.failed(&self.asked.difference(&came));
        self.refusal.get_or_insert(error);
        Ok(())
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
        let refused = self.isolation.bad().union(self.isolation.untried()).difference(&self.came);
        let mut found = std::mem::take(&mut self.found).with(output);
        match self.refusal.take() {
            // It is not about single messages.
            Some(error) if self.came.is_empty() && !refused.is_empty() => return Err(error),
            Some(error) => found.refuse(refused, error.status().cloned()),
            None => {}
        }
        Ok(Advance::Done(found))
    }
}

/// Whether a refusal may be about some of the messages, so that the others can be had.
fn is_of_messages(error: &Error) -> bool {
    error.is_command_level() && (error.is_no() || error.is_bad()) && !error.is_temporary()
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
