//! Why TLS failed, decided from the types of rustls.

use std::fmt;

use rustls::{AlertDescription, CertificateError, InvalidMessage, PeerIncompatible};

use crate::TlsFailure;
use crate::tls_failure::ClientCertificate;

/// The certificate is not the one that is pinned.
#[derive(Clone, Copy, Debug)]
pub(super) struct PinMismatch;

impl fmt::Display for PinMismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the SHA-256 hash of the certificate is not the pinned one")
    }
}

impl std::error::Error for PinMismatch {}

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
