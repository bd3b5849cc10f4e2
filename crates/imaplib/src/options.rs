//! How to connect: trust, timeouts, limits.

use std::path::PathBuf;

use imaplib_proto::client::Timeouts;
use imaplib_proto::engine::Limits;

/// How to connect. The default is what most programs want.
#[derive(Clone, Debug, Default)]
pub struct ConnectOptions {
    pub(crate) ca_file: Option<PathBuf>,
    pub(crate) client_certificate: Option<(PathBuf, PathBuf)>,
    pub(crate) pin: Option<[u8; 32]>,
    pub(crate) timeouts: Timeouts,
    pub(crate) limits: Limits,
}

impl ConnectOptions {
    /// The platform's certificates, and the default timeouts and limits.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Trusts the certificates of this PEM file instead of the platform's.
    #[must_use]
    pub fn ca_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.ca_file = Some(path.into());
        self
    }

    /// Shows the server this certificate chain and proves it with this key, both PEM files.
    #[must_use]
    pub fn client_certificate(mut self, chain: impl Into<PathBuf>, key: impl Into<PathBuf>) -> Self {
        self.client_certificate = Some((chain.into(), key.into()));
        self
    }

    /// Trusts exactly the server certificate whose DER form has this SHA-256 hash, whoever signed it, whatever name or
    /// date it has, and no other.
    #[must_use]
    pub fn pin(mut self, sha256: [u8; 32]) -> Self {
        self.pin = Some(sha256);
        self
    }

    /// How long to wait.
    #[must_use]
    pub fn timeouts(mut self, timeouts: Timeouts) -> Self {
        self.timeouts = timeouts;
        self
    }

    /// How much to hold in memory.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }
}
