//! The size that a server announces for a message, and the bytes that it sends.

use std::io::{self, Write};

/// The length of a text, measured as its bytes pass by.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct TextLength {
    size: u64,
    /// Line feeds without a carriage return before them.
    bare_line_feeds: u64,
    ends_in_return: bool,
}

impl TextLength {
    /// The length of nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The length of these bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        let mut length = Self::new();
        length.add(bytes);
        length
    }

    /// Adds the next bytes of the text.
    pub fn add(&mut self, bytes: &[u8]) {
        let mut is_behind_return = self.ends_in_return;
        for byte in bytes {
            self.bare_line_feeds += u64::from(*byte == b'\n' && !is_behind_return);
            is_behind_return = *byte == b'\r';
        }
        self.ends_in_return = is_behind_return;
        self.size += bytes.len() as u64;
    }

    /// How many bytes there are.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Whether bytes are missing of a text whose RFC822.SIZE is `announced`.
    ///
    /// Servers that store line ends of one byte may count two for each and send one: a text can be shorter by the number of its
    /// bare line feeds. Where all line ends are CR LF, not one byte may be missing. A text that is longer than announced is not
    /// short.
    #[must_use]
    pub fn is_short_of(&self, announced: u64) -> bool {
        self.size.saturating_add(self.bare_line_feeds) < announced
    }
}

/// A writer that measures what passes through it.
#[derive(Debug)]
pub struct Measured<W> {
    to: W,
    length: TextLength,
}

impl<W: Write> Measured<W> {
    /// Measures what is written to `to`.
    pub fn new(to: W) -> Self {
        Self { to, length: TextLength::new() }
    }

    /// What was written up to now.
    pub fn length(&self) -> &TextLength {
        &self.length
    }
}

impl<W: Write> Write for Measured<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.to.write(bytes)?;
        self.length.add(bytes.get(..count).unwrap_or(bytes));
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_bare_line_feeds_explain_missing_bytes() {
        for (text, announced, expected) in [
            ("", 0, false),
            ("", 1, true),
            ("a\r\nb\r\n", 6, false),
            ("a\r\nb\r\n", 7, true),
            ("a\r\nb\r", 6, true),
            ("a\nb\n", 6, false),
            ("a\nb\n", 7, true),
            ("\n", 2, false),
            ("\r\n\n", 4, false),
            ("\r\n\n", 5, true),
            ("a\r\nb\r\n", 3, false),
        ] {
            assert_eq!(TextLength::of(text.as_bytes()).is_short_of(announced), expected, "{text:?} of {announced}");
            let mut parts = Measured::new(Vec::new());
            text.as_bytes().iter().for_each(|byte| parts.write_all(&[*byte]).unwrap());
            assert_eq!(parts.length(), &TextLength::of(text.as_bytes()), "{text:?}");
        }
    }
}
