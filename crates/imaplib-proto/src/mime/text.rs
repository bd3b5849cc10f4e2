//! The text of a part made readable: transfer encoding, charset and HTML taken off.

use crate::types::SinglePart;

use super::charset::{self, Charset};
use super::transfer_encoding::{self, Encoding};
use super::{html, parameters};

/// What a person reads of a part.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct PartText {
    /// The text, with LF at the ends of its lines.
    pub text: String,
    /// True if it was made from HTML.
    pub from_html: bool,
}

/// The charset that a part declares.
#[must_use]
pub fn charset_of(part: &SinglePart) -> Option<Charset> {
    parameters::value(&part.parameters, "charset").and_then(|label| Charset::for_label(label.as_bytes()))
}

/// Reads the body of a part, as it stands in the message: the transfer encoding is taken off, the charset decoded, and
/// HTML made text. `hint` is the charset that the rest of the message is in.
#[must_use]
pub fn read(part: &SinglePart, body: &[u8], hint: Option<Charset>) -> PartText {
    let (bytes, _) = transfer_encoding::decode(body, Encoding::for_label(part.encoding.as_bytes()));
    let from_html = part.subtype.eq_ignore_ascii_case("html");
    let label = parameters::value(&part.parameters, "charset");
    let declared = if label.is_none() && from_html { html_charset(&bytes) } else { None };
    let text = charset::decode(&bytes, label.as_deref().map(str::as_bytes).or(declared), hint);
    let text = if from_html { html::to_text(&text) } else { text.into_owned() };
    PartText { text: text.replace("\r\n", "\n"), from_html }
}

/// The charset that HTML declares itself: `<meta charset=utf-8>` or `content="text/html; charset=utf-8"`.
fn html_charset(bytes: &[u8]) -> Option<&[u8]> {
    const MARK: &[u8] = b"charset=";
    let head = bytes.get(..1024).unwrap_or(bytes);
    let at = head.windows(MARK.len()).position(|window| window.eq_ignore_ascii_case(MARK))? + MARK.len();
    let rest = head.get(at..)?;
    let rest = rest.strip_prefix(b"\"").or_else(|| rest.strip_prefix(b"'")).unwrap_or(rest);
    let end = rest.iter().position(|byte| !byte.is_ascii_alphanumeric() && !matches!(byte, b'-' | b'_' | b':' | b'.'));
    rest.get(..end.unwrap_or(rest.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn html_names_its_charset() {
        for (html, charset) in [
            ("<meta charset=koi8-r>", Some("koi8-r")),
            ("<meta charset=\"koi8-r\"/>", Some("koi8-r")),
            ("<meta CHARSET='x_1:1.2'>", Some("x_1:1.2")),
            ("<meta http-equiv=content-type content=\"text/html; charset=utf-8\">", Some("utf-8")),
            ("charset=big5", Some("big5")),
            ("<meta name=x>", None),
        ] {
            assert_eq!(html_charset(html.as_bytes()), charset.map(str::as_bytes), "{html}");
        }
    }
}
