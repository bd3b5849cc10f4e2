//! Stepping over values whose meaning is not known or could not be read (RFC 4466, `tagged-ext-val`).

use super::cursor::{Cursor, Malformed};

impl Cursor<'_> {
    /// Steps over one value: a list with all that is in it, a string, or an atom.
    ///
    /// Never deeper than one call, however deep the lists are nested.
    pub(super) fn skip_value(&mut self) -> Result<(), Malformed> {
        let start = self.position();
        let mut depth = 0u64;
        loop {
            if self.at_end() {
                let found = depth == 0 && self.position() > start;
                return if found { Ok(()) } else { Err(self.malformed("no value, or a list that is not closed")) };
            }
            match self.peek() {
                b'(' => {
                    depth += 1;
                    self.advance();
                }
                b')' if depth == 0 => {
                    let found = self.position() > start;
                    return if found { Ok(()) } else { Err(self.malformed("no value")) };
                }
                b')' => {
                    depth -= 1;
                    self.advance();
                    if depth == 0 {
                        return Ok(());
                    }
                }
                b' ' if depth == 0 => {
                    let found = self.position() > start;
                    return if found { Ok(()) } else { Err(self.malformed("no value")) };
                }
                b'"' => self.skip_quoted()?,
                b'{' => match self.skip_literal() {
                    Ok(_) => {}
                    Err(malformed) if self.cut.is_some() => return Err(malformed),
                    Err(_) => self.advance(),
                },
                _ => {
                    self.advance();
                    self.take_while(|byte| !matches!(byte, b' ' | b'(' | b')' | b'"' | b'{'));
                }
            }
        }
    }

    /// Steps over spaces and values until the list that was begun is closed; the closing parenthesis is read too.
    pub(super) fn skip_to_close(&mut self) -> Result<(), Malformed> {
        loop {
            self.blanks();
            if self.eat(b')') {
                return Ok(());
            }
            self.skip_value()?;
        }
    }

    /// As [`skip_to_close`](Self::skip_to_close), with a note on what is there before the parenthesis.
    pub(super) fn close_noting(&mut self, reason: &'static str) -> Result<(), Malformed> {
        self.blanks();
        if self.eat(b')') {
            return Ok(());
        }
        let start = self.position();
        self.skip_to_close()?;
        self.note_at(start, reason, start, self.position().saturating_sub(1));
        Ok(())
    }
}
