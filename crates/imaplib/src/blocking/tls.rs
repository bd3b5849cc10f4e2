//! TLS over another transport.

use std::io::{self, Read, Write};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection};

use super::Transport;
use crate::{Error, Result, TimeoutPhase, TlsInfo};

/// Performs the TLS handshake.
pub(super) fn tls(
    stream: Box<dyn Transport>,
    config: Arc<ClientConfig>,
    name: ServerName<'static>,
    limit: Duration,
) -> Result<(Box<dyn Transport>, TlsInfo)> {
    let stream = Tls::begin(stream, config, name, limit)?;
    let info = TlsInfo::of(&stream.session);
    Ok((Box::new(stream), info))
}

/// TLS over another transport.
struct Tls {
    session: ClientConnection,
    stream: Box<dyn Transport>,
}

impl Tls {
    fn begin(
        mut stream: Box<dyn Transport>,
        config: Arc<ClientConfig>,
        name: ServerName<'static>,
        limit: Duration,
    ) -> Result<Self> {
        let deadline = imaplib_proto::client::after(Instant::now(), limit);
        let mut session = ClientConnection::new(config, name).map_err(Error::tls)?;
        let phase = TimeoutPhase::TlsHandshake;
        while session.is_handshaking() {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(Error::timeout(TimeoutPhase::TlsHandshake));
            }
            stream.set_timeouts(left, left).map_err(|error| Error::io(phase, error))?;
            while session.wants_write() {
                uninterrupted(|| session.write_tls(&mut stream)).map_err(|error| Error::io(phase, error))?;
            }
            if session.is_handshaking() && session.wants_read() {
                match session.read_tls(&mut stream) {
                    Ok(0) => return Err(Error::io(phase, io::ErrorKind::UnexpectedEof.into())),
                    Ok(_) => {}
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                    Err(error) => return Err(Error::io(phase, error)),
                }
                if let Err(error) = session.process_new_packets() {
                    // The server should learn why; whether it does makes no difference.
                    let _ = session.write_tls(&mut stream);
                    return Err(Error::tls(error));
                }
            }
        }
        let mut tls = Self { session, stream };
        // The client's last message of the hand-shake.
        tls.send_records().map_err(|error| Error::io(phase, error))?;
        Ok(tls)
    }

    fn send_records(&mut self) -> io::Result<()> {
        while self.session.wants_write() {
            uninterrupted(|| self.session.write_tls(&mut self.stream))?;
        }
        Ok(())
    }
}

/// Does it again when a signal came in between: with a timeout, sockets report it whatever the handler is.
fn uninterrupted<T>(mut call: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    loop {
        match call() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}

impl Read for Tls {
    /// Reads at most once from the stream, so that whoever waits can look at the clock between bytes of a record.
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.session.reader().read(buffer) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            result => return result,
        }
        self.session.read_tls(&mut self.stream)?;
        if let Err(error) = self.session.process_new_packets() {
            // The server should learn why; whether it does makes no difference.
            let _ = self.send_records();
            return Err(io::Error::new(io::ErrorKind::InvalidData, error));
        }
        self.send_records()?;
        match self.session.reader().read(buffer) {
            // Only a part of a record has come.
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Err(io::ErrorKind::Interrupted.into()),
            result => result,
        }
    }
}

impl Write for Tls {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // What was taken before goes first; what is taken now is never asked for again, so it must not end in an error.
        self.send_records()?;
        let count = self.session.writer().write(bytes)?;
        match self.send_records() {
            Err(error) if !matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => Err(error),
            _ => Ok(count),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.send_records()?;
        self.stream.flush()
    }
}

impl Transport for Tls {
    fn set_timeouts(&mut self, read: Duration, write: Duration) -> io::Result<()> {
        self.stream.set_timeouts(read, write)
    }
}
