//! Why TLS failed, decided from the types of rustls.

use std::fmt;

use sha2::{Digest, Sha256};

use rustls::{AlertDescription, CertificateError, InvalidMessage, PeerIncompatible};

/// Why TLS failed, from [`Error::tls_failure`](crate::Error::tls_failure).
///
/// The error of the TLS library itself is the [`source`](std::error::Error::source) of the [`Error`](crate::Error).
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
    /// There is no cryptography for TLS: this library was built without the feature `rustls-ring`, and the program has installed
    /// no provider (`rustls::crypto::CryptoProvider::install_default`).
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
    Missing,
    /// One was configured.
    Configured,
}

/// The certificate is not the one that is pinned.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PinMismatch;

impl fmt::Display for PinMismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the SHA-256 hash of the certificate is not the pinned one")
    }
}

impl std::error::Error for PinMismatch {}

/// The SHA-256 hash of the first certificate.
pub(crate) fn fingerprint(certificates: &[Vec<u8>]) -> Option<[u8; 32]> {
    certificates.first().map(|certificate| Sha256::digest(certificate).into())
}

impl TlsFailure {
    pub(crate) fn of(error: &rustls::Error) -> Self {
        use rustls::Error as Tls;
        match error {
            Tls::InvalidCertificate(reason) => Self::of_certificate(reason),
            Tls::NoCertificatesPresented => Self::NoCertificate,
            // The first bytes of a record already differ.
            Tls::InvalidMessage(InvalidMessage::InvalidContentType | InvalidMessage::UnknownProtocolVersion) => {
                Self::NotTls
            }
            Tls::PeerIncompatible(
                PeerIncompatible::ServerDoesNotSupportTls12Or13
                | PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig,
            ) => Self::OldVersion,
            Tls::PeerIncompatible(_) => Self::Incompatible,
            Tls::AlertReceived(alert) => Self::of_alert(*alert),
            Tls::InvalidMessage(_)
            | Tls::InappropriateMessage { .. }
            | Tls::InappropriateHandshakeMessage { .. }
            | Tls::PeerMisbehaved(_)
            | Tls::PeerSentOversizedRecord
            | Tls::DecryptError => Self::Misbehaved,
            _ => Self::Other,
        }
    }

    fn of_certificate(error: &CertificateError) -> Self {
        match error {
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => Self::Expired,
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => Self::NotValidYet,
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => Self::WrongName,
            CertificateError::UnknownIssuer => Self::UnknownIssuer,
            CertificateError::Revoked => Self::Revoked,
            CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => Self::WrongUsage,
            CertificateError::Other(other) if other.0.is::<PinMismatch>() => Self::PinMismatch,
            CertificateError::Other(other) => match other.0.downcast_ref() {
                Some(webpki::Error::CaUsedAsEndEntity) => Self::AuthorityCertificate,
                Some(webpki::Error::UnsupportedCertVersion) => Self::OldCertificate,
                _ => Self::BadCertificate,
            },
            _ => Self::BadCertificate,
        }
    }

    fn of_alert(alert: AlertDescription) -> Self {
        match alert {
            AlertDescription::ProtocolVersion => Self::OldVersion,
            AlertDescription::HandshakeFailure | AlertDescription::InsufficientSecurity => Self::Incompatible,
            AlertDescription::CertificateRequired => Self::ClientCertificateRequired,
            AlertDescription::UnrecognisedName => Self::UnknownHost,
            other => Self::Alert { code: other.into() },
        }
    }

    /// The same, where it is known what became of a client certificate: servers with TLS 1.2 have no alert that means that
    /// one is missing, and many send the one of a failed handshake or of a bad certificate.
    pub(crate) fn with_client_certificate(self, error: &rustls::Error, certificate: ClientCertificate) -> Self {
        let rustls::Error::AlertReceived(alert) = error else { return self };
        let is_about_certificate = matches!(
            alert,
            AlertDescription::NoCertificate
                | AlertDescription::BadCertificate
                | AlertDescription::UnsupportedCertificate
                | AlertDescription::CertificateRevoked
                | AlertDescription::CertificateExpired
                | AlertDescription::CertificateUnknown
                | AlertDescription::CertificateRequired
                | AlertDescription::UnknownCA
                | AlertDescription::AccessDenied
        );
        let is_failed_handshake = matches!(alert, AlertDescription::HandshakeFailure);
        match certificate {
            ClientCertificate::Missing if is_about_certificate || is_failed_handshake => {
                Self::ClientCertificateRequired
            }
            ClientCertificate::Configured if is_about_certificate => Self::ClientCertificateRefused,
            _ => self,
        }
    }

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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use rustls::OtherError;

