//! Which charset is meant by the labels that mail really uses.

use encoding_rs::{Encoding, GB18030};

use super::{Kind, dos_table};

impl Kind {
    /// The charset of a label; `None` if it is unknown, or proves nothing.
    pub(super) fn for_label(label: &[u8]) -> Option<Self> {
        let key = key(label);
        if let Some(charset) = special(&key) {
            return charset;
        }
        if let Some(encoding) = numbered(&key).or_else(|| alias(&key)) {
            return Some(Self::Encoding(encoding));
        }
        // The web's own labels. Those that it refuses are above.
        let encoding = Encoding::for_label_no_replacement(trim(label))
            .or_else(|| Encoding::for_label_no_replacement(key.as_bytes()));
        encoding.map(|encoding| if encoding == encoding_rs::GBK { GB18030 } else { encoding }).map(Self::Encoding)
    }
}

/// The label without what surrounds it: quotes, spaces, a language (RFC 2231), a comment.
fn trim(label: &[u8]) -> &[u8] {
    let is_end = |byte: &u8| matches!(byte, b'*' | b'(' | b';' | b',');
    let label = label.split(is_end).next().unwrap_or_default();
    let is_around = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b'"' | b'\'' | b'<' | b'>' | b'.');
    let start = label.iter().position(|byte| !is_around(byte)).unwrap_or(label.len());
    let end = label.iter().rposition(|byte| !is_around(byte)).map_or(start, |at| at + 1);
    label.get(start..end).unwrap_or_default()
}

/// The label's letters and digits alone: `UTF8`, `utf-8` and `UTF_8` are one.
fn key(label: &[u8]) -> String {
    let letters = trim(label).iter().filter(|byte| byte.is_ascii_alphanumeric());
    let key: String = letters.take(40).map(|byte| char::from(byte.to_ascii_lowercase())).collect();
    key.strip_prefix("charset").filter(|rest| !rest.is_empty()).map(str::to_owned).unwrap_or(key)
}

/// Charsets that browsers refuse or do not have; `Some(None)` for labels that say nothing.
fn special(key: &str) -> Option<Option<Kind>> {
    let charset = match key {
        "ascii" | "usascii" | "asciius" | "us" | "ansix34" | "ansix341968" | "ansix341986" | "iso646us"
        | "iso646irv1991" | "646" | "7bit" | "8bit" | "binary" | "none" | "default" | "unknown" | "xunknown"
        | "unknown8bit" | "xunknown8bit" | "" => None,
        "utf7" | "unicode11utf7" | "csunicode11utf7" | "xunicode20utf7" | "unicode20utf7" => Some(Kind::Utf7),
        "utf32" | "utf32be" | "ucs4" | "iso10646ucs4" => Some(Kind::Utf32 { little_endian: false }),
        "utf32le" => Some(Kind::Utf32 { little_endian: true }),
        "iso2022kr" | "csiso2022kr" => Some(Kind::Iso2022Kr),
        "iso2022cn" | "iso2022cnext" => Some(Kind::Iso2022Cn),
        "hz" | "hzgb2312" | "hzgb" => Some(Kind::Hz),
        _ => {
            let number = ["cspc", "cp", "ibm", "dos", "oem", "xcp", "cpibm", ""]
                .iter()
                .find_map(|prefix| key.strip_prefix(prefix)?.parse().ok());
            return number.filter(|page| dos_table(*page).is_some()).map(|page| Some(Kind::Dos(page)));
        }
    };
    Some(charset)
}

