//! Charsets: bytes made text.
//!
//! `encoding_rs` decodes, `charset` adds UTF-7, `oem_cp` the code pages of DOS, and `chardetng` guesses where a label is
//! missing or not true. Ours: which charset is meant by the labels that mail really uses, the few encodings that no
//! library has because browsers refuse them, and when a label is not believed.

mod labels;

use std::borrow::Cow;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{EUC_KR, Encoding, GB18030, ISO_2022_JP, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

/// A charset that can be decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Charset(Kind);

/// By what a charset is decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Encoding(&'static Encoding),
    Utf7,
    Utf32 { little_endian: bool },
    Dos(u16),
    Iso2022Kr,
    Iso2022Cn,
    Hz,
}

/// How much of a text is looked at to guess its charset, in bytes.
const MAX_GUESSED: usize = 64 << 10;

impl Charset {
    /// Returns the charset of a label, however it is written; `None` if it is unknown, or only means that the text is
    /// ASCII or unknown, which proves nothing about bytes that are not.
    #[must_use]
    pub fn for_label(label: &[u8]) -> Option<Self> {
        Kind::for_label(label).map(Self)
    }
}

impl Kind {
    /// Whether every character has at least two bytes.
    fn is_wide(self) -> bool {
        matches!(self, Self::Utf32 { .. }) || [UTF_16LE, UTF_16BE].map(Self::Encoding).contains(&self)
    }

    /// Decodes; the second value is true if there was something that the charset does not have.
    fn decode(self, bytes: &[u8]) -> (Cow<'_, str>, bool) {
        match self {
            Self::Encoding(encoding) if encoding == ISO_2022_JP => {
                owned(encoding.decode_without_bom_handling(&without_idle_escapes(bytes)))
            }
            Self::Encoding(encoding) => encoding.decode_with_bom_removal(bytes),
            Self::Utf7 => match charset::Charset::for_label(b"utf-7") {
                Some(utf7) => utf7.decode_without_bom_handling(bytes),
                None => (String::from_utf8_lossy(bytes), true),
            },
            Self::Utf32 { little_endian } => (Cow::Owned(utf32(bytes, little_endian)), false),
            Self::Dos(page) => match dos_table(page) {
                Some(table) => (Cow::Owned(bytes.iter().map(|byte| dos(table, *byte)).collect()), false),
                None => WINDOWS_1252.decode_without_bom_handling(bytes),
            },
            Self::Iso2022Kr => owned(EUC_KR.decode_without_bom_handling(&shifted(bytes))),
            Self::Iso2022Cn => owned(GB18030.decode_without_bom_handling(&shifted(bytes))),
            Self::Hz => owned(GB18030.decode_without_bom_handling(&hz(bytes))),
        }
    }
}

/// Decodes text of which only the label is known that its sender gave it. `hint` is the charset that the rest of the
/// message is in.
///
/// A label that is unknown, or that the bytes contradict, never costs the text: UTF-8 is recognized, then ISO-2022-JP by its
/// escapes, then `hint` counts, then a guess by the bytes.
#[must_use]
pub fn decode<'a>(bytes: &'a [u8], label: Option<&[u8]>, hint: Option<Charset>) -> Cow<'a, str> {
    let hint = hint.map(|hint| hint.0);
    let named = label.and_then(Kind::for_label);
    let Some(charset) = named else { return guess(bytes, hint) };
    if let Some(japanese) = japanese(bytes).filter(|_| charset != Kind::Encoding(ISO_2022_JP) && bytes.is_ascii()) {
        return japanese;
    }
    if charset == Kind::Encoding(UTF_8) {
        // An error means that the label is wrong, unless there is UTF-8 as well.
        return match std::str::from_utf8(bytes) {
            Ok(_) => charset.decode(bytes).0,
            Err(_) if has_some_utf8(bytes, 1) => charset.decode(bytes).0,
            Err(_) => guess(bytes, hint),
        };
    }
    if charset.is_wide() && is_narrow(bytes) {
        return guess(bytes, hint);
    }
    let (text, is_wrong) = charset.decode(bytes);
    // UTF-8 is never valid by chance: a label of bytes that are none of its charset is then wrong.
    match std::str::from_utf8(bytes) {
        _ if !is_wrong || bytes.is_ascii() => text,
        Ok(utf8) => Cow::Borrowed(utf8),
        Err(_) => better(text, guess(bytes, hint)),
    }
}

