//! A TLS handshake by whichever library the options and the features choose.

use super::{TlsLayer, TlsOptions, TlsSession};
use crate::tls_failure::ClientCertificate;
use crate::{Error, Result};

/// What is known of a handshake besides its session.
pub(crate) struct Handshake {
    #[cfg(feature = "rustls")]
    record: Option<super::config::Record>,
}

impl Handshake {
    /// Begins a handshake with this host.
    ///
    /// # Errors
    /// If certificates or keys cannot be used, the host is not a name that a certificate can be for, or there is no TLS library.
    pub(crate) fn begin(host: &str, options: &TlsOptions) -> Result<(TlsLayer, Self)> {
        let name = options.server_name.as_deref().unwrap_or(host);
        if let Some(connector) = &options.connector {
            return Ok(Self::of(connector.begin(name).map_err(Error::handshake)?));
        }
        Self::built_in(name, options)
    }

    fn of(session: Box<dyn TlsSession>) -> (TlsLayer, Self) {
        let handshake = Self {
            #[cfg(feature = "rustls")]
            record: None,
        };
        (TlsLayer::new(session), handshake)
    }

    #[cfg(feature = "rustls")]
    fn built_in(name: &str, options: &TlsOptions) -> Result<(TlsLayer, Self)> {
        let (session, record) = super::config::begin(name, options)?;
        Ok((TlsLayer::new(Box::new(session)), Self { record: Some(record) }))
    }

    #[cfg(all(feature = "native-tls", not(feature = "rustls")))]
    fn built_in(name: &str, options: &TlsOptions) -> Result<(TlsLayer, Self)> {
        let connector = super::NativeTls::with_options(options)?;
        Ok(Self::of(super::TlsConnector::begin(&connector, name).map_err(Error::handshake)?))
    }

    #[cfg(not(any(feature = "native-tls", feature = "rustls")))]
    fn built_in(_name: &str, _options: &TlsOptions) -> Result<(TlsLayer, Self)> {
        let error = "neither rustls-ring nor native-tls is among the features of imaplib";
        Err(Error::tls_because(crate::TlsFailure::NoCryptography, error))
    }

    /// What became of a client certificate.
    pub(crate) fn client_certificate(&self) -> ClientCertificate {
        #[cfg(feature = "rustls")]
        if let Some(record) = &self.record {
            return record.client_certificate();
        }
        ClientCertificate::NotRequested
    }

    /// The error of the handshake, with what it left behind.
    pub(crate) fn explain(&self, error: Error) -> Error {
        #[cfg(feature = "rustls")]
        if let Some(record) = &self.record {
            return record.explain(error);
        }
        error
    }
}