/// Families whose members have numbers.
fn numbered(key: &str) -> Option<&'static Encoding> {
    let key = key.strip_prefix('x').unwrap_or(key);
    if let Some((_, part)) = key.split_once("8859").filter(|(before, _)| matches!(*before, "iso" | "isoir" | "")) {
        // `iso-8859-8-i`, `iso-8859-1:1987`, and the language of `iso-8859-6-e`.
        let digits: String = part.chars().take_while(char::is_ascii_digit).collect();
        let digits = if digits.len() > 4 {
            digits.strip_suffix("1987").or(digits.strip_suffix("1988")).unwrap_or(&digits)
        } else {
            &digits
        };
        return Encoding::for_label_no_replacement(format!("iso-8859-{digits}").as_bytes());
    }
    let prefixes = ["windowscp", "windows", "microsoftcp", "mscp", "win", "cp", "ms", "ibm", "ansi", ""];
    let page: u32 = prefixes.iter().find_map(|prefix| key.strip_prefix(prefix)?.parse().ok())?;
    let label = match page {
        874 | 1250..=1258 => return Encoding::for_label_no_replacement(format!("windows-{page}").as_bytes()),
        866 => "ibm866",
        932 | 943 | 31 => "shift_jis",
        936 | 1386 | 54936 => "gb18030",
        949 | 1363 | 51949 => "euc-kr",
        950 => "big5",
        10000 => "macintosh",
        10007 => "x-mac-cyrillic",
        20866 => "koi8-r",
        21866 => "koi8-u",
        28591..=28606 => return Encoding::for_label_no_replacement(format!("iso-8859-{}", page - 28590).as_bytes()),
        50220..=50222 => "iso-2022-jp",
        51932 => "euc-jp",
        65001 => "utf-8",
        _ => return None,
    };
    Encoding::for_label_no_replacement(label.as_bytes())
}

/// Other names that mail has for what browsers have.
fn alias(key: &str) -> Option<&'static Encoding> {
    let label = match key {
        "windows31j" | "cswindows31j" | "xsjis" | "sjis" | "shiftjis" | "shiftjisx0213" | "shiftjis2004"
        | "mskanji" | "xmscp932" | "xshiftjis" => "shift_jis",
        "iso2022jp1" | "iso2022jp2" | "iso2022jp3" | "iso2022jp2004" | "iso2022jpms" | "iso2022jpext" | "jis"
        | "csiso2022jp" | "xiso2022jp" => "iso-2022-jp",
        "eucjp" | "xeucjp" | "eucjpms" | "ujis" | "xujis" | "eucjis2004" | "eucjisx0213" => "euc-jp",
        "kscksc56011987" | "ksc56011987" | "ksc56011989" | "ksc5601" | "ksx1001" | "uhc" | "unifiedhangul"
        | "xwindows949" | "euckr" | "xeuckr" | "korean" | "johab" => "euc-kr",
        "gb2312" | "gb231280" | "gb23121980" | "gbk" | "xgbk" | "euccn" | "xeuccn" | "eucgb2312cn" | "chinese"
        | "hzgb18030" | "gb180302000" | "gb18030" | "gb" | "simplifiedchinese" | "csgb2312" | "gb2312charset"
        | "gb13000" => "gb18030",
        "big5" | "big5hkscs" | "big5hk" | "big5eten" | "xxbig5" | "xbig5" | "big5tw" | "cnbig5" | "hkscs" | "euctw"
        | "big5hkscs2008" => "big5",
        "latin1" | "isolatin1" | "l1" | "iso1" | "western" | "ansi" => "windows-1252",
        "latin2" | "isolatin2" => "iso-8859-2",
        "latin9" | "latin0" | "isolatin9" => "iso-8859-15",
        "tis620" | "tis6200" | "tis62025330" | "thai" => "windows-874",
        "koi8r" | "koi8" | "koi" | "koi8ru" => "koi8-r",
        "koi8u" => "koi8-u",
        "utf8" | "unicode11utf8" | "unicode20utf8" | "utf8n" | "utf8sig" | "utf8mb4" | "utf8unix" | "cesu8" | "utf"
        | "u8" => "utf-8",
        "utf16" | "utf16le" | "unicode" | "unicodefeff" => "utf-16le",
        "utf16be" | "unicodefffe" | "iso10646ucs2" | "ucs2" => "utf-16be",
        "mac" | "macroman" | "xmacroman" | "macintosh" | "applemacintosh" => "macintosh",
        "visual" | "logical" | "hebrew" => "iso-8859-8",
        _ => return None,
    };
    Encoding::for_label_no_replacement(label.as_bytes())
}
