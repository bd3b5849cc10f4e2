//! The text of header fields: encoded words (RFC 2047) and bytes that are not ASCII.

use std::ops::Range;

use super::charset::{self, Charset};
use super::header;
use super::transfer_encoding::{self, Encoding};

/// No charset has a longer name.
const MAX_LABEL: usize = 80;

/// An encoded word, as places in the text.
struct Word {
    all: Range<usize>,
    label: Range<usize>,
    text: Range<usize>,
    is_base64: bool,
}

/// Decodes the value of a field with its encoded words (RFC 2047). `hint` is the charset that bytes outside of ASCII are probably in.
#[must_use]
pub fn decode(raw: &[u8], hint: Option<Charset>) -> String {
    let raw = &header::unfold(raw);
    let mut out = String::with_capacity(raw.len());
    let mut at = 0;
    // Words behind each other, with nothing but blanks between them: a character may begin in one and end in the next.
    let mut run: Vec<Word> = Vec::new();
    while let Some(word) = next_word(raw, run.last().map_or(at, |last| last.all.end)) {
        let before = raw.get(run.last().map_or(at, |last| last.all.end)..word.all.start).unwrap_or_default();
        if run.is_empty() || !before.trim_ascii().is_empty() {
            at = write_run(raw, &mut run, at, hint, &mut out);
            out.push_str(&charset::decode(raw.get(at..word.all.start).unwrap_or_default(), None, hint));
            at = word.all.start;
        }
        run.push(word);
    }
    at = write_run(raw, &mut run, at, hint, &mut out);
    out.push_str(&charset::decode(raw.get(at..).unwrap_or_default(), None, hint));
    on_one_line(out)
}

/// Line ends within encoded words are none of the field: each run of them is a blank.
fn on_one_line(text: String) -> String {
    let ends_line = |c| matches!(c, '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}');
    if !text.contains(ends_line) {
        return text;
    }
    let lines: Vec<&str> = text.split(ends_line).filter(|line| !line.is_empty()).collect();
    lines.join(" ")
}

/// The next encoded word from a place on.
fn next_word(raw: &[u8], from: usize) -> Option<Word> {
    let mut at = from;
    loop {
        let start = at + find(raw.get(at..)?, b"=?")?;
        at = start + 2;
        let Some(word) = word(raw, start) else { continue };
        return Some(word);
    }
}

fn word(raw: &[u8], start: usize) -> Option<Word> {
    let label = start + 2;
    let label_end =
        label + raw.get(label..)?.iter().take(MAX_LABEL).position(|byte| !byte.is_ascii_graphic() || *byte == b'?')?;
    let is_base64 = match raw.get(label_end..label_end + 3)? {
        [b'?', b'b' | b'B', b'?'] => true,
        [b'?', b'q' | b'Q', b'?'] => false,
        _ => return None,
    };
    let text = label_end + 3;
    let mut end = text;
    // Another word that begins before this one ends: this one was cut.
    while !raw.get(end..)?.starts_with(b"?=") {
        let rest = raw.get(end..)?;
        if rest.is_empty() || (rest.starts_with(b"=?") && !rest.starts_with(b"=?=")) {
            return None;
        }
        end += 1;
    }
    Some(Word { all: start..end + 2, label: label..label_end, text: text..end, is_base64 })
}

/// Decodes words that belong together; returns where the text behind them begins.
fn write_run(raw: &[u8], run: &mut Vec<Word>, at: usize, hint: Option<Charset>, out: &mut String) -> usize {
    let end = run.last().map_or(at, |last| last.all.end);
    let mut words = run.drain(..).peekable();
    while let Some(first) = words.next() {
        let label = raw.get(first.label.clone()).unwrap_or_default();
        let mut group = vec![first];
        while let Some(next) =
            words.next_if(|next| raw.get(next.label.clone()).is_some_and(|other| other.eq_ignore_ascii_case(label)))
        {
            group.push(next);
        }
        match bytes(raw, &group) {
            Some(bytes) => out.push_str(&charset::decode(&bytes, Some(label), hint)),
            None => {
                let whole = group.first().map_or(0, |word| word.all.start)..group.last().map_or(0, |word| word.all.end);
                out.push_str(&charset::decode(raw.get(whole).unwrap_or_default(), None, hint));
            }
        }
    }
    end
}

/// The bytes of words of one charset; `None` if they are not in their encoding.
fn bytes(raw: &[u8], group: &[Word]) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    // Digits of base64 that end in the next word.
    let mut carried: Vec<u8> = Vec::new();
    for (index, word) in group.iter().enumerate() {
        let text = raw.get(word.text.clone()).unwrap_or_default();
        if !word.is_base64 {
            quoted(text, &mut out);
            continue;
        }
        let mut digits = std::mem::take(&mut carried);
        digits.extend(text.iter().filter(|byte| !byte.is_ascii_whitespace()));
        if !digits.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=' | b'-' | b'_')) {
            return None;
        }
        let left = if digits.ends_with(b"=") { 0 } else { digits.len() % 4 };
        let goes_on = group.get(index + 1).is_some_and(|next| next.is_base64);
        if goes_on && (left == 1 || (left > 1 && has_more_bits(&digits, left))) {
            carried = digits.split_off(digits.len() - left);
        } else if left == 1 {
            digits.pop();
        }
        out.extend(transfer_encoding::decode(&digits, Encoding::Base64).0);
    }
    Some(out)
}

