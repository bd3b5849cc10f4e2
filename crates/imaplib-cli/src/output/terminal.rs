//! Messages on a terminal: as they are but for what could steer it.

use std::io::{self, Write};

use super::escape;

/// Escapes what passes through, line by line.
pub(crate) struct TerminalWriter<W: Write> {
    inner: W,
    line: Vec<u8>,
}

/// A line longer than this is written in pieces.
const MAX_LINE: usize = 64 << 10;

impl<W: Write> TerminalWriter<W> {
    pub(crate) fn new(inner: W) -> Self {
        Self { inner, line: Vec::new() }
    }

    /// Writes what is left of the last line, and ends it.
    pub(crate) fn finish(mut self) -> io::Result<()> {
        let line = std::mem::take(&mut self.line);
        self.write_lines(&line)?;
        if line.is_empty() { Ok(()) } else { self.inner.write_all(b"\n") }
    }

    fn write_lines(&mut self, lines: &[u8]) -> io::Result<()> {
        self.inner.write_all(escape::bytes(lines).replace("\\x0d\n", "\n").as_bytes())
    }
}

impl<W: Write> Write for TerminalWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.line.extend_from_slice(bytes);
        let end = match self.line.iter().rposition(|byte| *byte == b'\n') {
            Some(at) => at + 1,
            None if self.line.len() > MAX_LINE => self.line.len(),
            None => 0,
        };
        if end > 0 {
            let rest = self.line.split_off(end);
            let lines = std::mem::replace(&mut self.line, rest);
            self.write_lines(&lines)?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_whole_and_harmless() {
        for size in [1, 2, 5, 100] {
            let mut out = Vec::new();
            let mut writer = TerminalWriter::new(&mut out);
            for block in "Gr\u{fc}\u{df}e\r\n\u{1b}[2J\r\nend".as_bytes().chunks(size) {
                writer.write_all(block).unwrap();
            }
            writer.finish().unwrap();
            assert_eq!(String::from_utf8(out).unwrap(), "Grüße\n\\x1b[2J\nend\n");
        }
    }
}
