//! Uuencode.

use std::io::{self, Write};

use super::decoded::{Outcome, Output};

/// Uuencode, which was there before MIME: lines of a length and so many bytes, between `begin` and `end`.
#[derive(Default)]
pub(super) struct UuEncode {
    line: Vec<u8>,
    has_begun: bool,
    has_ended: bool,
    is_damaged: bool,
}

/// A line has 61 characters.
const MAX_UU_LINE: usize = 200;

impl UuEncode {
    pub(super) fn push<W: Write>(&mut self, byte: u8, out: &mut Output<W>) -> io::Result<()> {
        if byte == b'\n' {
            return self.end_line(out);
        }
        if self.line.len() < MAX_UU_LINE {
            self.line.push(byte);
        }
        Ok(())
    }

    fn end_line<W: Write>(&mut self, out: &mut Output<W>) -> io::Result<()> {
        let line = std::mem::take(&mut self.line);
        let line = line.trim_ascii_end();
        if !self.has_begun {
            self.has_begun = line.starts_with(b"begin ");
            return Ok(());
        }
        if self.has_ended || line.is_empty() {
            return Ok(());
        }
        if line == b"end" {
            self.has_ended = true;
            return Ok(());
        }
        let Some((length, digits)) = line.split_first() else { return Ok(()) };
        let length = usize::from(length.wrapping_sub(b' ') & 0x3f);
        let mut bytes = Vec::with_capacity(48);
        for group in digits.chunks(4) {
            // Blanks at the end of a line were perhaps taken away.
            let bits = (0..4)
                .fold(0, |bits, at| bits << 6 | u32::from(group.get(at).unwrap_or(&b' ').wrapping_sub(b' ') & 0x3f));
            bytes.extend_from_slice(bits.to_be_bytes().get(1..).unwrap_or_default());
        }
        self.is_damaged |= bytes.len() < length || digits.iter().any(|digit| !(b' '..=b'`').contains(digit));
        bytes.into_iter().take(length).try_for_each(|byte| out.push(byte))
    }

    pub(super) fn finish<W: Write>(mut self, out: &mut Output<W>) -> io::Result<Outcome> {
        if !self.line.is_empty() {
            self.end_line(out)?;
        }
        Ok(match (self.has_begun, self.has_ended && !self.is_damaged) {
            (false, _) => Outcome::NotEncoded,
            (true, false) => Outcome::Damaged,
            (true, true) => Outcome::Whole,
        })
    }
}
