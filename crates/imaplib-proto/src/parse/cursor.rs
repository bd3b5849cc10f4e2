//! The place in a response up to which it was read, and the steps that all readers share.

use std::sync::Arc;

use bytes::Bytes;

use super::Context;
use super::number::number64;
use crate::types::{Diagnostic, Envelope, ImapString};
use crate::wire::ResponseSlice;

/// No response has more values in its lists, addresses among them; each needs many times the memory of its shortest form on
/// the wire.
const MOST_VALUES: usize = 100_000;

/// No response names messages by more ranges.
const MOST_RANGES: usize = 1 << 21;

/// What could not be read, and where.
#[derive(Clone, Copy, Debug)]
pub(super) struct Malformed {
    pub(super) position: usize,
    pub(super) reason: &'static str,
}

/// Goes through one response from its beginning to its line end, and collects the diagnostics.
pub(super) struct Cursor<'a> {
    frame: ResponseSlice<'a>,
    /// The response without its line end.
    pub(super) data: &'a [u8],
    at: usize,
    pub(super) context: &'a Context,
    pub(super) diagnostics: Vec<Diagnostic>,
    /// Where the name of the item lies that is being read.
    pub(super) item: (usize, usize),
    /// How many diagnostics there were before it.
    pub(super) diagnostics_before: usize,
    /// The literal that the end of the response announces, but which is not there.
    pub(super) cut: Option<u64>,
    /// Whether such a literal, as the value of a section, follows as a stream.
    pub(super) streams: bool,
    /// Whether a literal was announced whose bytes are not in the response: they follow, and look like responses.
    pub(super) announced_beyond: bool,
    /// Whether data other than a row could not be read.
    pub(super) malformed_data: bool,
    /// Whether a row is read.
    pub(super) in_row: bool,
    /// Whether the row has a text of the message, or the name of one.
    pub(super) has_text: bool,
    /// Where the last text of the message ends.
    pub(super) text_end: Option<usize>,
    /// How many literals were read: what follows a row that goes wrong behind one may be the rest of its bytes.
    pub(super) literals: u32,
    /// Whether a quoted string was not closed.
    pub(super) open_quote: bool,
    /// Whether a row did not end where the response does.
    pub(super) open_row: bool,
    /// How often a row was searched for its continuation behind a value that does not end.
    pub(super) resumptions: u8,
    /// Up to here no quoted string ends before a space or a parenthesis, so that it need not be looked for again.
    pub(super) no_quote_before: usize,
    /// A place, the end of its line, and the last quote between the two, so that it need not be looked for again.
    pub(super) last_quote: Option<(usize, usize, Option<usize>)>,
    /// No closing bracket follows, so that none need be looked for again.
    pub(super) no_brackets: bool,
    /// Whether a quoted string may end before a comma.
    pub(super) commas: bool,
    /// Memory for the next envelope.
    pub(super) spare_envelope: Option<Box<Envelope>>,
    /// How many parts the body structure has so far.
    pub(super) parts: usize,
    /// How many values the lists of the response have so far.
    values: usize,
    /// About how many bytes the values take that were read.
    pub(super) weight: usize,
}

impl<'a> Cursor<'a> {
    #[inline]
    pub(super) fn new(frame: ResponseSlice<'a>, context: &'a Context) -> Self {
        let data = frame.bytes();
        let data = data.strip_suffix(b"\n").unwrap_or(data);
        let data = data.strip_suffix(b"\r").unwrap_or(data);
        let mut cursor = Self {
            frame,
            data,
            at: 0,
            context,
            diagnostics: Vec::new(),
            item: (0, 0),
            diagnostics_before: 0,
            cut: None,
            streams: false,
            announced_beyond: false,
            malformed_data: false,
            in_row: false,
            has_text: false,
            text_end: None,
            literals: 0,
            open_quote: false,
            open_row: false,
            resumptions: 0,
            no_quote_before: 0,
            last_quote: None,
            no_brackets: false,
            commas: false,
            spare_envelope: None,
            parts: 0,
            values: 0,
            weight: 0,
        };
        if let [.., b'\r'] = data {
            cursor.strip_line_end();
        }
        cursor
    }

