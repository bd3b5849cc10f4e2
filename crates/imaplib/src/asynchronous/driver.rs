//! Drives the engine over an async stream.

use std::future::{Future, poll_fn};
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use imaplib_proto::engine::{Engine, EngineError, Step, Transmit};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep_until};

use super::front::Connection;
use crate::deadline::FOREVER;
use crate::pace::Pace;
use crate::refusals::explain;
use crate::{Error, Result, TimeoutPhase};

/// How much is received while something is sent, in octets.
const MOST_MEANWHILE: usize = 4 << 20;

/// What is watched while the server is waited for.
pub(crate) struct Waiting {
    silence: Silence,
    pace: Pace,
    /// Since when octets are waited for, where the server has to answer.
    asked: Option<Instant>,
    /// Whether octets were written that the stream may still hold back.
    unflushed: bool,
}

impl Waiting {
    pub(super) fn new() -> Self {
        let silence = Silence { timer: None, waiting: false, moved: Instant::now() };
        Self { silence, pace: Pace::new(), asked: None, unflushed: false }
    }
}

/// Watches for progress: a timer that is set again only when it rings.
struct Silence {
    timer: Option<Pin<Box<Sleep>>>,
    /// Whether something is waited for at present: between two waits the caller may take its time.
    waiting: bool,
    /// When something moved last.
    moved: Instant,
}

impl Connection {
    /// What happens next, with the time-out of commands.
    pub(crate) async fn step(&mut self) -> Result<Step> {
        loop {
            match self.step_or_work().await? {
                // A password is hashed for long: others go first.
                Step::InProgress => tokio::task::yield_now().await,
                step => return Ok(step),
            }
        }
    }

    async fn step_or_work(&mut self) -> Result<Step> {
        self.waiting.silence.waiting = false;
        self.waiting.asked = None;
        // Most of what comes is there already.
        if !self.waiting.unflushed && !matches!(self.engine.transmit(), Transmit::Octets(_)) {
            match self.engine.poll() {
                Ok(Step::Blocked) => {}
                Ok(step) => return Ok(step),
                Err(error) => return Err(explain(&self.engine, error.into())),
            }
        }
        poll_fn(|cx| self.poll_step(cx)).await
    }

    /// What happens next, or nothing if the deadline comes first.
    pub(crate) async fn step_before(&mut self, deadline: Instant) -> Result<Option<Step>> {
        let mut timer = std::pin::pin!(sleep_until(deadline));
        self.waiting.pace.restart();
        self.waiting.asked = None;
        let result = poll_fn(|cx| match self.poll_turns(cx, false) {
            Poll::Ready(result) => Poll::Ready(result.map(Some)),
            Poll::Pending => timer.as_mut().poll(cx).map(|()| Ok(None)),
        });
        result.await.map_err(|error| explain(&self.engine, error))
    }

    /// What happens next, with the time-out of commands.
    pub(crate) fn poll_step(&mut self, cx: &mut Context<'_>) -> Poll<Result<Step>> {
        let result = match self.poll_turns(cx, true) {
            Poll::Pending => self.waiting.silence.poll_too_long(self.timeouts.silence, cx).map(Err),
            ready => {
                self.waiting.silence.waiting = false;
                ready
            }
        };
        result.map_err(|error| explain(&self.engine, error))
    }

