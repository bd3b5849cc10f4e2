//! The hostile server's end of a connection: TCP, TLS and compression in layers, and a record of what it receives.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::outcome::Heard;
use crate::deflate::Deflate;

/// How often it is looked whether the server is to stop.
const BEAT: Duration = Duration::from_millis(50);

/// More is not kept of what the client sends.
const MOST_HEARD: usize = 256 << 10;

/// How much is read or inflated at once.
const BLOCK: usize = 16 << 10;

/// A connection to one client.
pub(super) struct Wire {
    stream: TcpStream,
    tls: Option<rustls::ServerConnection>,
    deflate: Option<Deflate>,
    heard: Arc<Mutex<Heard>>,
    stop: Arc<AtomicBool>,
}

impl Wire {
    pub(super) fn new(stream: TcpStream, heard: Arc<Mutex<Heard>>, stop: Arc<AtomicBool>) -> io::Result<Self> {
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(BEAT))?;
        stream.set_write_timeout(Some(BEAT))?;
        Ok(Self { stream, tls: None, deflate: None, heard, stop })
    }

    /// Shakes hands.
    pub(super) fn begin_tls(&mut self, config: &Arc<rustls::ServerConfig>) -> io::Result<()> {
        let mut session = rustls::ServerConnection::new(Arc::clone(config)).map_err(io::Error::other)?;
        while session.is_handshaking() {
            while session.wants_write() {
                session.write_tls(&mut Patient { stream: &self.stream, stop: &self.stop })?;
            }
            if session.is_handshaking() {
                if session.read_tls(&mut Patient { stream: &self.stream, stop: &self.stop })? == 0 {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
                if let Err(error) = session.process_new_packets() {
                    let _ = session.write_tls(&mut &self.stream);
                    return Err(io::Error::other(error));
                }
            }
        }
        self.tls = Some(session);
        self.push_tls()
    }

    /// Compresses from now on.
    pub(super) fn begin_deflate(&mut self) {
        self.deflate = Some(Deflate::new());
    }

    /// The next line of the client; nothing at its end.
    pub(super) fn hear(&mut self) -> io::Result<Vec<u8>> {
        let mut bytes = self.receive()?;
        if let Some(deflate) = &mut self.deflate {
            bytes = deflate.unpack(&bytes)?;
        }
        let mut heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        let place = if self.tls.is_some() { &mut heard.private } else { &mut heard.clear };
        let room = MOST_HEARD.saturating_sub(place.len());
        place.extend(bytes.iter().take(room));
        Ok(bytes)
    }

    fn receive(&mut self) -> io::Result<Vec<u8>> {
        let mut block = vec![0; BLOCK];
        let mut stream = Patient { stream: &self.stream, stop: &self.stop };
        let count = match &mut self.tls {
            None => stream.read(&mut block)?,
            Some(session) => loop {
                match session.reader().read(&mut block) {
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                    result => break result?,
                }
                if session.read_tls(&mut stream)? == 0 {
                    break 0;
                }
                session.process_new_packets().map_err(io::Error::other)?;
            },
        };
        block.truncate(count);
        Ok(block)
    }

    /// Sends bytes through all layers.
    pub(super) fn say(&mut self, bytes: &[u8]) -> io::Result<()> {
        match &mut self.deflate {
            Some(deflate) => {
                let packed = deflate.pack(bytes)?;
                self.send(&packed)
            }
            None => self.send(bytes),
        }
    }

    fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        if self.tls.is_none() {
            return self.say_raw(bytes);
        }
        for part in bytes.chunks(BLOCK) {
            if let Some(session) = &mut self.tls {
                session.writer().write_all(part)?;
            }
            self.push_tls()?;
        }
        Ok(())
    }

    fn push_tls(&mut self) -> io::Result<()> {
        if let Some(session) = &mut self.tls {
            while session.wants_write() {
                session.write_tls(&mut Patient { stream: &self.stream, stop: &self.stop })?;
            }
        }
        Ok(())
    }

    /// Sends bytes below all layers.
    pub(super) fn say_raw(&mut self, bytes: &[u8]) -> io::Result<()> {
        Patient { stream: &self.stream, stop: &self.stop }.write_all(bytes)
    }

    /// Ends the connection in order.
    pub(super) fn close(&mut self) -> io::Result<()> {
        if let Some(session) = &mut self.tls {
            session.send_close_notify();
        }
        self.push_tls()?;
        self.stream.shutdown(Shutdown::Write)
    }

    /// Ends the connection without a word.
    pub(super) fn cut(&mut self) {
        self.tls = None;
        let _ = self.stream.shutdown(Shutdown::Both);
    }

    /// Waits, unless the server is to stop.
    pub(super) fn wait(&self, span: Duration) -> io::Result<()> {
        let mut left = span;
        while !left.is_zero() {
            let beat = left.min(BEAT);
            std::thread::sleep(beat);
            left -= beat;
            if self.stop.load(Ordering::Relaxed) {
                return Err(io::ErrorKind::ConnectionAborted.into());
            }
        }
        Ok(())
    }

    /// Reads all that the client sends until it leaves.
    pub(super) fn hear_to_the_end(&mut self) -> io::Result<()> {
        while !self.hear()?.is_empty() {}
        Ok(())
    }
}

/// A stream whose timeouts only serve to look whether the server is to stop.
struct Patient<'a> {
    stream: &'a TcpStream,
    stop: &'a AtomicBool,
}

impl Patient<'_> {
    fn insist(&mut self, mut call: impl FnMut(&TcpStream) -> io::Result<usize>) -> io::Result<usize> {
        loop {
            match call(self.stream) {
                Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => {
                    if self.stop.load(Ordering::Relaxed) {
                        return Err(io::ErrorKind::ConnectionAborted.into());
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                result => return result,
            }
        }
    }
}

impl Read for Patient<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.insist(|mut stream| stream.read(buffer))
    }
}

impl Write for Patient<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.insist(|mut stream| stream.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
