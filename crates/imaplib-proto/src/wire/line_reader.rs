//! Received bytes, read by line and by length.

use memchr::memchr;

use super::response_slice::is_list_of_numbers;
use super::{FrameError, FrameLimits};

/// So many bytes that were read are dropped together: moving what is left costs more than keeping them.
const KEPT: usize = 64 << 10;

/// Received bytes, read by line and by length: for callers that keep responses as they were sent, or that let others
/// read from the same connection. [`Literals`](super::Literals) finds the literals; [`Framer`](super::Framer) finds whole
/// responses.
///
/// ```
/// use imaplib_proto::wire::{FrameLimits, LineEnd, LineReader};
///
/// let limits = FrameLimits::default();
/// let mut reader = LineReader::default();
/// reader.receive(b"* LIST () \"/\" {5}\r\nIN");
/// let line = reader.line(&limits)?;
/// assert_eq!(line.map(|line| (line.text, line.end)), Some((&b"* LIST () \"/\" {5}"[..], LineEnd::CrLf)));
/// assert_eq!(reader.exactly(5), None); // not there yet
/// reader.receive(b"BOX\r\n");
/// assert_eq!(reader.exactly(5), Some(&b"INBOX"[..]));
/// # Ok::<(), imaplib_proto::wire::FrameError>(())
/// ```
#[derive(Debug, Default)]
pub struct LineReader {
    bytes: Vec<u8>,
    /// How many of them were read.
    read: usize,
    /// How far the line that comes next was looked at, from its beginning.
    scanned: usize,
}

/// A line, and what it ended with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line<'a> {
    /// The line without its end.
    pub text: &'a [u8],
    /// What it ended with.
    pub end: LineEnd,
}

/// What a line ended with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineEnd {
    /// Carriage return and line feed, as the protocol has it.
    CrLf,
    /// A line feed alone.
    Lf,
}

impl LineReader {
    /// Appends received bytes.
    pub fn receive(&mut self, bytes: &[u8]) {
        if self.read == self.bytes.len() {
            self.bytes.clear();
            self.read = 0;
        } else if self.read >= KEPT {
            self.bytes.drain(..self.read);
            self.read = 0;
        }
        self.bytes.extend_from_slice(bytes);
    }

    /// What was received and not read.
    #[must_use]
    pub fn unread(&self) -> &[u8] {
        self.bytes.get(self.read..).unwrap_or_default()
    }

    /// The next line, or nothing until its end is received.
    ///
    /// # Errors
    /// [`FrameError::TooLong`] if the line, with its end, is longer than [`FrameLimits::line`], or
    /// [`FrameLimits::numbers`] for a list of numbers. Nothing of it is read then.
    pub fn line(&mut self, limits: &FrameLimits) -> Result<Option<Line<'_>>, FrameError> {
        let unread = self.bytes.get(self.read..).unwrap_or_default();
        let found = memchr(b'\n', unread.get(self.scanned..).unwrap_or_default());
        let length = found.map_or(unread.len(), |at| self.scanned + at + 1);
        if length > limits.line {
            let limit = if is_list_of_numbers(unread) { limits.numbers } else { limits.line };
            if length > limit {
                return Err(FrameError::TooLong { limit });
            }
        }
        if found.is_none() {
            self.scanned = length;
            return Ok(None);
        }
        self.read += length;
        self.scanned = 0;
        let line = unread.get(..length - 1).unwrap_or_default();
        Ok(Some(match line.strip_suffix(b"\r") {
            Some(text) => Line { text, end: LineEnd::CrLf },
            None => Line { text: line, end: LineEnd::Lf },
        }))
    }

    /// The next `count` bytes, or nothing until all of them are received.
    pub fn exactly(&mut self, count: usize) -> Option<&[u8]> {
        if self.unread().len() < count {
            return None;
        }
        Some(self.at_most(count))
    }

    /// What was received of the next `count` bytes.
    pub fn at_most(&mut self, count: usize) -> &[u8] {
        let start = self.read;
        self.read += count.min(self.unread().len());
        self.scanned = 0;
        self.bytes.get(start..self.read).unwrap_or_default()
    }

    /// Drops what was received and not read, as after STARTTLS.
    pub fn clear(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits(line: usize) -> FrameLimits {
        FrameLimits::default().line(line)
    }

    fn texts(reader: &mut LineReader) -> Vec<(Vec<u8>, LineEnd)> {
        let mut texts = Vec::new();
        while let Ok(Some(line)) = reader.line(&limits(100)) {
            texts.push((line.text.to_vec(), line.end));
        }
        texts
    }

    #[test]
    fn lines_are_the_same_however_they_arrive() {
        let bytes = b"one\r\ntwo\n\r\n\nlast\r\r\nrest";
        for split in 0..bytes.len() {
            let mut reader = LineReader::default();
            let (first, second) = bytes.split_at(split);
            reader.receive(first);
            let mut lines = texts(&mut reader);
            reader.receive(second);
            lines.append(&mut texts(&mut reader));
            let expected = [
                (&b"one"[..], LineEnd::CrLf),
                (b"two", LineEnd::Lf),
                (b"", LineEnd::CrLf),
                (b"", LineEnd::Lf),
                (b"last\r", LineEnd::CrLf),
            ];
            assert_eq!(lines, expected.map(|(text, end)| (text.to_vec(), end)), "split at {split}");
            assert_eq!(reader.unread(), b"rest");
        }
    }

    #[test]
    fn a_line_can_be_as_long_as_the_limit() {
        let mut reader = LineReader::default();
        reader.receive(b"12345678\r\n");
        assert_eq!(reader.line(&limits(9)), Err(FrameError::TooLong { limit: 9 }));
        assert!(reader.line(&limits(10)).is_ok_and(|line| line.is_some()));
        // One without an end is refused as soon as it is too long.
        reader.receive(b"1234567890");
        assert_eq!(reader.line(&limits(10)), Ok(None));
        reader.receive(b"1");
        assert_eq!(reader.line(&limits(10)), Err(FrameError::TooLong { limit: 10 }));
        // A list of numbers has a limit of its own.
        reader.clear();
        reader.receive(b"* SEARCH 1 2 3\r\n");
        assert_eq!(reader.line(&limits(10).numbers(15)), Err(FrameError::TooLong { limit: 15 }));
        assert!(reader.line(&limits(10).numbers(16)).is_ok_and(|line| line.is_some()));
    }

    #[test]
    fn what_was_read_is_dropped() {
        let mut reader = LineReader::default();
        let line = [&[b'x'; 998][..], b"\r\n"].concat();
        reader.receive(b"begin");
        for _ in 0..1000 {
            reader.receive(&line);
            assert_eq!(reader.at_most(500).len(), 500);
            assert_eq!(reader.exactly(500).map(<[u8]>::len), Some(500));
        }
        assert!(reader.bytes.len() <= KEPT + 2 * line.len());
        assert_eq!(reader.at_most(9), &line[line.len() - 5..]);
        assert_eq!(reader.exactly(1), None);
    }
}