/// Whether the last digits hold bits of a byte that is not complete: padding was not left out, more is to come.
fn has_more_bits(digits: &[u8], left: usize) -> bool {
    // Of two digits the last four bits are left, of three the last two.
    let mask = if left == 2 { 0x0f } else { 0x03 };
    digits.last().and_then(|digit| transfer_encoding::base64_value(*digit)).is_some_and(|value| value & mask != 0)
}

/// The Q encoding; blanks, which it should not have, mean themselves.
fn quoted(text: &[u8], out: &mut Vec<u8>) {
    let mut rest = text;
    while let Some((byte, behind)) = rest.split_first() {
        rest = behind;
        let escaped = behind.split_at_checked(2).filter(|_| *byte == b'=').and_then(|(digits, behind)| {
            let value =
                u8::from_str_radix(std::str::from_utf8(digits).ok().filter(|digits| !digits.starts_with('+'))?, 16)
                    .ok()?;
            Some((value, behind))
        });
        match escaped {
            Some((value, behind)) => {
                out.push(value);
                rest = behind;
            }
            None => out.push(if *byte == b'_' { b' ' } else { *byte }),
        }
    }
}

fn find(haystack: &[u8], needle: &[u8; 2]) -> Option<usize> {
    haystack.windows(2).position(|window| window == needle)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encoded_words_are_decoded() {
        for (raw, decoded) in [
            (&b"plain"[..], "plain"),
            (b"=?UTF-8?Q?Gr=C3=BC=C3=9Fe?=", "Grüße"),
            (b"=?iso-8859-1?q?caf=E9?= au =?utf-8?b?bGFpdA==?=", "café au lait"),
            // Cut inside a character, in both encodings, and inside a quantum.
            (b"=?utf-8?B?5oql5Lu35Y2V6A==?=\r\n =?utf-8?B?r7fmn6XmlLbpmYTku7bosKLosKI=?=", "报价单请查收附件谢谢"),
            (b"=?UTF-8?Q?a=C3?= =?utf-8?q?=A4b?=", "aäb"),
            (b"=?UTF-8?Q?a=C3?==?utf-8?b?pGI=?=", "aäb"),
            (b"=?utf-8?B?5oql5L?=\t=?utf-8?B?u35Y2V?=", "报价单"),
            (b"=?utf-8?B?YWI?= =?utf-8?B?Y2Q?=", "abcd"),
            (b"=?gb2312?B?xA==?= =?gb2312?B?47rD?=", "你好"),
            // Other charsets do not run into each other.
            (b"=?utf-8?q?a?= =?iso-8859-1?q?=E9?= =?utf-8?q?b?=", "aéb"),
            // Against the rules, and seen.
            (b"=?utf-8?q?two words?=", "two words"),
            (b"x=?utf-8?q?a?=y", "xay"),
            (b"=?utf-8*en?q?a_b?=", "a b"),
            (b"\"=?utf-8?q?a?=\"", "\"a\""),
            (b"=?x-unknown?q?caf=E9?=", "café"),
            (b"=?utf8?q?caf=C3=A9?=", "café"),
            (b"=?utf-8?q?caf=E9?=", "café"),
            (b"=?us-ascii?q?caf=C3=A9?=", "café"),
            (b"=?iso-2022-jp?B?GyRCJDMkcxsoQg==?=", "こん"),
            (b"=?utf-8?q?=?=", "="),
            (b"=?utf-8?q?a=3?=", "a=3"),
            (b"=?utf-8?q?=+1?=", "=+1"),
            (b"=?utf-8?b??=", ""),
            // On one line, whatever is in them.
            (b"=?utf-8?q?a=0D=0Ab?= =?utf-8?q?=0A=0Ac=E2=80=A8d=C2=85?=", "a b c d"),
            (b"=?utf-8?b?DQo=?=", ""),
            // Not encoded words.
            (b"=?utf-8?q?cut", "=?utf-8?q?cut"),
            (b"=?utf-8?q?cut =?utf-8?q?b?=", "=?utf-8?q?cut b"),
            (b"=?utf-8?x?a?=", "=?utf-8?x?a?="),
            (b"=?a b?q?a?=", "=?a b?q?a?="),
            (b"=?utf-8?b?a,b!?=", "=?utf-8?b?a,b!?="),
            (b"=?", "=?"),
            (b"", ""),
            // Bytes.
            (b"Gr\xfc\xdfe", "Grüße"),
            ("Grüße".as_bytes(), "Grüße"),
            (b"\x1b$B$3$s\x1b(B", "こん"),
            (b"a\xe9 =?utf-8?q?=C3=A9?= \xe9b", "aé é éb"),
            (b"folded\r\n     far", "folded far"),
        ] {
            assert_eq!(decode(raw, None), decoded, "{}", raw.escape_ascii());
        }
        assert_eq!(decode(b"\xcf\xf0", Charset::for_label(b"windows-1251")), "Пр");
    }

    #[test]
    fn long_texts_take_no_longer_than_they_are() {
        for unit in ["=?a?q?", "=?a?q?b?= ", "=?", "?=", "=?a?b?YQ?=", "=?u?q?=C3?="] {
            let text = unit.repeat((1 << 20) / unit.len());
            let start = std::time::Instant::now();
            let _ = decode(text.as_bytes(), None);
            assert!(start.elapsed() < std::time::Duration::from_secs(5), "{unit}: {:?}", start.elapsed());
        }
    }
}
