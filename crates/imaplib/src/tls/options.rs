//! Whom TLS trusts, and what it shows and asks for.

use std::fmt;
use std::ops::Deref;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::path::PathBuf;
use std::sync::Arc;

#[cfg(feature = "rustls")]
use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};
use zeroize::Zeroizing;

use super::TlsConnector;
/// Whom TLS trusts, and what it shows and asks for.
#[derive(Clone, Debug, Default)]
pub(crate) struct TlsOptions {
    pub(crate) roots: Option<Pem>,
    pub(crate) extra_roots: Vec<Pem>,
    pub(crate) client_certificate: Option<(Pem, Pem)>,
    pub(crate) pin: Option<[u8; 32]>,
    pub(crate) server_name: Option<String>,
    pub(crate) alpn: Vec<Vec<u8>>,
    pub(crate) connector: Option<Shared<dyn TlsConnector>>,
    #[cfg(feature = "rustls-config")]
    pub(crate) config: Option<Shared<rustls::ClientConfig>>,
}

/// What is only read once it is made, so that a panic leaves nothing half done in it.
#[derive(Debug)]
pub(crate) struct Shared<T: ?Sized>(Arc<T>);

impl<T: ?Sized> Shared<T> {
    pub(crate) fn new(value: Arc<T>) -> Self {
        Self(value)
    }

    #[cfg(feature = "rustls-config")]
    pub(super) fn arc(&self) -> Arc<T> {
        Arc::clone(&self.0)
    }
}

impl<T: ?Sized> UnwindSafe for Shared<T> {}
impl<T: ?Sized> RefUnwindSafe for Shared<T> {}

impl<T: ?Sized> Clone for Shared<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T: ?Sized> Deref for Shared<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
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
    #[cfg(any(feature = "native-tls", feature = "rustls"))]
    pub(super) fn unusable(&self, error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> crate::Error {
        match self {
            Self::File(path) => crate::Error::file(path, error),
            Self::Text(_) => imaplib_proto::client::BadArgument::Certificate(error.into().to_string()).into(),
        }
    }

    /// All that is in it.
    #[cfg(all(feature = "native-tls", not(feature = "rustls")))]
    pub(super) fn bytes(&self) -> crate::Result<Zeroizing<Vec<u8>>> {
        match self {
            Self::File(path) => std::fs::read(path).map(Zeroizing::new).map_err(|error| self.unusable(error)),
            Self::Text(text) => Ok(text.clone()),
        }
    }

    #[cfg(feature = "rustls")]
    pub(super) fn certificates(&self) -> crate::Result<Vec<CertificateDer<'static>>> {
        let read = || match self {
            Self::File(path) => CertificateDer::pem_file_iter(path)?.collect::<Result<Vec<_>, _>>(),
            Self::Text(text) => CertificateDer::pem_slice_iter(text).collect(),
        };
        let certificates = read().map_err(|error| self.unusable(error))?;
        match certificates.is_empty() {
            true => Err(self.unusable("it contains no certificate in PEM form")),
            false => Ok(certificates),
        }
    }

    #[cfg(feature = "rustls")]
    pub(super) fn key(&self) -> crate::Result<PrivateKeyDer<'static>> {
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
