//! Content-Transfer-Encoding taken off while a part streams by, in constant memory.

use std::io::{self, Write};

/// How a part was made fit for transport (RFC 2045, section 6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Encoding {
    Identity,
    Base64,
    QuotedPrintable,
    UuEncode,
}

impl Encoding {
    /// Reads the name of an encoding: `base64 (rfc 2045)`, `"base64"` and `base-64` are meant for base64.
    pub(crate) fn for_label(label: &[u8]) -> Self {
        let label = label.split(|byte| *byte == b'(').next().unwrap_or_default();
        let key = |word: &[u8]| {
            word.iter().filter(|byte| byte.is_ascii_alphanumeric()).map(u8::to_ascii_lowercase).collect::<Vec<_>>()
        };
        let words = label.split(|byte| byte.is_ascii_whitespace() || matches!(byte, b',' | b';'));
        // The whole first, for `quoted printable`.
        std::iter::once(label).chain(words).find_map(|word| Self::for_key(&key(word))).unwrap_or(Self::Identity)
    }

    fn for_key(key: &[u8]) -> Option<Self> {
        Some(match key {
            b"base64" | b"b64" | b"xbase64" => Self::Base64,
            b"quotedprintable" | b"qp" | b"quotedprintible" => Self::QuotedPrintable,
            b"uuencode" | b"xuuencode" | b"uue" | b"xuue" => Self::UuEncode,
            b"7bit" | b"8bit" | b"binary" => Self::Identity,
            _ => return None,
        })
    }
}

/// What became of the encoded text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// All of it was decoded.
    Whole,
    /// It was decoded; something in it, behind it or at its end was not of the encoding and was left out.
    Damaged,
    /// It is not in the encoding that it is said to be in: what was written means nothing.
    NotEncoded,
}

/// Decodes all of a text. What is not in the encoding is returned as it is.
pub(crate) fn decode(input: &[u8], encoding: Encoding) -> (Vec<u8>, Outcome) {
    let mut out = Vec::with_capacity(input.len());
    let mut decoder = Decoder::new(&mut out, encoding);
    let outcome = decoder.write_all(input).and_then(|()| decoder.finish()).unwrap_or(Outcome::NotEncoded);
    if outcome == Outcome::NotEncoded { (input.to_vec(), outcome) } else { (out, outcome) }
}

/// So many bytes of the output are collected.
const BLOCK: usize = 8 << 10;

/// Decodes what is written to it into another writer.
pub(crate) struct Decoder<W: Write> {
    out: Output<W>,
    kind: Kind,
}

enum Kind {
    Identity,
    Base64(Base64),
    QuotedPrintable(QuotedPrintable),
    UuEncode(UuEncode),
}

impl<W: Write> Decoder<W> {
    pub(crate) fn new(inner: W, encoding: Encoding) -> Self {
        let kind = match encoding {
            Encoding::Identity => Kind::Identity,
            Encoding::Base64 => Kind::Base64(Base64::default()),
            Encoding::QuotedPrintable => Kind::QuotedPrintable(QuotedPrintable::default()),
            Encoding::UuEncode => Kind::UuEncode(UuEncode::default()),
        };
        Self { out: Output { inner, block: Vec::new() }, kind }
    }

    /// Writes what is left, and returns whether the text was what it was said to be.
    pub(crate) fn finish(mut self) -> io::Result<Outcome> {
        let outcome = match self.kind {
            Kind::Identity => Outcome::Whole,
            Kind::Base64(base64) => base64.finish(&mut self.out)?,
            Kind::QuotedPrintable(quoted) => quoted.finish(&mut self.out)?,
            Kind::UuEncode(uu) => uu.finish(&mut self.out)?,
        };
        self.out.flush()?;
        Ok(outcome)
    }
}

impl<W: Write> Write for Decoder<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.kind {
            Kind::Identity => self.out.inner.write_all(bytes)?,
            Kind::Base64(base64) => bytes.iter().try_for_each(|byte| base64.push(*byte, &mut self.out))?,
            Kind::QuotedPrintable(quoted) => bytes.iter().try_for_each(|byte| quoted.push(*byte, &mut self.out))?,
            Kind::UuEncode(uu) => bytes.iter().try_for_each(|byte| uu.push(*byte, &mut self.out))?,
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()?;
        self.out.inner.flush()
    }
}

