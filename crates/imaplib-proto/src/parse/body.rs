//! BODY and BODYSTRUCTURE (RFC 9051, section 7.5.2).

use bytes::Bytes;

use super::body_fast::{usual_end_of_multipart, usual_part};
use super::cursor::{Cursor, Malformed};
use super::envelope::envelope;
use super::extension::extension;
use super::parameters::parameters;
use super::part_shape::{
    Kind, Shape, is_multipart, is_multipart_subtype, is_one_of, is_type, usual_subtype, usual_type,
};
use crate::types::{BodyStructure, EmbeddedMessage, Envelope, ImapString, MultiPart, SinglePart};

/// The diagnostic for a list that stands in the place of a text.
const NO_TEXT: &str = "a list where a string belongs";

const NO_CONTENT: &str = "a part without content";
const UNTYPED: &str = "a part without a media type";
const NO_SUBTYPE: &str = "a part without a media subtype";

/// What stands behind the extension data of this version of the protocol.
const EXTENSION: &str = "extension data of a body structure that is not known";

/// No message has more parts; each needs hundreds of times the memory of its shortest form on the wire.
const MAX_PARTS: usize = 10_000;

/// Reads the structure of a message; none where the server sends NIL, or `()` as Domino does.
pub(super) fn structure(cursor: &mut Cursor<'_>) -> Result<Option<Box<BodyStructure>>, Malformed> {
    // Everything is read into its place: parts are too large to be handed from function to function.
    let mut structure = Box::<BodyStructure>::default();
    cursor.parts = 0;
    Ok(structure_into(cursor, 0, &mut structure)?.then_some(structure))
}

/// Reads a structure; returns whether there is one.
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
        b')' => {
            cursor.advance();
            cursor.note(start, NO_CONTENT);
            *target = BodyStructure::Single(unknown_part());
            Ok(())
        }
        _ => part(cursor, depth, start, spaced, target),
    }
}

/// What is known of a part that the server does not describe.
fn unknown_part() -> SinglePart {
    let (media_type, subtype) = ("APPLICATION".into(), "OCTET-STREAM".into());
    SinglePart { media_type, subtype, encoding: "7BIT".into(), ..SinglePart::default() }
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
        // Stalwart and others send NIL in the place of a part; a subtype that is NIL has no string behind it.
        let start = cursor.position();
        if cursor.eat_nil() {
            cursor.blanks();
            if cursor.peek() == b'"' {
                cursor.note(start, NO_CONTENT);
                multi.parts.push(BodyStructure::Single(unknown_part()));
            } else {
                cursor.move_to(start);
            }
            break;
        }
    }
    // An empty list in the place of all parts.
    if let [BodyStructure::Single(only)] = multi.parts.as_slice()
        && *only == unknown_part()
    {
        multi.parts.clear();
    }
    // What was entered in vain goes.
    let mut multi = MultiPart { parts: multi.parts, ..MultiPart::default() };
    cursor.word_into(&mut multi.subtype)?;
    cursor.blanks();
    if cursor.peek() != b')' {
        parameters(cursor, &mut multi.parameters)?;
        extension(cursor, &mut multi.extension, &mut multi.description)?;
    }
    cursor.close_noting(EXTENSION)?;
    *target = BodyStructure::Multi(multi);
    Ok(())
}

