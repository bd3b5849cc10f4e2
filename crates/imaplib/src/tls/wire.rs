//! The encrypted side of a TLS session: bytes that were received and bytes to be sent, in memory.

use std::fmt;
use std::io::{self, ErrorKind, Read, Write};

/// How many bytes are received at once: two records.
const ROOM: usize = 32 << 10;

/// The encrypted side of a [`TlsSession`](super::TlsSession), in memory: the session reads from it what the server sent, and
/// writes to it what the server is to receive. The client moves both over the network.
///
/// Reading fails with [`WouldBlock`](ErrorKind::WouldBlock) where more must be received first. Writing never fails.
#[derive(Default)]
pub struct TlsWire {
    received: Vec<u8>,
    /// Where in it what was not read begins and ends; the rest is room.
    read: usize,
    end: usize,
    ended: bool,
    to_send: Vec<u8>,
    /// How much of it was sent.
    sent: usize,
}

impl TlsWire {
    /// A wire on which nothing was sent.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    pub(super) fn room(&mut self) -> &mut [u8] {
        self.received.copy_within(self.read..self.end, 0);
        self.end -= self.read;
        self.read = 0;
        if self.received.len() < self.end + ROOM {
            self.received.resize(self.end + ROOM, 0);
        }
        self.received.get_mut(self.end..).unwrap_or_default()
    }

    pub(super) fn filled(&mut self, count: usize) {
        self.end = (self.end + count).min(self.received.len());
    }

    pub(super) const fn end(&mut self) {
        self.ended = true;
    }

    pub(super) fn pending(&self) -> &[u8] {
        self.to_send.get(self.sent..).unwrap_or_default()
    }

    pub(super) fn sent(&mut self, count: usize) {
        self.sent += count;
        if self.sent >= self.to_send.len() {
            self.to_send.clear();
            self.sent = 0;
        }
    }
}

impl Read for TlsWire {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut left = self.received.get(self.read..self.end).unwrap_or_default();
        if left.is_empty() && !self.ended {
            return Err(ErrorKind::WouldBlock.into());
        }
        let count = left.read(buffer)?;
        self.read += count;
        Ok(count)
    }
}

impl Write for TlsWire {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.to_send.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl fmt::Debug for TlsWire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unread = self.end.saturating_sub(self.read);
        f.debug_struct("TlsWire").field("unread", &unread).field("unsent", &self.pending().len()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_received_is_read_in_pieces_of_any_size() {
        let mut wire = TlsWire::new();
        let mut buffer = [0; 3];
        assert_eq!(wire.read(&mut buffer).unwrap_err().kind(), ErrorKind::WouldBlock);
        for text in ["abcd", "", "efg"] {
            wire.room()[..text.len()].copy_from_slice(text.as_bytes());
            wire.filled(text.len());
        }
        wire.end();
        let mut read = Vec::new();
        loop {
            match wire.read(&mut buffer).unwrap() {
                0 => break,
                count => read.extend_from_slice(&buffer[..count]),
            }
        }
        assert_eq!(read, b"abcdefg");
    }

    #[test]
    fn what_is_written_waits_until_it_was_sent() {
        let mut wire = TlsWire::new();
        wire.write_all(b"abcdef").unwrap();
        wire.sent(2);
        assert_eq!(wire.pending(), b"cdef");
        wire.write_all(b"g").unwrap();
        wire.sent(5);
        assert!(wire.pending().is_empty());
    }
}
