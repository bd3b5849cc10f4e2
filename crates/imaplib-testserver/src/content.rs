//! The bytes of a message: held in memory, made while they are sent, or read from a file.

use std::io;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};

use crate::message_file::{MessageFile, OpenFile};

/// A run of message bytes that can be cut and read without copying the whole.
///
/// In-memory content is a reference-counted slice. Synthetic content is computed from its position, so that a
/// message of many gigabytes costs a few bytes of memory. A file is read where it is needed.
#[derive(Debug, Clone)]
pub struct Content(Kind);

#[derive(Debug, Clone)]
enum Kind {
    Memory(Bytes),
    Synthetic {
        header: Bytes,
        total: u64,
        start: u64,
        end: u64,
    },
    /// A file that is opened for each reading.
    File {
        file: Arc<dyn MessageFile>,
        start: u64,
        end: u64,
    },
    Open {
        file: Arc<OpenFile>,
        start: u64,
        end: u64,
    },
}

/// Pieces of files up to this size are read at once, so that no file stays open for them.
const MAX_HELD: u64 = 64 * 1024;
/// How much is read of a message at once where all of it is read.
const PIECE: usize = 64 * 1024;

/// One line of the synthetic body, with its CRLF.
const LINE: &[u8; 80] = b"The quick brown fox jumps over the lazy dog; 0123456789 ABCDEFGHIJKLMNOPQRSTUV\r\n";

impl Content {
    /// Content held in memory.
    pub fn memory(bytes: impl Into<Bytes>) -> Self {
        Self(Kind::Memory(bytes.into()))
    }

    /// A `text/plain` message of exactly `size` bytes whose body repeats one line of 80 bytes.
    ///
    /// A size smaller than the header (some 200 bytes) is raised to the header's size.
    pub fn synthetic(size: u64) -> Self {
        let header = format!(
            "Date: Thu, 01 Feb 2024 12:00:00 +0000\r\nFrom: Synthetic <synthetic@example.org>\r\n\
             To: demo@example.org\r\nSubject: Synthetic message of {size} bytes\r\n\
             Message-ID: <synthetic.{size}@example.org>\r\nMIME-Version: 1.0\r\n\
             Content-Type: text/plain; charset=us-ascii\r\n\r\n"
        );
        let header = Bytes::from(header);
        let total = size.max(header.len() as u64);
        Self(Kind::Synthetic { header, total, start: 0, end: total })
    }

    /// The content of a file, which is opened when it is read.
    pub fn file(file: Arc<dyn MessageFile>) -> Self {
        let end = file.size();
        Self(Kind::File { file, start: 0, end })
    }

    /// The number of bytes.
    pub fn len(&self) -> u64 {
        match &self.0 {
            Kind::Memory(bytes) => bytes.len() as u64,
            Kind::Synthetic { start, end, .. } | Kind::File { start, end, .. } | Kind::Open { start, end, .. } => {
                end - start
            }
        }
    }

    /// Whether there are no bytes.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The bytes from `start` up to and without `end`; what lies beyond the end is left out.
    #[must_use]
    pub fn slice(&self, start: u64, end: u64) -> Self {
        let end = end.min(self.len());
        let start = start.min(end);
        match &self.0 {
            Kind::Memory(bytes) => Self(Kind::Memory(bytes.slice(to_usize(start)..to_usize(end)))),
            Kind::Synthetic { header, total, start: base, .. } => {
                Self(Kind::Synthetic { header: header.clone(), total: *total, start: base + start, end: base + end })
            }
            Kind::File { file, start: base, .. } => {
                Self(Kind::File { file: Arc::clone(file), start: base + start, end: base + end })
            }
            Kind::Open { file, start: base, .. } => {
                Self(Kind::Open { file: Arc::clone(file), start: base + start, end: base + end })
            }
        }
    }

    /// Removes at most `max` bytes from the front. There are none where a file cannot be read.
    pub fn take_front(&mut self, max: usize) -> Bytes {
        let count = self.len().min(max as u64);
        match &mut self.0 {
            Kind::Memory(bytes) => bytes.split_to(to_usize(count)),
            Kind::Synthetic { header, total, start, .. } => {
                let bytes = generate(header, *total, *start, *start + count);
                *start += count;
                bytes
            }
            Kind::File { file, start, end } => {
                let bytes = OpenFile::open(&**file).map(|file| file.read(*start, to_usize(count))).unwrap_or_default();
                *start = if bytes.is_empty() { *end } else { *start + count };
                bytes
            }
            Kind::Open { file, start, end } => {
                let bytes = file.read(*start, to_usize(count));
                *start = if bytes.is_empty() { *end } else { *start + count };
                bytes
            }
        }
    }

