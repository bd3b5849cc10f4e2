//! An engine and its stream.

use imaplib_proto::client::{
    Advance, BadArgument, LearnCapabilities, LogOut, Procedure, ReceiveGreeting, Revision, UpgradeToTls,
};
use imaplib_proto::command::{Command, Reply};
use imaplib_proto::engine::{Engine, EngineError, Ticket, Transmit};

use super::{Clock, Source, Transport, Waiting, maybe_async, now, read, transport};
use crate::endpoint::{Address, Endpoint, Way};
use crate::exclusive::Exclusive;
use crate::proxy::Handshake;
use crate::tls_failure::ClientCertificate;
use crate::{ConnectOptions, Error, Proxy, Result, Timeouts, TlsInfo, tls, trace};

/// How much of a message is sent at once, in bytes.
const BLOCK: usize = 64 << 10;

/// An engine and its stream.
pub(crate) struct Connection {
    pub(crate) engine: Engine,
    pub(crate) stream: Option<Exclusive<Box<dyn Transport>>>,
    pub(crate) tls: Option<TlsInfo>,
    pub(crate) client_certificate: ClientCertificate,
    /// Whether nobody can read what goes over the stream.
    pub(crate) private: bool,
    /// Whether what goes over the stream is compressed.
    pub(crate) compressed: bool,
    pub(crate) timeouts: Timeouts,
    /// Which revision of IMAP is used after login.
    pub(crate) revision: Revision,
    /// The commands of the present call: if it is dropped, they are given up by the next one.
    pub(crate) current: Vec<u64>,
    /// Where messages to be sent are read into; made when one is sent.
    pub(crate) block: Vec<u8>,
    /// What is watched while the server is waited for.
    pub(crate) waiting: Waiting,
    pub(crate) clock: Clock,
    /// Whether a call failed because of the connection.
    broken: bool,
}

#[maybe_async]
impl Connection {
    pub(crate) fn new(stream: Box<dyn Transport>, private: bool, options: &ConnectOptions) -> Self {
        let mut engine = Engine::new(options.limits.clone());
        trace::install(&mut engine);
        let clock = Clock::of(&*stream);
        Self {
            engine,
            stream: Some(Exclusive::new(stream)),
            tls: None,
            client_certificate: ClientCertificate::default(),
            private,
            compressed: false,
            timeouts: options.timeouts.clone(),
            revision: options.revision,
            current: Vec::new(),
            block: Vec::new(),
            waiting: Waiting::new(options, &clock),
            clock,
            broken: false,
        }
    }

    /// The way through the proxy, TLS as the endpoint requires it, the greeting, and what the server can do.
    pub(crate) async fn begin(&mut self, endpoint: &Endpoint, options: &ConnectOptions) -> Result<()> {
        if let (Some(proxy), Some(server)) = (&options.proxy, endpoint.address()) {
            self.pass_proxy(proxy, server, options).await?;
        }
        if let Way::Tls(address) = &endpoint.way {
            self.upgrade(&address.host, options).await?;
        }
        let greeted = self.greet().await;
        greeted.map_err(|error| error.with_client_certificate(self.client_certificate))?;
        if let Way::StartTls(address) = &endpoint.way {
            self.start_tls(&address.host, options).await?;
        }
        // With TLS 1.3 a server reports only now that it misses a client certificate.
        let known = self.know_capabilities().await;
        known.map_err(|error| error.with_client_certificate(self.client_certificate))
    }

    /// Has the proxy reach the server.
    async fn pass_proxy(&mut self, proxy: &Proxy, server: &Address, options: &ConnectOptions) -> Result<()> {
        let end = super::after(options.timeouts.connect);
        let stream = self.stream.as_mut().ok_or(BadArgument::Closed)?.get_mut();
        let mut handshake = Handshake::new(proxy, server).map_err(|failure| proxy.failed(failure))?;
        let mut buffer = [0; 64];
        loop {
            let output = handshake.take_output();
            if !output.is_empty() {
                transport::write_before(stream, &output, &self.clock, end).await.map_err(|error| proxy.lost(error))?;
            }
            let room = buffer.get_mut(..handshake.needed().min(64)).unwrap_or_default();
            if room.is_empty() {
                return Ok(());
            }
            let count =
                transport::read_before(stream, room, &self.clock, end).await.map_err(|error| proxy.lost(error))?;
            handshake.receive(room.get(..count).unwrap_or_default()).map_err(|failure| proxy.failed(failure))?;
        }
    }

    /// Begins TLS on the stream.
    async fn upgrade(&mut self, host: &str, options: &ConnectOptions) -> Result<()> {
        let stream = self.stream.take().ok_or(BadArgument::Closed)?.into_inner();
        let (layer, handshake) = tls::Handshake::begin(host, &options.tls)?;
        let shaken = transport::tls(stream, layer, &self.clock, options.timeouts.tls).await;
        self.client_certificate = handshake.client_certificate();
        let (stream, info) = shaken.map_err(|error| handshake.explain(error))?;
        self.tls = Some(info);
        self.stream = Some(Exclusive::new(stream));
        Ok(())
    }

