//! BODY and BODYSTRUCTURE (RFC 9051, section 7.5.2).

use bytes::Bytes;

use super::cursor::{Cursor, Malformed};
use super::envelope::envelope;
use super::extension::extension;
use super::usual_part::{usual_end_of_multipart, usual_part};
use crate::types::{BodyStructure, EmbeddedMessage, MultiPart, Parameters, SinglePart, Text};

/// The remark on a list that stands in the place of a text.
const NO_TEXT: &str = "a list where a string belongs";

/// No message has more parts; each takes hundreds of times the memory that its shortest form takes on the wire.
const MAX_PARTS: usize = 10_000;

/// Subtypes that only multiparts have.
const MULTIPART: [&str; 9] =
    ["ALTERNATIVE", "MIXED", "RELATED", "SIGNED", "ENCRYPTED", "REPORT", "DIGEST", "PARALLEL", "FORM-DATA"];

/// Reads the structure of a message; none where the server sends NIL, or `()` as Domino does.
pub(super) fn structure(cursor: &mut Cursor<'_>) -> Result<Option<Box<BodyStructure>>, Malformed> {
    // Everything is read into its place: parts are too large to be handed from function to function.
    let mut structure = Box::<BodyStructure>::default();
    cursor.parts = 0;
    Ok(structure_into(cursor, 0, &mut structure)?.then_some(structure))
}

/// Reads a structure; says whether there is one.
fn structure_into(cursor: &mut Cursor<'_>, depth: usize, target: &mut BodyStructure) -> Result<bool, Malformed> {
    let start = cursor.position();
    let empty = cursor.rest().starts_with(b"()");
    if empty {
        cursor.move_to(start + 2);
    }
    if empty || cursor.eat_nil() {
        cursor.note(start, "a body structure without content");
        return Ok(false);
    }
    body(cursor, depth, target).map(|()| true)
}

/// Reads one part with its parentheses; the caller's depth bounds the recursion.
fn body(cursor: &mut Cursor<'_>, depth: usize, target: &mut BodyStructure) -> Result<(), Malformed> {
    if depth >= cursor.context.max_depth {
        return Err(cursor.malformed("a body structure that is nested too deep"));
    }
    cursor.parts += 1;
    cursor.weight += size_of::<BodyStructure>();
    if cursor.parts > MAX_PARTS {
        return Err(cursor.malformed("a body structure of too many parts"));
    }
    let start = cursor.position();
    if let BodyStructure::Single(part) = target
        && cursor.peek_second() == b'"'
    {
        if let Some(end) = usual_part(cursor, part) {
            cursor.move_to(end);
            return Ok(());
        }
        *part = SinglePart::default();
    }
    cursor.need(b'(', "no body structure")?;
    let spaced = cursor.peek() == b' ';
    cursor.blanks();
    match cursor.peek() {
        b'(' => multipart(cursor, depth, target),
        b')' => Err(cursor.malformed("a part without content")),
        _ => part(cursor, depth, start, spaced, target),
    }
}

/// Reads a multipart from its first child on.
fn multipart(cursor: &mut Cursor<'_>, depth: usize, target: &mut BodyStructure) -> Result<(), Malformed> {
    let mut multi = MultiPart::default();
    // The first part makes room for some more.
    cursor.weight += 3 * size_of::<BodyStructure>();
    while cursor.peek() == b'(' {
        multi.parts.push(BodyStructure::default());
        if let Some(part) = multi.parts.last_mut() {
            body(cursor, depth + 1, part)?;
        }
        if cursor.peek() == b' '
            && let Some(end) = usual_end_of_multipart(cursor, &mut multi)
        {
            cursor.move_to(end);
            *target = BodyStructure::Multi(multi);
            return Ok(());
        }
        cursor.blanks();
    }
    // What was entered in vain goes.
    let mut multi = MultiPart { parts: multi.parts, ..MultiPart::default() };
    cursor.word_into(&mut multi.subtype)?;
    cursor.blanks();
    if cursor.peek() != b')' {
        parameters(cursor, &mut multi.parameters)?;
        extension(cursor, &mut multi.extension, &mut multi.description)?;
    }
    cursor.skip_to_close()?;
    *target = BodyStructure::Multi(multi);
    Ok(())
}

