//! JSON Lines in which no string can steer a terminal: controls, DEL, C1 and bidi overrides are always escaped.

use std::io::{self, Write};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use serde_json::ser::Formatter;

use super::terminal;

/// Writes one object and a line feed.
pub(crate) fn write_line(out: &mut impl Write, value: &impl serde::Serialize) -> io::Result<()> {
    let mut serializer = serde_json::Serializer::with_formatter(&mut *out, Safe);
    serde::Serialize::serialize(value, &mut serializer)?;
    out.write_all(b"\n")
}

struct Safe;

impl Formatter for Safe {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        let mut rest = fragment;
        while let Some(at) = rest.find(terminal::is_dangerous) {
            let (safe, tail) = rest.split_at(at);
            writer.write_all(safe.as_bytes())?;
            let mut chars = tail.chars();
            if let Some(c) = chars.next() {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    write!(writer, "\\u{unit:04x}")?;
                }
            }
            rest = chars.as_str();
        }
        writer.write_all(rest.as_bytes())
    }
}

/// Bytes that are text nearly always: a string if they are UTF-8, else an object with their base64.
pub(crate) fn bytes(bytes: &[u8]) -> Value {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.into(),
        Err(_) => serde_json::json!({ "base64": STANDARD.encode(bytes) }),
    }
}

/// Bytes that name a field: as text if they are UTF-8, else each other byte as `\xNN`.
pub(crate) fn key(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.escape_ascii().to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn bytes_are_text_or_say_that_they_are_not() {
        for (input, expected) in [
            (&b"Gr\xc3\xbc\xc3\x9fe"[..], json!("Gr\u{fc}\u{df}e")),
            (b"Gr\xfc\xdfe", json!({"base64": "R3L832U="})),
            (b"", json!("")),
        ] {
            assert_eq!(bytes(input), expected);
        }
    }

    #[test]
    fn strings_are_safe_and_still_the_same() {
        let value = json!({"s": "a\u{1b}\u{7f}\u{9b}\u{202e}\u{e0001}é\n"});
        let mut out = Vec::new();
        write_line(&mut out, &value).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert_eq!(text, "{\"s\":\"a\\u001b\\u007f\\u009b\\u202e\\udb40\\udc01é\\n\"}\n");
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), value);
    }
}
