//! Drives the engine over a blocking stream.

use std::io::Read;
use std::time::{Duration, Instant};

use imaplib_proto::engine::{EngineError, Step, Transmit};

use super::front::Connection;
use crate::pace::Pace;
use crate::refusals::explain;
use crate::{Error, Result, TimeoutPhase};

/// What is watched while the server is waited for.
pub(crate) struct Waiting {
    pace: Pace,
}

impl Waiting {
    pub(super) fn new() -> Self {
        Self { pace: Pace::new() }
    }
}

impl Connection {
    /// What happens next, with the time-out of commands.
    #[inline]
    pub(crate) fn step(&mut self) -> Result<Step> {
        self.turn().map_err(|error| explain(&self.engine, error))
    }

    #[inline]
    fn turn(&mut self) -> Result<Step> {
        loop {
            self.flush()?;
            match self.engine.poll() {
                Ok(Step::Blocked) => self.receive(self.timeouts.silence, true)?,
                Ok(Step::InProgress) => {}
                Ok(step) => return Ok(step),
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// What happens next, or nothing if the deadline comes first.
    pub(crate) fn step_before(&mut self, deadline: Instant) -> Result<Option<Step>> {
        self.waiting.pace.restart();
        loop {
            self.flush()?;
            match self.engine.poll() {
                Ok(Step::Blocked) => {}
                Ok(step) => return Ok(Some(step)),
                Err(error) => return Err(explain(&self.engine, error.into())),
            }
            let left = deadline.saturating_duration_since(Instant::now());
            // Zero would mean no time-out at all.
            match self.receive(left.max(Duration::from_millis(1)), false) {
                Ok(()) if left.is_zero() => return Ok(None),
                Ok(()) => {}
                Err(error) if error.is_timeout() && Instant::now() >= deadline => return Ok(None),
                Err(error) => return Err(explain(&self.engine, error)),
            }
        }
    }

    /// Sends, and receives once. `paced` says that the server has to answer.
    fn receive(&mut self, wait: Duration, paced: bool) -> Result<()> {
        self.flush()?;
        if self.engine.awaits_literal() {
            return Err(self.engine.close_with(EngineError::TruncatedLiteral).into());
        }
        if paced {
            self.waiting.pace.check(self.engine.progress(), &self.timeouts)?;
        }
        let stream = self.stream.as_mut().ok_or(EngineError::Closed(None))?;
        stream
            .set_timeouts(wait, self.timeouts.silence)
            .map_err(|error| Error::system("cannot set a timeout", error))?;
        let began = Instant::now();
        match stream.read(self.engine.recv_buffer()) {
            Ok(0) => match self.engine.end_of_input() {
                Some(error) => Err(error.into()),
                None => Err(EngineError::Closed(None).into()),
            },
            Ok(count) => {
                self.engine.advance(count);
                if paced {
                    self.waiting.pace.received(count, began.elapsed(), &self.timeouts)?;
                }
                Ok(())
            }
            // A part of a TLS record may have come, or a signal.
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {
                if paced {
                    self.waiting.pace.received(0, began.elapsed(), &self.timeouts)?;
                }
                Ok(())
            }
            // TLS that ends without saying so may have been cut by somebody.
            Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
                let lost = self.engine.end_of_input().unwrap_or(EngineError::Closed(None));
                Err(lost.into())
            }
            Err(error) => Err(Error::io(TimeoutPhase::Silence, error)),
        }
    }

    /// Sends what can be sent.
    #[inline]
    pub(crate) fn flush(&mut self) -> Result<()> {
        match self.engine.transmit() {
            Transmit::Octets(_) => self.write().map_err(|error| explain(&self.engine, error)),
            _ => Ok(()),
        }
    }

    fn write(&mut self) -> Result<()> {
        let mut wrote = false;
        while let Transmit::Octets(octets) = self.engine.transmit() {
            let stream = self.stream.as_mut().ok_or(EngineError::Closed(None))?;
            let count = match stream.write(octets) {
                Ok(0) => Err(std::io::ErrorKind::WriteZero.into()),
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => Ok(0),
                result => result,
            };
            let count = count.map_err(|error| Error::io(TimeoutPhase::Sending, error))?;
            self.engine.sent(count);
            wrote = true;
        }
        if let Some(stream) = self.stream.as_mut().filter(|_| wrote) {
            stream.flush().map_err(|error| Error::io(TimeoutPhase::Sending, error))?;
        }
        Ok(())
    }

    /// Sends so many octets of the block.
    pub(crate) fn send_block(&mut self, count: usize) -> Result<()> {
        let stream = self.stream.as_mut().ok_or(EngineError::Closed(None))?;
        let octets = self.block.get(..count).unwrap_or_default();
        if let Err(error) = stream.write_all(octets) {
            self.engine.close_with(EngineError::TruncatedLiteral);
            return Err(explain(&self.engine, Error::io(TimeoutPhase::Sending, error)));
        }
        Ok(())
    }
}
