//! Drives the engine over an async stream.

use std::future::{Future, poll_fn};
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use ::tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf};
use ::tokio::time::{Instant, Sleep, sleep_until, timeout};
use imaplib_proto::engine::{Engine, EngineError, Step, Transmit};

use super::Source;
use super::transport::{self, Transport};
use crate::endpoint::{Endpoint, Way};
use crate::error::Reason;
use crate::front;
use crate::pace::Pace;
use crate::tls_failure::ClientCertificate;
use crate::{ConnectOptions, Error, Result, TimeoutPhase, Timeouts, TlsInfo, tls, trace};

/// How much of a message is sent at once, in octets.
const BLOCK: usize = 64 << 10;

/// How much is received while something is sent, in octets.
const MOST_MEANWHILE: usize = 4 << 20;

/// An engine and its stream.
pub(super) struct Connection {
    pub(super) engine: Engine,
    stream: Option<Box<dyn Transport>>,
    pub(super) tls: Option<TlsInfo>,
    pub(super) client_certificate: ClientCertificate,
    /// Whether nobody can read what goes over the stream.
    pub(super) private: bool,
    pub(super) timeouts: Timeouts,
    /// The commands of the present call: if it is dropped, they are given up by the next one.
    pub(super) current: Vec<u64>,
    /// Where messages to be sent are read into; made when one is sent.
    block: Vec<u8>,
    silence: Silence,
    pace: Pace,
    /// Since when octets are waited for, where the server has to answer.
    asked: Option<Instant>,
    /// Whether octets were written that the stream may still hold back.
    unflushed: bool,
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
    pub(super) fn new(stream: Box<dyn Transport>, private: bool, options: &ConnectOptions) -> Self {
        let mut engine = Engine::new(options.limits.clone());
        trace::install(&mut engine);
        Self {
            engine,
            stream: Some(stream),
            tls: None,
            client_certificate: ClientCertificate::default(),
            private,
            timeouts: options.timeouts.clone(),
            current: Vec::new(),
            block: Vec::new(),
            silence: Silence { timer: None, waiting: false, moved: Instant::now() },
            pace: Pace::new(),
            asked: None,
            unflushed: false,
        }
    }

    pub(super) async fn open(endpoint: &Endpoint, options: &ConnectOptions) -> Result<Self> {
        let stream: Box<dyn Transport> = match &endpoint.way {
            Way::Tls(address) | Way::StartTls(address) | Way::Insecure(address) => {
                Box::new(transport::connect(address, &options.timeouts).await?)
            }
            Way::Tunnel(command) => Box::new(transport::Child::spawn(command)?),
            Way::Unix(path) => transport::unix(path).await?,
        };
        let mut connection = Self::new(stream, endpoint.is_private(), options);
        if let Way::Tls(address) = &endpoint.way {
            connection.upgrade(&address.host, options).await?;
        }
        Ok(connection)
    }

    /// Begins TLS on the stream.
    pub(super) async fn upgrade(&mut self, host: &str, options: &ConnectOptions) -> Result<()> {
        let stream = self.stream.take().ok_or_else(|| Error::argument("the connection is closed"))?;
        let (config, request) = tls::config(options)?;
        let handshake = tokio_rustls::TlsConnector::from(config).connect(tls::server_name(host)?, stream);
        let stream = timeout(options.timeouts.tls, handshake).await;
        self.client_certificate = request.state();
        let stream = stream.map_err(|_| Error::timeout(TimeoutPhase::TlsHandshake))?.map_err(|error| {
            Error::io(TimeoutPhase::TlsHandshake, error).with_client_certificate(self.client_certificate)
        })?;
        self.tls = Some(TlsInfo::of(stream.get_ref().1));
        self.stream = Some(Box::new(stream));
        Ok(())
    }

    /// Compresses what goes over the stream from now on.
    #[cfg(feature = "compress")]
    pub(super) fn compress(&mut self) -> Result<()> {
        let stream = self.stream.take().ok_or_else(|| Error::argument("the connection is closed"))?;
        let received = self.engine.compression_started();
        self.stream = Some(Box::new(transport::Deflated::new(stream, &received, self.engine.limits())));
        Ok(())
    }

    /// What happens next, with the time-out of commands.
    pub(super) async fn step(&mut self) -> Result<Step> {
        loop {
            match self.step_or_work().await? {
                // A password is hashed for long: others go first.
                Step::InProgress => ::tokio::task::yield_now().await,
                step => return Ok(step),
            }
        }
    }

