//! TLS: whom to trust, and what to tell of it.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rustls::client::ResolvesClientCert;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::sign::CertifiedKey;
use rustls::{
    CertificateError, ClientConfig, CommonState, DigitallySignedStruct, OtherError, RootCertStore, SignatureScheme,
};
use sha2::{Digest, Sha256};

use crate::tls_failure::{ClientCertificate, PinMismatch};
use crate::{ConnectOptions, Error, Result, TlsFailure};

/// The TLS session of a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TlsInfo {
    /// The version, such as `TLSv1.3`.
    pub version: String,
    /// The cipher suite, such as `TLS13_AES_256_GCM_SHA384`.
    pub cipher: String,
    /// The certificates that the server showed, its own first, each in DER.
    pub certificates: Vec<Vec<u8>>,
}

impl TlsInfo {
    pub(crate) fn of(session: &CommonState) -> Self {
        let certificates = session.peer_certificates().unwrap_or_default();
        Self {
            version: session
                .protocol_version()
                .map_or_else(String::new, |version| format!("{version:?}").replace('_', ".")),
            cipher: session.negotiated_cipher_suite().map_or_else(String::new, |suite| format!("{:?}", suite.suite())),
            certificates: certificates.iter().map(|certificate| certificate.to_vec()).collect(),
        }
    }

    /// The SHA-256 hash of the server's certificate, as [`ConnectOptions::pin`] accepts it.
    #[must_use]
    pub fn fingerprint(&self) -> Option<[u8; 32]> {
        self.certificates.first().map(|certificate| Sha256::digest(certificate).into())
    }
}

/// What a handshake with these options trusts; and what becomes of a client certificate in it.
pub(crate) fn config(options: &ConnectOptions) -> Result<(Arc<ClientConfig>, CertificateRequest)> {
    let provider = Arc::new(ring::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(Error::tls)?;
    let builder = match (options.pin, &options.ca_file) {
        (Some(pin), _) => builder.dangerous().with_custom_certificate_verifier(Arc::new(Pinned { pin, provider })),
        (None, Some(path)) => {
            let mut roots = RootCertStore::empty();
            for certificate in certificates(path)? {
                roots.add(certificate).map_err(|error| Error::file(path, error))?;
            }
            builder.with_root_certificates(roots)
        }
        (None, None) => {
            let platform = rustls_platform_verifier::Verifier::new(provider)
                .map_err(|error| Error::tls_because(TlsFailure::NoTrustStore, error))?;
            builder.dangerous().with_custom_certificate_verifier(Arc::new(platform))
        }
    };
    Ok(match &options.client_certificate {
        None => {
            let request = Arc::new(NoClientCertificate::default());
            let config = builder.with_client_cert_resolver(Arc::clone(&request) as _);
            (Arc::new(config), CertificateRequest(Some(request)))
        }
        Some((chain, key_file)) => {
            let key = PrivateKeyDer::from_pem_file(key_file).map_err(|error| Error::file(key_file, error))?;
            let config =
                builder.with_client_auth_cert(certificates(chain)?, key).map_err(|error| Error::file(chain, error))?;
            (Arc::new(config), CertificateRequest(None))
        }
    })
}

/// Has no certificate, and notes whether the server requested one.
#[derive(Debug, Default)]
pub(crate) struct NoClientCertificate {
    requested: AtomicBool,
}

impl ResolvesClientCert for NoClientCertificate {
    fn resolve(&self, _authorities: &[&[u8]], _schemes: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        self.requested.store(true, Ordering::Relaxed);
        None
    }

    fn has_certs(&self) -> bool {
        false
    }
}

/// Whether the server requested a client certificate that there is not.
pub(crate) struct CertificateRequest(Option<Arc<NoClientCertificate>>);

impl CertificateRequest {
    pub(crate) fn state(&self) -> ClientCertificate {
        match &self.0 {
            None => ClientCertificate::Configured,
            Some(none) if none.requested.load(Ordering::Relaxed) => ClientCertificate::Missing,
            Some(_) => ClientCertificate::NotRequested,
        }
    }
}

/// The name that the server's certificate must be for.
pub(crate) fn server_name(host: &str) -> Result<ServerName<'static>> {
    ServerName::try_from(host.to_owned())
        .map_err(|_| Error::address(format!("\"{}\" is not a name that a certificate can be for", host.escape_debug())))
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>> {
    let read = || CertificateDer::pem_file_iter(path)?.collect::<std::result::Result<Vec<_>, _>>();
    let certificates = read().map_err(|error| Error::file(path, error))?;
    if certificates.is_empty() {
        return Err(Error::file(path, "it contains no certificate in PEM form"));
    }
    Ok(certificates)
}

/// Trusts one certificate.
#[derive(Debug)]
struct Pinned {
    pin: [u8; 32],
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Pinned {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> std::result::Result<ServerCertVerified, rustls::Error> {
        if Sha256::digest(end_entity).as_slice() == self.pin {
            Ok(ServerCertVerified::assertion())
        } else {
            Err(CertificateError::Other(OtherError(Arc::new(PinMismatch))).into())
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> std::result::Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signature, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> std::result::Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signature, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
