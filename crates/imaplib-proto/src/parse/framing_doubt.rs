//! Whether what follows a response on the connection may be a part of it: bytes of a text, in which anybody can have
//! written responses.

use super::cursor::Cursor;
use crate::wire::{NEAR, announcement};

impl Cursor<'_> {
    /// Whether what follows the response on the connection may be a part of it: bytes of a text, in which anybody can
    /// have written responses.
    pub(super) fn is_framing_in_doubt(&self) -> bool {
        if !self.open_row {
            return self.announced_beyond;
        }
        let is_cut = self.literals > 0 || self.has_text || (self.open_quote && !self.data.ends_with(b")"));
        is_cut || self.announced_beyond || self.announces_at_end()
    }

    /// Whether the response ends within a quoted string: one cannot hold a line end, so the server has written one into it,
    /// and what follows may be the rest of the string. A quote at the end behind a backslash, which some servers do not escape, is
    /// taken for the closing one.
    pub(super) fn ends_within_quotes(&self) -> bool {
        self.open_quote && !matches!(self.data.trim_ascii_end(), [.., b'\\', b'"'] | [.., b')'])
    }

    /// The same for values that nobody reads, from this place on.
    pub(super) fn look_for_open_quote(&mut self) {
        let mut rest = self.rest();
        while let Some(quote) = memchr::memchr(b'"', rest) {
            let begins =
                quote.checked_sub(1).and_then(|before| rest.get(before)).is_none_or(|byte| b" (".contains(byte));
            rest = rest.get(quote + 1..).unwrap_or_default();
            if begins {
                let Some(behind) = behind_quoted(rest) else {
                    self.open_quote = true;
                    return;
                };
                rest = behind;
            }
        }
    }

    /// Whether the last line announces a literal near its end, or something that looks so.
    pub(super) fn announces_at_end(&self) -> bool {
        let near = self.data.get(self.data.len().saturating_sub(NEAR)..).unwrap_or_default();
        announcement(near).is_some() || self.data.ends_with(b"}")
    }

    /// Whether more parentheses are opened than closed in the last line.
    pub(super) fn is_list_open(&self) -> bool {
        let line = memchr::memrchr(b'\n', self.data).map_or(0, |feed| feed + 1);
        let line = self.data.get(line..).unwrap_or_default();
        memchr::memchr_iter(b'(', line).count() > memchr::memchr_iter(b')', line).count()
    }

    /// Whether a literal seems to be announced at this place in a line whose rest holds no quote, so that it is not part
    /// of a text whose quotes were not escaped.
    pub(super) fn announces_oddly(&mut self, place: usize) -> bool {
        let rest = self.bytes(place, self.data.len());
        let begins = rest.strip_prefix(b"~").unwrap_or(rest).strip_prefix(b"{").unwrap_or_default();
        let blanks =
            begins.iter().position(|byte| !matches!(byte, b' ' | b'\t' | b'\r' | 0x0c)).unwrap_or(begins.len());
        let begins = begins.get(blanks..).unwrap_or_default();
        let is_length = begins.strip_prefix(b"-").unwrap_or(begins).first().is_some_and(u8::is_ascii_digit);
        self.in_row && is_length && !self.quote_follows(place)
    }

    /// Whether the rest of the line holds a quote. It is looked through once, however often it is asked.
    fn quote_follows(&mut self, place: usize) -> bool {
        let known = self.last_quote.filter(|(from, end, _)| (*from..*end).contains(&place));
        let (_, _, quote) = known.unwrap_or_else(|| {
            let rest = self.bytes(place, self.data.len());
            let line = rest.get(..memchr::memchr(b'\n', rest).unwrap_or(rest.len())).unwrap_or_default();
            let found = (place, place + line.len(), memchr::memrchr(b'"', line).map(|quote| place + quote));
            self.last_quote = Some(found);
            found
        });
        quote.is_some_and(|quote| quote >= place)
    }
}

/// What follows the quoted string with these bytes; nothing if it does not end.
fn behind_quoted(mut bytes: &[u8]) -> Option<&[u8]> {
    loop {
        let at = memchr::memchr2(b'"', b'\\', bytes)?;
        let escapes = bytes.get(at) == Some(&b'\\');
        bytes = bytes.get(at + 1 + usize::from(escapes)..)?;
        if !escapes {
            return Some(bytes);
        }
    }
}
