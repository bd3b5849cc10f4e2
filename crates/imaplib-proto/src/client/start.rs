//! The start of a connection: greeting, capabilities, STARTTLS, COMPRESS; and its end, LOGOUT.

use std::time::{Duration, Instant};

use bytes::Bytes;

use super::procedure::Running;
use super::{Advance, BadArgument, Error, Procedure, Result, TimeoutPhase, Timeouts, after};
use crate::command::{self, Compress, Logout, StartTls};
use crate::engine::{Engine, State};
use crate::types::Capability;

/// Waits for the greeting.
#[derive(Debug)]
pub struct ReceiveGreeting {
    limit: Duration,
    until: Option<Instant>,
}

impl ReceiveGreeting {
    /// For as long as [`Timeouts::greeting`].
    #[must_use]
    pub fn new(timeouts: &Timeouts) -> Self {
        Self { limit: timeouts.greeting, until: None }
    }
}

impl Procedure for ReceiveGreeting {
    type Output = ();

    fn advance(&mut self, engine: &mut Engine, now: Instant) -> Result<Advance<()>> {
        let until = *self.until.get_or_insert_with(|| after(now, self.limit));
        if engine.state() != State::Greeting {
            Ok(Advance::Done(()))
        } else if now >= until {
            Err(Error::timeout(TimeoutPhase::Greeting))
        } else {
            Ok(Advance::NeedIo { until: Some(until) })
        }
    }
}

/// Makes sure that the capabilities of the present state are known: CAPABILITY, unless the server has announced them.
#[derive(Debug, Default)]
pub struct LearnCapabilities(Option<Running<command::Capability>>);

impl LearnCapabilities {
    /// Sends nothing where they are known.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

impl Procedure for LearnCapabilities {
    type Output = ();

    fn advance(&mut self, engine: &mut Engine, _now: Instant) -> Result<Advance<()>> {
        loop {
            match &self.0 {
                None if engine.capabilities_known() => return Ok(Advance::Done(())),
                None => self.0 = Some(Running::start(engine, command::Capability::default())?),
                Some(running) => match running.take(engine) {
                    None => return Ok(Advance::IO),
                    Some(reply) => return reply.map(|_| Advance::Done(())),
                },
            }
        }
    }
}

/// STARTTLS, up to the point where the caller starts the handshake.
#[derive(Debug)]
pub struct UpgradeToTls(Upgrade);

#[derive(Debug)]
enum Upgrade {
    Capabilities(LearnCapabilities),
    StartTls(Running<StartTls>),
}

impl UpgradeToTls {
    /// On a connection that has received its greeting.
    #[must_use]
    pub fn new() -> Self {
        Self(Upgrade::Capabilities(LearnCapabilities::new()))
    }
}

impl Default for UpgradeToTls {
    fn default() -> Self {
        Self::new()
    }
}

impl Procedure for UpgradeToTls {
    type Output = ();

    fn advance(&mut self, engine: &mut Engine, now: Instant) -> Result<Advance<()>> {
        loop {
            self.0 = match &mut self.0 {
                // A server that logs in by itself would leave the rest in clear text (RFC 9051, section 7.1.4).
                Upgrade::Capabilities(_) if engine.state() != State::NotAuthenticated => {
                    return Err(Error::preauthenticated_in_clear());
                }
                Upgrade::Capabilities(capabilities) => match capabilities.advance(engine, now)?.split() {
                    Err(need) => return Ok(need),
                    Ok(()) if engine.capabilities().has(Capability::StartTls) => {
                        Upgrade::StartTls(Running::start(engine, StartTls)?)
                    }
                    Ok(()) => return Err(Error::no_start_tls()),
                },
                Upgrade::StartTls(running) => match running.take(engine) {
                    None => return Ok(Advance::IO),
                    Some(reply) => {
                        reply?;
                        engine.tls_started()?;
                        return Ok(Advance::Done(()));
                    }
                },
            };
        }
    }
}

/// COMPRESS=DEFLATE (RFC 4978), up to the point where the caller compresses the stream. Its output is what was received behind
/// the answer, which is compressed already.
#[derive(Debug, Default)]
pub struct StartCompression(Option<Running<Compress>>);

impl StartCompression {
    /// On a connection on which no command is left unfinished.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

impl Procedure for StartCompression {
    type Output = Bytes;

    fn advance(&mut self, engine: &mut Engine, _now: Instant) -> Result<Advance<Bytes>> {
        loop {
            match &self.0 {
                None if !engine.capabilities().has(Capability::CompressDeflate) => {
                    return Err(Error::unsupported(Capability::CompressDeflate.name()));
                }
                None if engine.has_started() => return Err(BadArgument::Unfinished.into()),
                None => self.0 = Some(Running::start(engine, Compress)?),
                Some(running) => match running.take(engine) {
                    None => return Ok(Advance::IO),
                    Some(reply) => {
                        reply?;
                        return Ok(Advance::Done(engine.compression_started()));
                    }
                },
            }
        }
    }
}

/// LOGOUT. It waits for the answer no longer than [`Timeouts::logout`]: the server was told, and one that does not answer
/// makes no difference.
#[derive(Debug)]
pub struct LogOut {
    limit: Duration,
    running: Option<(Running<Logout>, Instant)>,
}

impl LogOut {
    /// For as long as [`Timeouts::logout`].
    #[must_use]
    pub fn new(timeouts: &Timeouts) -> Self {
        Self { limit: timeouts.logout, running: None }
    }
}

impl Procedure for LogOut {
    type Output = ();

    fn advance(&mut self, engine: &mut Engine, now: Instant) -> Result<Advance<()>> {
        if self.running.is_none() {
            self.running = Some((Running::start(engine, Logout)?, after(now, self.limit)));
        }
        match &self.running {
            // One that goes on talking is not listened to for longer.
            Some((running, until)) if engine.is_pending(running.id()) && now < *until => {
                Ok(Advance::NeedIo { until: Some(*until) })
            }
            _ => Ok(Advance::Done(())),
        }
    }
}