    /// The bytes, if they are in memory.
    pub fn as_bytes(&self) -> Option<&Bytes> {
        match &self.0 {
            Kind::Memory(bytes) => Some(bytes),
            Kind::Synthetic { .. } | Kind::File { .. } | Kind::Open { .. } => None,
        }
    }

    /// The beginning of the content, at most `max` bytes.
    pub fn prefix(&self, max: usize) -> Bytes {
        self.clone().take_front(max)
    }

    /// The bytes, piece by piece.
    pub(crate) fn pieces(&self) -> impl Iterator<Item = Bytes> {
        let mut rest = self.clone();
        std::iter::from_fn(move || Some(rest.take_front(PIECE)).filter(|piece| !piece.is_empty()))
    }

    /// Whether the bytes are made while they are sent.
    pub(crate) fn is_synthetic(&self) -> bool {
        matches!(self.0, Kind::Synthetic { .. })
    }

    /// The file, unless it is open.
    pub(crate) fn closed_file(&self) -> Option<&Arc<dyn MessageFile>> {
        match &self.0 {
            Kind::File { file, .. } => Some(file),
            _ => None,
        }
    }

    /// The same content; a file is open, and whether it can be read is known.
    pub(crate) fn opened(&self) -> io::Result<Self> {
        Ok(Self(match &self.0 {
            Kind::File { file, start, end } => {
                Kind::Open { file: Arc::new(OpenFile::open(&**file)?), start: *start, end: *end }
            }
            other => other.clone(),
        }))
    }

    /// The same content; what is short is read from its file.
    #[must_use]
    pub(crate) fn read_if_short(self) -> Self {
        match &self.0 {
            Kind::Open { start, end, .. } if end - start <= MAX_HELD => Self::memory(self.prefix(usize::MAX)),
            _ => self,
        }
    }

    /// Whether an open file could not be read.
    pub(crate) fn has_failed(&self) -> bool {
        matches!(&self.0, Kind::Open { file, .. } if file.has_failed())
    }

    /// The number of lines in a synthetic body starting at `from`; the pattern makes it a division.
    pub(crate) fn synthetic_lines(&self, from: u64) -> u64 {
        (self.len().saturating_sub(from)).div_ceil(LINE.len() as u64)
    }
}

fn to_usize(value: u64) -> usize {
    usize::try_from(value).unwrap_or(usize::MAX)
}

fn generate(header: &Bytes, total: u64, start: u64, end: u64) -> Bytes {
    let header_len = header.len() as u64;
    let mut out = BytesMut::with_capacity(to_usize(end - start));
    let mut at = start;
    if at < header_len {
        let stop = end.min(header_len);
        out.extend_from_slice(&header.slice(to_usize(at)..to_usize(stop)));
        at = stop;
    }
    // The last bytes are always CRLF, wherever the pattern would end.
    let tail = total.saturating_sub(3).max(header_len);
    while at < end.min(tail) {
        let column = (at - header_len) % LINE.len() as u64;
        let rest = LINE.get(to_usize(column)..).unwrap_or_default();
        let count = (end.min(tail) - at).min(rest.len() as u64);
        out.extend_from_slice(rest.get(..to_usize(count)).unwrap_or_default());
        at += count;
    }
    while at < end {
        out.extend_from_slice(match total - at {
            1 => b"\n",
            2 => b"\r",
            _ if (at - header_len) % LINE.len() as u64 == 79 => b"\n",
            _ => b"-",
        });
        at += 1;
    }
    out.freeze()
}

impl From<Vec<u8>> for Content {
    fn from(bytes: Vec<u8>) -> Self {
        Self::memory(bytes)
    }
}

impl From<&'static str> for Content {
    fn from(text: &'static str) -> Self {
        Self::memory(text)
    }
}

impl From<String> for Content {
    fn from(text: String) -> Self {
        Self::memory(text)
    }
}

impl From<Bytes> for Content {
    fn from(bytes: Bytes) -> Self {
        Self::memory(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn synthetic_is_the_same_in_any_cut() {
        for size in [300u64, 377, 378, 379, 380, 381, 382, 1000, 1001] {
            let content = Content::synthetic(size);
            let whole = content.prefix(usize::MAX);
            assert_eq!(whole.len() as u64, size);
            assert!(whole.ends_with(b"\r\n"));
            let text = String::from_utf8_lossy(&whole);
            assert!(!text.contains("\r\r"), "{size}");
            for cut in [0, 1, 100, size / 2, size - 3, size - 1] {
                let mut joined = content.slice(0, cut).prefix(usize::MAX).to_vec();
                joined.extend_from_slice(&content.slice(cut, size).prefix(usize::MAX));
                assert_eq!(joined, whole, "{size} at {cut}");
            }
        }
    }
}
