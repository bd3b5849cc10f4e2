//! Strings: atoms, quoted strings and literals (RFC 9051, section 4.3).

use bytes::Bytes;
use memchr::memchr3;

use super::cursor::{Cursor, Malformed, is_word};
use super::envelope::{StrRefs, plain_length};
use crate::types::{ImapString, unescape};

/// The diagnostic for what follows a literal without a space.
pub(super) const BEHIND_LITERAL: &str = "no space behind a literal: its length may be wrong";

/// The diagnostic for a literal8 in place of any other string.
const LITERAL8: &str = "a literal8 where a string belongs";

/// Where a quoted string ends.
struct Quoted {
    /// The place of the closing quote.
    end: usize,
    /// Whether a backslash stands in it.
    escapes: bool,
    /// Whether a quote stands in it that is not escaped.
    inner: bool,
    /// Whether a line feed stands in it.
    feed: bool,
}

impl Cursor<'_> {
    /// Reads `string`: quoted or literal.
    pub(super) fn string(&mut self) -> Result<Bytes, Malformed> {
        match self.peek() {
            b'"' => self.quoted(),
            _ if self.is_literal_next() => self.literal(),
            _ => Err(self.malformed("no string")),
        }
    }

    /// Reads `nstring`: a string or NIL.
    pub(super) fn nstring(&mut self) -> Result<Option<Bytes>, Malformed> {
        match self.peek() {
            b'"' => self.quoted().map(Some),
            _ if self.is_literal_next() => self.literal().map(Some),
            _ if self.eat_nil() => Ok(None),
            _ => Err(self.malformed("neither a string nor NIL")),
        }
    }

    /// Reads `nstring`, or an atom in its place.
    #[inline]
    pub(super) fn nstring_or_atom(&mut self) -> Result<Option<ImapString>, Malformed> {
        match self.peek() {
            b'"' => match self.plain_quoted_ends() {
                Some((start, end)) => Ok(Some(self.text(start, end))),
                None => self.odd_nstring_or_atom(),
            },
            _ if self.eat_nil() => Ok(None),
            _ => self.odd_nstring_or_atom(),
        }
    }

    #[inline(never)]
    fn odd_nstring_or_atom(&mut self) -> Result<Option<ImapString>, Malformed> {
        let is_literal = self.is_literal_next();
        if is_literal || self.peek() == b'"' || !is_word(self.peek()) {
            if !is_literal {
                return Ok(self.nstring()?.map(ImapString::from));
            }
            let (start, end) = self.skip_literal()?;
            let bytes = self.slice(start, end);
            if is_word(self.peek()) {
                return Ok(Some(self.rest_of_literal(&bytes)));
            }
            self.expect_end_of_literal();
            return Ok(Some(bytes.into()));
        }
        let start = self.position();
        self.word();
        self.note(start, "an atom where a string belongs");
        Ok(Some(self.text_since(start)))
    }

    /// Adds the word that follows a literal without a space: some servers count characters in place of bytes.
    #[cold]
    fn rest_of_literal(&mut self, bytes: &[u8]) -> ImapString {
        let start = self.position();
        let word = self.word();
        self.note(start, "a literal longer than announced");
        Bytes::from([bytes, word].concat()).into()
    }

    /// Reads a text that is a member of a list into its place: none where the list ends or another list stands, which
    /// `reason` notes.
    #[inline]
    pub(super) fn text_into(&mut self, target: &mut Option<ImapString>, reason: &'static str) -> Result<(), Malformed> {
        match self.rest() {
            [b' ', b'N', b'I', b'L', b' ' | b')', ..] => {
                self.move_to(self.position() + 4);
                return Ok(());
            }
            [b' ', b'"', ..] => {
                let start = self.position() + 1;
                if let Some(end) = self.plain_end(start) {
                    self.move_to(end + 1);
                    *target = Some(self.text(start + 1, end));
                    return Ok(());
                }
            }
            _ => {}
        }
        *target = self.odd_text_of_list(reason)?;
        Ok(())
    }

    /// As [`nstring_or_atom`](Self::nstring_or_atom), into its place, where NIL is an empty text.
    #[inline]
    pub(super) fn word_into(&mut self, target: &mut ImapString) -> Result<(), Malformed> {
        let start = self.position();
        if self.peek() == b'"'
            && let Some(end) = self.plain_end(start)
        {
            self.move_to(end + 1);
            *target = self.text(start + 1, end);
            return Ok(());
        }
        self.odd_word_into(target)
    }

    #[inline(never)]
    fn odd_word_into(&mut self, target: &mut ImapString) -> Result<(), Malformed> {
        *target = self.nstring_or_atom()?.unwrap_or_default();
        Ok(())
    }

    /// Where the closing quote of the string is that begins at `start`, if it has no escapes and ends as it should.
    #[inline(always)] // As in `usual_place`.
    fn plain_end(&self, start: usize) -> Option<usize> {
        let bytes = self.bytes(start + 1, self.end());
        let length = plain_length(bytes);
        match bytes.get(length..) {
            Some([b'"'] | [b'"', b' ' | b')' | b'\n', ..]) => Some(start + 1 + length),
            _ => None,
        }
    }

    /// Reads a text that is a member of a list: none where the list ends or another list stands, which `reason` notes.
    #[inline]
    pub(super) fn text_of_list(&mut self, reason: &'static str) -> Result<Option<ImapString>, Malformed> {
        let start = self.position();
        self.eat(b' ');
        if self.peek() == b'"' {
            if let Some((start, end)) = self.plain_quoted_ends() {
                return Ok(Some(self.text(start, end)));
            }
        } else if let [b'N', b'I', b'L', b' ' | b')', ..] = self.rest() {
            self.move_to(self.position() + 3);
            return Ok(None);
        }
        self.move_to(start);
        self.odd_text_of_list(reason)
    }

    #[inline(never)]
    fn odd_text_of_list(&mut self, reason: &'static str) -> Result<Option<ImapString>, Malformed> {
        self.blanks();
        match self.peek() {
            b')' => Ok(None),
            b'(' => {
                let start = self.position();
                // Some put a single string into parentheses.
                self.advance();
                self.blanks();
                if self.peek() == b'"'
                    && let Ok(text) = self.quoted()
                {
                    self.blanks();
                    if self.eat(b')') {
                        self.note(start, "a string in parentheses");
                        return Ok(Some(text.into()));
                    }
                }
                self.move_to(start);
                self.skip_value()?;
                self.note_loss(start, reason);
                Ok(None)
            }
            _ => self.nstring_or_atom(),
        }
    }

    /// Finds where texts of this response lie in the block; nothing if that is too far behind its beginning.
    #[inline]
    pub(super) fn places(&self) -> Option<StrRefs> {
        u32::try_from(self.frame_end()).ok().filter(|end| *end <= u32::MAX / 2).map(|end| StrRefs { end })
    }

    /// Reads `astring`: an atom or a string.
    pub(super) fn astring(&mut self) -> Result<Bytes, Malformed> {
        match self.peek() {
            b'"' => self.quoted(),
            b'{' => self.literal(),
            b'~' if self.peek_second() == b'{' => {
                let start = self.position();
                let bytes = self.literal()?;
                self.note(start, LITERAL8);
                Ok(bytes)
            }
            _ => {
                let start = self.position();
                if self.word().is_empty() {
                    Err(self.malformed("neither an atom nor a string"))
                } else {
                    Ok(self.slice(start, self.position()))
                }
            }
        }
    }

    pub(super) fn astring_text(&mut self) -> Result<ImapString, Malformed> {
        if self.peek() == b'"'
            && let Some((start, end)) = self.plain_quoted_ends()
        {
            return Ok(self.text(start, end));
        }
        self.astring().map(ImapString::from)
    }

    /// Reads a list of strings.
    pub(super) fn strings(&mut self) -> Result<Vec<ImapString>, Malformed> {
        self.need(b'(', "no list of strings")?;
        let mut strings = Vec::new();
        loop {
            self.spaces();
            if self.eat(b')') {
                return Ok(strings);
            }
            self.count::<ImapString>()?;
            strings.push(self.astring_text()?);
        }
    }

    /// Reads a quoted string without escapes that ends as it should: nearly every one.
    #[inline]
    fn plain_quoted(&mut self) -> Option<Bytes> {
        let (start, end) = self.plain_quoted_ends()?;
        Some(self.slice(start, end))
    }

    /// Steps over such a string and returns where its bytes are.
    #[inline]
    pub(super) fn plain_quoted_ends(&mut self) -> Option<(usize, usize)> {
        let start = self.position();
        let end = self.plain_end(start)?;
        self.move_to(end + 1);
        Some((start + 1, end))
    }

    /// Reads a quoted string.
    pub(super) fn quoted(&mut self) -> Result<Bytes, Malformed> {
        if let Some(bytes) = self.plain_quoted() {
            return Ok(bytes);
        }
        let start = self.position() + 1;
        let found = self.find_quote(start)?;
        self.move_to(found.end + 1);
        if found.inner {
            self.note(start - 1, "quotes in a quoted string that are not escaped");
        }
        if found.feed {
            self.note(start - 1, "a line feed in a quoted string");
        }
        Ok(if found.escapes { unescape(self.bytes(start, found.end)).into() } else { self.slice(start, found.end) })
    }

    /// Steps over a quoted string.
    pub(super) fn skip_quoted(&mut self) -> Result<(), Malformed> {
        let found = self.find_quote(self.position() + 1)?;
        self.move_to(found.end + 1);
        Ok(())
    }

    /// Finds the quote that closes the string with its first byte at `start`.
    ///
    /// Some servers do not escape quotes (`"a "b" c"`), so one counts only where a value can end; where there is no
    /// such place, the first one counts.
    fn find_quote(&mut self, start: usize) -> Result<Quoted, Malformed> {
        let data = self.bytes(0, self.end());
        let mut found = Quoted { end: 0, escapes: false, inner: false, feed: false };
        let mut first = None;
        let mut at = start;
        loop {
            let rest = data.get(at..).unwrap_or_default();
            let Some(next) = memchr3(b'"', b'\\', b'\n', rest).map(|offset| at + offset) else { break };
            match self.byte_at(next) {
                b'"' if self.value_ends(next + 1) || next < self.no_quote_before => {
                    found.end = next;
                    found.inner = first.is_some();
                    return Ok(found);
                }
                b'"' => {
                    first = first.or(Some((next, found.escapes, found.feed)));
                    at = next + 1;
                }
                b'\\' => {
                    found.escapes = true;
                    at = next + 2;
                }
                // Some servers leave line feeds in texts, but none leaves a line end: a literal begins behind one.
                _ if next > 0 && self.byte_at(next - 1) != b'\r' => {
                    found.feed = true;
                    at = next + 1;
                }
                _ => break,
            }
        }
        self.no_quote_before = at;
        match first {
            Some((end, escapes, feed)) => Ok(Quoted { end, escapes, inner: false, feed }),
            None => {
                self.open_quote = true;
                Err(self.malformed("a quoted string that does not end"))
            }
        }
    }

    fn value_ends(&self, at: usize) -> bool {
        matches!(self.byte_at(at), b' ' | b')' | b']' | b'(' | b'\r' | b'\n')
            || (self.commas && self.byte_at(at) == b',')
    }

    /// Whether a literal comes next, or a literal8. A word can begin with a tilde, too.
    #[inline]
    pub(super) fn is_literal_next(&self) -> bool {
        match self.peek() {
            b'{' => true,
            b'~' => self.peek_second() == b'{',
            _ => false,
        }
    }

    /// Reads `literal` or `literal8`.
    pub(super) fn literal(&mut self) -> Result<Bytes, Malformed> {
        let (start, end) = self.skip_literal()?;
        self.expect_end_of_literal();
        Ok(self.slice(start, end))
    }

    /// Adds a diagnostic for what stands right behind a literal, where nothing but a space or the end of a list can: it may be the
    /// rest of a text whose length is wrong.
    #[inline]
    pub(super) fn expect_end_of_literal(&mut self) {
        if !matches!(self.peek(), b' ' | b')' | b']' | b'\r' | b'\n') {
            let start = self.position();
            let length = self.rest().iter().position(|byte| b" )\r\n".contains(byte));
            self.note_at(start, BEHIND_LITERAL, start, length.map_or(self.end(), |length| start + length));
        }
    }

    /// Steps over a literal and returns where its bytes are.
    pub(super) fn skip_literal(&mut self) -> Result<(usize, usize), Malformed> {
        let begin = self.position();
        let fail = |cursor: &mut Self, reason| {
            cursor.announced_beyond |= cursor.announces_oddly(begin);
            cursor.move_to(begin);
            Err(cursor.malformed(reason))
        };
        self.eat(b'~');
        if !self.eat(b'{') {
            return fail(self, "no string");
        }
        let negative = self.eat(b'-');
        let Some(length) = self.digits() else { return fail(self, "a literal without a length") };
        self.eat(b'+');
        if !self.eat(b'}') {
            return fail(self, "a literal without a length");
        }
        // Domino sends a space between the announcement and the line end, others two carriage returns.
        self.take_while(|byte| matches!(byte, b' ' | b'\t' | b'\r' | 0x0c));
        let cut = self.at_end();
        if !cut && !self.eat(b'\n') {
            return fail(self, "a literal that does not begin on a new line");
        }
        // Free.fr sends -1 for an empty text.
        let length = if negative { 0 } else { length };
        if negative {
            self.note(begin, "a literal of negative length is empty");
        }
        self.literals = self.literals.saturating_add(1);
        let start = self.position();
        let left = (self.end() - start) as u64;
        match usize::try_from(length) {
            Ok(bytes) if length <= left => {
                self.move_to(start + bytes);
                Ok((start, start + bytes))
            }
            _ => {
                if cut {
                    self.cut = Some(length);
                    self.announced_beyond = true;
                }
                fail(self, "a literal longer than the response")
            }
        }
    }
}
