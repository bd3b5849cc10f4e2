//! Nothing from a server or a message may steer the terminal: control characters are replaced before printing, and
//! messages are shown as they are but for what could steer it.

use std::borrow::Cow;
use std::io::{self, Write};

/// For running text: keeps line feeds and tabs.
pub(crate) fn text(input: &str) -> Cow<'_, str> {
    escape(input, |c| c == '\n' || c == '\t')
}

/// For one line or a table's cell: line ends and tabs become spaces.
pub(crate) fn line(input: &str) -> Cow<'_, str> {
    if !input.contains(['\n', '\t', '\r']) {
        return escape(input, |_| false);
    }
    let flat: String =
        input.replace("\r\n", " ").chars().map(|c| if matches!(c, '\n' | '\t' | '\r') { ' ' } else { c }).collect();
    Cow::Owned(escape(&flat, |_| false).into_owned())
}

/// For bytes of unknown charset: UTF-8 where it is, `\xNN` where it is not; keeps line feeds and tabs.
pub(crate) fn bytes(input: &[u8]) -> String {
    let mut out = String::with_capacity(input.len());
    for chunk in input.utf8_chunks() {
        out.push_str(&text(chunk.valid()));
        for byte in chunk.invalid() {
            push_byte(&mut out, *byte);
        }
    }
    out
}

fn push_byte(out: &mut String, byte: u8) {
    use std::fmt::Write as _;
    let _ = write!(out, "\\x{byte:02x}");
}

/// True for what can move the cursor, change colours, set the clipboard, reorder or hide text.
pub(crate) fn is_dangerous(c: char) -> bool {
    matches!(c,
        '\u{0}'..='\u{1f}' | '\u{7f}'..='\u{9f}'
        | '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
        | '\u{2028}' | '\u{2029}' | '\u{206a}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e007f}')
}

fn escape(input: &str, keep: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !input.chars().any(|c| is_dangerous(c) && !keep(c)) {
        return Cow::Borrowed(input);
    }
    let mut out = String::with_capacity(input.len() + 16);
    for c in input.chars() {
        if !is_dangerous(c) || keep(c) {
            out.push(c);
        } else if let Ok(byte) = u8::try_from(c) {
            push_byte(&mut out, byte);
        } else {
            out.extend(c.escape_unicode());
        }
    }
    Cow::Owned(out)
}

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
        self.inner.write_all(bytes(lines).replace("\\x0d\n", "\n").as_bytes())
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
    fn escapes_what_steers_a_terminal() {
        for (input, expected) in [
            ("plain é 漢", "plain é 漢"),
            ("a\tb\nc", "a\tb\nc"),
            ("\u{1b}[2J", "\\x1b[2J"),
            ("\u{9b}31m", "\\x9b31m"),
            ("\u{7f}\r", "\\x7f\\x0d"),
            ("\u{202e}gpj.exe", "\\u{202e}gpj.exe"),
            ("\u{0}", "\\x00"),
        ] {
            assert_eq!(text(input), expected);
        }
    }

    #[test]
    fn a_line_stays_one_line() {
        assert_eq!(line("Re: x\r\n y\tz\u{1b}"), "Re: x  y z\\x1b");
    }

    #[test]
    fn bytes_that_are_no_text_are_shown_by_value() {
        assert_eq!(bytes(b"caf\xe9 \xc3\xa9\x1b"), "caf\\xe9 é\\x1b");
    }

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
