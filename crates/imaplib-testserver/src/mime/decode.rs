//! Transfer encodings, encoded-words and charsets, as far as SEARCH and BINARY need them.

use mail_parser::decoders::base64::base64_decode;
use mail_parser::decoders::charsets::map::charset_decoder;
use mail_parser::decoders::quoted_printable::quoted_printable_decode;
use mail_parser::parsers::MessageStream;

/// Removes a content transfer encoding; `None` if the encoding is not known or broken.
pub(crate) fn transfer_decode(encoding: &[u8], body: &[u8]) -> Option<Vec<u8>> {
    match encoding.to_ascii_lowercase().as_slice() {
        b"7bit" | b"8bit" | b"binary" => Some(body.to_vec()),
        b"base64" => base64_decode(body),
        b"quoted-printable" => quoted_printable_decode(body),
        _ => None,
    }
}

/// Text in a charset as Unicode; an unknown charset is read as UTF-8 with replacement characters.
pub(crate) fn charset_decode(charset: &[u8], text: &[u8]) -> String {
    match charset_decoder(charset) {
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

/// The encoded-word at the beginning: its text, and how many bytes it has.
fn encoded_word(input: &[u8]) -> Option<(String, usize)> {
    let mut stream = MessageStream::new(input.strip_prefix(b"=")?);
    let text = stream.decode_rfc2047()?;
    Some((text, 1 + stream.offset()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transfer_encodings_are_removed() {
        for (encoding, body, decoded) in [
            ("7bit", "a=41", Some("a=41")),
            ("8BIT", "gr\u{fc}n", Some("gr\u{fc}n")),
            ("binary", "=", Some("=")),
            ("Base64", "aGVsbG8=", Some("hello")),
            ("quoted-printable", "a=41", Some("aA")),
            ("x-uuencode", "a", None),
        ] {
            let found = transfer_decode(encoding.as_bytes(), body.as_bytes());
            assert_eq!(found.as_deref(), decoded.map(str::as_bytes), "{encoding}");
        }
    }

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
        // A `=` at the very end is a soft line break without its line end.
        assert_eq!(transfer_decode(b"quoted-printable", b"a=3Db=\r\nc=").unwrap(), b"a=bc");
        assert_eq!(transfer_decode(b"x-uuencode", b""), None);
    }
}
