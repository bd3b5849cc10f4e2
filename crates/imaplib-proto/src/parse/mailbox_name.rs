//! Names of mailboxes: many servers do not quote what has to be quoted. A name is never changed without a note.

use bytes::Bytes;

use super::cursor::{Cursor, Malformed};
use crate::types::{MailboxName, unescape};

const UNQUOTED: &str = "a name that is not quoted, though it has to be";

/// In so many places it is looked for the list behind a name.
const MOST_PLACES: usize = 16;

impl Cursor<'_> {
    pub(super) fn mailbox(&mut self) -> Result<MailboxName, Malformed> {
        let start = self.position();
        let bytes = self.astring()?;
        self.check_backslashes(start);
        Ok(self.mailbox_of(bytes))
    }

    fn mailbox_of(&self, bytes: Bytes) -> MailboxName {
        MailboxName::from_wire(bytes, self.context.names)
    }

    /// Adds a diagnostic for a backslash in the quoted string that was read from `start`, if it escapes nothing: it is a part of the
    /// name, but the server may have meant otherwise.
    fn check_backslashes(&mut self, start: usize) {
        let bytes = self.bytes(start, self.position());
        if bytes.first() == Some(&b'"') && has_bare_backslash(bytes) {
            self.note(start, "a backslash that is not escaped");
        }
    }

    /// Reads the name of a mailbox that is followed by a list, or by nothing if `last`. Without quotes it can have spaces,
    /// parentheses and whatever else in it (`STATUS Sent Items (…)` of Strato, LIST of Exchange).
    pub(super) fn mailbox_to(&mut self, last: bool) -> Result<MailboxName, Malformed> {
        match self.peek() {
            b'"' => return self.quoted_mailbox(last),
            _ if self.is_literal_next() => return self.mailbox(),
            _ => {}
        }
        let start = self.position();
        let word_end = start + self.word().len();
        let spaced = self.peek() == b' ';
        self.spaces();
        let ended = last && self.at_end();
        if word_end > start && (ended || (spaced && self.peek() == b'(' && self.is_list_to_end(last))) {
            return Ok(self.mailbox_of(self.slice(start, word_end)));
        }
        let mut end = if last { Some(self.end()) } else { None };
        let line = self.bytes(start, self.end());
        for at in memchr::memmem::find_iter(line, b" (").take(MOST_PLACES) {
            self.move_to(start + at + 1);
            if self.is_list_to_end(last) {
                end = Some(start + at);
                break;
            }
        }
        let name = self.bytes(start, end.unwrap_or(start));
        // Exchange sends spaces behind whatever it sends; a tab is a part of the name.
        let name = name.get(..name.iter().rposition(|byte| *byte != b' ').map_or(0, |at| at + 1)).unwrap_or_default();
        self.move_to(start);
        if name.is_empty() {
            return Err(self.malformed("no name of a mailbox"));
        }
        self.move_to(start + name.len());
        self.note(start, if name.contains(&b' ') { "a name with spaces that is not quoted" } else { UNQUOTED });
        Ok(self.mailbox_of(self.slice(start, start + name.len())))
    }

    /// Reads a quoted name. Where nothing else can follow, the last quote of the line is the one that closes it.
    fn quoted_mailbox(&mut self, last: bool) -> Result<MailboxName, Malformed> {
        let (start, diagnostics) = (self.position(), self.diagnostics.len());
        // Nearly every one.
        if let Some((start, end)) = self.plain_quoted_ends() {
            if !last || self.at_end() || self.peek_second() == b'(' {
                return Ok(self.mailbox_of(self.slice(start, end)));
            }
            self.move_to(start - 1);
        }
        let bytes = self.quoted()?;
        let behind = self.position();
        self.blanks();
        let rest = self.bytes(self.position(), self.end()).trim_ascii_end();
        if last && rest.last() == Some(&b'"') && rest.first() != Some(&b'(') {
            let end = self.position() + rest.len();
            let bytes = self.bytes(start + 1, end - 1);
            self.move_to(end);
            self.diagnostics.truncate(diagnostics);
            self.note(start, "quotes in a quoted string that are not escaped");
            return Ok(self.mailbox_of(unescape(bytes).into()));
        }
        self.move_to(behind);
        self.check_backslashes(start);
        Ok(self.mailbox_of(bytes))
    }

    /// Whether a list comes next that reaches to the end of the response. Behind the name that LIST ends with it must be
    /// extended data, a name and a value each, for the name itself may have parentheses. Nothing is read.
    fn is_list_to_end(&mut self, extended: bool) -> bool {
        let (start, diagnostics) = (self.position(), self.diagnostics.len());
        let cut = self.cut;
        let closed = self.skip_value().is_ok();
        // One that is not closed can be nothing else.
        let mut found = closed || !extended || self.is_open_extended_data(start);
        if !closed {
            self.move_to(self.end());
        }
        self.blanks();
        found &= self.at_end();
        if found && closed && extended {
            self.move_to(start + 1);
            let mut values = 0;
            loop {
                self.blanks();
                if matches!(self.peek(), b')' | b'\n') || self.skip_value().is_err() {
                    break;
                }
                values += 1;
            }
            found = values % 2 == 0;
        }
        self.move_to(start);
        self.diagnostics.truncate(diagnostics);
        self.cut = cut;
        found
    }

    /// Whether what begins here is extended data that is not closed: a name, and a list.
    fn is_open_extended_data(&mut self, start: usize) -> bool {
        self.move_to(start + 1);
        let named = !self.word().is_empty();
        self.spaces();
        named && self.peek() == b'('
    }
}

/// Whether a backslash stands before something that need not be escaped.
fn has_bare_backslash(bytes: &[u8]) -> bool {
    let mut rest = bytes;
    while let Some(at) = memchr::memchr(b'\\', rest) {
        match rest.get(at + 1) {
            Some(b'"' | b'\\') => rest = rest.get(at + 2..).unwrap_or_default(),
            _ => return true,
        }
    }
    false
}
