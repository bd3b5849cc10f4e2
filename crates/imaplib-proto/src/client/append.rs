//! APPEND of many messages, without waiting for each answer.

use std::collections::VecDeque;
use std::time::Instant;

use super::procedure::Running;
use super::{Advance, Error, Procedure, Result};
use crate::command::Append;
use crate::engine::{Engine, Transmit};
use crate::types::{AppendUid, Capability, Reported};

/// So many are begun at a time; the engine's window holds back large ones.
const AT_ONCE: usize = 256;

/// Appends messages, in order. Its output has a result for each: where it is if the server reports it, or why it was
/// refused.
///
/// The caller [adds](Self::push) a message whenever [one is needed](Advance::NeedMessage), keeps its source by its number, and
/// [ends](Self::end) the list.
#[derive(Debug, Default)]
pub struct AppendMessages {
    begun: VecDeque<Result<Running<Append>>>,
    results: Vec<Result<Reported<AppendUid>>>,
    ended: bool,
    /// At least one was answered.
    is_answered: bool,
}

impl AppendMessages {
    /// No message yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn has_room(&self) -> bool {
        !self.ended && self.begun.len() < AT_ONCE
    }

    /// Begins a message, and returns the number by which [`Advance::NeedSource`] names it. One that cannot be sent has no
    /// number, and an error of its own among the results.
    pub fn push(&mut self, engine: &mut Engine, command: Append) -> Option<u64> {
        let able = match command.is_binary() && !engine.capabilities().has(Capability::Binary) {
            true => Err(Error::unsupported(Capability::Binary.name())),
            false => Ok(()),
        };
        let running = able.and_then(|()| Running::start(engine, command));
        let id = running.as_ref().ok().map(Running::id);
        self.begun.push_back(running);
        id
    }

    /// The results that are known and were not taken yet, in the order of the messages. The output contains the others.
    pub fn take_results(&mut self) -> Vec<Result<Reported<AppendUid>>> {
        std::mem::take(&mut self.results)
    }

    /// Collects what was answered before the connection ended, for [`take_results`](Self::take_results).
    pub fn collect_answered(&mut self, engine: &mut Engine) {
        while let Some(begun) = self.begun.front() {
            let result = match begun {
                Err(error) => Err(error.clone()),
                Ok(running) => match running.take(engine) {
                    None => return,
                    Some(result) => result.map(|reply| reply.value),
                },
            };
            if result.as_ref().is_err_and(|error| !error.is_command_level()) {
                return;
            }
            self.add(result);
        }
    }

    fn add(&mut self, result: Result<Reported<AppendUid>>) {
        self.begun.pop_front();
        self.results.push(result);
        self.is_answered = true;
    }

    /// No more messages follow.
    pub fn end(&mut self) {
        self.ended = true;
    }

    /// Adds to the error of a source what it means: this message is cut, which no server keeps; those before it may be there.
    #[must_use]
    pub fn source_failed(&self, engine: &Engine, command: u64, error: Error) -> Error {
        let others = engine.unanswered().any(|id| id != command);
        error.unanswered(others || self.is_answered)
    }
}

impl Procedure for AppendMessages {
    type Output = Vec<Result<Reported<AppendUid>>>;

    fn advance(&mut self, engine: &mut Engine, _now: Instant) -> Result<Advance<Self::Output>> {
        loop {
            if self.has_room() {
                return Ok(Advance::NeedMessage);
            }
            match engine.transmit() {
                Transmit::Bytes(_) => return Ok(Advance::NeedSend),
                Transmit::Stream { command, left } => return Ok(Advance::NeedSource { command, left }),
                _ => {}
            }
            let result = match self.begun.front() {
                None => return Ok(Advance::Done(std::mem::take(&mut self.results))),
                Some(Err(error)) => Err(error.clone()),
                Some(Ok(running)) => match running.take(engine) {
                    None => return Ok(Advance::IO),
                    Some(result) => result.map(|reply| reply.value),
                },
            };
            match result {
                Err(error) if !error.is_command_level() => {
                    self.begun.pop_front();
                    return Err(error.after_a_part(self.is_answered));
                }
                result => self.add(result),
            }
        }
    }

    fn interrupted(&mut self, _engine: &mut Engine, error: Error) -> Error {
        error.after_a_part(self.is_answered)
    }
}
