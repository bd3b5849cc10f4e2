//! Transfer encodings, encoded-words and charsets, as far as SEARCH and BINARY need them.

use base64::Engine as _;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Removes a content transfer encoding; `None` if the encoding is not known or broken.
pub(crate) fn transfer_decode(encoding: &[u8], body: &[u8]) -> Option<Vec<u8>> {
    match encoding.to_ascii_lowercase().as_slice() {
        b"7bit" | b"8bit" | b"binary" => Some(body.to_vec()),
        b"base64" => base64_decode(body),
        b"quoted-printable" => Some(quoted_printable(body, false)),
        _ => None,
    }
}

fn base64_decode(body: &[u8]) -> Option<Vec<u8>> {
    let packed: Vec<u8> = body.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
    LENIENT.decode(packed).ok()
}

fn quoted_printable(body: &[u8], underscore_is_space: bool) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len());
    let mut rest = body;
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        match byte {
            b'=' => match *rest {
                [b'\r', b'\n', ..] => rest = rest.get(2..).unwrap_or_default(),
                [b'\n', ..] => rest = rest.get(1..).unwrap_or_default(),
                [high, low, ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                    out.push(hex(high) * 16 + hex(low));
                    rest = rest.get(2..).unwrap_or_default();
                }
                _ => out.push(b'='),
            },
            b'_' if underscore_is_space => out.push(b' '),
            _ => out.push(byte),
        }
    }
    out
}

fn hex(digit: u8) -> u8 {
    match digit {
        b'0'..=b'9' => digit - b'0',
        b'a'..=b'f' => digit - b'a' + 10,
        b'A'..=b'F' => digit - b'A' + 10,
        _ => 0,
    }
}

/// Text in a charset as Unicode; an unknown charset is read as UTF-8 with replacement characters.
pub(crate) fn charset_decode(charset: &[u8], text: &[u8]) -> String {
    match mail_parser::decoders::charsets::map::charset_decoder(charset) {
        Some(decoder) => decoder(text),
        None => String::from_utf8_lossy(text).into_owned(),
    }
}

/// Header text with its encoded-words decoded (RFC 2047).
pub(crate) fn decode_words(input: &[u8]) -> String {
    let mut out = String::new();
    let mut rest = input;
    let mut after_word = false;
    while !rest.is_empty() {
        let start = rest.windows(2).position(|pair| pair == b"=?").unwrap_or(rest.len());
        let (before, from) = rest.split_at(start);
        let word = encoded_word(from);
        // White space between two encoded-words is not part of the text.
        if !(after_word && word.is_some() && before.iter().all(u8::is_ascii_whitespace)) {
            out.push_str(&String::from_utf8_lossy(before));
        }
        match word {
            Some((text, length)) => {
                out.push_str(&text);
                rest = from.get(length..).unwrap_or_default();
                after_word = true;
            }
            None => {
                let (skipped, after) = from.split_at(from.len().min(2));
                out.push_str(&String::from_utf8_lossy(skipped));
                rest = after;
                after_word = false;
            }
        }
    }
    out
}

/// Reads `=?charset?B or Q?text?=` at the beginning; the text and the bytes read.
fn encoded_word(input: &[u8]) -> Option<(String, usize)> {
    let inner = input.strip_prefix(b"=?")?;
    let mut pieces = inner.splitn(3, |byte| *byte == b'?');
    let charset = pieces.next()?;
    let encoding = pieces.next()?;
    let tail = pieces.next()?;
    let end = tail.windows(2).position(|pair| pair == b"?=")?;
    let text = tail.get(..end)?;
    if charset.is_empty() || text.contains(&b' ') {
        return None;
    }
    let decoded = match encoding {
        b"B" | b"b" => base64_decode(text)?,
        b"Q" | b"q" => quoted_printable(text, true),
        _ => return None,
    };
    let charset = charset.split(|byte| *byte == b'*').next()?;
    let length = 2 + charset.len() + 1 + encoding.len() + 1 + end + 2;
    Some((charset_decode(charset, &decoded), length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decodes_words() {
        let cases: [(&[u8], &str); 6] = [
            (b"plain", "plain"),
            (b"=?utf-8?Q?caf=C3=A9_au?= =?UTF-8?B?IGxhaXQ=?=", "caf\u{e9} au lait"),
            (b"=?iso-8859-1?q?=E9?= x", "\u{e9} x"),
            (b"a =?x", "a =?x"),
            (b"=?koi8-r?B?8NLJ18XU?=", "\u{41f}\u{440}\u{438}\u{432}\u{435}\u{442}"),
            (b"=?utf-8?X?a?=", "=?utf-8?X?a?="),
        ];
        for (input, expected) in cases {
            assert_eq!(decode_words(input), expected);
        }
    }

    #[test]
    fn decodes_transfer_encodings() {
        assert_eq!(transfer_decode(b"BASE64", b"aGVs\r\nbG8=").unwrap(), b"hello");
        assert_eq!(transfer_decode(b"quoted-printable", b"a=3Db=\r\nc=").unwrap(), b"a=bc=");
        assert_eq!(transfer_decode(b"x-uuencode", b""), None);
    }
}
