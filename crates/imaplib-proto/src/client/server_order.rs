//! SORT and THREAD where the server has them. An answer without messages is held against a search: some servers answer
//! with nothing, or to another command, and some leave the response out where there are none.

use std::time::Instant;

use super::procedure::Running;
use super::search::SearchMessages;
use super::{Advance, Procedure, Result, Selection};
use crate::command::{Command, Incomplete, Matches, Search, SortBy, ThreadAlgorithm, UidSearch, UidSort, UidThread};
use crate::engine::Engine;
use crate::types::{Threads, Uid};

/// UID SORT or UID THREAD.
///
/// If the answer has no messages, or there is none, the same conditions are searched for: where that finds some, the answer
/// was wrong.
pub struct ServerOrder<C: Command> {
    selection: Selection,
    conditions: Search,
    next: Option<C>,
    running: Option<Running<C>>,
    /// The answer without messages, and the search that it is held against.
    checking: Option<(C::Output, SearchMessages<UidSearch>)>,
}

impl<C: Command> std::fmt::Debug for ServerOrder<C> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ServerOrder").field("selection", &self.selection).finish_non_exhaustive()
    }
}

impl ServerOrder<UidSort> {
    /// The messages that meet the conditions, sorted by the first of the keys, equal ones by the next.
    #[must_use]
    pub fn sort(selection: Selection, order: Vec<SortBy>, conditions: Search) -> Self {
        let command = UidSort::new(order, conditions.clone()).or_nothing();
        Self::new(selection, conditions, command)
    }
}

impl ServerOrder<UidThread> {
    /// The threads of the messages that meet the conditions.
    #[must_use]
    pub fn thread(selection: Selection, algorithm: ThreadAlgorithm, conditions: Search) -> Self {
        let command = UidThread::new(algorithm, conditions.clone()).or_nothing();
        Self::new(selection, conditions, command)
    }
}

/// A command whose answer may have no messages.
trait Ordering: Command {
    /// Whether there are none in the answer, as far as it can be read.
    fn is_empty(found: &Self::Output) -> bool;

    /// Why that is wrong where a search finds some.
    const CONTRADICTED: Incomplete;
}

impl Ordering for UidSort {
    fn is_empty(found: &Matches<Vec<Uid>>) -> bool {
        found.messages.is_empty() && found.is_complete()
    }

    const CONTRADICTED: Incomplete =
        Incomplete("the server said OK to SORT but did not name the messages that it finds with SEARCH");
}

impl Ordering for UidThread {
    fn is_empty(found: &Threads) -> bool {
        found.is_empty()
    }

    const CONTRADICTED: Incomplete =
        Incomplete("the server said OK to THREAD but did not name the messages that it finds with SEARCH");
}

impl<C: Command> ServerOrder<C> {
    fn new(selection: Selection, conditions: Search, command: C) -> Self {
        Self { selection, conditions, next: Some(command), running: None, checking: None }
    }
}

impl<C: Ordering> Procedure for ServerOrder<C> {
    type Output = C::Output;

    fn advance(&mut self, engine: &mut Engine, now: Instant) -> Result<Advance<C::Output>> {
        if let Some(command) = self.next.take() {
            self.selection.check(engine)?;
            self.running = Some(Running::start(engine, command)?);
        }
        if let Some(running) = &self.running {
            let Some(result) = running.take(engine) else { return Ok(Advance::IO) };
            self.running = None;
            let found = result?.value;
            if !C::is_empty(&found) {
                return Ok(Advance::Done(found));
            }
            let search = SearchMessages::uids(self.selection, self.conditions.clone(), engine.capabilities());
            self.checking = Some((found, search));
        }
        let Some((found, mut search)) = self.checking.take() else {
            return Err(super::BadArgument::GivenUp.into());
        };
        match search.advance(engine, now)?.split() {
            Err(need) => {
                self.checking = Some((found, search));
                Ok(need)
            }
            Ok(messages) if messages.messages.is_empty() && messages.is_complete() => Ok(Advance::Done(found)),
            Ok(_) => Err(C::CONTRADICTED.into()),
        }
    }
}
