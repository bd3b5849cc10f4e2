//! Content-Transfer-Encoding taken off while a part streams by, in constant memory.

mod base64;
mod decoded;
mod quoted_printable;

use std::fmt;
use std::io::{self, Write};

use base64::Base64;
pub(super) use base64::base64_value;
pub use decoded::Outcome;
use decoded::Output;
use quoted_printable::{QuotedPrintable, UuEncode};

/// How a part was made fit for transport (RFC 2045, section 6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Encoding {
    /// 7BIT, 8BIT and BINARY: the bytes are those of the file.
    Identity,
    /// BASE64.
    Base64,
    /// QUOTED-PRINTABLE.
    QuotedPrintable,
    /// `x-uuencode`, older than MIME.
    UuEncode,
    /// One that is not known, as `x-gzip64`: it is left as it is, and its outcome is [`Outcome::NotEncoded`].
    Unknown,
}

impl Encoding {
    /// Reads the name of an encoding: `base64 (rfc 2045)`, `"base64"` and `base-64` are meant for base64.
    #[must_use]
    pub fn for_label(label: &[u8]) -> Self {
        let label = &without_comments(label);
        let key = |word: &[u8]| {
            word.iter().filter(|byte| byte.is_ascii_alphanumeric()).map(u8::to_ascii_lowercase).collect::<Vec<_>>()
        };
        let words = label.split(|byte| byte.is_ascii_whitespace() || matches!(byte, b',' | b';'));
        // The whole first, for `quoted printable`.
        let mut keys = std::iter::once(label.as_slice()).chain(words).map(key).filter(|key| !key.is_empty()).peekable();
        let otherwise = if keys.peek().is_none() { Self::Identity } else { Self::Unknown };
        keys.find_map(|key| Self::for_key(&key)).unwrap_or(otherwise)
    }

    /// Its usual name, in lower case; that of [`Identity`](Self::Identity) is `8bit`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Identity => "8bit",
            Self::Unknown => "unknown",
            Self::Base64 => "base64",
            Self::QuotedPrintable => "quoted-printable",
            Self::UuEncode => "uuencode",
        }
    }

    fn for_key(key: &[u8]) -> Option<Self> {
        Some(match key {
            b"base64" | b"b64" | b"xbase64" => Self::Base64,
            b"quotedprintable" | b"qp" | b"quotedprintible" => Self::QuotedPrintable,
            b"uuencode" | b"xuuencode" | b"uue" | b"xuue" => Self::UuEncode,
            b"7bit" | b"8bit" | b"binary" | b"7bits" | b"8bits" | b"none" => Self::Identity,
            _ => return None,
        })
    }
}

impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A label without the comments in it (RFC 2045, section 6.1), which may stand anywhere.
fn without_comments(label: &[u8]) -> Vec<u8> {
    let mut depth = 0_usize;
    let mut out = Vec::with_capacity(label.len());
    for byte in label {
        match byte {
            b'(' => depth += 1,
            b')' => depth = depth.saturating_sub(1),
            _ if depth == 0 => out.push(*byte),
            _ => {}
        }
    }
    out
}

/// Decodes all of a text. What is not in the encoding is returned as it is.
#[must_use]
pub fn decode(input: &[u8], encoding: Encoding) -> (Vec<u8>, Outcome) {
    let mut out = Vec::with_capacity(input.len());
    let mut decoder = Decoder::new(&mut out, encoding);
    let outcome = decoder.write_all(input).and_then(|()| decoder.finish()).unwrap_or(Outcome::NotEncoded);
    if outcome == Outcome::NotEncoded { (input.to_vec(), outcome) } else { (out, outcome) }
}

/// Decodes what is written to it into another writer.
pub struct Decoder<W: Write> {
    out: Output<W>,
    kind: Kind,
}

enum Kind {
    Identity,
    Unknown,
    Base64(Base64),
    QuotedPrintable(QuotedPrintable),
    UuEncode(UuEncode),
}

