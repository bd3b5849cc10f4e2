//! Drives the engine over a blocking stream.

use std::io::{self, ErrorKind, Read};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use imaplib_proto::client::Wait;
use imaplib_proto::engine::{EngineError, Step, Transmit};

use super::Body;
use super::front::Connection;
use crate::{Error, Result, TimeoutPhase};

/// How long what a server sent before it ended the connection is waited for: it has been received already.
const REST: Duration = Duration::from_millis(100);

/// How often it is looked whether the caller wants no more.
const LOOK: Duration = Duration::from_secs(1);

impl Connection {
    /// What happens next, with the timeout of commands.
    #[inline]
    pub(crate) fn step(&mut self) -> Result<Step> {
        self.turn().map_err(|error| self.explain(error))
    }

    #[inline]
    fn turn(&mut self) -> Result<Step> {
        loop {
            self.flush()?;
            match self.engine.poll() {
                Ok(Step::Blocked) => {
                    self.flush()?;
                    // It may have been held back until now, behind a command that was given up and has ended.
                    if self.is_source_needed()? {
                        return Ok(Step::Blocked);
                    }
                    self.waiting.watchdog.start(Wait::Answer, Instant::now());
                    self.receive()?;
                }
                Ok(Step::InProgress) => {}
                Ok(step) => return Ok(step),
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// What happens next, or nothing if the deadline comes first.
    pub(crate) fn step_before(&mut self, deadline: Instant) -> Result<Option<Step>> {
        self.waiting.watchdog.start(Wait::Until(deadline), Instant::now());
        loop {
            self.flush()?;
            match self.engine.poll() {
                Ok(Step::Blocked) => {}
                Ok(step) => return Ok(Some(step)),
                Err(error) => return Err(self.explain(error.into())),
            }
            self.flush()?;
            if self.is_source_needed().map_err(|error| self.explain(error))? {
                return Ok(Some(Step::Blocked));
            }
            if self.receive().map_err(|error| self.explain(error))? {
                return Ok(None);
            }
        }
    }

    /// Receives once. Returns whether the deadline of the wait has passed.
    fn receive(&mut self) -> Result<bool> {
        let (watchdog, now) = (&mut self.waiting.watchdog, Instant::now());
        watchdog.waiting(self.engine.progress(), now).map_err(Error::timeout)?;
        let deadline = watchdog.next_deadline();
        let read = self.read_before(deadline, now)?;
        let watchdog = &mut self.waiting.watchdog;
        let count = match read {
            Ok(0) => {
                let lost = self.engine.end_of_input().unwrap_or(EngineError::Closed(None));
                return Err(lost.into());
            }
            Ok(count) => {
                self.engine.advance(count);
                count
            }
            // A part of a TLS record may have come, or a signal.
            Err(error) if error.kind() == ErrorKind::Interrupted => 0,
            // The stream's clock is not ours, and it is the stream that waits.
            Err(error) if is_silence(&error) => {
                return watchdog.check(Instant::now().max(deadline)).map_err(Error::timeout);
            }
            // TLS that ends without saying so may have been cut by somebody.
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => {
                let lost = self.engine.end_of_input().unwrap_or(EngineError::Closed(None));
                return Err(lost.into());
            }
            Err(error) => return Err(Error::io(TimeoutPhase::Silence, error)),
        };
        watchdog.received(count, Instant::now()).map_err(Error::timeout)?;
        Ok(deadline <= now)
    }

    /// Reads once, in a wait that the caller's flag ends.
    fn read_before(&mut self, deadline: Instant, mut now: Instant) -> Result<io::Result<usize>> {
        let stream = self.stream.as_mut().ok_or(EngineError::Closed(None))?.get_mut();
        loop {
            // Zero would mean no timeout at all.
            let left = deadline.saturating_duration_since(now).max(Duration::from_millis(1));
            let wait = if self.waiting.interrupt.is_some() { left.min(LOOK) } else { left };
            let limited = stream.set_timeouts(wait, self.timeouts.silence);
            limited.map_err(|error| Error::system("cannot set a timeout", error))?;
            let read = stream.read(self.engine.recv_buffer());
            let is_silent = matches!(&read, Err(error) if is_silence(error));
            let Some(flag) = self.waiting.interrupt.as_ref().filter(|_| is_silent) else { return Ok(read) };
            if flag.load(Ordering::Relaxed) {
                return Err(Error::system("the wait for the server was ended", ErrorKind::Interrupted.into()));
            }
            if wait == left {
                return Ok(read);
            }
            now = Instant::now();
        }
    }

    /// Sends what can be sent.
    #[inline]
    pub(crate) fn flush(&mut self) -> Result<()> {
        match self.engine.transmit() {
            Transmit::Bytes(_) => self.write().map_err(|error| self.explain(error)),
            _ => Ok(()),
        }
    }

    fn write(&mut self) -> Result<()> {
        let mut wrote = false;
        while let Transmit::Bytes(bytes) = self.engine.transmit() {
            let stream = self.stream.as_mut().ok_or(EngineError::Closed(None))?.get_mut();
            let count = match stream.write(bytes) {
                Ok(0) => Err(ErrorKind::WriteZero.into()),
                Err(error) if error.kind() == ErrorKind::Interrupted => Ok(0),
                result => result,
            };
            let count = match count {
                Ok(count) => count,
                Err(error) => {
                    self.receive_rest(&error);
                    return Err(Error::io(TimeoutPhase::Sending, error));
                }
            };
            self.engine.sent(count);
            wrote = true;
        }
        if let Some(stream) = self.stream.as_mut().filter(|_| wrote) {
            stream.get_mut().flush().map_err(|error| Error::io(TimeoutPhase::Sending, error))?;
        }
        Ok(())
    }

    /// Receives what the server sent before it ended the connection, as the writing has shown: what was answered counts as answered.
    fn receive_rest(&mut self, error: &io::Error) {
        use ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset};
        if !matches!(error.kind(), BrokenPipe | ConnectionAborted | ConnectionReset) {
            return;
        }
        let end = Instant::now() + LOOK;
        while Instant::now() < end {
            match self.engine.poll() {
                Ok(Step::Blocked) => {}
                Ok(_) => continue,
                Err(_) => return,
            }
            let Some(stream) = self.stream.as_mut().map(|stream| stream.get_mut()) else { return };
            if stream.set_timeouts(REST, REST).is_err() {
                return;
            }
            match stream.read(self.engine.recv_buffer()) {
                Ok(0) | Err(_) => return,
                Ok(count) => self.engine.advance(count),
            }
        }
    }

    /// Sends this many bytes of the block.
    pub(crate) fn send_block(&mut self, count: usize) -> Result<()> {
        let stream = self.stream.as_mut().ok_or(EngineError::Closed(None))?.get_mut();
        let bytes = self.block.get(..count).unwrap_or_default();
        if let Err(error) = stream.write_all(bytes) {
            self.receive_rest(&error);
            self.engine.close_with(EngineError::TruncatedLiteral);
            return Err(self.explain(Error::io(TimeoutPhase::Sending, error)));
        }
        Ok(())
    }
}

/// Whether nothing came in the time that a stream was given.
fn is_silence(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut)
}

impl Read for Body<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Some(chunk) = self.chunk().map_err(io::Error::from)? else { return Ok(0) };
        let count = chunk.len().min(buffer.len());
        if let (Some(target), Some(bytes)) = (buffer.get_mut(..count), chunk.get(..count)) {
            target.copy_from_slice(bytes);
        }
        self.here = Some(chunk.slice(count..));
        Ok(count)
    }
}
