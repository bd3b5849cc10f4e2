//! TLS: whom to trust, and what is known of a session.

#[cfg(feature = "rustls")]
mod config;
mod handshake;
#[cfg(feature = "native-tls")]
mod native;
mod options;
#[cfg(feature = "rustls")]
mod reason;
#[cfg(feature = "rustls")]
mod rustls_session;
mod session;
#[cfg(feature = "rustls")]
mod verifier;
mod wire;

pub(crate) use handshake::Handshake;
#[cfg(feature = "native-tls")]
pub use native::NativeTls;
pub(crate) use options::{Pem, Shared, TlsOptions};
pub(crate) use session::TlsLayer;
pub use session::{TlsConnector, TlsSession};
pub use wire::TlsWire;

use crate::tls_failure::fingerprint;

/// The TLS session of a connection.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct TlsInfo {
    /// The version, such as `TLSv1.3`; empty if the TLS library does not report it.
    pub version: String,
    /// The cipher suite, such as `TLS13_AES_256_GCM_SHA384`; empty if the TLS library does not report it.
    pub cipher: String,
    /// The certificates that the server showed, its own first, each in DER: those that the TLS library reports.
    pub certificates: Vec<Vec<u8>>,
    /// The protocol that the server chose of those that were [offered](crate::ConnectOptions::alpn).
    pub alpn: Option<Vec<u8>>,
}

impl TlsInfo {
    #[cfg(feature = "rustls")]
    pub(crate) fn of(session: &rustls::CommonState) -> Self {
        let certificates = session.peer_certificates().unwrap_or_default();
        Self {
            version: session
                .protocol_version()
                .map_or_else(String::new, |version| format!("{version:?}").replace('_', ".")),
            cipher: session.negotiated_cipher_suite().map_or_else(String::new, |suite| format!("{:?}", suite.suite())),
            certificates: certificates.iter().map(|certificate| certificate.to_vec()).collect(),
            alpn: session.alpn_protocol().map(<[u8]>::to_vec),
        }
    }

    /// The SHA-256 hash of the server's certificate, as [`ConnectOptions::pin`](crate::ConnectOptions::pin) accepts it.
    #[must_use]
    pub fn fingerprint(&self) -> Option<[u8; 32]> {
        fingerprint(&self.certificates)
    }
}
