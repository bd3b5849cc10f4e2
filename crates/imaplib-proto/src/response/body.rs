//! BODY and BODYSTRUCTURE (RFC 9051, section 7.5.2).

use bytes::Bytes;

use super::cursor::{Cursor, Malformed};
use super::envelope::envelope;
use super::extension::extension;
use crate::types::{BodyStructure, EmbeddedMessage, MultiPart, SinglePart, Text};

macro_rules! known_words {
    ($($word:literal)*) => {
        /// The word, if it is one that stands in most structures.
        fn known_word(octets: &[u8]) -> Option<&'static [u8]> {
            match octets {
                $($word => Some($word),)*
                _ => None,
            }
        }
    };
}

known_words! {
    b"TEXT" b"text" b"PLAIN" b"plain" b"HTML" b"html" b"APPLICATION" b"application" b"IMAGE" b"image"
    b"OCTET-STREAM" b"octet-stream" b"PDF" b"pdf" b"JPEG" b"jpeg" b"PNG" b"png"
    b"MIXED" b"mixed" b"ALTERNATIVE" b"alternative" b"RELATED" b"related"
    b"CHARSET" b"charset" b"UTF-8" b"utf-8" b"US-ASCII" b"us-ascii" b"NAME" b"name" b"BOUNDARY" b"boundary"
    b"FILENAME" b"filename" b"ATTACHMENT" b"attachment" b"INLINE" b"inline"
    b"7BIT" b"7bit" b"8BIT" b"8bit" b"BASE64" b"base64" b"QUOTED-PRINTABLE" b"quoted-printable"
}

/// Subtypes that only multiparts have.
const MULTIPART: [&str; 9] =
    ["ALTERNATIVE", "MIXED", "RELATED", "SIGNED", "ENCRYPTED", "REPORT", "DIGEST", "PARALLEL", "FORM-DATA"];

/// Reads the structure of a message; none where the server sends NIL, or `()` as Domino does.
pub(super) fn structure(cursor: &mut Cursor<'_>) -> Result<Option<BodyStructure>, Malformed> {
    structure_at(cursor, 0)
}

fn structure_at(cursor: &mut Cursor<'_>, depth: usize) -> Result<Option<BodyStructure>, Malformed> {
    let start = cursor.position();
    let empty = cursor.rest().starts_with(b"()");
    if empty {
        cursor.move_to(start + 2);
    }
    if empty || cursor.eat_nil() {
        cursor.note(start, "a body structure without content");
        return Ok(None);
    }
    body(cursor, depth).map(Some)
}

/// Reads one part with its parentheses; the caller's depth bounds the recursion.
fn body(cursor: &mut Cursor<'_>, depth: usize) -> Result<BodyStructure, Malformed> {
    if depth >= cursor.context.max_depth {
        return Err(cursor.malformed("a body structure that is nested too deep"));
    }
    let start = cursor.position();
    cursor.need(b'(', "no body structure")?;
    let spaced = cursor.peek() == b' ';
    cursor.blanks();
    match cursor.peek() {
        b'(' => multipart(cursor, depth),
        b')' => Err(cursor.malformed("a part without content")),
        _ => part(cursor, depth, start, spaced),
    }
}

/// Reads a multipart from its first child on.
fn multipart(cursor: &mut Cursor<'_>, depth: usize) -> Result<BodyStructure, Malformed> {
    let mut multi = Box::<MultiPart>::default();
    while cursor.peek() == b'(' {
        multi.parts.push(body(cursor, depth + 1)?);
        cursor.blanks();
    }
    multi.subtype = word(cursor)?.unwrap_or_default();
    end_of_multipart(cursor, multi)
}

/// Reads what stands behind the subtype of a multipart.
fn end_of_multipart(cursor: &mut Cursor<'_>, mut multi: Box<MultiPart>) -> Result<BodyStructure, Malformed> {
    cursor.blanks();
    if cursor.peek() != b')' {
        multi.parameters = parameters(cursor)?;
        extension(cursor, &mut multi.extension)?;
    }
    cursor.skip_to_close()?;
    Ok(BodyStructure::Multi(multi))
}

