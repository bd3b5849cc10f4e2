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

use imaplib_proto::sasl::ChannelBinding;

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
    /// What ties a login to this connection (RFC 5056), if the TLS library reports it: rustls has `tls-exporter` with TLS 1.3.
    /// [`Client::login`](crate::Client::login) uses it.
    pub channel_binding: Option<ChannelBinding>,
}

impl TlsInfo {
    #[cfg(feature = "rustls")]
    pub(crate) fn of(session: &rustls::ClientConnection) -> Self {
        let certificates = session.peer_certificates().unwrap_or_default();
        Self {
            version: session
                .protocol_version()
                .map_or_else(String::new, |version| format!("{version:?}").replace('_', ".")),
            cipher: session.negotiated_cipher_suite().map_or_else(String::new, |suite| format!("{:?}", suite.suite())),
            certificates: certificates.iter().map(|certificate| certificate.to_vec()).collect(),
            alpn: session.alpn_protocol().map(<[u8]>::to_vec),
            channel_binding: exporter(session),
        }
    }

    /// What ties a login to the certificate of the server, `tls-server-end-point` (RFC 5929), for
    /// [`bound_to`](crate::sasl::ScramSha256::bound_to). Few IMAP servers know it.
    #[must_use]
    pub fn end_point_binding(&self) -> Option<ChannelBinding> {
        ChannelBinding::of_certificate(self.certificates.first()?)
    }

    /// The SHA-256 hash of the server's certificate, as [`ConnectOptions::pin`](crate::ConnectOptions::pin) accepts it.
    #[must_use]
    pub fn fingerprint(&self) -> Option<[u8; 32]> {
        fingerprint(&self.certificates)
    }
}

/// `tls-exporter` (RFC 9266): only of TLS 1.3, for whether older versions permit it cannot be seen.
#[cfg(feature = "rustls")]
fn exporter(session: &rustls::ClientConnection) -> Option<ChannelBinding> {
    let is_new = session.protocol_version() == Some(rustls::ProtocolVersion::TLSv1_3);
    let exported = session.export_keying_material([0; 32], b"EXPORTER-Channel-Binding", Some(b""));
    let data = exported.ok().filter(|_| is_new)?;
    Some(ChannelBinding::new(imaplib_proto::sasl::ChannelBindingType::TlsExporter, data))
}
