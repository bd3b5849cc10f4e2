//! Drives the engine over a blocking stream.

use std::io::Read;
use std::time::{Duration, Instant};

use imaplib_proto::engine::{Engine, EngineError, Step, Transmit};

use super::transport::{self, Transport};
use crate::endpoint::{Endpoint, Way};
use crate::error::Reason;
use crate::front;
use crate::pace::Pace;
use crate::tls_failure::ClientCertificate;
use crate::{ConnectOptions, Error, Result, TimeoutPhase, Timeouts, TlsInfo, tls, trace};

/// How much of a message is sent at once, in octets.
const BLOCK: usize = 64 << 10;

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
    pace: Pace,
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
            pace: Pace::new(),
        }
    }

    pub(super) fn open(endpoint: &Endpoint, options: &ConnectOptions) -> Result<Self> {
        let stream: Box<dyn Transport> = match &endpoint.way {
            Way::Tls(address) | Way::StartTls(address) | Way::Insecure(address) => {
                Box::new(transport::connect(address, &options.timeouts)?)
            }
            Way::Tunnel(command) => Box::new(transport::Child::spawn(command)?),
            Way::Unix(path) => transport::unix(path)?,
        };
        let mut connection = Self::new(stream, endpoint.is_private(), options);
        if let Way::Tls(address) = &endpoint.way {
            connection.upgrade(&address.host, options)?;
        }
        Ok(connection)
    }

    /// Begins TLS on the stream.
    pub(super) fn upgrade(&mut self, host: &str, options: &ConnectOptions) -> Result<()> {
        let stream = self.stream.take().ok_or_else(|| Error::argument("the connection is closed"))?;
        let (config, request) = tls::config(options)?;
        let stream = transport::Tls::begin(stream, config, tls::server_name(host)?, options.timeouts.tls);
        self.client_certificate = request.state();
        let stream = stream.map_err(|error| error.with_client_certificate(self.client_certificate))?;
        self.tls = Some(stream.info());
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
    #[inline]
    pub(super) fn step(&mut self) -> Result<Step> {
        self.turn().map_err(|error| front::explain(&self.engine, error))
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
    pub(super) fn step_before(&mut self, deadline: Instant) -> Result<Option<Step>> {
        self.pace.restart();
        loop {
            self.flush()?;
            match self.engine.poll() {
                Ok(Step::Blocked) => {}
                Ok(step) => return Ok(Some(step)),
                Err(error) => return Err(front::explain(&self.engine, error.into())),
            }
            let left = deadline.saturating_duration_since(Instant::now());
            // Zero would mean no time-out at all.
            match self.receive(left.max(Duration::from_millis(1)), false) {
                Ok(()) if left.is_zero() => return Ok(None),
                Ok(()) => {}
                Err(error) if error.is_timeout() && Instant::now() >= deadline => return Ok(None),
                Err(error) => return Err(front::explain(&self.engine, error)),
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
            self.pace.check(self.engine.progress(), &self.timeouts)?;
        }
        let stream = self.stream.as_mut().ok_or(EngineError::Closed(None))?;
        stream
            .set_timeouts(wait, self.timeouts.silence)
            .map_err(|error| Error::new(Reason::Io("cannot set a timeout", error)))?;
        let began = Instant::now();
        match stream.read(self.engine.recv_buffer()) {
            Ok(0) => match self.engine.end_of_input() {
                Some(error) => Err(error.into()),
                None => Err(EngineError::Closed(None).into()),
            },
            Ok(count) => {
                self.engine.advance(count);
                if paced {
                    self.pace.received(count, began.elapsed(), &self.timeouts)?;
                }
                Ok(())
            }
            // A part of a TLS record may have come, or a signal.
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {
                if paced {
                    self.pace.received(0, began.elapsed(), &self.timeouts)?;
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
    pub(super) fn flush(&mut self) -> Result<()> {
        match self.engine.transmit() {
            Transmit::Octets(_) => self.write().map_err(|error| front::explain(&self.engine, error)),
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

    /// Sends some of the `left` octets that a message still has.
    pub(super) fn send_from(&mut self, source: &mut impl Read, left: u64) -> Result<()> {
        self.block.resize(BLOCK, 0);
        let most = BLOCK.min(usize::try_from(left).unwrap_or(usize::MAX));
        let block = self.block.get_mut(..most).unwrap_or_default();
        let count = match source.read(block) {
            Ok(0) if left > 0 => {
                self.engine.close_with(EngineError::TruncatedLiteral);
                return Err(Error::argument(format!("the message ended {left} octets before its length")));
            }
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => 0,
            Err(error) => {
                self.engine.close_with(EngineError::TruncatedLiteral);
                return Err(Error::new(Reason::Input(error)));
            }
            Ok(count) => count,
        };
        let stream = self.stream.as_mut().ok_or(EngineError::Closed(None))?;
        let octets = block.get(..count).unwrap_or_default();
        if let Err(error) = stream.write_all(octets) {
            self.engine.close_with(EngineError::TruncatedLiteral);
            return Err(front::explain(&self.engine, Error::io(TimeoutPhase::Sending, error)));
        }
        self.engine.streamed(count as u64);
        Ok(())
    }
}
