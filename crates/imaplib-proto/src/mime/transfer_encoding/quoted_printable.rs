//! Quoted-printable, and uuencode.

use std::io::{self, Write};

use super::decoded::{Outcome, Output};

/// Quoted-printable (RFC 2045, section 6.7).
#[derive(Default)]
pub(super) struct QuotedPrintable {
    /// `=`, and the digit behind it.
    escape: Option<Option<u8>>,
    /// Blanks that vanish if the line ends, as runs: a line of nothing else can be as long as the message.
    pub(super) blanks: Vec<(u8, u64)>,
    /// Whether there was a `=` that means nothing.
    is_damaged: bool,
}

/// More runs are taken for text: no line that was written by hand or by a program has so many at its end.
pub(super) const MAX_RUNS: usize = 4096;

impl QuotedPrintable {
    #[inline]
    pub(super) fn push<W: Write>(&mut self, byte: u8, out: &mut Output<W>) -> io::Result<()> {
        match byte {
            b'\n' => {
                let has_return = self.blanks.last().is_some_and(|(byte, _)| *byte == b'\r');
                self.blanks.clear();
                match self.escape.take() {
                    // A soft line end vanishes.
                    Some(None) => return Ok(()),
                    Some(Some(digit)) => {
                        self.is_damaged = true;
                        out.push(b'=')?;
                        out.push(digit)?;
                    }
                    None => {}
                }
                if has_return {
                    out.push(b'\r')?;
                }
                out.push(b'\n')
            }
            b' ' | b'\t' | b'\r' => {
                if matches!(self.escape, Some(Some(_))) {
                    self.write_pending(out)?;
                }
                match self.blanks.last_mut() {
                    Some((last, count)) if *last == byte => *count += 1,
                    _ => self.blanks.push((byte, 1)),
                }
                if self.blanks.len() > MAX_RUNS { self.write_pending(out) } else { Ok(()) }
            }
            b'=' => {
                self.write_pending(out)?;
                self.escape = Some(None);
                Ok(())
            }
            _ => self.other(byte, out),
        }
    }

    fn other<W: Write>(&mut self, byte: u8, out: &mut Output<W>) -> io::Result<()> {
        match (self.escape, hex(byte)) {
            (Some(None), Some(_)) if self.blanks.is_empty() => {
                self.escape = Some(Some(byte));
                Ok(())
            }
            (Some(Some(first)), Some(low)) => {
                self.escape = None;
                out.push(hex(first).unwrap_or_default() << 4 | low)
            }
            _ => {
                self.write_pending(out)?;
                out.push(byte)
            }
        }
    }

    /// Writes what was held back and means itself.
    fn write_pending<W: Write>(&mut self, out: &mut Output<W>) -> io::Result<()> {
        if let Some(digit) = self.escape.take() {
            self.is_damaged = true;
            out.push(b'=')?;
            digit.into_iter().try_for_each(|digit| out.push(digit))?;
        }
        for (byte, count) in self.blanks.drain(..) {
            (0..count).try_for_each(|_| out.push(byte))?;
        }
        Ok(())
    }

    pub(super) fn finish<W: Write>(mut self, out: &mut Output<W>) -> io::Result<Outcome> {
        // Blanks at the end are not part of the text, and a `=` there is a soft line end.
        self.blanks.clear();
        if matches!(self.escape, Some(Some(_))) {
            self.write_pending(out)?;
        }
        Ok(if self.is_damaged { Outcome::Damaged } else { Outcome::Whole })
    }
}

fn hex(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

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