    async fn step_or_work(&mut self) -> Result<Step> {
        self.silence.waiting = false;
        self.asked = None;
        // Most of what comes is there already.
        if !self.unflushed && !matches!(self.engine.transmit(), Transmit::Octets(_)) {
            match self.engine.poll() {
                Ok(Step::Blocked) => {}
                Ok(step) => return Ok(step),
                Err(error) => return Err(front::explain(&self.engine, error.into())),
            }
        }
        poll_fn(|cx| self.poll_step(cx)).await
    }

    /// What happens next, or nothing if the deadline comes first.
    pub(super) async fn step_before(&mut self, deadline: Instant) -> Result<Option<Step>> {
        let mut timer = std::pin::pin!(sleep_until(deadline));
        self.pace.restart();
        self.asked = None;
        let result = poll_fn(|cx| match self.poll_turns(cx, false) {
            Poll::Ready(result) => Poll::Ready(result.map(Some)),
            Poll::Pending => timer.as_mut().poll(cx).map(|()| Ok(None)),
        });
        result.await.map_err(|error| front::explain(&self.engine, error))
    }

    /// What happens next, with the time-out of commands.
    pub(super) fn poll_step(&mut self, cx: &mut Context<'_>) -> Poll<Result<Step>> {
        let result = match self.poll_turns(cx, true) {
            Poll::Pending => self.silence.poll_too_long(self.timeouts.silence, cx).map(Err),
            ready => {
                self.silence.waiting = false;
                ready
            }
        };
        result.map_err(|error| front::explain(&self.engine, error))
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
                self.pace.check(self.engine.progress(), &self.timeouts)?;
            }
            match self.poll_receive(cx) {
                Poll::Ready(Ok(count)) => {
                    let waited = self.asked.take().map_or(Duration::ZERO, |asked| asked.elapsed());
                    if paced {
                        self.pace.received(count, waited, &self.timeouts)?;
                    }
                }
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                Poll::Pending => {
                    if paced {
                        self.asked.get_or_insert_with(Instant::now);
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
                self.silence.moved = Instant::now();
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
        let moved = self.silence.moved;
        while self.engine.buffered() < MOST_MEANWHILE {
            match self.poll_receive(cx) {
                Poll::Ready(Ok(_)) => {}
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                Poll::Pending => break,
            }
        }
        self.silence.moved = moved;
        self.silence.poll_too_long(self.timeouts.silence, cx).map(Err)
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
            self.unflushed = true;
            self.silence.moved = Instant::now();
        }
        if self.unflushed {
            match Pin::new(stream).poll_flush(cx) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Ok(())) => self.unflushed = false,
                Poll::Ready(Err(error)) => return failed(error),
            }
        }
        Poll::Ready(Ok(()))
    }

    /// Sends all that can be sent.
    pub(super) async fn flush(&mut self) -> Result<()> {
        self.silence.waiting = false;
        let result = poll_fn(|cx| match self.poll_flush(cx) {
            Poll::Pending => self.poll_receive_meanwhile(cx),
            ready => ready,
        });
        result.await.map_err(|error| front::explain(&self.engine, error))
    }

    /// Sends some of the `left` octets that a message still has.
    pub(super) async fn send_from(&mut self, source: &mut impl Source, left: u64) -> Result<()> {
        self.block.resize(BLOCK, 0);
        let most = BLOCK.min(usize::try_from(left).unwrap_or(usize::MAX));
        let read = match left {
            0 => Ok(0),
            _ => source.read(self.block.get_mut(..most).unwrap_or_default()).await,
        };
        let count = match read {
            Ok(0) if left > 0 => {
                self.engine.close_with(EngineError::TruncatedLiteral);
                return Err(Error::argument(format!("the message ended {left} octets before its length")));
            }
            Err(error) => {
                self.engine.close_with(EngineError::TruncatedLiteral);
                return Err(Error::new(Reason::Input(error)));
            }
            Ok(count) => count,
        };
        self.silence.waiting = false;
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
                self.unflushed = true;
                self.silence.moved = Instant::now();
            }
            Poll::Ready(Ok(()))
        });
        result.await.map_err(|error| front::explain(&self.engine, error))?;
        self.engine.streamed(count as u64);
        Ok(())
    }
}

impl Silence {
    /// Rings when nothing has moved for so long.
    fn poll_too_long(&mut self, limit: Duration, cx: &mut Context<'_>) -> Poll<Error> {
        let limit = limit.min(front::FOREVER);
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
