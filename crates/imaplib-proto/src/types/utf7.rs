//! Modified UTF-7, the encoding of mailbox names before UTF8=ACCEPT (RFC 3501, section 5.1.3).

use base64::Engine as _;
use base64::alphabet::IMAP_MUTF7;
use base64::engine::general_purpose::{GeneralPurpose, NO_PAD};

const BASE64: GeneralPurpose = GeneralPurpose::new(&IMAP_MUTF7, NO_PAD);

/// Encodes text as modified UTF-7.
#[must_use]
pub fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    let mut shifted: Vec<u8> = Vec::new();
    let flush = |shifted: &mut Vec<u8>, encoded: &mut String| {
        if !shifted.is_empty() {
            encoded.push('&');
            BASE64.encode_string(&shifted, encoded);
            encoded.push('-');
            shifted.clear();
        }
    };
    for character in text.chars() {
        if matches!(character, ' '..='~') {
            flush(&mut shifted, &mut encoded);
            encoded.push(character);
            if character == '&' {
                encoded.push('-');
            }
        } else {
            let mut units = [0; 2];
            shifted.extend(character.encode_utf16(&mut units).iter().flat_map(|unit| unit.to_be_bytes()));
        }
    }
    flush(&mut shifted, &mut encoded);
    encoded
}

/// Decodes modified UTF-7; `None` if a rule of the encoding is broken, for then the bytes are the name.
#[must_use]
pub fn decode(bytes: &[u8]) -> Option<String> {
    let mut text = String::with_capacity(bytes.len());
    let mut rest = bytes;
    let mut after_shift = false;
    while let Some((&first, tail)) = rest.split_first() {
        match first {
            b'&' => {
                let end = memchr::memchr(b'-', tail)?;
                let (base64, after) = tail.split_at_checked(end)?;
                if base64.is_empty() {
                    text.push('&');
                    after_shift = false;
                } else {
                    if after_shift {
                        return None;
                    }
                    decode_shifted(base64, &mut text)?;
                    after_shift = true;
                }
                rest = after.get(1..)?;
            }
            b' '..=b'~' => {
                text.push(char::from(first));
                after_shift = false;
                rest = tail;
            }
            _ => return None,
        }
    }
    Some(text)
}

fn decode_shifted(base64: &[u8], text: &mut String) -> Option<()> {
    let bytes = BASE64.decode(base64).ok()?;
    let (units, odd) = bytes.as_chunks::<2>();
    if units.is_empty() || !odd.is_empty() {
        return None;
    }
    for character in char::decode_utf16(units.iter().map(|unit| u16::from_be_bytes(*unit))) {
        match character {
            Ok(' '..='~') | Err(_) => return None,
            Ok(character) => text.push(character),
        }
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_answers_both_ways() {
        for (text, encoded) in [
            ("Entwürfe", "Entw&APw-rfe"),
            ("a&b", "a&-b"),
            ("&", "&-"),
            ("📧", "&2D3c5w-"),
            ("日本&語", "&ZeVnLA-&-&ip4-"),
            ("é-", "&AOk--"),
            ("\u{a0}x", "&AKA-x"),
            ("ÿ", "&AP8-"),
            ("台北 - 日本", "&U,BTFw- - &ZeVnLA-"),
            ("", ""),
            ("tab\tname", "tab&AAk-name"),
        ] {
            assert_eq!(encode(text), encoded);
            assert_eq!(decode(encoded.as_bytes()).as_deref(), Some(text));
        }
    }

    #[test]
    fn broken_encodings_are_refused() {
        for bytes in ["&Jjo", "&Jjo!", "&U,BTFw-&ZeVnLIqe-", "&AGE-", "a&b", "&2D0-", "&AOk=-", "caf\u{e9}", "&AO-"] {
            assert_eq!(decode(bytes.as_bytes()), None, "{bytes}");
        }
    }
}