    use super::*;

    const fn alert(alert: AlertDescription) -> rustls::Error {
        rustls::Error::AlertReceived(alert)
    }

    #[test]
    fn each_error_of_tls_has_its_reason() {
        let of_certificate = |error: CertificateError| TlsFailure::of(&rustls::Error::InvalidCertificate(error));
        let pin = CertificateError::Other(OtherError(Arc::new(PinMismatch)));
        let other = CertificateError::Other(OtherError(Arc::new(fmt::Error)));
        let old = CertificateError::Other(OtherError(Arc::new(webpki::Error::UnsupportedCertVersion)));
        for (error, reason) in [
            (CertificateError::Expired, TlsFailure::Expired),
            (CertificateError::NotValidYet, TlsFailure::NotValidYet),
            (CertificateError::NotValidForName, TlsFailure::WrongName),
            (CertificateError::UnknownIssuer, TlsFailure::UnknownIssuer),
            (CertificateError::Revoked, TlsFailure::Revoked),
            (CertificateError::InvalidPurpose, TlsFailure::WrongUsage),
            (CertificateError::BadSignature, TlsFailure::BadCertificate),
            (pin, TlsFailure::PinMismatch),
            (other, TlsFailure::BadCertificate),
            (old, TlsFailure::OldCertificate),
        ] {
            assert_eq!(of_certificate(error), reason);
        }
        for (error, reason) in [
            (rustls::Error::InvalidMessage(InvalidMessage::InvalidContentType), TlsFailure::NotTls),
            (rustls::Error::InvalidMessage(InvalidMessage::MessageTooShort), TlsFailure::Misbehaved),
            (PeerIncompatible::ServerDoesNotSupportTls12Or13.into(), TlsFailure::OldVersion),
            (PeerIncompatible::NoCipherSuitesInCommon.into(), TlsFailure::Incompatible),
            (alert(AlertDescription::ProtocolVersion), TlsFailure::OldVersion),
            (alert(AlertDescription::HandshakeFailure), TlsFailure::Incompatible),
            (alert(AlertDescription::UnrecognisedName), TlsFailure::UnknownHost),
            (alert(AlertDescription::InternalError), TlsFailure::Alert { code: 80 }),
            (rustls::Error::NoCertificatesPresented, TlsFailure::NoCertificate),
            (rustls::Error::DecryptError, TlsFailure::Misbehaved),
            (rustls::Error::FailedToGetCurrentTime, TlsFailure::Other),
        ] {
            assert_eq!(TlsFailure::of(&error), reason);
        }
    }

    #[test]
    fn alerts_are_about_a_client_certificate_only_where_one_was_requested() {
        use ClientCertificate::{Configured, Missing, NotRequested};
        let (bad, failed, internal) =
            (AlertDescription::BadCertificate, AlertDescription::HandshakeFailure, AlertDescription::InternalError);
        for (description, certificate, reason) in [
            (bad, NotRequested, TlsFailure::Alert { code: 42 }),
            (bad, Missing, TlsFailure::ClientCertificateRequired),
            (bad, Configured, TlsFailure::ClientCertificateRefused),
            (failed, NotRequested, TlsFailure::Incompatible),
            (failed, Missing, TlsFailure::ClientCertificateRequired),
            (failed, Configured, TlsFailure::Incompatible),
            (internal, Missing, TlsFailure::Alert { code: 80 }),
        ] {
            let error = alert(description);
            let found = TlsFailure::of(&error).with_client_certificate(&error, certificate);
            assert_eq!(found, reason, "{description:?} {certificate:?}");
        }
    }
}