/// Reads a part that is no multipart, from its type on.
fn part(
    cursor: &mut Cursor<'_>,
    depth: usize,
    start: usize,
    spaced: bool,
    target: &mut BodyStructure,
) -> Result<(), Malformed> {
    let BodyStructure::Single(part) = target else { return Err(cursor.malformed("no place for a part")) };
    let nil = cursor.eat_nil();
    if !nil {
        cursor.word_into(&mut part.media_type)?;
    }
    cursor.blanks();
    // Several servers leave the type out, some with a space in its place: `( "X-ZIP" NIL`, `("ALTERNATIVE" (`.
    let untyped = nil || cursor.peek() == b'(' || (spaced && matches!(cursor.peek(), b'N' | b'n'));
    if untyped && !nil {
        part.subtype = std::mem::take(&mut part.media_type);
    } else {
        cursor.word_into(&mut part.subtype)?;
    }
    cursor.blanks();
    parameters(cursor, &mut part.parameters)?;
    if untyped {
        cursor.note(start, "a part without a media type");
        // A multipart without parts, of Gmail, Yandex, QQ and Dovecot.
        if is_one_of(&part.subtype, &MULTIPART) || part.parameters.value("BOUNDARY").is_some() {
            let mut multi = MultiPart {
                subtype: std::mem::take(&mut part.subtype),
                parameters: std::mem::take(&mut part.parameters),
                ..MultiPart::default()
            };
            rest_of_empty_multipart(cursor, &mut multi)?;
            *target = BodyStructure::Multi(multi);
            return Ok(());
        }
        if part.subtype.is_empty() {
            fields(cursor, depth, part)?;
            guess_type(part);
            return cursor.skip_to_close();
        }
        let text = is_one_of(&part.subtype, &["PLAIN", "HTML"]);
        part.media_type = if text { "TEXT" } else { "APPLICATION" }.into();
    }
    if part.subtype.is_empty() {
        let text = part.media_type.eq_ignore_ascii_case("TEXT");
        part.subtype = if text { "PLAIN" } else { "OCTET-STREAM" }.into();
    }
    fields(cursor, depth, part)?;
    cursor.skip_to_close()
}

/// Gives a part of which the server knows no type the one that only its fields can have.
fn guess_type(part: &mut SinglePart) {
    let (media_type, subtype) = match (&part.message, part.lines) {
        (Some(_), _) => ("MESSAGE", "RFC822"),
        (None, Some(_)) => ("TEXT", "PLAIN"),
        (None, None) => ("APPLICATION", "OCTET-STREAM"),
    };
    part.media_type = media_type.into();
    part.subtype = subtype.into();
}

/// Reads the extension data of a multipart without parts, if it is extension data.
fn rest_of_empty_multipart(cursor: &mut Cursor<'_>, multi: &mut MultiPart) -> Result<(), Malformed> {
    cursor.blanks();
    let start = cursor.position();
    if extension(cursor, &mut multi.extension, &mut multi.description).is_err() {
        cursor.move_to(start);
    }
    cursor.skip_to_close()
}

