//! Text in old charsets, as far as the sample account needs them.

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
    use crate::mime::decode::charset_decode;

    #[test]
    fn are_read_back() {
        assert_eq!(charset_decode(b"koi8-r", &koi8r("Привет, мир")), "Привет, мир");
        assert_eq!(charset_decode(b"windows-1252", &windows1252("5 €")), "5 €");
        assert_eq!(charset_decode(b"iso-8859-1", &latin1("café")), "café");
        assert_eq!(iso2022jp("aあ"), b"a\x1b$B\x24\x22\x1b(B");
    }
}