/// Of what the label makes of some bytes and what their look does: the label's, unless it fails at much of them and the other
/// fails less.
fn better<'a>(labelled: Cow<'a, str>, guessed: Cow<'a, str>) -> Cow<'a, str> {
    let failures = |text: &str| text.chars().filter(|c| *c == char::REPLACEMENT_CHARACTER).count();
    let others = labelled.chars().filter(|c| !c.is_ascii()).count();
    let failed = failures(&labelled);
    if failed * 4 >= others && failures(&guessed) < failed { guessed } else { labelled }
}

/// Whether text with the label of a wide charset is plain ASCII, or UTF-8: it has none of the zeros that blanks and line ends
/// have in a wide one.
fn is_narrow(bytes: &[u8]) -> bool {
    let is_plain = |byte: &u8| matches!(byte, b' '..=b'~' | b'\t' | b'\r' | b'\n');
    let mut others = bytes.iter().filter(|byte| !is_plain(byte)).peekable();
    others.peek().is_none() || (others.all(|byte| !byte.is_ascii()) && std::str::from_utf8(bytes).is_ok())
}

/// Decodes text without a label: UTF-8 if it is that, ISO-2022-JP if it has its escapes, else by its look.
fn guess(bytes: &[u8], hint: Option<Kind>) -> Cow<'_, str> {
    if let Some(japanese) = japanese(bytes) {
        return japanese;
    }
    let error = match std::str::from_utf8(bytes) {
        Ok(text) => return Cow::Borrowed(text.strip_prefix('\u{feff}').unwrap_or(text)),
        Err(error) => error,
    };
    if error.error_len().is_none() && error.valid_up_to() > 0 && has_utf8(bytes) || has_some_utf8(bytes, 5) {
        return String::from_utf8_lossy(bytes);
    }
    if let Some(hint) = hint.filter(|hint| *hint != Kind::Encoding(UTF_8)) {
        let (text, is_wrong) = hint.decode(bytes);
        if !is_wrong {
            return text;
        }
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(bytes.get(..MAX_GUESSED).unwrap_or(bytes), true);
    detector.guess(None, Utf8Detection::Deny).decode_without_bom_handling(bytes).0
}

/// Whether some character is UTF-8 of more than one byte.
fn has_utf8(bytes: &[u8]) -> bool {
    bytes.utf8_chunks().any(|chunk| !chunk.valid().is_ascii())
}

/// Whether there are so many times more characters of UTF-8 than there is of anything else.
fn has_some_utf8(bytes: &[u8], times: usize) -> bool {
    let (mut valid, mut invalid) = (0, 0);
    for chunk in bytes.utf8_chunks() {
        valid += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
        invalid += usize::from(!chunk.invalid().is_empty());
    }
    valid > 0 && valid >= times * invalid
}

/// The text, if it has escapes of ISO-2022-JP and nothing that contradicts them.
fn japanese(bytes: &[u8]) -> Option<Cow<'_, str>> {
    if !has_japanese_escapes(bytes) {
        return None;
    }
    let (text, is_wrong) = Kind::Encoding(ISO_2022_JP).decode(bytes);
    (!is_wrong || bytes.is_ascii()).then_some(text)
}

/// ISO-2022-JP without escapes that another one follows at once. Texts that are joined have them at each joint, for each ends
/// in ASCII (RFC 1468); `encoding_rs` treats two in a row as an attack.
fn without_idle_escapes(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((byte, behind)) = rest.split_first() {
        let length = escape_length(rest);
        if length > 0 && escape_length(rest.get(length..).unwrap_or_default()) > 0 {
            rest = rest.get(length..).unwrap_or_default();
            continue;
        }
        out.push(*byte);
        rest = behind;
    }
    out
}

/// The length of the escape that some bytes begin with, 0 if they begin with none.
fn escape_length(bytes: &[u8]) -> usize {
    match bytes {
        [0x1b, b'(', b'B' | b'J' | b'I', ..] | [0x1b, b'$', b'@' | b'B', ..] => 3,
        _ => 0,
    }
}