/// Reads what stands behind the parameters of a part; it may stop anywhere.
fn fields(cursor: &mut Cursor<'_>, depth: usize, part: &mut SinglePart) -> Result<(), Malformed> {
    cursor.text_into(&mut part.id, NO_TEXT)?;
    cursor.text_into(&mut part.description, NO_TEXT)?;
    cursor.blanks();
    match cursor.peek() {
        b')' | b'(' => {
            cursor.text_into(&mut None, NO_TEXT)?;
            part.encoding = "7BIT".into();
        }
        // iCloud sends NIL.
        _ if cursor.eat_nil() => {
            cursor.note(cursor.position() - 3, "NIL in place of the encoding");
            part.encoding = "7BIT".into();
        }
        _ => {
            let start = cursor.position();
            cursor.word_into(&mut part.encoding)?;
            if trim(&mut part.encoding) {
                cursor.note(start, "spaces around the encoding");
            }
        }
    }
    part.size = count(cursor)?;
    cursor.blanks();
    // Gmail sends some without the message's envelope and structure, as RFC 3501 has it for message/global.
    if cursor.peek() == b'(' && can_hold_message(part) {
        let envelope = *envelope(cursor)?;
        cursor.blanks();
        let mut message = Box::new(EmbeddedMessage { envelope, body: BodyStructure::default() });
        structure_into(cursor, depth + 1, &mut message.body)?;
        part.message = Some(message);
        cursor.blanks();
    }
    if matches!(cursor.peek(), b'0'..=b'9' | b'-') {
        part.lines = count(cursor)?;
    }
    cursor.blanks();
    if cursor.peek() != b')' {
        cursor.text_into(&mut part.md5, NO_TEXT)?;
        extension(cursor, &mut part.extension, &mut part.description)?;
    }
    Ok(())
}

/// Whether the part is a message, or may be one because its type is not known.
fn can_hold_message(part: &SinglePart) -> bool {
    let untyped = part.media_type.is_empty() && part.subtype.is_empty();
    untyped || (part.media_type.eq_ignore_ascii_case("MESSAGE") && is_one_of(&part.subtype, &["RFC822", "GLOBAL"]))
}

/// Reads a number of octets or lines; Exchange sends -1, others NIL, where it is not known.
#[inline]
fn count(cursor: &mut Cursor<'_>) -> Result<Option<u64>, Malformed> {
    cursor.blanks();
    let start = cursor.position();
    if let Some(number) = cursor.digits() {
        return Ok(Some(number));
    }
    odd_count(cursor, start)
}

#[inline(never)]
fn odd_count(cursor: &mut Cursor<'_>, start: usize) -> Result<Option<u64>, Malformed> {
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
pub(super) fn parameters(cursor: &mut Cursor<'_>, target: &mut Parameters) -> Result<(), Malformed> {
    cursor.blanks();
    if cursor.peek() == b')' || cursor.eat_nil() {
        return Ok(());
    }
    let start = cursor.position();
    if !cursor.eat(b'(') {
        cursor.skip_value()?;
        cursor.note(start, "no list of parameters");
        return Ok(());
    }
    loop {
        cursor.blanks();
        if cursor.eat(b')') {
            return Ok(());
        }
        cursor.count::<(Text, Text)>()?;
        let Some((name, value)) = target.add() else { return Ok(()) };
        cursor.word_into(name)?;
        cursor.blanks();
        // Exchange sends NIL for an empty value.
        let start = cursor.position();
        if cursor.peek() != b')' {
            cursor.word_into(value)?;
            if value.is_empty() && matches!(cursor.octet_at(start), b'N' | b'n') {
                cursor.note(start, "a parameter without a value");
            }
            without_encoding(value);
        }
    }
}

/// Takes away what Domino leaves of quoted-printable around a value: `3D"utf-8"`.
fn without_encoding(value: &mut Text) {
    let inner = value.as_bytes().strip_prefix(b"3D\"").and_then(|inner| inner.strip_suffix(b"\""));
    if let Some(inner) = inner {
        *value = Bytes::copy_from_slice(inner).into();
    }
}

/// Takes spaces away from both ends; says whether there were any.
fn trim(text: &mut Text) -> bool {
    let inner = text.as_bytes().trim_ascii();
    let longer = inner.len() < text.len();
    if longer {
        *text = Bytes::copy_from_slice(inner).into();
    }
    longer
}

fn is_one_of(text: &Text, words: &[&str]) -> bool {
    words.iter().any(|word| text.eq_ignore_ascii_case(word))
}
