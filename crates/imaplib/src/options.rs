//! How to connect: trust, timeouts, limits; and login mechanisms by name.

use std::ffi::OsString;
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use imaplib_proto::client::{self, BadArgument, Timeouts};
use imaplib_proto::engine::Limits;
use imaplib_proto::sasl::Mechanism;

use crate::system::nonce;
use crate::{Proxy, Result};

/// How to connect. The default is what most programs want.
#[derive(Clone, Debug, Default)]
pub struct ConnectOptions {
    pub(crate) ca_file: Option<PathBuf>,
    pub(crate) client_certificate: Option<(PathBuf, PathBuf)>,
    pub(crate) pin: Option<[u8; 32]>,
    pub(crate) timeouts: Timeouts,
    pub(crate) limits: Limits,
    pub(crate) interrupt: Option<Arc<AtomicBool>>,
    pub(crate) withheld: Vec<OsString>,
    pub(crate) proxy: Option<Proxy>,
    pub(crate) addresses: Vec<IpAddr>,
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

    /// Ends a wait of the blocking client when this flag is set: a server that is silent then is given one more second. The
    /// call fails with [`is_connection_lost`](crate::Error::is_connection_lost), and its `io_error` is
    /// [`Interrupted`](std::io::ErrorKind::Interrupted). A signal handler can set it. The async client has no use for it,
    /// because a future can be dropped. Name resolution, reaching the server and the TLS handshake are not ended.
    #[must_use]
    pub fn interrupt(mut self, flag: Arc<AtomicBool>) -> Self {
        self.interrupt = Some(flag);
        self
    }

    /// Reaches the server through this proxy. A tunnel and a Unix socket do not use it. Of a stream of the caller's, see
    /// `Client::connect_over`, it means that the stream leads to the proxy.
    #[must_use]
    pub fn proxy(mut self, proxy: Proxy) -> Self {
        self.proxy = Some(proxy);
        self
    }

    /// Reaches the server at these addresses, in place of those that the system finds for its name: for programs with a
    /// resolver of their own. The certificate must still be for the name. With a [proxy](Self::proxy), which looks up the name
    /// itself, they are not used.
    #[must_use]
    pub fn addresses(mut self, addresses: impl IntoIterator<Item = IpAddr>) -> Self {
        self.addresses = addresses.into_iter().collect();
        self
    }

    /// Removes a variable from the environment that the program of a [tunnel](crate::Endpoint::tunnel) is given.
    #[must_use]
    pub fn withhold_from_tunnel(mut self, variable: impl Into<OsString>) -> Self {
        self.withheld.push(variable.into());
        self
    }
}

/// A mechanism by its name, for programs that leave the choice to their users: `secret` is the password, or the
/// access token of OAUTHBEARER and XOAUTH2; EXTERNAL and ANONYMOUS need none. [`mechanism_names`](crate::mechanism_names)
/// lists the names.
///
/// # Errors
/// If the name is not known, or the system has no random numbers.
pub fn mechanism(name: &str, user: &str, secret: &str) -> Result<Box<dyn Mechanism>> {
    let found = client::mechanism(name, user, secret, &nonce()?);
    found.ok_or_else(|| BadArgument::UnknownMechanism(name.to_owned()).into())
}
