//! TLS by the library of the platform: SChannel, Security.framework, or OpenSSL elsewhere.

use std::io::{self, ErrorKind, Read, Write};

use native_tls::{HandshakeError, MidHandshakeTlsStream, TlsStream};
use sha2::{Digest, Sha256};

use super::{TlsConnector, TlsSession, TlsWire};
use crate::{TlsFailure, TlsInfo};

/// TLS by the library of the platform, for
/// [`ConnectOptions::tls_connector`](crate::ConnectOptions::tls_connector): SChannel on Windows, Security.framework on Apple's
/// systems, OpenSSL elsewhere. Where the features for rustls are off it is used by itself, with the options for TLS.
///
/// Why a certificate is not trusted, the library reports only in words: the reason of an
/// [error](crate::Error::tls_failure) is mostly [`TlsFailure::Other`], and the certificates that were not trusted are not
/// known. Of a session, [`TlsInfo`] has neither version nor cipher.
#[derive(Clone, Debug)]
pub struct NativeTls {
    connector: native_tls::TlsConnector,
    pin: Option<[u8; 32]>,
}

impl NativeTls {
    /// Trusts what the platform trusts; TLS 1.2 is the oldest version.
    ///
    /// # Errors
    /// If the library fails.
    pub fn new() -> crate::Result<Self> {
        let connector = builder().build();
        Ok(connector.map_err(|error| crate::Error::tls_because(TlsFailure::Other, error))?.into())
    }
}

impl From<native_tls::TlsConnector> for NativeTls {
    fn from(connector: native_tls::TlsConnector) -> Self {
        Self { connector, pin: None }
    }
}

fn builder() -> native_tls::TlsConnectorBuilder {
    let mut builder = native_tls::TlsConnector::builder();
    builder.min_protocol_version(Some(native_tls::Protocol::Tlsv12));
    builder
}

#[cfg(not(feature = "rustls"))]
impl NativeTls {
    /// Trusts and shows what the options contain.
    pub(super) fn with_options(options: &super::TlsOptions) -> crate::Result<Self> {
        let mut builder = builder();
        if let Some(roots) = &options.roots {
            builder.disable_built_in_roots(true);
            add_roots(&mut builder, roots)?;
        }
        for roots in &options.extra_roots {
            add_roots(&mut builder, roots)?;
        }
        if let Some((chain, key)) = &options.client_certificate {
            let identity = native_tls::Identity::from_pkcs8(&chain.bytes()?, &key.bytes()?);
            builder.identity(identity.map_err(|error| chain.unusable(error))?);
        }
        if options.pin.is_some() {
            // Whose it is shows after the handshake, before anything is sent.
            builder.danger_accept_invalid_certs(true).danger_accept_invalid_hostnames(true);
        }
        let protocols: Result<Vec<&str>, _> = options.alpn.iter().map(|name| std::str::from_utf8(name)).collect();
        let protocols = protocols.map_err(|error| crate::Error::tls_because(TlsFailure::Other, error))?;
        if !protocols.is_empty() {
            builder.request_alpns(&protocols);
        }
        let connector = builder.build().map_err(|error| crate::Error::tls_because(TlsFailure::Other, error))?;
        Ok(Self { connector, pin: options.pin })
    }
}

#[cfg(not(feature = "rustls"))]
fn add_roots(builder: &mut native_tls::TlsConnectorBuilder, pem: &super::Pem) -> crate::Result<()> {
    let certificates = native_tls::Certificate::stack_from_pem(&pem.bytes()?).map_err(|error| pem.unusable(error))?;
    if certificates.is_empty() {
        return Err(pem.unusable("it contains no certificate in PEM form"));
    }
    for certificate in certificates {
        builder.add_root_certificate(certificate);
    }
    Ok(())
}

impl TlsConnector for NativeTls {
    fn begin(&self, server_name: &str) -> io::Result<Box<dyn TlsSession>> {
        let state = State::New(self.connector.clone(), server_name.to_owned());
        Ok(Box::new(Session { state, pin: self.pin, wire: TlsWire::new() }))
    }
}

struct Session {
    state: State,
    pin: Option<[u8; 32]>,
    /// The wire while no stream has it.
    wire: TlsWire,
}

enum State {
    New(native_tls::TlsConnector, String),
    // Some systems keep much in them.
    Shaking(Box<MidHandshakeTlsStream<TlsWire>>),
    Open(Box<TlsStream<TlsWire>>),
    Failed,
}

impl Session {
    fn open(&mut self) -> io::Result<&mut TlsStream<TlsWire>> {
        match &mut self.state {
            State::Open(stream) => Ok(stream),
            _ => Err(ErrorKind::NotConnected.into()),
        }
    }

    /// Whether the server's certificate is the one that is pinned, if one is.
    fn check_pin(&self, stream: &TlsStream<TlsWire>) -> io::Result<()> {
        let Some(pin) = self.pin else { return Ok(()) };
        match certificate(stream) {
            Some(shown) if Sha256::digest(&shown).as_slice() == pin => Ok(()),
            Some(_) => Err(io::Error::other(TlsFailure::PinMismatch)),
            None => Err(io::Error::other(TlsFailure::NoCertificate)),
        }
    }
}

fn certificate(stream: &TlsStream<TlsWire>) -> Option<Vec<u8>> {
    stream.peer_certificate().ok().flatten().and_then(|certificate| certificate.to_der().ok())
}

impl TlsSession for Session {
    fn handshake(&mut self) -> io::Result<()> {
        let shaken = match std::mem::replace(&mut self.state, State::Failed) {
            State::New(connector, name) => connector.connect(&name, std::mem::take(&mut self.wire)),
            State::Shaking(shaking) => shaking.handshake(),
            State::Open(stream) => Ok(*stream),
            State::Failed => return Err(ErrorKind::NotConnected.into()),
        };
        match shaken {
            Ok(stream) => {
                self.check_pin(&stream)?;
                self.state = State::Open(Box::new(stream));
                Ok(())
            }
            Err(HandshakeError::WouldBlock(shaking)) => {
                self.state = State::Shaking(Box::new(shaking));
                Err(ErrorKind::WouldBlock.into())
            }
            Err(HandshakeError::Failure(error)) => Err(io::Error::other(error)),
        }
    }

    fn wire(&mut self) -> &mut TlsWire {
        match &mut self.state {
            State::Shaking(shaking) => shaking.get_mut(),
            State::Open(stream) => stream.get_mut(),
            State::New(..) | State::Failed => &mut self.wire,
        }
    }

    fn info(&self) -> TlsInfo {
        let mut info = TlsInfo::default();
        if let State::Open(stream) = &self.state {
            info.certificates.extend(certificate(stream));
            info.alpn = stream.negotiated_alpn().ok().flatten();
        }
        info
    }

    fn close(&mut self) -> io::Result<()> {
        self.open()?.shutdown()
    }
}

impl Read for Session {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.open()?.read(buffer)
    }
}

impl Write for Session {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.open()?.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.open()?.flush()
    }
}