    /// Removes what some servers send too much before the line end: CR CR LF. The last byte of a literal stays.
    #[cold]
    fn strip_line_end(&mut self) {
        let whole = self.data;
        if memchr::memchr(b'\n', whole).is_some() {
            return;
        }
        while let [before @ .., b'\r'] = self.data {
            self.data = before;
        }
        let raw = self.frame.slice(self.data.len(), whole.len());
        let reason = "more than one CR at the end of the line";
        self.diagnostics.push(Diagnostic::new(self.data.len(), reason, ImapString::default(), raw));
        self.diagnostics_before = 1;
    }

    #[inline]
    pub(super) fn position(&self) -> usize {
        self.at
    }

    #[inline]
    pub(super) fn move_to(&mut self, position: usize) {
        self.at = position.min(self.data.len());
    }

    /// Where the line end begins.
    #[inline]
    pub(super) fn end(&self) -> usize {
        self.data.len()
    }

    #[inline]
    pub(super) fn at_end(&self) -> bool {
        self.at >= self.data.len()
    }

    /// What was not read yet, without the line end.
    #[inline]
    pub(super) fn rest(&self) -> &'a [u8] {
        self.data.get(self.at..).unwrap_or_default()
    }

    /// The next byte; the end of the response reads as a line feed.
    #[inline]
    pub(super) fn peek(&self) -> u8 {
        self.data.get(self.at).copied().unwrap_or(b'\n')
    }

    /// The byte behind the next one.
    #[inline]
    pub(super) fn peek_second(&self) -> u8 {
        self.byte_at(self.at + 1)
    }

    #[inline]
    pub(super) fn byte_at(&self, position: usize) -> u8 {
        self.data.get(position).copied().unwrap_or(b'\n')
    }

    #[inline]
    pub(super) fn advance(&mut self) {
        self.at += usize::from(self.at < self.data.len());
    }

    /// Steps over the byte if it comes next.
    #[inline]
    pub(super) fn eat(&mut self, byte: u8) -> bool {
        let next = self.data.get(self.at) == Some(&byte);
        self.at += usize::from(next);
        next
    }

    #[inline]
    pub(super) fn need(&mut self, byte: u8, reason: &'static str) -> Result<(), Malformed> {
        if self.eat(byte) { Ok(()) } else { Err(self.malformed(reason)) }
    }

    /// Steps over these bytes if exactly they come next.
    #[inline]
    pub(super) fn eat_exactly<const N: usize>(&mut self, bytes: &[u8; N]) -> bool {
        let same = self.rest().first_chunk::<N>() == Some(bytes);
        self.at += if same { N } else { 0 };
        same
    }

    /// Steps over spaces; there should be one, but some servers send more, or none.
    #[inline]
    pub(super) fn spaces(&mut self) {
        while self.data.get(self.at) == Some(&b' ') {
            self.at += 1;
        }
    }

    /// Steps over spaces, and over line ends that stand where none belongs.
    #[inline]
    pub(super) fn blanks(&mut self) {
        while let Some(b' ' | b'\t' | b'\r' | b'\n') = self.data.get(self.at) {
            self.at += 1;
        }
    }

    /// Steps over the bytes of a kind and returns them.
    #[inline]
    pub(super) fn take_while(&mut self, belongs: impl Fn(u8) -> bool) -> &'a [u8] {
        let rest = self.rest();
        let length = rest.iter().position(|byte| !belongs(*byte)).unwrap_or(rest.len());
        self.at += length;
        rest.get(..length).unwrap_or_default()
    }

    /// The bytes that [`is_word`] allows: an atom, and what servers send in its place.
    #[inline]
    pub(super) fn word(&mut self) -> &'a [u8] {
        self.take_while(is_word)
    }

    /// Steps over the word if it comes next, in any case, and ends there.
    pub(super) fn eat_word(&mut self, word: &[u8]) -> bool {
        let end = self.at + word.len();
        let same = self.data.get(self.at..end).is_some_and(|bytes| bytes.eq_ignore_ascii_case(word));
        let whole = same && !matches!(self.byte_at(end), byte if is_word(byte) && byte != b']');
        if whole {
            self.at = end;
        }
        whole
    }

    /// Steps over `NIL`.
    #[inline]
    pub(super) fn eat_nil(&mut self) -> bool {
        let nil = match self.rest() {
            [b'N' | b'n', b'I' | b'i', b'L' | b'l', next, ..] => !is_word(*next) || *next == b']',
            [b'N' | b'n', b'I' | b'i', b'L' | b'l'] => true,
            _ => false,
        };
        self.at += if nil { 3 } else { 0 };
        nil
    }

    #[inline]
    pub(super) fn digits(&mut self) -> Option<u64> {
        let (value, rest) = number64(self.rest())?;
        self.at = self.data.len() - rest.len();
        Some(value)
    }

    #[inline]
    pub(super) fn number(&mut self) -> Result<u64, Malformed> {
        self.digits().ok_or_else(|| self.malformed("no number"))
    }

    #[inline]
    pub(super) fn number32(&mut self) -> Result<u32, Malformed> {
        let start = self.at;
        let number = self.digits().and_then(|number| u32::try_from(number).ok());
        number.ok_or(Malformed { position: start, reason: "no number of 32 bits" })
    }

    /// Makes sure that a number or a word ends here.
    #[inline]
    pub(super) fn ends(&self) -> Result<(), Malformed> {
        let end = matches!(self.peek(), b' ' | b')' | b'\r' | b'\n');
        if end { Ok(()) } else { Err(self.malformed("more than a number")) }
    }

    /// Reads a number with nothing behind it.
    #[inline]
    pub(super) fn whole_number(&mut self) -> Result<u64, Malformed> {
        let number = self.number()?;
        self.ends().map(|()| number)
    }

    /// Reads a number of 32 bits with nothing behind it.
    #[inline]
    pub(super) fn whole_number32(&mut self) -> Result<u32, Malformed> {
        let number = self.number32()?;
        self.ends().map(|()| number)
    }

    /// Counts a value in a list, of the type that the list is made of.
    ///
    /// # Errors
    /// If the response has more of them than any has.
    #[inline]
    pub(super) fn count<T>(&mut self) -> Result<(), Malformed> {
        self.values += 1;
        self.weight += size_of::<T>();
        match self.values > MOST_VALUES {
            true => Err(self.malformed("more values than a response has")),
            false => Ok(()),
        }
    }

    /// Makes sure that there may be one more range of message numbers.
    #[inline]
    pub(super) fn count_ranges(&self, ranges: &[(u32, u32)]) -> Result<(), Malformed> {
        match ranges.len() >= MOST_RANGES {
            true => Err(self.malformed("more ranges of numbers than a response has")),
            false => Ok(()),
        }
    }

    #[inline]
    pub(super) fn malformed(&self, reason: &'static str) -> Malformed {
        Malformed { position: self.at, reason }
    }

    /// The bytes of the response between two places.
    #[inline]
    pub(super) fn bytes(&self, start: usize, end: usize) -> &'a [u8] {
        self.data.get(start..end).unwrap_or_default()
    }

    /// The same bytes, shared with the response.
    #[inline]
    pub(super) fn slice(&self, start: usize, end: usize) -> Bytes {
        if start < end && end <= self.data.len() { self.frame.slice(start, end) } else { Bytes::new() }
    }

    #[inline]
    pub(super) fn text(&self, start: usize, end: usize) -> ImapString {
        self.frame.text(start, end)
    }

    /// Where the response without its line end ends in what its texts share.
    #[inline]
    pub(super) fn frame_end(&self) -> usize {
        self.frame.base() + self.data.len()
    }

    /// What its texts share.
    pub(super) fn block(&self) -> &'a Arc<Bytes> {
        self.frame.shared()
    }

    /// What was read since `start`, as text.
    #[inline]
    pub(super) fn text_since(&self, start: usize) -> ImapString {
        self.text(start, self.at)
    }

    /// The whole response, with its line end.
    pub(super) fn whole(&self) -> Bytes {
        self.frame.slice(0, self.frame.len())
    }

    /// Adds a diagnostic for what stands behind the end of a value that should be the last one.
    #[inline]
    pub(super) fn expect_end(&mut self) {
        self.blanks();
        if !self.at_end() {
            let start = self.at;
            self.note_at(start, "more behind the end of the response", start, self.data.len());
            self.at = self.data.len();
        }
    }
}

/// Whether the byte can stand in an unquoted word of a server: anything but separators and control characters.
#[inline]
pub(super) const fn is_word(byte: u8) -> bool {
    byte > b' ' && !matches!(byte, b'(' | b')' | b'"' | 0x7f)
}
