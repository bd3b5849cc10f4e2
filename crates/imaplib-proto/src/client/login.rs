//! Which way to log in with a password, and which next where a server refuses one.

use std::collections::VecDeque;
use std::fmt;
use std::time::Instant;

use zeroize::Zeroizing;

use super::mechanisms::mechanism;
use super::procedure::Running;
use super::{Advance, Error, Procedure, Result};
use crate::command::{Authenticate, Login};
use crate::engine::Engine;
use crate::sasl::{ChannelBinding, ChannelBindingType, Mechanism as _};
use crate::types::{Capabilities, Capability, ResponseCode};

/// One way to log in with a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    ScramSha512Plus,
    ScramSha256Plus,
    ScramSha1Plus,
    ScramSha512,
    ScramSha256,
    ScramSha1,
    CramMd5,
    Plain,
    LoginMechanism,
    /// The LOGIN command.
    Command,
}

impl Way {
    /// The strongest first.
    const ALL: [Self; 10] = [
        Self::ScramSha512Plus,
        Self::ScramSha256Plus,
        Self::ScramSha1Plus,
        Self::ScramSha512,
        Self::ScramSha256,
        Self::ScramSha1,
        Self::CramMd5,
        Self::Plain,
        Self::LoginMechanism,
        Self::Command,
    ];

    const fn name(self) -> &'static str {
        match self {
            Self::ScramSha512Plus => "SCRAM-SHA-512-PLUS",
            Self::ScramSha256Plus => "SCRAM-SHA-256-PLUS",
            Self::ScramSha1Plus => "SCRAM-SHA-1-PLUS",
            Self::ScramSha512 => "SCRAM-SHA-512",
            Self::ScramSha256 => "SCRAM-SHA-256",
            Self::ScramSha1 => "SCRAM-SHA-1",
            Self::CramMd5 => "CRAM-MD5",
            Self::Plain => "PLAIN",
            Self::LoginMechanism | Self::Command => "LOGIN",
        }
    }

    fn is_offered(self, capabilities: &Capabilities) -> bool {
        match self {
            Self::Command => !capabilities.has(Capability::LoginDisabled),
            _ => capabilities.has_auth(self.name()),
        }
    }

    /// Whether whoever can read the connection learns the password.
    const fn reveals_password(self) -> bool {
        matches!(self, Self::Plain | Self::LoginMechanism | Self::Command)
    }

    /// Whether it ties the login to the TLS connection.
    const fn is_bound(self) -> bool {
        matches!(self, Self::ScramSha512Plus | Self::ScramSha256Plus | Self::ScramSha1Plus)
    }

    /// Whether the server keeps the same secret for both: where one is not set up, the other is not either.
    const fn is_like(self, other: Self) -> bool {
        const fn is_scram(way: Way) -> bool {
            way.is_bound() || matches!(way, Way::ScramSha512 | Way::ScramSha256 | Way::ScramSha1)
        }
        is_scram(self) && is_scram(other)
    }
}

/// Logs in with a user name and a password, by the strongest way that the server offers: SCRAM, with channel binding first,
/// CRAM-MD5, PLAIN, LOGIN.
///
/// Another way is tried where the server does not know the one (BAD, or the response code CANNOT), and once more where it
/// refuses a way that hides the password without a reason: there are servers that offer SCRAM without being set up for it,
/// and their refusal cannot be told from that of a wrong password. Once, for accounts are locked after a few wrong passwords.
/// That one is PLAIN or LOGIN on a private connection. Where others can read the connection, a way that reveals the password
/// is used only if there is no other; [`Error::is_password_withheld`] then returns that there would be one.
///
/// A server that does not know the kind of channel binding refuses before it has anything of the password; SCRAM without is
/// tried then.
pub struct LogIn {
    user: String,
    password: Zeroizing<String>,
    nonce: String,
    /// Whether nobody else can read the connection.
    private: bool,
    /// What ties a login to the connection.
    binding: Option<ChannelBinding>,
    ways: VecDeque<Way>,
    /// Whether a way that would reveal the password is left out.
    withheld: bool,
    running: Option<(Way, RunningLogin)>,
    /// The first refusal.
    refused: Option<Error>,
    /// Whether the next way is the last.
    once_more: bool,
}

enum RunningLogin {
    Sasl(Running<Authenticate>),
    Command(Running<Login>),
}

