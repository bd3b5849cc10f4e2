//! TLS of the caller's: what a TLS library must do to be used here.

use std::fmt::Debug;
use std::io::{self, ErrorKind, Read, Write};

use super::TlsWire;
use crate::TlsInfo;
use crate::layer::Layer;

/// A TLS library other than the built-in one, for
/// [`ConnectOptions::tls_connector`](crate::ConnectOptions::tls_connector): it begins a session with each server, for `imaps://`
/// and for STARTTLS alike. It is without I/O, so that one serves every client.
pub trait TlsConnector: Debug + Send + Sync {
    /// Begins a session with the server of this name or IP address, for which its certificate must be. The other TLS options
    /// are not looked at: they are those of the connector.
    ///
    /// # Errors
    /// If the name cannot be one, or the library fails.
    fn begin(&self, server_name: &str) -> io::Result<Box<dyn TlsSession>>;
}

/// A TLS session of a [`TlsConnector`]. What is read and written is plain; the encrypted bytes go through its
/// [wire](Self::wire).
///
/// Reading fails with [`WouldBlock`](ErrorKind::WouldBlock) where more must be received first, and with
/// [`UnexpectedEof`](ErrorKind::UnexpectedEof) if the connection ended without a close_notify: it may have been cut by
/// somebody.
pub trait TlsSession: Read + Write + Send {
    /// Continues the handshake with what was received. An error that contains a [`TlsFailure`](crate::TlsFailure) or an error
    /// of rustls has the reason.
    ///
    /// # Errors
    /// [`WouldBlock`](ErrorKind::WouldBlock) if more must be received first; another one if the handshake fails, such as
    /// because the server is not trusted.
    fn handshake(&mut self) -> io::Result<()>;

    /// The encrypted side, which belongs to the session.
    fn wire(&mut self) -> &mut TlsWire;

    /// What is known of the session after the handshake.
    fn info(&self) -> TlsInfo {
        TlsInfo::default()
    }

    /// Writes the close_notify alert.
    ///
    /// # Errors
    /// If the library fails.
    fn close(&mut self) -> io::Result<()>;
}

/// A TLS session as a layer.
pub(crate) struct TlsLayer(Box<dyn TlsSession>);

impl TlsLayer {
    pub(crate) fn new(session: Box<dyn TlsSession>) -> Self {
        Self(session)
    }

    /// Continues the handshake, and returns whether it is done.
    pub(crate) fn handshake(&mut self) -> io::Result<bool> {
        match self.0.handshake() {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(false),
            Err(error) => Err(error),
        }
    }

    pub(crate) fn info(&self) -> TlsInfo {
        self.0.info()
    }
}

impl Layer for TlsLayer {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<Option<usize>> {
        loop {
            match self.0.read(buffer) {
                Ok(count) => return Ok(Some(count)),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(None),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    fn room(&mut self) -> &mut [u8] {
        self.0.wire().room()
    }

    fn filled(&mut self, count: usize) {
        self.0.wire().filled(count);
    }

    fn end(&mut self) {
        self.0.wire().end();
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self.0.write(bytes) {
            // The wire accepts everything: only a session that wants another handshake waits for the server here.
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                Err(io::Error::new(ErrorKind::InvalidData, "the server asks for another TLS handshake"))
            }
            result => result,
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }

    fn close(&mut self) -> io::Result<()> {
        self.0.close()
    }

    fn pending(&mut self) -> &[u8] {
        self.0.wire().pending()
    }

    fn sent(&mut self, count: usize) {
        self.0.wire().sent(count);
    }
}