/// Reads a part that is no multipart, from its type on.
fn part(cursor: &mut Cursor<'_>, depth: usize, start: usize, spaced: bool) -> Result<BodyStructure, Malformed> {
    let first = word(cursor)?;
    cursor.blanks();
    let mut part = Box::<SinglePart>::default();
    // Several servers leave the type out, some with a space in its place: `( "X-ZIP" NIL`, `("ALTERNATIVE" (`.
    let untyped = match (first, cursor.peek()) {
        (Some(only), b'(') => {
            part.subtype = only;
            true
        }
        (Some(only), b'N' | b'n') if spaced => {
            part.subtype = only;
            true
        }
        (Some(media_type), _) => {
            part.media_type = media_type;
            part.subtype = word(cursor)?.unwrap_or_default();
            false
        }
        (None, _) => {
            part.subtype = word(cursor)?.unwrap_or_default();
            true
        }
    };
    cursor.blanks();
    part.parameters = parameters(cursor)?;
    if untyped {
        cursor.note(start, "a part without a media type");
        // A multipart without parts, of Gmail, Yandex, QQ and Dovecot.
        let boundary = |(name, _): &(Text, Text)| name.eq_ignore_ascii_case("BOUNDARY");
        if is_one_of(&part.subtype, &MULTIPART) || part.parameters.iter().any(boundary) {
            let multi = MultiPart {
                subtype: std::mem::take(&mut part.subtype),
                parameters: std::mem::take(&mut part.parameters),
                ..MultiPart::default()
            };
            return rest_of_empty_multipart(cursor, multi);
        }
        let text = is_one_of(&part.subtype, &["PLAIN", "HTML"]);
        part.media_type = fixed(if text { "TEXT" } else { "APPLICATION" });
    }
    if part.subtype.is_empty() {
        let text = part.media_type.eq_ignore_ascii_case("TEXT");
        part.subtype = fixed(if text { "PLAIN" } else { "OCTET-STREAM" });
    }
    fields(cursor, depth, &mut part)?;
    cursor.skip_to_close()?;
    Ok(BodyStructure::Single(part))
}

/// Reads the extension data of a multipart without parts, if it is extension data.
fn rest_of_empty_multipart(cursor: &mut Cursor<'_>, mut multi: MultiPart) -> Result<BodyStructure, Malformed> {
    cursor.blanks();
    let start = cursor.position();
    if extension(cursor, &mut multi.extension).is_err() {
        cursor.move_to(start);
    }
    cursor.skip_to_close()?;
    Ok(BodyStructure::Multi(Box::new(multi)))
}

/// Reads what stands behind the parameters of a part; it may stop anywhere.
fn fields(cursor: &mut Cursor<'_>, depth: usize, part: &mut SinglePart) -> Result<(), Malformed> {
    part.id = field(cursor)?;
    part.description = field(cursor)?;
    part.encoding = match field(cursor)? {
        Some(encoding) => trimmed(encoding),
        // iCloud sends NIL.
        None => fixed("7BIT"),
    };
    part.size = count(cursor)?;
    cursor.blanks();
    let message = part.media_type.eq_ignore_ascii_case("MESSAGE") && is_one_of(&part.subtype, &["RFC822", "GLOBAL"]);
    // Gmail sends some without the message's envelope and structure, as RFC 3501 has it for message/global.
    if message && cursor.peek() == b'(' {
        let envelope = *envelope(cursor)?;
        cursor.blanks();
        let body = structure_at(cursor, depth + 1)?;
        let body = body.unwrap_or_else(|| BodyStructure::Single(Box::default()));
        part.message = Some(Box::new(EmbeddedMessage { envelope, body }));
        cursor.blanks();
    }
    if matches!(cursor.peek(), b'0'..=b'9' | b'-') {
        part.lines = count(cursor)?;
    }
    cursor.blanks();
    if cursor.peek() != b')' {
        part.md5 = field(cursor)?;
        extension(cursor, &mut part.extension)?;
    }
    Ok(())
}

