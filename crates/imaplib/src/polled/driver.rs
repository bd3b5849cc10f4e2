//! Drives the engine over an async stream.

use std::future::poll_fn;
use std::io;
use std::task::{Context, Poll, ready};
use std::time::Instant;

use bytes::Bytes;
use imaplib_proto::client::Wait;
use imaplib_proto::engine::{Engine, EngineError, Step, Transmit};

use super::super::front::{Body, Connection};
use super::super::{now, poll_flush, poll_read, poll_write, yield_now};
use crate::{Error, Result, TimeoutPhase};

/// How much is received while something is sent, in bytes.
const MOST_MEANWHILE: usize = 4 << 20;

impl Connection {
    /// What happens next, with the timeout of commands.
    pub(crate) async fn step(&mut self) -> Result<Step> {
        loop {
            match self.step_or_work().await? {
                // A password is hashed for long: others go first.
                Step::InProgress => yield_now().await,
                step => return Ok(step),
            }
        }
    }

    async fn step_or_work(&mut self) -> Result<Step> {
        self.waiting.begun = false;
        // Most of what comes is there already.
        if !self.waiting.unflushed && !matches!(self.engine.transmit(), Transmit::Bytes(_)) {
            match self.engine.poll() {
                Ok(Step::Blocked) => {}
                Ok(step) => return Ok(step),
                Err(error) => return Err(self.explain(error.into())),
            }
        }
        poll_fn(|cx| self.poll_step(cx)).await
    }

    /// What happens next, or nothing if the deadline comes first.
    pub(crate) async fn step_before(&mut self, deadline: Instant) -> Result<Option<Step>> {
        self.waiting.watchdog.start(Wait::Until(deadline), now());
        self.waiting.begun = true;
        let result = poll_fn(|cx| match self.poll_turns(cx) {
            Poll::Ready(result) => Poll::Ready(result.map(Some)),
            Poll::Pending => self.waiting.poll_deadline(cx).map_ok(|()| None),
        });
        let result = result.await;
        self.waiting.begun = false;
        result.map_err(|error| self.explain(error))
    }

    /// What happens next, with the timeout of commands.
    pub(crate) fn poll_step(&mut self, cx: &mut Context<'_>) -> Poll<Result<Step>> {
        self.waiting.begin();
        let result = match self.poll_turns(cx) {
            Poll::Pending => {
                let over = ready!(self.waiting.poll_deadline(cx));
                Poll::Ready(over.and(Err(Error::timeout(TimeoutPhase::Silence))))
            }
            ready => {
                self.waiting.begun = false;
                ready
            }
        };
        result.map_err(|error| self.explain(error))
    }

    /// Sends, asks the engine, receives, until something happens. Sending never waits for receiving, nor the other way.
    fn poll_turns(&mut self, cx: &mut Context<'_>) -> Poll<Result<Step>> {
        loop {
            // A stream that cannot take more yet wakes the task when it can.
            if let Poll::Ready(Err(error)) = self.poll_flush(cx) {
                return Poll::Ready(Err(error));
            }
            match self.engine.poll() {
                Ok(Step::Blocked) => {}
                Ok(step) => return Poll::Ready(Ok(step)),
                Err(error) => return Poll::Ready(Err(error.into())),
            }
            if let Poll::Ready(Err(error)) = self.poll_flush(cx) {
                return Poll::Ready(Err(error));
            }
            // It may have been held back until now, behind a command that was given up and has ended.
            if self.is_source_needed()? {
                return Poll::Ready(Ok(Step::Blocked));
            }
            self.waiting.watchdog.waiting(self.engine.progress(), now()).map_err(Error::timeout)?;
            let count = ready!(self.poll_receive(cx))?;
            self.waiting.watchdog.received(count, now()).map_err(Error::timeout)?;
        }
    }

    /// Receives, and returns how many bytes.
    fn poll_receive(&mut self, cx: &mut Context<'_>) -> Poll<Result<usize>> {
        let Some(stream) = &mut self.stream else { return Poll::Ready(Err(EngineError::Closed(None).into())) };
        let lost = |engine: &mut Engine| engine.end_of_input().unwrap_or(EngineError::Closed(None));
        Poll::Ready(match poll_read(&mut **stream.get_mut(), cx, self.engine.recv_buffer()) {
            Poll::Pending => return Poll::Pending,
            Poll::Ready(Ok(0)) => Err(lost(&mut self.engine).into()),
            Poll::Ready(Ok(count)) => {
                self.engine.advance(count);
                Ok(count)
            }
            // TLS that ends without saying so may have been cut by somebody.
            Poll::Ready(Err(error)) if error.kind() == io::ErrorKind::UnexpectedEof => {
                Err(lost(&mut self.engine).into())
            }
            Poll::Ready(Err(error)) => Err(Error::io(TimeoutPhase::Silence, error)),
        })
    }

