//! Waits for unsolicited responses: IDLE, renewed on time, or polling where the server has none.

use std::time::{Duration, Instant};

use super::procedure::Running;
use super::{Advance, Procedure, Result, Selection, Timeouts, after};
use crate::command::{Idle, Noop};
use crate::engine::{Engine, Event};
use crate::types::Capability;

/// A server that ends an IDLE sooner than this does not support it in earnest.
const SHORTEST_IDLE: Duration = Duration::from_secs(1);

/// Waits for what the server reports about the mailbox that is open. It lasts over many waits: each
/// [`wait`](Self::wait) is a procedure.
#[derive(Debug)]
pub struct AwaitEvents {
    selection: Selection,
    /// Whether the server has IDLE.
    offered: bool,
    running: Option<Running<Idle>>,
    polling: Option<Running<Noop>>,
    /// Whether the IDLE that is in flight is being ended.
    ending: bool,
    /// When the present IDLE began, or the server was polled last.
    since: Option<Instant>,
}

/// One wait, from [`AwaitEvents::wait`]. Its output is the next event; `None` if there was none in time.
#[derive(Debug)]
pub struct NextEvent<'i> {
    idle: &'i mut AwaitEvents,
    timeouts: &'i Timeouts,
    until: Option<Instant>,
    /// Whether something was done already: a wait of no length looks once.
    waited: bool,
}

/// The end of the waiting, from [`AwaitEvents::done`].
#[derive(Debug)]
pub struct EndIdle<'i>(&'i mut AwaitEvents);

impl AwaitEvents {
    /// On this mailbox.
    #[must_use]
    pub fn new(engine: &Engine, selection: Selection) -> Self {
        let capabilities = engine.capabilities();
        let offered = capabilities.supports(Capability::Idle);
        Self { selection, offered, running: None, polling: None, ending: false, since: None }
    }

    /// Waits for the next event, at most until this time.
    pub fn wait<'i>(&'i mut self, timeouts: &'i Timeouts, until: Option<Instant>) -> NextEvent<'i> {
        NextEvent { idle: self, timeouts, until, waited: false }
    }

    /// Ends the IDLE that is in flight, so that other commands can be sent.
    pub fn done(&mut self) -> EndIdle<'_> {
        EndIdle(self)
    }

    /// Abandons what is in flight, without waiting for the server's answer.
    pub fn abandon(&mut self, engine: &mut Engine) {
        if let Some(running) = self.running.take() {
            engine.abandon(running.id());
        }
        if let Some(polling) = self.polling.take() {
            engine.abandon(polling.id());
        }
    }

    /// Ends the IDLE in flight; not ready while the server has not answered.
    fn end(&mut self, engine: &mut Engine) -> Result<bool> {
        let Some(running) = &self.running else { return Ok(true) };
        if !std::mem::replace(&mut self.ending, true) {
            engine.idle_done();
        }
        let Some(result) = running.take(engine) else { return Ok(false) };
        (self.running, self.ending) = (None, false);
        self.accept(result)?;
        Ok(true)
    }

    /// Where the server refuses IDLE, whatever it announces, it is polled. Returns whether it was accepted.
    fn accept<T>(&mut self, result: Result<T>) -> Result<bool> {
        match result {
            Ok(_) => Ok(true),
            Err(error) if error.is_command_level() => {
                self.offered = false;
                Ok(false)
            }
            Err(error) => Err(error),
        }
    }

    /// Starts an IDLE, unless one is in flight. Where the server has ended the last one, finds out whether it means it.
    fn listen(&mut self, engine: &mut Engine, now: Instant) -> Result<()> {
        if let Some(result) = self.running.as_ref().and_then(|running| running.take(engine)) {
            self.running = None;
            // A server that ends each IDLE at once would be sent one after the other.
            self.offered = self.accept(result)?
                && self.since.is_some_and(|since| now.saturating_duration_since(since) > SHORTEST_IDLE);
        }
        if self.offered && self.running.is_none() {
            self.running = Some(Running::start(engine, Idle)?);
            self.since = Some(now);
        }
        Ok(())
    }

    /// Whether the server has answered the polling that is in flight, if there is one.
    fn is_polled(&mut self, engine: &mut Engine) -> Result<bool> {
        let Some(polling) = &self.polling else { return Ok(true) };
        let Some(result) = polling.take(engine) else { return Ok(false) };
        self.polling = None;
        result.map(|_| true)
    }
}

impl Procedure for NextEvent<'_> {
    type Output = Option<Event>;

    fn advance(&mut self, engine: &mut Engine, now: Instant) -> Result<Advance<Self::Output>> {
        let idle = &mut *self.idle;
        loop {
            if let Some(event) = engine.next_event() {
                return Ok(Advance::Done(Some(event)));
            }
            idle.selection.check(engine)?;
            // What was begun before, also by a wait that was given up, is finished first.
            if !idle.is_polled(engine)? || (idle.ending && !idle.end(engine)?) {
                return Ok(Advance::IO);
            }
            if let Some(event) = engine.next_event() {
                return Ok(Advance::Done(Some(event)));
            }
            if self.waited && self.until.is_some_and(|until| until <= now) {
                return Ok(Advance::Done(None));
            }
            if idle.offered {
                idle.listen(engine, now)?;
            }
            let span = if idle.offered { self.timeouts.idle_renewal } else { self.timeouts.idle_polling };
            let renewal = after(*idle.since.get_or_insert(now), span);
            let until = self.until.map_or(renewal, |until| until.min(renewal));
            self.waited = true;
            match idle.offered {
                true if now < renewal => return Ok(Advance::NeedIo { until: Some(until) }),
                false if now < renewal => return Ok(Advance::SleepUntil(until)),
                true => {
                    idle.end(engine)?;
                }
                false => {
                    idle.since = Some(now);
                    idle.polling = Some(Running::start(engine, Noop)?);
                }
            }
        }
    }
}

impl Procedure for EndIdle<'_> {
    type Output = ();

    fn advance(&mut self, engine: &mut Engine, _now: Instant) -> Result<Advance<()>> {
        Ok(match self.0.end(engine)? {
            true => Advance::Done(()),
            false => Advance::IO,
        })
    }
}