    /// Sends, takes a step, receives, until something happens. Sending never waits for receiving, nor the other way.
    /// `paced` says that the server has to answer.
    fn poll_turns(&mut self, cx: &mut Context<'_>, paced: bool) -> Poll<Result<Step>> {
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
            if self.engine.awaits_literal() {
                return Poll::Ready(Err(self.engine.close_with(EngineError::TruncatedLiteral).into()));
            }
            if paced {
                self.waiting.pace.check(self.engine.progress(), &self.timeouts)?;
            }
            match self.poll_receive(cx) {
                Poll::Ready(Ok(count)) => {
                    let waited = self.waiting.asked.take().map_or(Duration::ZERO, |asked| asked.elapsed());
                    if paced {
                        self.waiting.pace.received(count, waited, &self.timeouts)?;
                    }
                }
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                Poll::Pending => {
                    if paced {
                        self.waiting.asked.get_or_insert_with(Instant::now);
                    }
                    return Poll::Pending;
                }
            }
        }
    }

    /// Receives, and says how many octets.
    fn poll_receive(&mut self, cx: &mut Context<'_>) -> Poll<Result<usize>> {
        let Some(stream) = &mut self.stream else { return Poll::Ready(Err(EngineError::Closed(None).into())) };
        let lost = |engine: &mut Engine| engine.end_of_input().unwrap_or(EngineError::Closed(None));
        let mut room = ReadBuf::new(self.engine.recv_buffer());
        let read = Pin::new(stream).poll_read(cx, &mut room);
        let count = room.filled().len();
        Poll::Ready(match read {
            Poll::Pending => return Poll::Pending,
            Poll::Ready(Ok(())) if count == 0 => Err(lost(&mut self.engine).into()),
            Poll::Ready(Ok(())) => {
                self.engine.advance(count);
                self.waiting.silence.moved = Instant::now();
                Ok(count)
            }
            // TLS that ends without saying so may have been cut by somebody.
            Poll::Ready(Err(error)) if error.kind() == io::ErrorKind::UnexpectedEof => {
                Err(lost(&mut self.engine).into())
            }
            Poll::Ready(Err(error)) => Err(Error::io(TimeoutPhase::Silence, error)),
        })
    }

    /// Receives while the stream takes nothing more: the server may be waiting for that. Never ready but for an error.
    fn poll_receive_meanwhile(&mut self, cx: &mut Context<'_>) -> Poll<Result<()>> {
        // What comes is looked at only later, and makes up for nothing that does not go.
        let moved = self.waiting.silence.moved;
        while self.engine.buffered() < MOST_MEANWHILE {
            match self.poll_receive(cx) {
                Poll::Ready(Ok(_)) => {}
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                Poll::Pending => break,
            }
        }
        self.waiting.silence.moved = moved;
        self.waiting.silence.poll_too_long(self.timeouts.silence, cx).map(Err)
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<()>> {
        let Some(stream) = &mut self.stream else { return Poll::Ready(Err(EngineError::Closed(None).into())) };
        let failed = |error| Poll::Ready(Err(Error::io(TimeoutPhase::Sending, error)));
        while let Transmit::Octets(octets) = self.engine.transmit() {
            match Pin::new(&mut *stream).poll_write(cx, octets) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Ok(0)) => return failed(io::ErrorKind::WriteZero.into()),
                Poll::Ready(Ok(count)) => self.engine.sent(count),
                Poll::Ready(Err(error)) => return failed(error),
            }
            self.waiting.unflushed = true;
            self.waiting.silence.moved = Instant::now();
        }
        if self.waiting.unflushed {
            match Pin::new(stream).poll_flush(cx) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Ok(())) => self.waiting.unflushed = false,
                Poll::Ready(Err(error)) => return failed(error),
            }
        }
        Poll::Ready(Ok(()))
    }

    /// Sends all that can be sent.
    pub(crate) async fn flush(&mut self) -> Result<()> {
        self.waiting.silence.waiting = false;
        let result = poll_fn(|cx| match self.poll_flush(cx) {
            Poll::Pending => self.poll_receive_meanwhile(cx),
            ready => ready,
        });
        result.await.map_err(|error| explain(&self.engine, error))
    }

    /// Sends so many octets of the block.
    pub(crate) async fn send_block(&mut self, count: usize) -> Result<()> {
        self.waiting.silence.waiting = false;
        let mut gone = 0;
        // What was written is told at once, so that a dropped future leaves the truth behind.
        let result = poll_fn(|cx| {
            while gone < count {
                let Some(stream) = &mut self.stream else { return Poll::Ready(Err(EngineError::Closed(None).into())) };
                let octets = self.block.get(gone..count).unwrap_or_default();
                match Pin::new(stream).poll_write(cx, octets) {
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
                self.waiting.silence.moved = Instant::now();
            }
            Poll::Ready(Ok(()))
        });
        result.await.map_err(|error| explain(&self.engine, error))
    }
}

impl Silence {
    /// Rings when nothing has moved for so long.
    fn poll_too_long(&mut self, limit: Duration, cx: &mut Context<'_>) -> Poll<Error> {
        let limit = limit.min(FOREVER);
        if !std::mem::replace(&mut self.waiting, true) {
            self.moved = Instant::now();
        }
        let mut end = self.moved + limit;
        let timer = self.timer.get_or_insert_with(|| Box::pin(sleep_until(end)));
        loop {
            if timer.as_mut().poll(cx).is_pending() && timer.deadline() <= end {
                return Poll::Pending;
            }
            end = self.moved + limit;
            if Instant::now() >= end {
                self.timer = None;
                return Poll::Ready(Error::timeout(TimeoutPhase::Silence));
            }
            timer.as_mut().reset(end);
        }
    }
}