/// Reads a part that is not a multipart with parts, from its type on.
fn part(
    cursor: &mut Cursor<'_>,
    depth: usize,
    start: usize,
    spaced: bool,
    target: &mut BodyStructure,
) -> Result<(), Malformed> {
    let BodyStructure::Single(part) = target else { return Err(cursor.malformed("no place for a part")) };
    let shape = Shape::ahead(cursor);
    let nil = cursor.eat_nil();
    if !nil {
        cursor.word_into(&mut part.media_type)?;
    }
    cursor.blanks();
    // Several servers leave out the type or the subtype, some with a space in its place: `( "X-ZIP" NIL`,
    // `("ALTERNATIVE" (`, `("TEXT" (`. One that is NIL is there.
    let short = match shape.kind(1) {
        Some(Kind::Text) => false,
        Some(Kind::Nil) => !nil && (spaced || !shape.has_size_at(6)),
        _ => true,
    };
    if !short {
        cursor.word_into(&mut part.subtype)?;
    }
    let known = is_type(&part.media_type);
    if part.subtype.is_empty() && !known {
        part.subtype = std::mem::take(&mut part.media_type);
    }
    cursor.blanks();
    let begin = if short { 1 } else { 2 };
    let usual = shape.is_usual_from(begin);
    let has_parameters = usual || shape.has_list_or_nil(begin);
    if has_parameters {
        parameters(cursor, &mut part.parameters)?;
    }
    if part.media_type.is_empty() {
        cursor.note(start, UNTYPED);
    } else if part.subtype.is_empty() {
        cursor.note(start, NO_SUBTYPE);
    }
    if is_empty_multipart(part, &shape) {
        // A multipart without parts, of Gmail, Yandex, QQ and Dovecot.
        let subtype = std::mem::take(&mut part.subtype);
        let mut multi = MultiPart {
            subtype: if subtype.is_empty() { "MIXED".into() } else { subtype },
            parameters: std::mem::take(&mut part.parameters),
            ..MultiPart::default()
        };
        rest_of_empty_multipart(cursor, &mut multi)?;
        *target = BodyStructure::Multi(multi);
        return Ok(());
    }
    if part.media_type.is_empty() && !part.subtype.is_empty() {
        part.media_type = usual_type(&part.subtype).into();
    } else if !part.media_type.is_empty() && part.subtype.is_empty() {
        part.subtype = usual_subtype(&part.media_type).into();
    }
    match shape.size {
        // The encoding is what stands before the size, wherever that is.
        Some(size) if !usual => shifted_fields(cursor, part, size.saturating_sub(begin), has_parameters)?,
        _ => {
            cursor.text_into(&mut part.id, NO_TEXT)?;
            cursor.text_into(&mut part.description, NO_TEXT)?;
            encoding(cursor, part)?;
        }
    }
    behind_encoding(cursor, depth, part)?;
    if part.media_type.is_empty() {
        guess_type(part);
    }
    cursor.close_noting(EXTENSION)
}

/// Whether the fields are those of a multipart, of which the server sends no part.
fn is_empty_multipart(part: &SinglePart, shape: &Shape) -> bool {
    if is_multipart(&part.media_type) {
        // GMX sends whole multiparts as if they were other parts: those have a size.
        return shape.size.is_none();
    }
    let boundary = part.parameters.value("BOUNDARY").is_some_and(|value| !value.is_empty());
    let sized = shape.size.is_some_and(|size| shape.kind(size.saturating_sub(1)) == Some(Kind::Text));
    part.media_type.is_empty() && (is_multipart_subtype(&part.subtype) || (boundary && !sized))
}

/// Sets the type that only its fields can have on a part of which the server knows no type.
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
    // The parameters may stand behind a NIL.
    if multi.parameters.is_empty() && starts_with_parameter(cursor.rest()) {
        parameters(cursor, &mut multi.parameters)?;
        cursor.note(start, "parameters that are not in their place");
        cursor.blanks();
    }
    let start = cursor.position();
    if extension(cursor, &mut multi.extension, &mut multi.description).is_err() {
        cursor.move_to(start);
    }
    cursor.close_noting(EXTENSION)
}

/// Whether a list begins with the name of a multipart's parameter.
fn starts_with_parameter(bytes: &[u8]) -> bool {
    let name = bytes.strip_prefix(b"(\"").unwrap_or_default();
    [&b"BOUNDARY\" "[..], b"CHARSET\" ", b"TYPE\" ", b"PROTOCOL\" ", b"REPORT-TYPE\" "]
        .iter()
        .any(|known| name.get(..known.len()).is_some_and(|name| name.eq_ignore_ascii_case(known)))
}