    /// Receives while the stream accepts nothing more: the server may be waiting for that. Never ready but for an error.
    fn poll_receive_meanwhile(&mut self, cx: &mut Context<'_>) -> Poll<Result<()>> {
        self.waiting.begin();
        // What comes is looked at only later, and makes up for nothing that does not go.
        while self.engine.buffered() < MOST_MEANWHILE {
            match self.poll_receive(cx) {
                Poll::Ready(Ok(_)) => {}
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                Poll::Pending => break,
            }
        }
        self.waiting.poll_deadline(cx)
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<()>> {
        let Some(stream) = &mut self.stream else { return Poll::Ready(Err(EngineError::Closed(None).into())) };
        let failed = |error| Poll::Ready(Err(Error::io(TimeoutPhase::Sending, error)));
        while let Transmit::Bytes(bytes) = self.engine.transmit() {
            match poll_write(&mut **stream.get_mut(), cx, bytes) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Ok(0)) => return failed(io::ErrorKind::WriteZero.into()),
                Poll::Ready(Ok(count)) => self.engine.sent(count),
                Poll::Ready(Err(error)) => return failed(error),
            }
            self.waiting.unflushed = true;
            self.waiting.watchdog.sent(now());
        }
        if self.waiting.unflushed {
            match poll_flush(&mut **stream.get_mut(), cx) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Ok(())) => self.waiting.unflushed = false,
                Poll::Ready(Err(error)) => return failed(error),
            }
        }
        Poll::Ready(Ok(()))
    }

    /// Sends all that can be sent.
    pub(crate) async fn flush(&mut self) -> Result<()> {
        self.waiting.begun = false;
        let result = poll_fn(|cx| match self.poll_flush(cx) {
            Poll::Pending => self.poll_receive_meanwhile(cx),
            ready => ready,
        });
        result.await.map_err(|error| self.explain(error))
    }

    /// Sends this many bytes of the block.
    pub(crate) async fn send_block(&mut self, count: usize) -> Result<()> {
        self.waiting.begun = false;
        let mut gone = 0;
        // What was written is told at once, so that a dropped future leaves the truth behind.
        let result = poll_fn(|cx| {
            while gone < count {
                let Some(stream) = &mut self.stream else { return Poll::Ready(Err(EngineError::Closed(None).into())) };
                let bytes = self.block.get(gone..count).unwrap_or_default();
                match poll_write(&mut **stream.get_mut(), cx, bytes) {
                    Poll::Pending => return self.poll_receive_meanwhile(cx),
                    Poll::Ready(Ok(0)) => {
                        let error = io::ErrorKind::WriteZero.into();
                        self.engine.close_with(EngineError::TruncatedLiteral);
                        return Poll::Ready(Err(Error::io(TimeoutPhase::Sending, error)));
                    }
                    Poll::Ready(Ok(written)) => gone += written,
                    Poll::Ready(Err(error)) => {
                        self.engine.close_with(EngineError::TruncatedLiteral);
                        return Poll::Ready(Err(Error::io(TimeoutPhase::Sending, error)));
                    }
                }
                self.waiting.unflushed = true;
                self.waiting.watchdog.sent(now());
            }
            Poll::Ready(Ok(()))
        });
        result.await.map_err(|error| self.explain(error))
    }
}

impl Body<'_> {
    /// The next bytes of the text, at most so many; none at its end.
    pub(crate) fn poll_bytes(&mut self, cx: &mut Context<'_>, most: usize) -> Poll<io::Result<Bytes>> {
        self.is_whole().map_err(io::Error::from)?;
        loop {
            if let Some(here) = self.here.as_mut().filter(|here| !here.is_empty()) {
                return Poll::Ready(Ok(here.split_to(here.len().min(most))));
            }
            if self.coming == 0 {
                return Poll::Ready(Ok(Bytes::new()));
            }
            let step = ready!(self.connection.poll_step(cx)).map_err(io::Error::from)?;
            self.receive(step).map_err(io::Error::from)?;
        }
    }
}
