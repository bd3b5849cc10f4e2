//! What needs several commands, as a value that is advanced.

use std::any::Any;
use std::time::Instant;

use super::{BadArgument, Error, Result};
use crate::command::{Command, Copy, Limited, Move, Reply};
use crate::engine::{Engine, Ticket};
use crate::types::CopyUid;

/// Several commands with decisions between them, without I/O.
///
/// Whoever owns the stream calls [`advance`](Self::advance), does what it asks for, and calls it again:
///
/// ```text
///             ┌────────────────────────────────────────────────────────┐
///             ▼                                                        │
///   advance(engine, now) ──▶ NeedIo { until } ──▶ send and receive ────┤
///             │        ├───▶ SleepUntil(time) ──▶ sleep ───────────────┤
///             │        └───▶ NeedSource {…} ────▶ send from the source ┘
///             ├──▶ Done(output)
///             └──▶ an error: it is over
/// ```
///
/// "Send and receive" is one turn of the rule in the [documentation of the engine](crate::engine), until something happens.
/// If that fails, the error goes through [`interrupted`](Self::interrupted).
pub trait Procedure {
    /// What comes of it.
    type Output;

    /// Continues as far as possible without I/O. `now` is the present.
    ///
    /// # Errors
    /// If a command is refused and there is no other way, or the connection is over.
    fn advance(&mut self, engine: &mut Engine, now: Instant) -> Result<Advance<Self::Output>>;

    /// Adds what this procedure knows to the error that ended it from outside: the rows that were received, and whether a
    /// part of the work is done.
    fn interrupted(&mut self, _engine: &mut Engine, error: Error) -> Error {
        error
    }
}

/// What a procedure asks for.
#[derive(Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Advance<T> {
    /// It is over.
    Done(T),
    /// Send and receive until something happens, at most until this time.
    NeedIo {
        /// When to advance again though nothing happened.
        until: Option<Instant>,
    },
    /// Send bytes of the message of this command: the engine asks for them with
    /// [`Transmit::Stream`](crate::engine::Transmit::Stream).
    NeedSource {
        /// The number of the command.
        command: u64,
        /// How many bytes of the message are left.
        left: u64,
    },
    /// Send all that the engine has, and receive nothing that has not arrived by itself.
    NeedSend,
    /// Add a message, or say that there is none left: only of [`AppendMessages`](super::AppendMessages).
    NeedMessage,
    /// Advance again at this time.
    SleepUntil(Instant),
}

impl<T> Advance<T> {
    /// Until something happens.
    pub(super) const IO: Self = Self::NeedIo { until: None };

    /// What another procedure asks for, where it is not done: its output otherwise.
    pub(super) fn split<U>(self) -> std::result::Result<T, Advance<U>> {
        Err(match self {
            Self::Done(output) => return Ok(output),
            Self::NeedIo { until } => Advance::NeedIo { until },
            Self::NeedSource { command, left } => Advance::NeedSource { command, left },
            Self::NeedSend => Advance::NeedSend,
            Self::NeedMessage => Advance::NeedMessage,
            Self::SleepUntil(time) => Advance::SleepUntil(time),
        })
    }
}

/// A command of a procedure that is in flight.
#[derive(Debug)]
pub(super) struct Running<C>(Ticket<C>);

impl<C: Command> Running<C> {
    pub(super) fn start(engine: &mut Engine, command: C) -> Result<Self> {
        Ok(Self(engine.start(command)?))
    }

    pub(super) fn id(&self) -> u64 {
        self.0.id()
    }

    /// The command, as long as its result was not taken.
    pub(super) fn command<'e>(&self, engine: &'e mut Engine) -> Option<&'e mut C> {
        engine.command_of(&self.0)
    }

    /// The result, once it is there. The rows that were received before a refusal are with the error.
    pub(super) fn take(&self, engine: &mut Engine) -> Option<Result<Reply<C::Output>>> {
        if engine.is_pending(self.id()) {
            return None;
        }
        let rows = engine.take_partial_rows(&self.0);
        let reason = engine.take_login_reason(&self.0);
        let copied = self.copied(engine);
        Some(match engine.take(&self.0) {
            Some(result) => result
                .map_err(|error| Error::from(error).with_rows(rows).with_login_reason(reason).after_copies(copied)),
            None => Err(BadArgument::GivenUp.into()),
        })
    }

    /// The command once more, with nothing of an answer, if the server may carry it out in part and it is over.
    pub(super) fn afresh(&self, engine: &mut Engine) -> Option<C>
    where
        C: Limited,
    {
        if engine.is_pending(self.id()) || engine.capabilities().message_limit().is_none() {
            return None;
        }
        let command = engine.command_of(&self.0)?;
        Some(command.afresh())
    }

    /// Adds the rows that were received before the connection failed.
    pub(super) fn interrupted(&self, engine: &mut Engine, error: Error) -> Error {
        let copied = self.copied(engine);
        error.with_rows(engine.take_partial_rows(&self.0)).after_copies(copied)
    }

    /// What COPY or MOVE has reported before it ended.
    fn copied(&self, engine: &mut Engine) -> Option<CopyUid> {
        let command: &dyn Any = engine.command_of(&self.0)?;
        if let Some(copy) = command.downcast_ref::<Copy>() {
            return copy.reported().cloned();
        }
        command.downcast_ref::<Move>().and_then(|moved| moved.reported().cloned())
    }
}

/// One command as a procedure.
#[derive(Debug)]
pub struct Single<C: Command> {
    command: Option<C>,
    running: Option<Running<C>>,
}

impl<C: Command> Single<C> {
    /// Runs this command.
    #[must_use]
    pub fn new(command: C) -> Self {
        Self { command: Some(command), running: None }
    }
}

impl<C: Command> Procedure for Single<C> {
    type Output = Reply<C::Output>;

    fn advance(&mut self, engine: &mut Engine, _now: Instant) -> Result<Advance<Self::Output>> {
        if let Some(command) = self.command.take() {
            self.running = Some(Running::start(engine, command)?);
        }
        let Some(running) = &self.running else { return Err(BadArgument::GivenUp.into()) };
        match running.take(engine) {
            None => Ok(Advance::IO),
            Some(result) => {
                self.running = None;
                result.map(Advance::Done)
            }
        }
    }

    fn interrupted(&mut self, engine: &mut Engine, error: Error) -> Error {
        match &self.running {
            Some(running) => running.interrupted(engine, error),
            None => error,
        }
    }
}