impl LogIn {
    /// `private` means that nobody else can read the connection; `nonce` is fresh entropy: at least 18 random bytes as
    /// printable text.
    ///
    /// # Errors
    /// If the server offers no way.
    pub fn new(
        capabilities: &Capabilities,
        user: &str,
        password: &str,
        private: bool,
        nonce: impl Into<String>,
    ) -> Result<Self> {
        let offered = || Way::ALL.into_iter().filter(|way| !way.is_bound() && way.is_offered(capabilities));
        let hides = !private && offered().any(|way| !way.reveals_password());
        let ways: VecDeque<Way> = offered().filter(|way| !hides || !way.reveals_password()).collect();
        if ways.is_empty() {
            return Err(Error::login_disabled());
        }
        Ok(Self {
            user: user.to_owned(),
            password: Zeroizing::new(password.to_owned()),
            nonce: nonce.into(),
            private,
            binding: None,
            withheld: ways.len() < offered().count(),
            ways,
            running: None,
            refused: None,
            once_more: false,
        })
    }

    /// With channel binding, where the server offers it and can do it: this is what ties the login to the connection.
    #[must_use]
    pub fn bound_to(mut self, binding: Option<ChannelBinding>, engine: &Engine) -> Self {
        if let Some(binding) = binding
            && !(binding.kind() == ChannelBindingType::TlsExporter && engine.profile().rejects_tls_exporter)
        {
            let ways = Way::ALL.into_iter().filter(|way| way.is_bound() && way.is_offered(engine.capabilities()));
            ways.rev().for_each(|way| self.ways.push_front(way));
            self.binding = Some(binding);
        }
        self
    }

    fn start(&self, engine: &mut Engine, way: Way) -> Result<RunningLogin> {
        match mechanism(way.name(), &self.user, &self.password, &self.nonce) {
            Some(mut mechanism) if way != Way::Command => {
                mechanism.bind(self.binding.as_ref(), engine.capabilities().has_channel_binding());
                let initial = engine.capabilities().has(Capability::SaslIr);
                Running::start(engine, Authenticate::new(mechanism, initial)).map(RunningLogin::Sasl)
            }
            _ => Running::start(engine, Login::new(self.user.as_str(), self.password.as_str()))
                .map(RunningLogin::Command),
        }
    }

    /// Decides what to do after a way was refused, before or after the client has proved that it knows the password.
    fn refuse(&mut self, way: Way, error: Error, proved: bool) -> Result<()> {
        // It is neither the mechanism nor the password.
        let other_reason = error.refusal_hint().is_some();
        // Another mechanism may work where this one is not set up.
        let unbound = way.is_bound() && !proved && error.is_no();
        let unusable = unbound || error.is_bad() || matches!(error.code(), Some(ResponseCode::Cannot));
        if unbound {
            self.ways.retain(|next| !next.is_bound());
        }
        let unexplained = error.is_no() && error.code().is_none() && !way.reveals_password() && !self.once_more;
        if other_reason || !(unusable || unexplained) {
            return Err(error);
        }
        if unexplained && !unusable {
            self.once_more = true;
            let private = self.private;
            self.ways.retain(|next| if private { next.reveals_password() } else { !next.is_like(way) });
        }
        self.refused.get_or_insert(error);
        Ok(())
    }

    fn last_refusal(&mut self) -> Error {
        self.refused.take().unwrap_or_else(Error::login_disabled)
    }
}

impl Procedure for LogIn {
    type Output = ();

    fn advance(&mut self, engine: &mut Engine, _now: Instant) -> Result<Advance<()>> {
        loop {
            let Some((way, running)) = &self.running else {
                let Some(way) = self.ways.pop_front() else { return Err(self.last_refusal()) };
                self.running = Some((way, self.start(engine, way)?));
                continue;
            };
            let proved = match running {
                RunningLogin::Sasl(running) => running.command(engine).is_none_or(|command| command.has_responded()),
                RunningLogin::Command(_) => true,
            };
            let result = match running {
                RunningLogin::Sasl(running) => running.take(engine).map(|reply| reply.map(drop)),
                RunningLogin::Command(running) => running.take(engine).map(|reply| reply.map(drop)),
            };
            let (way, withheld) = (*way, self.withheld);
            match result {
                None => return Ok(Advance::IO),
                Some(Ok(())) => return Ok(Advance::Done(())),
                Some(Err(error)) => {
                    self.running = None;
                    let error = error.of_login(engine.status_events()).by_mechanism(way.name());
                    self.refuse(way, error.with_password_withheld(withheld && !way.reveals_password()), proved)?;
                }
            }
        }
    }

    fn interrupted(&mut self, engine: &mut Engine, error: Error) -> Error {
        error.of_login(engine.status_events())
    }
}

impl fmt::Debug for LogIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LogIn").field("user", &self.user).field("ways", &self.ways).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::mechanism_names;

    /// But for the command, each way is a mechanism, and in the order of the table.
    #[test]
    fn the_ways_are_the_mechanisms_that_need_a_password() {
        let ways = Way::ALL.into_iter().filter(|way| *way != Way::Command).map(Way::name);
        assert!(ways.eq(mechanism_names().take(Way::ALL.len() - 1)));
    }
}
