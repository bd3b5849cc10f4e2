//! How to connect: trust, timeouts, limits; and login mechanisms by name.

use std::ffi::OsString;
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use imaplib_proto::client::{self, BadArgument, Revision, Timeouts};
use imaplib_proto::engine::Limits;
use imaplib_proto::sasl::Mechanism;

use crate::tls::{Pem, Shared, TlsOptions};
use crate::{Error, Proxy, Result, TlsConnector};

/// How to connect. The default is what most programs want.
#[derive(Clone, Debug, Default)]
pub struct ConnectOptions {
    pub(crate) tls: TlsOptions,
    pub(crate) timeouts: Timeouts,
    pub(crate) limits: Limits,
    pub(crate) interrupt: Option<Arc<AtomicBool>>,
    pub(crate) withheld: Vec<OsString>,
    pub(crate) proxy: Option<Proxy>,
    pub(crate) addresses: Vec<IpAddr>,
    pub(crate) revision: Revision,
}

impl ConnectOptions {
    /// The platform's certificates, and the default timeouts and limits.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
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

    /// Uses this revision of IMAP on servers that have IMAP4rev1 and IMAP4rev2. Unless set, IMAP4rev2 is enabled after login
    /// where something is gained by it.
    #[must_use]
    pub fn revision(mut self, revision: Revision) -> Self {
        self.revision = revision;
        self
    }

    /// Removes a variable from the environment that the program of a [tunnel](crate::Endpoint::tunnel) is given.
    #[must_use]
    pub fn withhold_from_tunnel(mut self, variable: impl Into<OsString>) -> Self {
        self.withheld.push(variable.into());
        self
    }
}

impl ConnectOptions {
    /// Trusts the certificates of this PEM file instead of the platform's.
    #[must_use]
    pub fn ca_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.tls.roots = Some(Pem::File(path.into()));
        self
    }

    /// Trusts the certificates of this PEM text instead of the platform's.
    #[must_use]
    pub fn ca_pem(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.tls.roots = Some(Pem::text(pem));
        self
    }

    /// Trusts the certificates of this PEM text besides those of [`ca_file`](Self::ca_file), [`ca_pem`](Self::ca_pem) or the
    /// platform. It can be called several times. On Android, certificates besides the platform's are not supported.
    #[must_use]
    pub fn extra_ca_pem(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.tls.extra_roots.push(Pem::text(pem));
        self
    }

    /// Shows the server this certificate chain and proves it with this key, both PEM files.
    #[must_use]
    pub fn client_certificate(mut self, chain: impl Into<PathBuf>, key: impl Into<PathBuf>) -> Self {
        self.tls.client_certificate = Some((Pem::File(chain.into()), Pem::File(key.into())));
        self
    }

    /// As [`client_certificate`](Self::client_certificate), with the texts of such files.
    #[must_use]
    pub fn client_certificate_pem(mut self, chain: impl Into<Vec<u8>>, key: impl Into<Vec<u8>>) -> Self {
        self.tls.client_certificate = Some((Pem::text(chain), Pem::text(key)));
        self
    }

    /// Trusts exactly the server certificate whose DER form has this SHA-256 hash, whoever signed it, whatever name or
    /// date it has, and no other. [`Error::peer_certificates`](crate::Error::peer_certificates) has what a server showed that was not trusted, so that somebody
    /// can decide whether to pin it.
    #[must_use]
    pub fn pin(mut self, sha256: [u8; 32]) -> Self {
        self.tls.pin = Some(sha256);
        self
    }

    /// Expects the server's certificate to be for this name or IP address, in place of the endpoint's host, and asks the
    /// server for it (SNI).
    #[must_use]
    pub fn tls_server_name(mut self, name: impl Into<String>) -> Self {
        self.tls.server_name = Some(name.into());
        self
    }

    /// Offers these protocols in the TLS handshake (ALPN, RFC 7301); `imap` is the registered name. The default is none, because
    /// there are servers that refuse what they do not know. [`TlsInfo::alpn`](crate::TlsInfo#structfield.alpn) is what the
    /// server chose.
    #[must_use]
    pub fn alpn<P: Into<Vec<u8>>>(mut self, protocols: impl IntoIterator<Item = P>) -> Self {
        self.tls.alpn = protocols.into_iter().map(Into::into).collect();
        self
    }

    /// Uses this TLS library, for `imaps://` and for STARTTLS. Of the other options for TLS, only
    /// [`tls_server_name`](Self::tls_server_name) counts then.
    #[must_use]
    pub fn tls_connector(mut self, connector: impl TlsConnector + 'static) -> Self {
        self.tls.connector = Some(Shared::new(Arc::new(connector)));
        self
    }

    /// Uses this configuration of rustls as it is: whom it trusts, what it shows and offers. Of the other options for TLS, only
    /// [`tls_server_name`](Self::tls_server_name) counts then, and
    /// [`Error::peer_certificates`](crate::Error::peer_certificates) is empty.
    #[cfg(feature = "rustls-config")]
    #[cfg_attr(docsrs, doc(cfg(feature = "rustls-config")))]
    #[must_use]
    pub fn rustls_config(mut self, config: impl Into<Arc<rustls::ClientConfig>>) -> Self {
        self.tls.config = Some(Shared::new(config.into()));
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

/// Fresh entropy as text, for SCRAM.
pub(crate) fn nonce() -> Result<String> {
    let mut bytes = [0; 24];
    getrandom::fill(&mut bytes)
        .map_err(|error| Error::system("cannot get random numbers", std::io::Error::other(error.to_string())))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
