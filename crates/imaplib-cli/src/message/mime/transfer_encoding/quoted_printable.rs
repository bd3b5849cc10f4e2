//! Quoted-printable.

use std::io::{self, Write};

use super::decoded::{Outcome, Output};

/// Quoted-printable (RFC 2045, section 6.7).
#[derive(Default)]
pub(super) struct QuotedPrintable {
    /// `=`, and the digit behind it.
    escape: Option<Option<u8>>,
    /// Blanks that vanish if the line ends, as runs: a line of nothing else can be as long as the message.
    pub(super) blanks: Vec<(u8, u64)>,
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
        Ok(Outcome::Whole)
    }
}

fn hex(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}
