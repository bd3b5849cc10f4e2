//! Base64, as mail has it: with lines, padding in the middle and text behind it.

use std::io::{self, Write};

use super::decoded::{Outcome, Output};

/// Base64 (RFC 2045, section 6.8). Padding ends a quantum, not the text: some senders encode a file in blocks of which
/// each is padded.
#[derive(Default)]
pub(super) struct Base64 {
    /// The digits of the quantum that is not complete.
    bits: u32,
    count: u32,
    digits: u64,
    /// How much there was that base64 does not have, blanks within lines included.
    foreign: u64,
    after_digit: bool,
    after_blank: bool,
    /// The line behind padding: another block, or something that a mailing list has added.
    behind: Option<Vec<u8>>,
    ends_padded: bool,
    has_trailer: bool,
}

/// So much of a line behind padding is looked at.
const MAX_BEHIND: usize = 1000;

impl Base64 {
    #[inline]
    pub(super) fn push<W: Write>(&mut self, byte: u8, out: &mut Output<W>) -> io::Result<()> {
        if self.has_trailer {
            return Ok(());
        }
        let Some(behind) = &mut self.behind else { return self.digit(byte, out) };
        if byte != b'\n' {
            behind.push(byte);
        }
        if byte == b'\n' || behind.len() >= MAX_BEHIND { self.judge(out) } else { Ok(()) }
    }

    /// Decides what the line behind padding is.
    fn judge<W: Write>(&mut self, out: &mut Output<W>) -> io::Result<()> {
        let line = self.behind.take().unwrap_or_default();
        let text = line.trim_ascii();
        // The second of two `=`.
        let text = text.strip_prefix(b"=").unwrap_or(text).trim_ascii_start();
        if text.is_empty() {
            self.behind = Some(Vec::new());
        } else if text.iter().all(|byte| *byte == b'=' || base64_value(*byte).is_some()) && text.len().is_multiple_of(4)
        {
            self.ends_padded = false;
            for (at, byte) in text.iter().enumerate() {
                match &mut self.behind {
                    // Padding again, within this line.
                    Some(_) => {
                        self.behind = Some(text.get(at..).unwrap_or_default().to_vec());
                        return self.judge(out);
                    }
                    None => self.digit(*byte, out)?,
                }
            }
        } else {
            self.has_trailer = true;
        }
        Ok(())
    }

    #[inline]
    fn digit<W: Write>(&mut self, byte: u8, out: &mut Output<W>) -> io::Result<()> {
        if let Some(value) = base64_value(byte) {
            self.foreign += u64::from(self.after_blank);
            (self.after_digit, self.after_blank) = (true, false);
            self.digits += 1;
            self.bits = (self.bits << 6) | value;
            self.count += 1;
            if self.count == 4 { self.complete(out) } else { Ok(()) }
        } else {
            match byte {
                b'\n' | b'\r' => (self.after_digit, self.after_blank) = (false, false),
                b' ' | b'\t' => self.after_blank = self.after_digit,
                b'=' if self.count > 1 => {
                    self.complete(out)?;
                    self.ends_padded = true;
                    self.behind = Some(Vec::new());
                }
                _ => self.foreign += 1,
            }
            Ok(())
        }
    }

    /// Writes the bytes of a quantum of two to four digits.
    #[inline]
    fn complete<W: Write>(&mut self, out: &mut Output<W>) -> io::Result<()> {
        let bits = self.bits << (6 * (4 - self.count));
        let [_, first, second, third] = bits.to_be_bytes();
        let count = self.count;
        (self.bits, self.count) = (0, 0);
        out.push(first)?;
        if count > 2 {
            out.push(second)?;
        }
        if count > 3 {
            out.push(third)?;
        }
        Ok(())
    }

    pub(super) fn finish<W: Write>(mut self, out: &mut Output<W>) -> io::Result<Outcome> {
        if self.behind.is_some() && !self.has_trailer {
            self.judge(out)?;
        }
        let left = self.count;
        // Many leave out the padding at the end.
        if left > 1 {
            self.complete(out)?;
        }
        // Text of words has something in it that base64 does not have. A file that was damaged on its way has little of it.
        let most_foreign = match left {
            0 if self.ends_padded => self.digits / 4,
            0 => self.digits / 32,
            _ => self.digits / 256,
        };
        Ok(if self.foreign > most_foreign || (left == 1 && self.digits < 256) {
            Outcome::NotEncoded
        } else if self.foreign > 0 || left == 1 || self.has_trailer {
            Outcome::Damaged
        } else {
            Outcome::Whole
        })
    }
}

/// The value of a digit, of either alphabet (RFC 4648).
#[inline]
pub(crate) fn base64_value(byte: u8) -> Option<u32> {
    Some(u32::from(match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' | b'-' => 62,
        b'/' | b'_' => 63,
        _ => return None,
    }))
}