/// Reads a text; none at the end of the part.
#[inline]
fn field(cursor: &mut Cursor<'_>) -> Result<Option<Text>, Malformed> {
    cursor.blanks();
    match cursor.peek() {
        b')' => Ok(None),
        b'(' => {
            let start = cursor.position();
            cursor.skip_value()?;
            cursor.note(start, "a list where a string belongs");
            Ok(None)
        }
        _ => word(cursor),
    }
}

/// Reads a text that may be one of a few words: those need no share of the response.
pub(super) fn word(cursor: &mut Cursor<'_>) -> Result<Option<Text>, Malformed> {
    match cursor.peek() {
        b'"' => match cursor.plain_quoted_ends() {
            Some((start, end)) => Ok(Some(match known_word(cursor.octets(start, end)) {
                Some(word) => Bytes::from_static(word).into(),
                None => cursor.text(start, end),
            })),
            None => cursor.nstring_or_atom(),
        },
        _ => cursor.nstring_or_atom(),
    }
}

/// Reads a number of octets or lines; Exchange sends -1, others NIL, where it is not known.
fn count(cursor: &mut Cursor<'_>) -> Result<Option<u64>, Malformed> {
    cursor.blanks();
    let start = cursor.position();
    if let Some(number) = cursor.digits() {
        return Ok(Some(number));
    }
    if cursor.peek() == b')' {
        return Ok(None);
    }
    let number = match cursor.peek() {
        b'-' => {
            cursor.word();
            None
        }
        b'"' => {
            let string = cursor.quoted()?;
            std::str::from_utf8(&string).ok().and_then(|text| text.trim().parse().ok())
        }
        _ if cursor.eat_nil() => None,
        _ => return Err(cursor.malformed("no number")),
    };
    cursor.note(start, "no number of octets or lines");
    Ok(number)
}

/// Reads NIL, or a list of names and values.
pub(super) fn parameters(cursor: &mut Cursor<'_>) -> Result<Vec<(Text, Text)>, Malformed> {
    cursor.blanks();
    let mut parameters = Vec::new();
    if cursor.peek() == b')' || cursor.eat_nil() {
        return Ok(parameters);
    }
    let start = cursor.position();
    if !cursor.eat(b'(') {
        cursor.skip_value()?;
        cursor.note(start, "no list of parameters");
        return Ok(parameters);
    }
    loop {
        cursor.blanks();
        if cursor.eat(b')') {
            return Ok(parameters);
        }
        let name = word(cursor)?.unwrap_or_default();
        cursor.blanks();
        // Exchange sends NIL for an empty value.
        let value = if cursor.peek() == b')' { None } else { word(cursor)? };
        if parameters.capacity() == 0 {
            // Most lists hold one.
            parameters.reserve_exact(1);
        }
        parameters.push((name, value.map(without_encoding).unwrap_or_default()));
    }
}

/// Takes away what Domino leaves of quoted-printable around a value: `3D"utf-8"`.
fn without_encoding(value: Text) -> Text {
    let inner = value.as_bytes().strip_prefix(b"3D\"").and_then(|inner| inner.strip_suffix(b"\""));
    match inner {
        None => value,
        Some(inner) => Bytes::copy_from_slice(inner).into(),
    }
}

fn trimmed(text: Text) -> Text {
    let inner = text.as_bytes().trim_ascii();
    if inner.len() == text.len() { text } else { Bytes::copy_from_slice(inner).into() }
}

fn is_one_of(text: &Text, words: &[&str]) -> bool {
    words.iter().any(|word| text.eq_ignore_ascii_case(word))
}

fn fixed(word: &'static str) -> Text {
    Bytes::from_static(word.as_bytes()).into()
}
