//! Puts messages together: header fields, encoded-words, transfer encodings, multiparts.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// A part with its header, ready to stand in a message or a multipart.
#[derive(Debug, Clone)]
pub(super) struct Entity {
    pub(super) header: String,
    pub(super) body: Vec<u8>,
}

impl Entity {
    /// `text/plain` or another text in UTF-8, in the least encoding that it needs.
    pub(super) fn text(subtype: &str, text: &str) -> Self {
        let charset = if text.is_ascii() { "us-ascii" } else { "utf-8" };
        Self::text_in(subtype, charset, text.as_bytes())
    }

    /// Text whose bytes are in the charset already.
    pub(super) fn text_in(subtype: &str, charset: &str, text: &[u8]) -> Self {
        let text = crlf(text);
        let seven_bit = text.is_ascii() && text.split(|byte| *byte == b'\n').all(|line| line.len() < 900);
        let (encoding, body) = if seven_bit { ("7bit", text) } else { ("quoted-printable", quoted_printable(&text)) };
        Self {
            header: format!(
                "Content-Type: text/{subtype}; charset={charset}\r\nContent-Transfer-Encoding: {encoding}\r\n"
            ),
            body,
        }
    }

    /// A file in base64. `disposition` holds the parameters of Content-Disposition, filename included.
    pub(super) fn file(media_type: &str, disposition: &str, data: &[u8]) -> Self {
        Self {
            header: format!(
                "Content-Type: {media_type}\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: {disposition}\r\n"
            ),
            body: base64_lines(data),
        }
    }

    /// Another message as a part.
    pub(super) fn message(message: &[u8]) -> Self {
        Self {
            header: "Content-Type: message/rfc822\r\nContent-Disposition: inline\r\n".to_owned(),
            body: message.to_vec(),
        }
    }

    /// Several parts as one.
    pub(super) fn multipart(subtype: &str, boundary: &str, parts: &[Self]) -> Self {
        let mut body = Vec::new();
        for part in parts {
            body.extend_from_slice(format!("--{boundary}\r\n{}\r\n", part.header).as_bytes());
            body.extend_from_slice(&part.body);
            body.extend_from_slice(b"\r\n");
        }
        body.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
        Self { header: format!("Content-Type: multipart/{subtype}; boundary=\"{boundary}\"\r\n"), body }
    }

    /// Adds a header field to the part.
    #[must_use]
    pub(super) fn with(mut self, field: &str) -> Self {
        self.header.push_str(field);
        self.header.push_str("\r\n");
        self
    }

    /// The message that has this content.
    pub(super) fn into_message(self, fields: &str) -> Vec<u8> {
        let mut message = format!("{fields}MIME-Version: 1.0\r\n{}\r\n", self.header).into_bytes();
        message.extend_from_slice(&self.body);
        message
    }
}

/// Line ends as they are on the wire.
fn crlf(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len() + text.len() / 40);
    for &byte in text {
        if byte == b'\n' {
            out.push(b'\r');
        }
        out.push(byte);
    }
    out
}

fn base64_lines(data: &[u8]) -> Vec<u8> {
    let encoded = STANDARD.encode(data);
    let mut out = Vec::with_capacity(encoded.len() + encoded.len() / 38);
    for line in encoded.as_bytes().chunks(76) {
        out.extend_from_slice(line);
        out.extend_from_slice(b"\r\n");
    }
    out
}

fn quoted_printable(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        let (content, end): (&[u8], &[u8]) = match line.strip_suffix(b"\r\n") {
            Some(content) => (content, b"\r\n"),
            None => (line, b""),
        };
        let mut column = 0;
        for (index, &byte) in content.iter().enumerate() {
            let at_end = index + 1 == content.len();
            let plain = matches!(byte, 33..=60 | 62..=126) || (matches!(byte, b' ' | b'\t') && !at_end);
            let width = if plain { 1 } else { 3 };
            if column + width > 75 {
                out.extend_from_slice(b"=\r\n");
                column = 0;
            }
            if plain {
                out.push(byte);
            } else {
                out.extend_from_slice(format!("={byte:02X}").as_bytes());
            }
            column += width;
        }
        out.extend_from_slice(end);
    }
    out
}

/// Header text as it may stand in a header: plain if it is ASCII, else encoded-words in UTF-8 (RFC 2047).
pub(super) fn header_text(text: &str) -> String {
    if text.is_ascii() {
        return text.to_owned();
    }
    // Few letters a word, so that no word is longer than the 75 that are allowed.
    let letters: Vec<char> = text.chars().collect();
    let words: Vec<String> = letters
        .chunks(14)
        .map(|chunk| format!("=?utf-8?B?{}?=", STANDARD.encode(chunk.iter().collect::<String>())))
        .collect();
    words.join("\r\n ")
}

