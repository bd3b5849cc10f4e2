//! Why TLS failed.

use std::fmt;

use sha2::{Digest, Sha256};

/// Why TLS failed, from [`Error::tls_failure`](crate::Error::tls_failure).
///
/// An own [`TlsSession`](crate::TlsSession) reports it within an [`io::Error`](std::io::Error). The error of the TLS library itself is the [`source`](std::error::Error::source) of the [`Error`](crate::Error).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TlsFailure {
    /// The server answers with something that is not TLS.
    NotTls,
    /// The server supports neither TLS 1.2 nor TLS 1.3.
    OldVersion,
    /// The server and this library have no cipher suite, key exchange or signature scheme in common.
    Incompatible,
    /// The server sent no certificate.
    NoCertificate,
    /// The server's certificate has expired.
    Expired,
    /// The server's certificate is not valid yet.
    NotValidYet,
    /// The server's certificate is for another name.
    WrongName,
    /// The server's certificate is not signed by a trusted authority.
    UnknownIssuer,
    /// The server's certificate is not the one given to [`ConnectOptions::pin`](crate::ConnectOptions::pin).
    PinMismatch,
    /// The server's certificate has been revoked.
    Revoked,
    /// The server's certificate is not meant for servers.
    WrongUsage,
    /// The server's certificate is that of an authority (`CA:TRUE`), as tools make them that sign by themselves: no server may
    /// use it, also where it is trusted to sign others. Only [`ConnectOptions::pin`](crate::ConnectOptions::pin) accepts it.
    AuthorityCertificate,
    /// The server's certificate is older than version 3 of X.509.
    OldCertificate,
    /// The server's certificate is not accepted for another reason.
    BadCertificate,
    /// The server requires a client certificate, and there is none in
    /// [`ConnectOptions::client_certificate`](crate::ConnectOptions::client_certificate).
    ClientCertificateRequired,
    /// The server refuses the client certificate.
    ClientCertificateRefused,
    /// The server does not know the host name that the client asked for.
    UnknownHost,
    /// The server ended the session with another alert.
    Alert {
        /// Its number in the IANA registry of TLS alerts.
        code: u8,
    },
    /// The server broke the rules of TLS, or somebody changed what it sent.
    Misbehaved,
    /// There is no cryptography for TLS: this library was built without the features `rustls-ring` and
    /// `native-tls`, and the program has neither installed a provider (`rustls::crypto::CryptoProvider::install_default`) nor
    /// brought a [connector](crate::ConnectOptions::tls_connector).
    NoCryptography,
    /// The certificates that the platform trusts cannot be loaded.
    NoTrustStore,
    /// Anything else.
    Other,
}

/// What became of a client certificate in the handshake.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum ClientCertificate {
    /// None was configured, and the server requested none.
    #[default]
    NotRequested,
    /// The server requested one, and none was configured.
    #[cfg_attr(not(feature = "rustls"), allow(dead_code))]
    Missing,
    /// One was configured.
    #[cfg_attr(not(feature = "rustls"), allow(dead_code))]
    Configured,
}

/// The SHA-256 hash of the first certificate.
pub(crate) fn fingerprint(certificates: &[Vec<u8>]) -> Option<[u8; 32]> {
    certificates.first().map(|certificate| Sha256::digest(certificate).into())
}

impl TlsFailure {
    /// Whether the error of the TLS library is more precise.
    pub(crate) fn is_general(self) -> bool {
        matches!(
            self,
            Self::Incompatible
                | Self::BadCertificate
                | Self::ClientCertificateRefused
                | Self::Alert { .. }
                | Self::Misbehaved
                | Self::NoTrustStore
                | Self::Other
        )
    }
}

impl fmt::Display for TlsFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotTls => "the server does not answer in TLS on this port",
            Self::OldVersion => "the server supports only TLS versions older than 1.2",
            Self::Incompatible => "the server supports no cipher or key exchange that is considered secure",
            Self::NoCertificate => "the server sent no certificate",
            Self::Expired => "the server's certificate has expired",
            Self::NotValidYet => "the server's certificate is not valid yet",
            Self::WrongName => "the server's certificate is for another name",
            Self::UnknownIssuer => "the server's certificate is not signed by a trusted authority",
            Self::PinMismatch => "the server's certificate is not the one that is pinned",
            Self::Revoked => "the server's certificate has been revoked",
            Self::WrongUsage => "the server's certificate is not meant for servers",
            Self::AuthorityCertificate => "the server's certificate is that of an authority, which no server may use",
            Self::OldCertificate => "the server's certificate is older than version 3 of X.509",
            Self::BadCertificate => "the server's certificate is not accepted",
            Self::ClientCertificateRequired => "the server requires a client certificate",
            Self::ClientCertificateRefused => "the server refuses the client certificate",
            Self::UnknownHost => "the server does not know this host name",
            Self::Alert { .. } => "the server ended the session",
            Self::Misbehaved => "the server broke the rules of TLS, or somebody changed what it sent",
            Self::NoCryptography => "this program has no cryptography for it",
            Self::NoTrustStore => "the certificates that this system trusts cannot be loaded",
            Self::Other => "unexpected error",
        })
    }
}

impl std::error::Error for TlsFailure {}
