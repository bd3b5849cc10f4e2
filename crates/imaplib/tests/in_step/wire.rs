//! A stream that counts what is received, hides extensions, and ends after so many bytes.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use imaplib::SyncWay;
use imaplib::blocking::Transport;

pub struct Wire {
    stream: TcpStream,
    /// What has been received on all connections.
    received: Arc<AtomicU64>,
    hidden: &'static [&'static str],
    /// How many bytes it still receives.
    left: u64,
}

impl Wire {
    pub fn of_way(port: u16, way: SyncWay, received: Arc<AtomicU64>, left: u64) -> io::Result<Self> {
        let hidden: &[&str] = match way {
            SyncWay::Resync => &[],
            SyncWay::CondStore => &["QRESYNC"],
            _ => &["QRESYNC", "CONDSTORE"],
        };
        Self::new(port, hidden, received, left)
    }

    pub fn new(port: u16, hidden: &'static [&'static str], received: Arc<AtomicU64>, left: u64) -> io::Result<Self> {
        let stream = TcpStream::connect(("127.0.0.1", port))?;
        stream.set_read_timeout(Some(Duration::from_secs(30)))?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, received, hidden, left })
    }
}

impl Read for Wire {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = buffer.len().min(usize::try_from(self.left).unwrap_or(usize::MAX));
        if most == 0 {
            return Err(io::ErrorKind::ConnectionReset.into());
        }
        let count = self.stream.read(&mut buffer[..most])?;
        self.left -= count as u64;
        self.received.fetch_add(count as u64, Ordering::Relaxed);
        // The capabilities come in one packet, or the test sees that the way is another one.
        for word in self.hidden {
            while let Some(at) = buffer[..count].windows(word.len()).position(|found| found == word.as_bytes()) {
                buffer[at] = b'X';
            }
        }
        Ok(count)
    }
}

impl Transport for Wire {
    fn set_timeouts(&mut self, read: Duration, write: Duration) -> io::Result<()> {
        self.stream.set_read_timeout(Some(read))?;
        self.stream.set_write_timeout(Some(write))
    }
}

impl Write for Wire {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.stream.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}