/// An encoded-word in another charset, in the Q encoding.
pub(super) fn header_text_in(charset: &str, text: &[u8]) -> String {
    let mut word = String::new();
    for &byte in text {
        match byte {
            b' ' => word.push('_'),
            _ if byte.is_ascii_alphanumeric() => word.push(char::from(byte)),
            _ => word.push_str(&format!("={byte:02X}")),
        }
    }
    format!("=?{charset}?Q?{word}?=")
}

/// ISO-8859-1; what it does not have becomes `?`.
pub(super) fn latin1(text: &str) -> Vec<u8> {
    text.chars().map(|letter| u8::try_from(u32::from(letter)).unwrap_or(b'?')).collect()
}

/// Windows-1252: ISO-8859-1 with a few more signs.
pub(super) fn windows1252(text: &str) -> Vec<u8> {
    text.chars()
        .map(|letter| match letter {
            '\u{20ac}' => 0x80,
            '\u{2026}' => 0x85,
            '\u{2018}' => 0x91,
            '\u{2019}' => 0x92,
            '\u{201c}' => 0x93,
            '\u{201d}' => 0x94,
            '\u{2013}' => 0x96,
            '\u{2014}' => 0x97,
            other => u8::try_from(u32::from(other)).unwrap_or(b'?'),
        })
        .collect()
}

/// KOI8-R for Russian letters.
pub(super) fn koi8r(text: &str) -> Vec<u8> {
    const ORDER: &str = "юабцдефгхийклмнопярстужвьызшэщчъ";
    text.chars()
        .map(|letter| {
            if letter.is_ascii() {
                return u8::try_from(u32::from(letter)).unwrap_or(b'?');
            }
            let lower = letter.to_lowercase().next().unwrap_or(letter);
            let upper_offset = if lower == letter { 0 } else { 0x20 };
            match ORDER.chars().position(|known| known == lower).and_then(|at| u8::try_from(at).ok()) {
                Some(at) => 0xC0 + at + upper_offset,
                None => b'?',
            }
        })
        .collect()
}

/// ISO-2022-JP for hiragana and a few signs.
pub(super) fn iso2022jp(text: &str) -> Vec<u8> {
    let mut out = Vec::new();
    let mut shifted = false;
    for letter in text.chars() {
        let code = u32::from(letter);
        let pair = match letter {
            '、' => Some([0x21, 0x22]),
            '。' => Some([0x21, 0x23]),
            'ー' => Some([0x21, 0x3c]),
            'ぁ'..='ん' => u8::try_from(code - 0x3041).ok().map(|offset| [0x24, 0x21 + offset]),
            _ => None,
        };
        if pair.is_some() != shifted {
            shifted = pair.is_some();
            out.extend_from_slice(if shifted { b"\x1b$B" } else { b"\x1b(B" });
        }
        match pair {
            Some(pair) => out.extend_from_slice(&pair),
            None => out.push(u8::try_from(code).unwrap_or(b'?')),
        }
    }
    if shifted {
        out.extend_from_slice(b"\x1b(B");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mime::decode::{charset_decode, decode_words, transfer_decode};

    #[test]
    fn encodings_are_read_back() {
        let text =
            "Zürich – ein langer Satz mit vielen Wörtern, der über mehr als eine Zeile geht, ganz sicher. \nEnde\n";
        let entity = Entity::text("plain", text);
        let decoded = transfer_decode(b"quoted-printable", &entity.body).unwrap();
        assert_eq!(String::from_utf8(decoded).unwrap(), text.replace('\n', "\r\n"));
        assert!(entity.body.split(|byte| *byte == b'\n').all(|line| line.len() <= 77));
        let subject = "Größe und Länge – 日本語のとても長いけんめい";
        assert_eq!(decode_words(header_text(subject).replace("\r\n", "").as_bytes()), subject);
        assert_eq!(decode_words(header_text_in("iso-8859-1", b"Caf\xe9 au lait").as_bytes()), "Café au lait");
    }

    #[test]
    fn are_read_back() {
        assert_eq!(charset_decode(b"koi8-r", &koi8r("Привет, мир")), "Привет, мир");
        assert_eq!(charset_decode(b"windows-1252", &windows1252("5 €")), "5 €");
        assert_eq!(charset_decode(b"iso-8859-1", &latin1("café")), "café");
        assert_eq!(iso2022jp("aあ"), b"a\x1b$B\x24\x22\x1b(B");
    }
}
