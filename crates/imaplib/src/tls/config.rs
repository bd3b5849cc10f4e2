//! The configuration of rustls that the options amount to.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rustls::client::danger::ServerCertVerifier;
use rustls::client::{ResolvesClientCert, WebPkiServerVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::ServerName;
use rustls::sign::CertifiedKey;
use rustls::{ClientConfig, RootCertStore, SignatureScheme};

use super::TlsOptions;
use super::rustls_session::RustlsSession;
use super::verifier::{Noting, Pinned, Untrusted};
use crate::tls_failure::ClientCertificate;
use crate::{Error, Result, TlsFailure};

/// Begins a session with the server of this name.
///
/// # Errors
/// If certificates or keys cannot be used, or it is not a name that a certificate can be for.
pub(super) fn begin(name: &str, options: &TlsOptions) -> Result<(RustlsSession, Record)> {
    let server_name = ServerName::try_from(name.to_owned()).map_err(|_| {
        Error::address(format!("\"{}\" is not a name that a certificate can be for", name.escape_debug()))
    })?;
    let untrusted = Untrusted::default();
    let (config, request) = config(options, &untrusted)?;
    let session = RustlsSession::new(config, server_name).map_err(Error::tls)?;
    Ok((session, Record { request, untrusted }))
}

/// What a handshake leaves behind.
pub(super) struct Record {
    request: CertificateRequest,
    untrusted: Untrusted,
}

impl Record {
    /// What became of a client certificate.
    pub(super) fn client_certificate(&self) -> ClientCertificate {
        match &self.request {
            CertificateRequest::Shown => ClientCertificate::Configured,
            CertificateRequest::None(none) if none.requested.load(Ordering::Relaxed) => ClientCertificate::Missing,
            CertificateRequest::None(_) | CertificateRequest::Unknown => ClientCertificate::NotRequested,
        }
    }

    /// The error of the handshake, with what it left behind.
    pub(super) fn explain(&self, error: Error) -> Error {
        error.with_client_certificate(self.client_certificate()).with_peer_certificates(self.untrusted.take())
    }
}

fn config(options: &TlsOptions, untrusted: &Untrusted) -> Result<(Arc<ClientConfig>, CertificateRequest)> {
    #[cfg(feature = "rustls-config")]
    if let Some(config) = &options.config {
        let request = match config.client_auth_cert_resolver.has_certs() {
            true => CertificateRequest::Shown,
            false => CertificateRequest::Unknown,
        };
        return Ok((config.arc(), request));
    }
    let provider = provider()?;
    let verifier = verifier(options, &provider)?;
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(Error::tls)?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Noting { verifier, untrusted: untrusted.clone() }));
    let (mut config, request) = match &options.client_certificate {
        None => {
            let none = Arc::new(NoClientCertificate::default());
            (builder.with_client_cert_resolver(Arc::clone(&none) as _), CertificateRequest::None(none))
        }
        Some((chain, key)) => {
            let config = builder.with_client_auth_cert(chain.certificates()?, key.key()?);
            (config.map_err(|error| chain.unusable(error))?, CertificateRequest::Shown)
        }
    };
    config.alpn_protocols.clone_from(&options.alpn);
    Ok((Arc::new(config), request))
}

/// The cryptography.
#[cfg(feature = "rustls-ring")]
#[allow(clippy::unnecessary_wraps, reason = "without ring there may be none")]
fn provider() -> Result<Arc<CryptoProvider>> {
    Ok(Arc::new(rustls::crypto::ring::default_provider()))
}

/// The cryptography: that of the program.
#[cfg(not(feature = "rustls-ring"))]
fn provider() -> Result<Arc<CryptoProvider>> {
    CryptoProvider::get_default().cloned().ok_or_else(|| {
        let error = rustls::Error::General("no CryptoProvider was installed with install_default".to_owned());
        Error::tls_because(TlsFailure::NoCryptography, error)
    })
}

/// Decides which certificates are trusted.
fn verifier(options: &TlsOptions, provider: &Arc<CryptoProvider>) -> Result<Arc<dyn ServerCertVerifier>> {
    let provider = Arc::clone(provider);
    if let Some(pin) = options.pin {
        return Ok(Arc::new(Pinned { pin, provider }));
    }
    let Some(roots) = &options.roots else {
        let no_store = |error| Error::tls_because(TlsFailure::NoTrustStore, error);
        let platform = platform_verifier(options, provider)?;
        return Ok(Arc::new(platform.map_err(no_store)?));
    };
    let mut store = RootCertStore::empty();
    for pem in std::iter::once(roots).chain(&options.extra_roots) {
        for certificate in pem.certificates()? {
            store.add(certificate).map_err(|error| pem.unusable(error))?;
        }
    }
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(store), provider).build();
    Ok(verifier.map_err(|error| roots.unusable(error))?)
}

/// What the platform trusts, and the caller besides.
fn platform_verifier(
    options: &TlsOptions,
    provider: Arc<CryptoProvider>,
) -> Result<std::result::Result<rustls_platform_verifier::Verifier, rustls::Error>> {
    let mut extra = Vec::new();
    for pem in &options.extra_roots {
        extra.extend(pem.certificates()?);
    }
    if extra.is_empty() {
        return Ok(rustls_platform_verifier::Verifier::new(provider));
    }
    #[cfg(not(target_os = "android"))]
    return Ok(rustls_platform_verifier::Verifier::new_with_extra_roots(extra, provider));
    #[cfg(target_os = "android")]
    Err(imaplib_proto::client::BadArgument::NotOnThisSystem("trust in certificates besides the platform's").into())
}

/// Has no certificate, and notes whether the server requested one.
#[derive(Debug, Default)]
struct NoClientCertificate {
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

/// What is known of a server that requests a client certificate.
enum CertificateRequest {
    /// One is shown where it is requested.
    Shown,
    /// There is none to be shown.
    None(Arc<NoClientCertificate>),
    /// The caller's configuration shows none, and does not report whether one was requested.
    #[cfg_attr(not(feature = "rustls-config"), allow(dead_code))]
    Unknown,
}