/// Collects single bytes into blocks.
struct Output<W> {
    inner: W,
    block: Vec<u8>,
}

impl<W: Write> Output<W> {
    #[inline]
    fn push(&mut self, byte: u8) -> io::Result<()> {
        self.block.push(byte);
        if self.block.len() >= BLOCK { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.write_all(&self.block)?;
        self.block.clear();
        Ok(())
    }
}

/// Base64 (RFC 2045, section 6.8). Padding ends a quantum, not the text: some senders encode a file in blocks of which
/// each is padded.
#[derive(Default)]
struct Base64 {
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
    fn push<W: Write>(&mut self, byte: u8, out: &mut Output<W>) -> io::Result<()> {
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

    fn finish<W: Write>(mut self, out: &mut Output<W>) -> io::Result<Outcome> {
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

/// Quoted-printable (RFC 2045, section 6.7).
#[derive(Default)]
struct QuotedPrintable {
    /// `=`, and the digit behind it.
    escape: Option<Option<u8>>,
    /// Blanks that vanish if the line ends, as runs: a line of nothing else can be as long as the message.
    blanks: Vec<(u8, u64)>,
}

/// More runs are taken for text: no line that was written by hand or by a program has so many at its end.
const MAX_RUNS: usize = 4096;

impl QuotedPrintable {
    #[inline]
    fn push<W: Write>(&mut self, byte: u8, out: &mut Output<W>) -> io::Result<()> {
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

    fn finish<W: Write>(mut self, out: &mut Output<W>) -> io::Result<Outcome> {
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

/// Uuencode, which was there before MIME: lines of a length and so many bytes, between `begin` and `end`.
#[derive(Default)]
struct UuEncode {
    line: Vec<u8>,
    has_begun: bool,
    has_ended: bool,
    is_damaged: bool,
}

/// A line has 61 characters.
const MAX_UU_LINE: usize = 200;

impl UuEncode {
    fn push<W: Write>(&mut self, byte: u8, out: &mut Output<W>) -> io::Result<()> {
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

    fn finish<W: Write>(mut self, out: &mut Output<W>) -> io::Result<Outcome> {
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Decodes in blocks of `size`.
    fn decode_in_blocks(encoding: Encoding, input: &[u8], size: usize) -> (Vec<u8>, Outcome) {
        let mut out = Vec::new();
        let mut decoder = Decoder::new(&mut out, encoding);
        input.chunks(size).for_each(|block| decoder.write_all(block).unwrap());
        let outcome = decoder.finish().unwrap();
        (out, outcome)
    }

    #[test]
    fn names_of_encodings_are_read_as_they_are_meant() {
        for (labels, encoding) in [
            (
                &[
                    "base64",
                    "BASE64",
                    "\"base64\"",
                    "base64 (rfc2045)",
                    "base-64",
                    "base64;",
                    " Base64 ",
                    "base64, 7bit",
                    "x-base64",
                ][..],
                Encoding::Base64,
            ),
            (
                &["quoted-printable", "Quoted Printable", "quoted_printable", "'quoted-printable'", "quotedprintable"],
                Encoding::QuotedPrintable,
            ),
            (&["7bit", "8-bit", "binary", "", "x-own", "7bit base64", "none"], Encoding::Identity),
            (&["x-uuencode", "uuencode", "uue"], Encoding::UuEncode),
        ] {
            for label in labels {
                assert_eq!(Encoding::for_label(label.as_bytes()), encoding, "{label}");
            }
        }
    }

    #[test]
    fn decodes_at_every_split() {
        use Encoding::{Base64, Identity, QuotedPrintable, UuEncode};
        use Outcome::{Damaged, Whole};
        for (encoding, input, expected, outcome) in [
            (Base64, &b"SGVsbG8sIHdvcmxkIQ==\r\n"[..], &b"Hello, world!"[..], Whole),
            (Base64, b"SGVs\r\nbG8", b"Hello", Whole),
            (Base64, b"", b"", Whole),
            (Base64, b"SGVsbG8=\r\nV29ybGQ=", b"HelloWorld", Whole),
            (Base64, b"SGVsbG8=V29ybGQ=", b"HelloWorld", Whole),
            (Base64, b"SA==\r\n\r\nSQ==\r\nSg==SGVs\nbG8h\n", b"HIJHello!", Whole),
            (Base64, b"SA=\r\nSQ=\r\n", b"H", Damaged),
            (Base64, b"SGVsbG8=\r\n-- \r\nThe list\r\nABCD\r\n", b"Hello", Damaged),
            (Base64, b"SGVsbG8=\r\n_______________\r\nlist\r\n", b"Hello", Damaged),
            (Base64, b"SGVs!bG8=", b"Hello", Damaged),
            (Base64, b"-_-_", b"\xfb\xff\xbf", Whole),
            (QuotedPrintable, b"caf=C3=A9 =\r\nau lait  \r\nx=\n=3d1 =zz", "café au lait\r\nx=1 =zz".as_bytes(), Whole),
            (QuotedPrintable, b"a =  \r\nb \t c\t\n=4x==41=\n=4\n=4 \n= x=", b"a b \t c\n=4x=A=4\n=4\n= x", Whole),
            (QuotedPrintable, b"a\rb  \r \r\n", b"a\rb\r\n", Whole),
            (Identity, b"as =3D is", b"as =3D is", Whole),
            (
                UuEncode,
                b"text\r\nbegin 644 a.txt\r\n+2&5L;&\\@=V]R;&0\r\n`\r\nend\r\n\r\nmore\r\n",
                b"Hello world",
                Whole,
            ),
            (UuEncode, b"begin 644 a\n#0V%T", b"Cat", Damaged),
        ] {
            for size in 1..=input.len().max(1) {
                let (out, found) = decode_in_blocks(encoding, input, size);
                let context = format!("{} in blocks of {size}", input.escape_ascii());
                assert_eq!(
                    (out.escape_ascii().to_string(), found),
                    (expected.escape_ascii().to_string(), outcome),
                    "{context}"
                );
            }
        }
    }

    #[test]
    fn what_is_not_encoded_is_not_decoded() {
        for (encoding, input) in [
            (Encoding::Base64, &b"Hello, this is plain text.\r\n"[..]),
            (Encoding::Base64, b"Hello world\r\n"),
            (Encoding::Base64, b"Hello"),
            (Encoding::Base64, b"%PDF-1.4\n\x00\x01\xff binary"),
            (Encoding::Base64, b"a = b\r\n"),
            (Encoding::UuEncode, b"no such line\r\n"),
        ] {
            assert_eq!(decode(input, encoding), (input.to_vec(), Outcome::NotEncoded), "{}", input.escape_ascii());
        }
        // A long file of which the last digits are missing, or in which something was lost, is still a file.
        let long = b"QUJD".repeat(100);
        for damaged in [[&long[..], b"Q"].concat(), [&long[..], b"!?\r\n", &long[..]].concat()] {
            assert_eq!(decode(&damaged, Encoding::Base64).1, Outcome::Damaged);
        }
    }

    #[test]
    fn blanks_take_no_memory() {
        struct Count(u64, usize);
        impl Write for Count {
            fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
                (self.0, self.1) = (self.0 + bytes.len() as u64, self.1.max(bytes.len()));
                Ok(bytes.len())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        for (unit, end, expected) in
            [(&b" "[..], &b""[..], 0), (b" ", b"x", 1_000_001), (b" \t", b"x", 2_000_001), (b"=", b"", 999_999)]
        {
            let mut count = Count(0, 0);
            let mut decoder = Decoder::new(&mut count, Encoding::QuotedPrintable);
            for _ in 0..1000 {
                decoder.write_all(&unit.repeat(1000)).unwrap();
                if let Kind::QuotedPrintable(quoted) = &decoder.kind {
                    assert!(quoted.blanks.len() <= MAX_RUNS);
                }
            }
            decoder.write_all(end).unwrap();
            decoder.finish().unwrap();
            assert_eq!(count.0, expected);
            assert!(count.1 <= BLOCK);
        }
    }
}
