//! Content-Transfer-Encoding taken off while a part streams by.

use std::io::{self, Write};

/// Decodes what is written to it into another writer.
pub(crate) struct Decoder<W: Write> {
    inner: W,
    kind: Kind,
    out: Vec<u8>,
}

enum Kind {
    Identity,
    Base64 { bits: u32, count: u8 },
    QuotedPrintable { pending: Vec<u8> },
}

impl<W: Write> Decoder<W> {
    /// A decoder for the encoding of that name; what is not known passes as it is.
    pub(crate) fn new(inner: W, encoding: &str) -> Self {
        let kind = match encoding.trim().to_ascii_lowercase().as_str() {
            "base64" => Kind::Base64 { bits: 0, count: 0 },
            "quoted-printable" => Kind::QuotedPrintable { pending: Vec::new() },
            _ => Kind::Identity,
        };
        Self { inner, kind, out: Vec::new() }
    }

    /// Writes what is left.
    pub(crate) fn finish(mut self) -> io::Result<()> {
        match &self.kind {
            Kind::Identity => {}
            Kind::Base64 { bits, count } => {
                let bytes = (bits << (((4 - u32::from(*count)) * 6) % 24)).to_be_bytes();
                let complete = usize::from(*count).saturating_sub(1);
                self.out.extend(bytes.iter().skip(1).take(complete));
            }
            Kind::QuotedPrintable { pending } => {
                // Spaces at the end of a line are not part of the text.
                let kept = pending.trim_ascii_end().len();
                self.out.extend(pending.iter().take(kept));
            }
        }
        self.inner.write_all(&self.out)
    }
}

impl<W: Write> Write for Decoder<W> {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        match &mut self.kind {
            Kind::Identity => self.inner.write_all(octets)?,
            Kind::Base64 { bits, count } => {
                for value in octets.iter().filter_map(|octet| base64_value(*octet)) {
                    *bits = (*bits << 6) | value;
                    *count += 1;
                    if *count == 4 {
                        self.out.extend_from_slice(bits.to_be_bytes().get(1..).unwrap_or_default());
                        (*bits, *count) = (0, 0);
                    }
                }
            }
            Kind::QuotedPrintable { pending } => {
                for octet in octets {
                    quoted_printable(pending, *octet, &mut self.out);
                }
            }
        }
        self.inner.write_all(&self.out)?;
        self.out.clear();
        Ok(octets.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// The value of a digit; anything else, padding and line ends among it, is passed over.
fn base64_value(octet: u8) -> Option<u32> {
    Some(u32::from(match octet {
        b'A'..=b'Z' => octet - b'A',
        b'a'..=b'z' => octet - b'a' + 26,
        b'0'..=b'9' => octet - b'0' + 52,
        b'+' | b'-' => 62,
        b'/' | b'_' => 63,
        _ => return None,
    }))
}

/// Takes one octet; `pending` holds what cannot be decided yet: spaces, or the beginning of an escape.
fn quoted_printable(pending: &mut Vec<u8>, octet: u8, out: &mut Vec<u8>) {
    let escape = pending.first() == Some(&b'=');
    match octet {
        b'\n' => {
            // A soft line end vanishes; a hard one takes the spaces before it with it.
            let carriage_return = pending.last() == Some(&b'\r');
            if !escape {
                if carriage_return {
                    out.push(b'\r');
                }
                out.push(b'\n');
            }
            pending.clear();
        }
        b'=' if !escape => {
            out.append(pending);
            pending.push(octet);
        }
        b' ' | b'\t' | b'\r' => pending.push(octet),
        _ if escape => {
            pending.push(octet);
            if let [_, high, low] = pending.as_slice() {
                match (hex(*high), hex(*low)) {
                    (Some(high), Some(low)) => out.push(high * 16 + low),
                    _ => out.extend_from_slice(pending),
                }
                pending.clear();
            } else if pending.len() > 3 {
                out.append(pending);
            }
        }
        _ => {
            out.append(pending);
            out.push(octet);
        }
    }
}

fn hex(octet: u8) -> Option<u8> {
    char::from(octet).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(encoding: &str, input: &[u8], size: usize) -> String {
        let mut out = Vec::new();
        let mut decoder = Decoder::new(&mut out, encoding);
        input.chunks(size).for_each(|block| decoder.write_all(block).unwrap());
        decoder.finish().unwrap();
        String::from_utf8_lossy(&out).into_owned()
    }

    #[test]
    fn decodes_at_every_split() {
        for (encoding, input, expected) in [
            ("BASE64", &b"SGVsbG8sIHdvcmxkIQ==\r\n"[..], "Hello, world!"),
            ("base64", b"SGVs\r\nbG8", "Hello"),
            ("base64", b"", ""),
            ("quoted-printable", b"caf=C3=A9 =\r\nau lait  \r\nx=\n=3d1 =zz", "café au lait\r\nx=1 =zz"),
            ("7bit", b"as =3D is", "as =3D is"),
        ] {
            for size in 1..=input.len().max(1) {
                assert_eq!(decode(encoding, input, size), expected, "blocks of {size}");
            }
        }
    }
}