impl<W: Write> Decoder<W> {
    /// Decodes into this writer.
    pub fn new(inner: W, encoding: Encoding) -> Self {
        let kind = match encoding {
            Encoding::Identity => Kind::Identity,
            Encoding::Unknown => Kind::Unknown,
            Encoding::Base64 => Kind::Base64(Base64::default()),
            Encoding::QuotedPrintable => Kind::QuotedPrintable(QuotedPrintable::default()),
            Encoding::UuEncode => Kind::UuEncode(UuEncode::default()),
        };
        Self { out: Output { inner, block: Vec::new() }, kind }
    }

    /// The writer.
    pub fn get_mut(&mut self) -> &mut W {
        &mut self.out.inner
    }

    /// Writes what is left, and returns whether the text was what it was said to be.
    ///
    /// # Errors
    ///
    /// Those of the writer.
    pub fn finish(self) -> io::Result<Outcome> {
        self.finish_into().map(|(_, outcome)| outcome)
    }

    /// As [`finish`](Self::finish), and returns the writer, too.
    ///
    /// # Errors
    ///
    /// Those of the writer.
    pub fn finish_into(mut self) -> io::Result<(W, Outcome)> {
        let outcome = match self.kind {
            Kind::Identity => Outcome::Whole,
            Kind::Unknown => Outcome::NotEncoded,
            Kind::Base64(base64) => base64.finish(&mut self.out)?,
            Kind::QuotedPrintable(quoted) => quoted.finish(&mut self.out)?,
            Kind::UuEncode(uu) => uu.finish(&mut self.out)?,
        };
        self.out.flush()?;
        Ok((self.out.inner, outcome))
    }
}

impl<W: Write> Write for Decoder<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.kind {
            Kind::Identity | Kind::Unknown => self.out.inner.write_all(bytes)?,
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

#[cfg(test)]
mod tests {
    use super::decoded::BLOCK;
    use super::quoted_printable::MAX_RUNS;
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
                    "(x) base64",
                    "base64 (a (nested) one",
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
            (&["7bit", "8-bit", "binary", "", " ", "(none)", "7bit base64", "none"], Encoding::Identity),
            (&["x-own", "x-yenc", "x-gzip64"], Encoding::Unknown),
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
            // A boundary is not data; digits of the alphabet for URLs are.
            (Base64, b"QUJD\r\n--B", b"ABC", Damaged),
            (Base64, b"QUJD\r\n--B--\r\nnot seen\r\n", b"ABC", Damaged),
            (Base64, b"QUJD\r\n--=_Next.Part\r\n", b"ABC", Damaged),
            (Base64, b"QUI=\r\n--BBBB\r\n", b"AB", Damaged),
            (Base64, b"QUJDQUJD\r\n--BBBBBB\r\nQUJD", b"ABCABC\xfb\xe0\x41\x04\x10\x41ABC", Whole),
            (Base64, b"QUJD\r\n-BBB\r\n", b"ABC\xf8\x10\x41", Whole),
            (Base64, b"QUJ_\r\n--__QUJD", b"AB\x7f\xfb\xef\xff\x41\x42\x43", Whole),
            (Base64, b"--BBQUJD", b"\xfb\xe0\x41ABC", Whole),
            (
                QuotedPrintable,
                b"caf=C3=A9 =\r\nau lait  \r\nx=\n=3d1 =zz",
                "café au lait\r\nx=1 =zz".as_bytes(),
                Damaged,
            ),
            (QuotedPrintable, b"caf=C3=A9 =\r\nau lait =\t\r\n=3d=", "café au lait =".as_bytes(), Whole),
            (QuotedPrintable, b"a=4", b"a=4", Damaged),
            (QuotedPrintable, b"a =  \r\nb \t c\t\n=4x==41=\n=4\n=4 \n= x=", b"a b \t c\n=4x=A=4\n=4\n= x", Damaged),
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