/// Whether the escapes to a Japanese charset of ISO-2022-JP are there.
fn has_japanese_escapes(bytes: &[u8]) -> bool {
    let escapes: [&[u8]; 4] = [b"\x1b$B", b"\x1b$@", b"\x1b(J", b"\x1b(I"];
    bytes.windows(3).any(|window| escapes.contains(&window))
}

fn dos_table(page: u16) -> Option<&'static [char; 128]> {
    use oem_cp::code_table as table;
    Some(match page {
        437 => &table::DECODING_TABLE_CP437,
        737 => &table::DECODING_TABLE_CP737,
        775 => &table::DECODING_TABLE_CP775,
        850 => &table::DECODING_TABLE_CP850,
        852 => &table::DECODING_TABLE_CP852,
        855 => &table::DECODING_TABLE_CP855,
        858 => &table::DECODING_TABLE_CP858,
        860 => &table::DECODING_TABLE_CP860,
        861 => &table::DECODING_TABLE_CP861,
        862 => &table::DECODING_TABLE_CP862,
        863 => &table::DECODING_TABLE_CP863,
        865 => &table::DECODING_TABLE_CP865,
        _ => return None,
    })
}

fn dos(table: &[char; 128], byte: u8) -> char {
    match usize::from(byte).checked_sub(128) {
        Some(index) => table.get(index).copied().unwrap_or(char::REPLACEMENT_CHARACTER),
        None => char::from(byte),
    }
}

