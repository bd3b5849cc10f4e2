//! A TLS session of rustls.

use std::io::{self, ErrorKind, Read, Write};
use std::sync::Arc;

use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection};

use super::{TlsSession, TlsWire};
use crate::TlsInfo;

/// A TLS session of rustls.
pub(super) struct RustlsSession {
    session: ClientConnection,
    wire: TlsWire,
}

impl RustlsSession {
    pub(super) fn new(config: Arc<ClientConfig>, name: ServerName<'static>) -> Result<Self, rustls::Error> {
        Ok(Self { session: ClientConnection::new(config, name)?, wire: TlsWire::new() })
    }

    fn send(&mut self) -> io::Result<()> {
        while self.session.wants_write() {
            self.session.write_tls(&mut self.wire)?;
        }
        Ok(())
    }

    /// Looks at some of what was received; returns how many bytes, 0 at the end.
    fn receive(&mut self) -> io::Result<usize> {
        let count = self.session.read_tls(&mut self.wire)?;
        let processed = self.session.process_new_packets();
        // Also where it failed: the server should learn why.
        self.send()?;
        match processed {
            Ok(_) => Ok(count),
            Err(error) => Err(io::Error::new(ErrorKind::InvalidData, error)),
        }
    }
}

impl Read for RustlsSession {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.session.reader().read(buffer) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => self.receive()?,
                result => return result,
            };
        }
    }
}

impl Write for RustlsSession {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.session.writer().write(bytes)?;
        self.send()?;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.send()
    }
}

impl TlsSession for RustlsSession {
    fn handshake(&mut self) -> io::Result<()> {
        self.send()?;
        while self.session.is_handshaking() {
            if self.receive()? == 0 {
                return Err(ErrorKind::UnexpectedEof.into());
            }
        }
        Ok(())
    }

    fn wire(&mut self) -> &mut TlsWire {
        &mut self.wire
    }

    fn info(&self) -> TlsInfo {
        TlsInfo::of(&self.session)
    }

    fn close(&mut self) -> io::Result<()> {
        self.session.send_close_notify();
        self.send()
    }
}
