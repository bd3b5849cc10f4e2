//! What a SASL mechanism is to the server.

use crate::settings::Settings;
use crate::store::Store;

/// What a mechanism does next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Step {
    Challenge(Vec<u8>),
    /// The user who is now logged in.
    Success(String),
    /// The text of the tagged NO.
    Failure(String),
}

impl Step {
    pub(super) fn refused() -> Self {
        Self::Failure("[AUTHENTICATIONFAILED] invalid credentials".to_owned())
    }

    pub(super) fn malformed() -> Self {
        Self::Failure("malformed response".to_owned())
    }
}

/// A mechanism in the middle of its exchange.
pub(super) trait Mechanism: Send {
    /// What the server sends first; `None` where the client starts.
    fn greeting(&mut self) -> Option<Vec<u8>> {
        None
    }

    fn step(&mut self, lookup: &Lookup<'_>, response: &[u8]) -> Step;
}

/// What mechanisms look up.
pub(crate) struct Lookup<'a> {
    pub(crate) store: &'a Store,
    pub(crate) settings: &'a Settings,
    /// What ties a login to the TLS connection, `tls-exporter`.
    pub(crate) channel_binding: Option<&'a [u8]>,
}

impl Lookup<'_> {
    /// Logs a user in by password.
    pub(super) fn check(&self, user: &str, password: &[u8]) -> Step {
        if self.store.accepts(user, password) { Step::Success(user.to_owned()) } else { Step::refused() }
    }
}
