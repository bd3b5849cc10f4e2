//! SEARCH, once more without a charset where the server refuses the one.

use std::time::Instant;

use super::procedure::Running;
use super::{Advance, Error, Procedure, Result, Selection};
use crate::command::{Command, Search, SearchReturn, SeqSearch, UidSearch, UidSearchReturn};
use crate::engine::Engine;
use crate::types::{Capabilities, Capability, ResponseCode};

/// A search. Where the server does not know UTF-8 by name, it is sent once more without the name.
#[derive(Debug)]
pub struct SearchMessages<C: Command> {
    selection: Selection,
    /// What is sent next: the command, then the same without a charset.
    next: Option<C>,
    without_charset: Option<C>,
    running: Option<Running<C>>,
    refused: Option<Error>,
}

fn has_esearch(capabilities: &Capabilities) -> bool {
    capabilities.supports(Capability::ESearch)
}

impl SearchMessages<UidSearch> {
    /// The unique identifiers of the messages that meet the conditions.
    #[must_use]
    pub fn uids(selection: Selection, conditions: Search, capabilities: &Capabilities) -> Self {
        let command = UidSearch::new(conditions);
        let command = if has_esearch(capabilities) { command.extended() } else { command };
        Self::new(selection, command.clone(), command.without_charset())
    }
}

impl SearchMessages<SeqSearch> {
    /// The sequence numbers of the messages that meet the conditions.
    #[must_use]
    pub fn sequence_numbers(selection: Selection, conditions: Search, capabilities: &Capabilities) -> Self {
        let command = SeqSearch::new(conditions);
        let command = if has_esearch(capabilities) { command.extended() } else { command };
        Self::new(selection, command.clone(), command.without_charset())
    }
}

impl SearchMessages<UidSearchReturn> {
    /// What is wanted of the result of a search.
    ///
    /// # Errors
    /// If the server has no ESEARCH, or no SEARCHRES where the result is to be kept.
    pub fn returning(
        selection: Selection,
        conditions: Search,
        wanted: &[SearchReturn],
        capabilities: &Capabilities,
    ) -> Result<Self> {
        if !has_esearch(capabilities) {
            return Err(Error::unsupported(Capability::ESearch.name()));
        }
        let keeps = capabilities.supports(Capability::SearchRes);
        if wanted.contains(&SearchReturn::Save) && !keeps {
            return Err(Error::unsupported(Capability::SearchRes.name()));
        }
        let command = UidSearchReturn::new(conditions, wanted);
        Ok(Self::new(selection, command.clone(), command.without_charset()))
    }
}

impl<C: Command> SearchMessages<C> {
    fn new(selection: Selection, command: C, without_charset: C) -> Self {
        let (next, without_charset) = (Some(command), Some(without_charset));
        Self { selection, next, without_charset, running: None, refused: None }
    }
}

impl<C: Command> Procedure for SearchMessages<C> {
    type Output = C::Output;

    fn advance(&mut self, engine: &mut Engine, _now: Instant) -> Result<Advance<C::Output>> {
        loop {
            if let Some(command) = self.next.take() {
                self.selection.check(engine)?;
                self.running = Some(Running::start(engine, command)?);
            }
            let result = self.running.as_ref().and_then(|running| running.take(engine));
            let Some(result) = result else { return Ok(Advance::IO) };
            self.running = None;
            match (result, self.refused.take()) {
                (Ok(reply), _) => return Ok(Advance::Done(reply.value)),
                (Err(error), None) if matches!(error.code(), Some(ResponseCode::BadCharset(_))) => {
                    self.next = self.without_charset.take();
                    self.refused = Some(error);
                }
                // The first refusal has the charsets that the server knows.
                (Err(error), Some(refused)) if error.is_no() || error.is_bad() => return Err(refused),
                (Err(error), _) => return Err(error),
            }
        }
    }
}