fn owned(decoded: (Cow<'_, str>, bool)) -> (Cow<'static, str>, bool) {
    (Cow::Owned(decoded.0.into_owned()), decoded.1)
}

fn utf32(bytes: &[u8], little_endian: bool) -> String {
    let little_endian = match bytes {
        [0xff, 0xfe, 0, 0, ..] => true,
        [0, 0, 0xfe, 0xff, ..] => false,
        _ => little_endian,
    };
    let units = bytes.chunks(4).map(|unit| match <[u8; 4]>::try_from(unit) {
        Ok(unit) if little_endian => u32::from_le_bytes(unit),
        Ok(unit) => u32::from_be_bytes(unit),
        Err(_) => u32::MAX,
    });
    units.map(|unit| char::from_u32(unit).unwrap_or(char::REPLACEMENT_CHARACTER)).filter(|c| *c != '\u{feff}').collect()
}

/// ISO-2022-KR and -CN made EUC: between SO and SI the high bit is set; the designations at the beginning are dropped.
fn shifted(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut is_shifted = false;
    let mut rest = bytes;
    while let Some((byte, behind)) = rest.split_first() {
        rest = behind;
        match byte {
            0x0e => is_shifted = true,
            0x0f => is_shifted = false,
            0x1b if behind.starts_with(b"$)") => rest = behind.get(3..).unwrap_or_default(),
            b'\n' => {
                is_shifted = false;
                out.push(b'\n');
            }
            0x21..=0x7e if is_shifted => out.push(byte | 0x80),
            _ => out.push(*byte),
        }
    }
    out
}

/// HZ (RFC 1843) made GB 2312: `~{` and `~}` begin and end Chinese, `~~` is a tilde.
fn hz(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut is_chinese = false;
    let mut rest = bytes;
    loop {
        rest = match rest {
            [] => return out,
            [b'~', b'{', behind @ ..] if !is_chinese => {
                is_chinese = true;
                behind
            }
            [b'~', b'}', behind @ ..] if is_chinese => {
                is_chinese = false;
                behind
            }
            [b'~', b'~', behind @ ..] if !is_chinese => {
                out.push(b'~');
                behind
            }
            [b'~', b'\r', b'\n', behind @ ..] | [b'~', b'\n', behind @ ..] if !is_chinese => behind,
            [byte @ 0x21..=0x7e, behind @ ..] if is_chinese => {
                out.push(byte | 0x80);
                behind
            }
            [byte, behind @ ..] => {
                is_chinese &= *byte != b'\n';
                out.push(*byte);
                behind
            }
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn japanese_texts_may_be_joined() {
        let joined = b"\x1b$BF|\x1b(B\x1b$BK\\\x1b(B";
        let empty = b"a \x1b$B\x1b(Bb";
        for label in ["iso-2022-jp", "iso-2022-jp-2", "utf-8", "shift_jis", "iso-8859-1", ""] {
            assert_eq!(decode(joined, Some(label.as_bytes()), None), "日本", "{label}");
            assert_eq!(decode(empty, Some(label.as_bytes()), None), "a b", "{label}");
        }
        assert_eq!(decode(b"x\x1b$B\x1b$BF|\x1b(B\x1b(J", Some(b"iso-2022-jp"), None), "x日");
    }

    #[test]
    fn a_label_that_fails_is_not_believed() {
        let text = "会議の日程変更のお知らせと資料の送付について";
        for bytes in [encoding_rs::SHIFT_JIS.encode(text).0, encoding_rs::EUC_JP.encode(text).0] {
            for label in ["utf-8", "iso-2022-jp", ""] {
                assert_eq!(decode(&bytes, Some(label.as_bytes()), None), text, "{label}");
            }
        }
        // One bad byte is no reason to doubt the label.
        let mut damaged = encoding_rs::SHIFT_JIS.encode(text).0.into_owned();
        damaged.push(0xff);
        assert!(decode(&damaged, Some(b"shift_jis"), None).starts_with(text));
    }

    #[test]
    fn labels_that_mail_uses_are_known() {
        for (labels, name) in [
            (
                &[
                    "utf-8",
                    "UTF8",
                    "'utf-8'",
                    "\"utf-8\"",
                    "utf_8",
                    " utf-8; x",
                    "utf-8*en",
                    "cp65001",
                    "unicode-1-1-utf-8",
                    "charset=utf-8",
                ][..],
                "UTF-8",
            ),
            (
                &["cp932", "windows-31j", "x-sjis", "MS932", "Shift-JIS", "cp943", "ms_kanji", "windows-932"],
                "Shift_JIS",
            ),
            (&["cp949", "ks_c_5601-1987", "ks_c_5601", "KSC5601", "uhc", "euc_kr", "windows-949", "ms949"], "EUC-KR"),
            (&["gb2312", "GBK", "cp936", "x-gbk", "gb18030", "euc-cn", "ms936", "gb_2312-80"], "gb18030"),
            (&["big5", "Big5-HKSCS", "cp950", "x-x-big5"], "Big5"),
            (
                &[
                    "cp1252",
                    "windows1252",
                    "win-1252",
                    "latin1",
                    "ISO8859-1",
                    "iso_8859-1:1987",
                    "iso-8859-1",
                    "8859_1",
                    "x-cp1252",
                ],
                "windows-1252",
            ),
            (&["cp1251", "win1251", "windows-1251", "windows-cp1251"], "windows-1251"),
            (&["iso-8859-8-i", "iso-8859-8"], "ISO-8859-8"),
            (&["iso-8859-15", "latin-9", "ISO8859_15", "cp28605"], "ISO-8859-15"),
            (&["cp28592"], "ISO-8859-2"),
            (&["iso-2022-jp", "ISO-2022-JP-2", "cp50220", "jis", "iso-2022-jp-ms"], "ISO-2022-JP"),
            (&["koi8r", "koi8-r", "KOI8_R"], "KOI8-R"),
            (&["tis-620", "cp874"], "windows-874"),
            (&["eucJP", "x-euc-jp"], "EUC-JP"),
            (&["ibm866", "cp866"], "IBM866"),
        ] {
            for label in labels {
                let found = Kind::for_label(label.as_bytes());
                let Some(Kind::Encoding(encoding)) = found else { panic!("{label}: {found:?}") };
                assert!(encoding.name() == name || label.starts_with("iso-8859-8-i"), "{label}: {}", encoding.name());
            }
        }
        for (label, charset) in [
            ("utf-7", Kind::Utf7),
            ("unicode-1-1-utf-7", Kind::Utf7),
            ("iso-2022-kr", Kind::Iso2022Kr),
            ("hz-gb-2312", Kind::Hz),
            ("cp850", Kind::Dos(850)),
            ("IBM437", Kind::Dos(437)),
            ("utf-32le", Kind::Utf32 { little_endian: true }),
        ] {
            assert_eq!(Kind::for_label(label.as_bytes()), Some(charset), "{label}");
        }
        for label in [
            "us-ascii",
            "ansi_x3.4",
            "ANSI_X3.4-1968",
            "x-unknown",
            "foo-bar",
            "",
            "replacement",
            "8bit",
            "iso-8859-99",
            "cp1",
        ] {
            assert_eq!(Kind::for_label(label.as_bytes()), None, "{label}");
        }
    }

    #[test]
    fn text_is_read_whatever_its_label_says() {
        for (bytes, label, text) in [
            (&b"caf\xc3\xa9"[..], "utf-8", "café"),
            (b"caf\xc3\xa9", "us-ascii", "café"),
            (b"caf\xe9", "us-ascii", "café"),
            (b"caf\xe9", "utf-8", "café"),
            (b"caf\xe9 \xc3\xa9", "utf-8", "caf� é"),
            (b"caf\xc3\xa9 \xc3", "utf-8", "café �"),
            (b"caf\xe9", "no-such-charset", "café"),
            (b"caf\xc3\xa9", "no-such-charset", "café"),
            (b"\x1b$B$3$s\x1b(B!", "us-ascii", "こん!"),
            (b"\x1b$B$3$s\x1b(B!", "nonsense", "こん!"),
            (b"\x1b$B$3$s\x1b(B!", "iso-2022-jp", "こん!"),
            (b"\x82\xb1\x82\xf1", "cp932", "こん"),
            (b"\xb0\xa1\x81\x41", "cp949", "가갂"),
            (b"\xc4\xe3\x81\x30\x81\x30", "gb2312", "你\u{80}"),
            (b"Hi Mom +Jjo--!", "utf-7", "Hi Mom ☺-!"),
            (b"Hi Mom +Jjo-!", "unicode-1-1-utf-7", "Hi Mom ☺!"),
            (b"\x1b$)C\x0e0!\x0f!\n", "iso-2022-kr", "가!\n"),
            (b"\x1b$)C\x0e0!\nab\x0f!\n", "iso-2022-kr", "가\nab!\n"),
            (b"\x1b$)A\x0eDc\x0f!", "iso-2022-cn", "你!"),
            (b"~{Dc~} ~~ x~\ny", "hz-gb-2312", "你 ~ xy"),
            (b"\x81\xe1", "cp850", "üß"),
            (b"\0\0\0a\0\0\x26\x3a", "utf-32", "a☺"),
            (b"\xff\xfea\0:\x26", "utf-16", "a☺"),
            (b"plain text\r\n", "utf-16", "plain text\r\n"),
            (b"Test", "utf-16le", "Test"),
            (b"plain", "utf-32", "plain"),
            (b"caf\xc3\xa9 au lait", "utf-16be", "café au lait"),
            (b"g\0r\0\xfc\0\xdf\0e\0", "utf-16", "grüße"),
            (b"\x4e\x2d\x65\x87\x30\x02", "utf-16be", "中文。"),
            (b"\x2d\x4e\x87\x65", "utf-16le", "中文"),
            (b"\xe9\xe1", "iso-8859-8-i", "יב"),
            (b"K\xc3\xb6ln", "iso-8859-1", "KÃ¶ln"),
            (b"5 \xe2\x82\xac", "big5", "5 €"),
            (b"\xef\xbb\xbfx", "utf-8", "x"),
            (b"\xef\xbb\xbfx", "", "x"),
            (b"\x80", "iso-8859-1", "€"),
        ] {
            assert_eq!(decode(bytes, Some(label.as_bytes()), None), text, "{label}: {}", bytes.escape_ascii());
        }
        let hint = Charset::for_label(b"windows-1251");
        assert_eq!(decode(b"\xcf\xf0", None, hint), "Пр");
        assert_eq!(decode("Пр".as_bytes(), None, hint), "Пр");
        // UTF-8 that is cut off is that all the same.
        assert_eq!(decode(b"caf\xc3\xa9 \xc3", None, hint), "café �");
    }
}
