//! Whom TLS trusts, and what it shows and asks for.

use std::fmt;
use std::path::PathBuf;
#[cfg(feature = "rustls-config")]
use std::sync::Arc;

use imaplib_proto::client::BadArgument;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use zeroize::Zeroizing;

use crate::{Error, Result};

/// Whom TLS trusts, and what it shows and asks for.
#[derive(Clone, Debug, Default)]
pub(crate) struct TlsOptions {
    pub(crate) roots: Option<Pem>,
    pub(crate) extra_roots: Vec<Pem>,
    pub(crate) client_certificate: Option<(Pem, Pem)>,
    pub(crate) pin: Option<[u8; 32]>,
    pub(crate) server_name: Option<String>,
    pub(crate) alpn: Vec<Vec<u8>>,
    #[cfg(feature = "rustls-config")]
    pub(crate) config: Option<Arc<rustls::ClientConfig>>,
}

/// Certificates or a key in PEM form.
#[derive(Clone)]
pub(crate) enum Pem {
    File(PathBuf),
    Text(Zeroizing<Vec<u8>>),
}

impl Pem {
    pub(crate) fn text(pem: impl Into<Vec<u8>>) -> Self {
        Self::Text(Zeroizing::new(pem.into()))
    }

    /// The error of what is in it.
    pub(super) fn unusable(&self, error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
        match self {
            Self::File(path) => Error::file(path, error),
            Self::Text(_) => BadArgument::Certificate(error.into().to_string()).into(),
        }
    }

    pub(super) fn certificates(&self) -> Result<Vec<CertificateDer<'static>>> {
        let read = || match self {
            Self::File(path) => CertificateDer::pem_file_iter(path)?.collect::<std::result::Result<Vec<_>, _>>(),
            Self::Text(text) => CertificateDer::pem_slice_iter(text).collect(),
        };
        let certificates = read().map_err(|error| self.unusable(error))?;
        match certificates.is_empty() {
            true => Err(self.unusable("it contains no certificate in PEM form")),
            false => Ok(certificates),
        }
    }

    pub(super) fn key(&self) -> Result<PrivateKeyDer<'static>> {
        let key = match self {
            Self::File(path) => PrivateKeyDer::from_pem_file(path),
            Self::Text(text) => PrivateKeyDer::from_pem_slice(text),
        };
        key.map_err(|error| self.unusable(error))
    }
}

impl fmt::Debug for Pem {
    /// Without what is in it: it may be a private key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => path.fmt(f),
            Self::Text(_) => f.write_str("…"),
        }
    }
}