    /// Sends some of the `left` bytes that a message still has.
    pub(crate) async fn send_from(&mut self, source: &mut impl Source, left: u64) -> Result<()> {
        self.block.resize(BLOCK, 0);
        let most = BLOCK.min(usize::try_from(left).unwrap_or(usize::MAX));
        let result = match left {
            0 => Ok(0),
            _ => read(source, self.block.get_mut(..most).unwrap_or_default()).await,
        };
        let count = match result {
            Ok(0) if left > 0 => {
                self.engine.close_with(EngineError::TruncatedLiteral);
                return Err(BadArgument::ShortMessage { missing: left }.into());
            }
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => 0,
            Err(error) => {
                self.engine.close_with(EngineError::TruncatedLiteral);
                return Err(Error::source(error));
            }
            Ok(count) => count,
        };
        self.send_block(count).await?;
        self.engine.streamed(count as u64);
        Ok(())
    }

    /// Runs a command to its end. One whose future was dropped before is given up.
    pub(crate) async fn run<C: Command>(&mut self, command: C) -> Result<Reply<C::Output>> {
        self.give_up_current();
        let ticket = self.engine.start(command)?;
        // It stays the current one until the next begins: what is left of it then, if anything, is given up.
        self.current.push(ticket.id());
        self.finish(&ticket).await
    }

    pub(crate) async fn finish<C: Command>(&mut self, ticket: &Ticket<C>) -> Result<Reply<C::Output>> {
        loop {
            if !self.engine.is_pending(ticket.id()) {
                // What came before a refusal goes with the error.
                let rows = self.engine.take_partial_rows(ticket);
                let reason = self.engine.take_login_reason(ticket);
                let Some(result) = self.engine.take(ticket) else {
                    return Err(BadArgument::GivenUp.into());
                };
                return result.map_err(|error| Error::from(error).with_rows(rows).with_login_reason(reason));
            }
            let step = self.step().await;
            if let Err(error) = step {
                return Err(error.with_rows(self.engine.take_partial_rows(ticket)));
            }
        }
    }

    /// Adds to an error of the connection what its end left open. Nothing can be sent any more.
    pub(crate) fn explain(&mut self, error: Error) -> Error {
        self.broken = true;
        // What a layer below the engine found out is the reason for what follows, too.
        if let Some(reason) = error.engine_error() {
            self.engine.close_with(reason.clone());
        }
        let literal = if error.is_connection_lost() { self.engine.open_literal() } else { None };
        error.unanswered(self.engine.unanswered().next().is_some()).within_literal(literal)
    }

    /// Whether commands can still be sent, as far as is known.
    pub(super) fn is_usable(&self) -> bool {
        !self.broken && self.stream.is_some() && self.engine.is_usable()
    }

    /// Whether the next bytes to be sent are those of a message, which the present call brings.
    ///
    /// # Errors
    /// If the call that was to bring them is over: nothing can be sent any more.
    pub(crate) fn is_source_needed(&mut self) -> Result<bool> {
        match self.engine.transmit() {
            Transmit::Stream { command, .. } if self.current.contains(&command) => Ok(true),
            Transmit::Stream { .. } => Err(self.engine.close_with(EngineError::TruncatedLiteral).into()),
            _ => Ok(false),
        }
    }

    pub(crate) fn give_up_current(&mut self) {
        for id in std::mem::take(&mut self.current) {
            self.engine.abandon(id);
        }
    }
}

#[maybe_async]
impl Connection {
    /// Advances a procedure to its end. The commands of a call that was dropped before are given up.
    pub(crate) async fn drive<P: Procedure>(&mut self, mut procedure: P) -> Result<P::Output> {
        self.give_up_current();
        loop {
            let before = self.engine.last_started();
            let advance = procedure.advance(&mut self.engine, now());
            // They stay the current ones until the next call begins: what is left of them then, if anything, is given up.
            self.current.extend(before + 1..=self.engine.last_started());
            let need = match advance? {
                Advance::Done(output) => return Ok(output),
                need => need,
            };
            if let Err(error) = self.satisfy(need).await {
                return Err(error.map(|core| procedure.interrupted(&mut self.engine, core)));
            }
        }
    }

    /// As [`drive`](Self::drive), of one that outlives the call: its commands are not given up with it.
    pub(crate) async fn drive_on<P: Procedure>(&mut self, mut procedure: P) -> Result<P::Output> {
        loop {
            let need = match procedure.advance(&mut self.engine, now())? {
                Advance::Done(output) => return Ok(output),
                need => need,
            };
            if let Err(error) = self.satisfy(need).await {
                return Err(error.map(|core| procedure.interrupted(&mut self.engine, core)));
            }
        }
    }

    /// Sends, receives or sleeps, as a procedure needs it.
    pub(super) async fn satisfy<T>(&mut self, need: Advance<T>) -> Result<()> {
        match need {
            Advance::NeedIo { until: Some(until) } => self.step_before(until).await.map(drop),
            Advance::SleepUntil(until) => {
                self.clock.sleep_until(until).await;
                Ok(())
            }
            Advance::NeedSend => self.flush().await,
            _ => self.step().await.map(drop),
        }
    }

    pub(super) async fn greet(&mut self) -> Result<()> {
        self.drive(ReceiveGreeting::new(&self.timeouts)).await
    }

    pub(super) async fn know_capabilities(&mut self) -> Result<()> {
        self.drive(LearnCapabilities::new()).await
    }

    async fn start_tls(&mut self, host: &str, options: &ConnectOptions) -> Result<()> {
        self.drive(UpgradeToTls::new()).await?;
        self.upgrade(host, options).await
    }

    pub(crate) async fn logout(&mut self) -> Result<()> {
        match self.drive(LogOut::new(&self.timeouts)).await {
            // It has taken its leave.
            Err(_) if self.engine.bye().is_some() => Ok(()),
            result => result,
        }
    }
}