/// Reads the encoding.
fn encoding(cursor: &mut Cursor<'_>, part: &mut SinglePart) -> Result<(), Malformed> {
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
    Ok(())
}

/// Reads the `fields` fields before the size where there are not the four that the standard has: the parameters are
/// read if `parameters`, the last one is the encoding, and those between are identifier and description.
fn shifted_fields(
    cursor: &mut Cursor<'_>,
    part: &mut SinglePart,
    fields: usize,
    parameters: bool,
) -> Result<(), Malformed> {
    let start = cursor.position();
    for _ in 0..fields.saturating_sub(1 + usize::from(parameters)) {
        let mut field = None;
        cursor.text_into(&mut field, NO_TEXT)?;
        let Some(text) = field else { continue };
        let is_id = text.as_bytes().starts_with(b"<") && text.as_bytes().ends_with(b">");
        match (&part.id, &part.description) {
            (None, _) if is_id => part.id = Some(text),
            (_, None) => part.description = Some(text),
            (None, _) => part.id = Some(text),
            _ => {}
        }
    }
    if fields > usize::from(parameters) {
        encoding(cursor, part)?;
    } else {
        part.encoding = "7BIT".into();
    }
    cursor.note(start, "more or fewer fields than a part has");
    Ok(())
}

/// Reads what stands behind the encoding of a part; it may stop anywhere.
fn behind_encoding(cursor: &mut Cursor<'_>, depth: usize, part: &mut SinglePart) -> Result<(), Malformed> {
    part.size = count(cursor)?;
    cursor.blanks();
    // Gmail sends some without the message's envelope and structure, as RFC 3501 has it for message/global.
    if can_hold_message(part) && begins_message(cursor) {
        let envelope = match cursor.eat_nil() {
            true => {
                cursor.note(cursor.position() - 3, "NIL in place of an envelope");
                Envelope::default()
            }
            false => *envelope(cursor)?,
        };
        cursor.blanks();
        let mut message = Box::new(EmbeddedMessage { envelope, body: BodyStructure::default() });
        if matches!(cursor.peek(), b'(' | b'N' | b'n') {
            structure_into(cursor, depth + 1, &mut message.body)?;
        } else {
            cursor.note(cursor.position(), "a message without a body structure");
        }
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

/// Whether an envelope comes next and a body structure behind it, and no extension data. Each may be NIL.
fn begins_message(cursor: &mut Cursor<'_>) -> bool {
    let start = cursor.position();
    if cursor.peek() == b'(' {
        return true;
    }
    if !cursor.eat_nil() {
        return false;
    }
    cursor.blanks();
    let is_message = match cursor.peek() {
        b'(' => {
            cursor.advance();
            cursor.blanks();
            // A disposition has a word and its parameters.
            let first = cursor.position();
            cursor.peek() == b'(' || {
                let shape = Shape::ahead(cursor);
                let word = cursor.nstring_or_atom().ok().flatten().unwrap_or_default();
                cursor.move_to(first);
                shape.count > 2 || is_multipart_subtype(&word)
            }
        }
        // The number of lines is behind both.
        _ => {
            cursor.eat_nil() && {
                cursor.blanks();
                cursor.peek().is_ascii_digit()
            }
        }
    };
    cursor.move_to(start);
    is_message
}

/// Whether the part is a message, or may be one because its type is not known.
fn can_hold_message(part: &SinglePart) -> bool {
    let untyped = part.media_type.is_empty() && part.subtype.is_empty();
    untyped || (part.media_type.eq_ignore_ascii_case("MESSAGE") && is_one_of(&part.subtype, &["RFC822", "GLOBAL"]))
}

/// Reads a number of bytes or lines; Exchange sends -1, others NIL, where it is not known.
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
    cursor.note(start, "no number of bytes or lines");
    Ok(number)
}

/// Removes spaces from both ends; returns whether there were any.
fn trim(text: &mut ImapString) -> bool {
    let inner = text.as_bytes().trim_ascii();
    let longer = inner.len() < text.len();
    if longer {
        *text = Bytes::copy_from_slice(inner).into();
    }
    longer
}
