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
    /// A line that begins as a boundary does: digits of the alphabet for URLs, or the end of what the part should be.
    dashed: Option<Vec<u8>>,
    /// Which alphabet it is, once a digit shows it: the usual one, or that for URLs.
    alphabet: Option<Alphabet>,
    /// How many digits there were at the beginning of this line, and how many the line before has.
    line_start: u64,
    line_length: u64,
    ends_padded: bool,
    has_trailer: bool,
}

/// The two alphabets differ in the last two digits (RFC 4648, section 5).
#[derive(Clone, Copy, PartialEq, Eq)]
enum Alphabet {
    Usual,
    ForUrls,
}

/// So much of a line behind padding, or of one that begins as a boundary does, is looked at.
const MAX_BEHIND: usize = 1000;

impl Base64 {
    #[inline]
    pub(super) fn push<W: Write>(&mut self, byte: u8, out: &mut Output<W>) -> io::Result<()> {
        if self.has_trailer {
            return Ok(());
        }
        if self.dashed.is_some() {
            return self.dash(byte, out);
        }
        let Some(behind) = &mut self.behind else {
            // No text begins so; within one, a boundary may.
            if byte == b'-' && self.digits == self.line_start && self.digits > 0 && self.alphabet.is_none() {
                self.dashed = Some(vec![byte]);
                return Ok(());
            }
            return self.digit(byte, out);
        };
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

    /// Collects a line that begins with a dash, unless it has only one.
    fn dash<W: Write>(&mut self, byte: u8, out: &mut Output<W>) -> io::Result<()> {
        let Some(line) = &mut self.dashed else { return Ok(()) };
        line.push(byte);
        if byte == b'\n' || line.len() >= MAX_BEHIND || !line.starts_with(b"--") {
            return self.judge_dashed(out);
        }
        Ok(())
    }

    /// A line that begins with two dashes is one of digits if it is as long as the line before.
    fn judge_dashed<W: Write>(&mut self, out: &mut Output<W>) -> io::Result<()> {
        let line = self.dashed.take().unwrap_or_default();
        let text = line.trim_ascii_end();
        let are_digits = text.iter().all(|byte| base64_value(*byte).is_some());
        if text.starts_with(b"--") && !(are_digits && text.len() as u64 == self.line_length) {
            self.has_trailer = true;
            return Ok(());
        }
        line.iter().try_for_each(|byte| self.digit(*byte, out))
    }

    #[inline]
    fn digit<W: Write>(&mut self, byte: u8, out: &mut Output<W>) -> io::Result<()> {
        if matches!(byte, b'+' | b'/' | b'-' | b'_') {
            let alphabet = if matches!(byte, b'+' | b'/') { Alphabet::Usual } else { Alphabet::ForUrls };
            if *self.alphabet.get_or_insert(alphabet) != alphabet {
                self.foreign += 1;
                return Ok(());
            }
        }
        if let Some(value) = base64_value(byte) {
            self.foreign += u64::from(self.after_blank);
            (self.after_digit, self.after_blank) = (true, false);
            self.digits += 1;
            self.bits = (self.bits << 6) | value;
            self.count += 1;
            if self.count == 4 { self.complete(out) } else { Ok(()) }
        } else {
            match byte {
                b'\n' | b'\r' => {
                    (self.after_digit, self.after_blank) = (false, false);
                    if byte == b'\n' {
                        self.line_length = self.digits - self.line_start;
                        self.line_start = self.digits;
                    }
                }
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
        if self.dashed.is_some() {
            self.judge_dashed(out)?;
        }
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
pub(in crate::mime) fn base64_value(byte: u8) -> Option<u32> {
    Some(u32::from(match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' | b'-' => 62,
        b'/' | b'_' => 63,
        _ => return None,
    }))
}
