//! Nothing from a server or a message may steer the terminal: control characters are replaced before printing.

use std::borrow::Cow;

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
}
