//! Long sets of messages are sent in parts, and the answers joined.

use std::collections::VecDeque;
use std::time::Instant;

use super::procedure::Running;
use super::{Advance, Error, Procedure, Result, Selection};
use crate::command::{Command, Limited, MessageSet, StoreOutcome};
use crate::engine::Engine;
use crate::types::{CopyUid, Fetch, Reported};

/// Command lines are kept to this many bytes, as RFC 7162, section 4, asks: sets of messages are split.
pub(super) const MAX_SET: usize = 7_500;

/// The parts in which a set of messages is sent; none for an empty set.
#[must_use]
pub(super) fn parts(messages: &MessageSet) -> Vec<MessageSet> {
    if messages.is_empty() { Vec::new() } else { messages.split(MAX_SET) }
}

/// The answers to the parts, as one.
pub(super) trait Joined<T>: Default {
    fn add(&mut self, part: T);

    /// The rows among them, for an error.
    fn take_rows(&mut self) -> Vec<Fetch> {
        Vec::new()
    }

    /// What was copied, for an error.
    fn take_copied(&mut self) -> Option<CopyUid> {
        None
    }
}

impl Joined<Self> for Vec<Fetch> {
    fn add(&mut self, part: Self) {
        match self.is_empty() {
            true => *self = part,
            false => self.extend(part),
        }
    }

    fn take_rows(&mut self) -> Vec<Fetch> {
        std::mem::take(self)
    }
}

impl Joined<Self> for StoreOutcome {
    fn add(&mut self, part: Self) {
        self.rows.add(part.rows);
        self.modified.append(part.modified);
    }

    fn take_rows(&mut self) -> Vec<Fetch> {
        self.rows.take_rows()
    }
}

impl Joined<Self> for Reported<CopyUid> {
    fn add(&mut self, part: Self) {
        match (&mut *self, part) {
            (Self::Value(all), Self::Value(part)) => all.join(part),
            // Of one part it is not known what was copied: so it is of all.
            (_, part @ Self::Unreadable(_)) => *self = part,
            (_, part) => *self = std::mem::take(self).or(part),
        }
    }

    fn take_copied(&mut self) -> Option<CopyUid> {
        std::mem::take(self).into_value()
    }
}

impl Joined<Self> for u32 {
    fn add(&mut self, part: Self) {
        *self = self.saturating_add(part);
    }
}

/// What a command does to messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Access {
    /// It changes nothing.
    Reads,
    /// It changes another mailbox.
    Copies,
    /// It changes the mailbox.
    Writes,
}

/// The same command for each part of a set, one after the other.
#[derive(Debug)]
pub(super) struct InParts<C: Command, J> {
    selection: Selection,
    access: Access,
    waiting: VecDeque<C>,
    running: Option<Running<C>>,
    joined: J,
    /// Whether a part is done.
    begun: bool,
}

impl<C: Limited, J: Joined<C::Output>> InParts<C, J> {
    pub(super) fn new(selection: Selection, access: Access, commands: impl IntoIterator<Item = C>) -> Self {
        let waiting = commands.into_iter().collect();
        Self { selection, access, waiting, running: None, joined: J::default(), begun: false }
    }

    fn start(&self, engine: &mut Engine, command: C) -> Result<Running<C>> {
        match self.access {
            Access::Writes => self.selection.check_writable(engine)?,
            Access::Reads | Access::Copies => self.selection.check(engine)?,
        }
        Running::start(engine, command)
    }

    fn fail(&mut self, error: Error) -> Error {
        self.waiting.clear();
        self.running = None;
        let error = error.after_a_part(self.begun && self.access != Access::Reads);
        error.after_rows(self.joined.take_rows()).after_copies(self.joined.take_copied())
    }
}

impl<C: Limited, J: Joined<C::Output>> Procedure for InParts<C, J> {
    type Output = J;

    fn advance(&mut self, engine: &mut Engine, _now: Instant) -> Result<Advance<J>> {
        loop {
            if self.running.is_none() {
                let Some(command) = self.waiting.pop_front() else {
                    return Ok(Advance::Done(std::mem::take(&mut self.joined)));
                };
                let running = self.start(engine, command).map_err(|error| self.fail(error))?;
                self.running = Some(running);
            }
            let Some(running) = &self.running else { return Ok(Advance::IO) };
            // Where the server may stop before the end, it is sent again for the rest.
            let again = running.afresh(engine);
            let Some(result) = running.take(engine) else { return Ok(Advance::IO) };
            let reply = result.map_err(|error| self.fail(error))?;
            self.running = None;
            self.joined.add(reply.value);
            self.begun = true;
            if let Some(again) = again {
                let rest = again.remaining(reply.code.as_ref()).map_err(|incomplete| self.fail(incomplete.into()))?;
                rest.into_iter().for_each(|rest| self.waiting.push_front(rest));
            }
        }
    }

    fn interrupted(&mut self, engine: &mut Engine, error: Error) -> Error {
        let error = match &self.running {
            Some(running) => running.interrupted(engine, error),
            None => error,
        };
        self.fail(error)
    }
}
