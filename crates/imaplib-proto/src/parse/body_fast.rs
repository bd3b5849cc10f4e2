//! Parts of a body structure in the form in which nearly all are sent: every text is NIL or a quoted string without
//! escapes, one space stands between two fields, and nothing is missing.
//!
//! What is not in this form is for the other reader, which begins again.

use super::cursor::Cursor;
use super::envelope::plain_length;
use super::number::number64;
use crate::types::{Disposition, Extension, ImapString, MultiPart, Parameters, SHORT, SinglePart};

/// Reads subtype and parameters of a multipart, and its closing parenthesis if all that stands before it are three NIL;
/// returns how far it read.
pub(super) fn usual_end_of_multipart(cursor: &Cursor<'_>, multi: &mut MultiPart) -> Option<usize> {
    let rest = word(cursor, cursor.rest().strip_prefix(b" ")?, &mut multi.subtype)?;
    let rest = parameters(cursor, rest, &mut multi.parameters)?;
    let rest = match rest.strip_prefix(b" NIL NIL NIL)") {
        Some(end) => end,
        None => extension(cursor, rest, &mut multi.extension)?,
    };
    Some(cursor.end() - rest.len())
}

/// Reads a part from its opening parenthesis to its closing one, unless it holds a message; returns its end.
pub(super) fn usual_part(cursor: &Cursor<'_>, part: &mut SinglePart) -> Option<usize> {
    let rest = cursor.rest().strip_prefix(b"(")?;
    let rest = word(cursor, rest, &mut part.media_type)?;
    let rest = word(cursor, rest, &mut part.subtype)?;
    // A message has an envelope and a structure behind its size.
    if part.media_type.len() == 7 && part.media_type.eq_ignore_ascii_case("MESSAGE") {
        return None;
    }
    let rest = parameters(cursor, rest, &mut part.parameters)?.strip_prefix(b" ")?;
    let rest = text(cursor, rest, &mut part.id)?.strip_prefix(b" ")?;
    let rest = text(cursor, rest, &mut part.description)?.strip_prefix(b" ")?;
    let rest = word(cursor, rest, &mut part.encoding)?;
    // Spaces around it are to be taken away.
    let encoding = part.encoding.as_bytes();
    if encoding.starts_with(b" ") || encoding.ends_with(b" ") {
        return None;
    }
    let (size, mut rest) = number64(rest)?;
    part.size = Some(size);
    if let Some(lines) = rest.strip_prefix(b" ")
        && let Some((lines, behind)) = number64(lines)
    {
        part.lines = Some(lines);
        rest = behind;
    }
    // BODY ends here, and BODYSTRUCTURE behind the extension data, of which most parts have none.
    if let Some(end) = rest.strip_prefix(b")") {
        return Some(cursor.end() - end.len());
    }
    let rest = match rest.strip_prefix(b" NIL NIL NIL NIL)") {
        Some(end) => end,
        None => {
            let rest = text(cursor, rest.strip_prefix(b" ")?, &mut part.md5)?;
            extension(cursor, rest, &mut part.extension)?
        }
    };
    Some(cursor.end() - rest.len())
}

/// Reads disposition, language and location with the space before each, and the closing parenthesis.
fn extension<'a>(cursor: &Cursor<'_>, bytes: &'a [u8], extension: &mut Extension) -> Option<&'a [u8]> {
    let rest = match bytes.strip_prefix(b" (") {
        Some(rest) => {
            let Disposition { kind, parameters: list } = extension.disposition.get_or_insert_default();
            let rest = word(cursor, rest, kind)?;
            parameters(cursor, rest, list)?.strip_prefix(b")")?
        }
        None => bytes.strip_prefix(b" NIL")?,
    };
    let rest = rest.strip_prefix(b" NIL ")?;
    text(cursor, rest, &mut extension.location)?.strip_prefix(b")")
}

/// Reads a list of names and values, or NIL.
#[inline]
fn parameters<'a>(cursor: &Cursor<'_>, bytes: &'a [u8], target: &mut Parameters) -> Option<&'a [u8]> {
    let Some(mut rest) = bytes.strip_prefix(b"(") else { return bytes.strip_prefix(b"NIL") };
    loop {
        let (name, value) = target.add()?;
        rest = string(cursor, word(cursor, rest, name)?, value)?;
        match rest.split_first()? {
            (b')', end) => return Some(end),
            (b' ', next) => rest = next,
            _ => return None,
        }
    }
}

/// Reads a text that is not empty, and the space behind it.
#[inline]
fn word<'a>(cursor: &Cursor<'_>, bytes: &'a [u8], target: &mut ImapString) -> Option<&'a [u8]> {
    let rest = string(cursor, bytes, target)?;
    if bytes.starts_with(b"\"\"") { None } else { rest.strip_prefix(b" ") }
}

/// Reads a text, or NIL.
#[inline]
fn text<'a>(cursor: &Cursor<'_>, bytes: &'a [u8], target: &mut Option<ImapString>) -> Option<&'a [u8]> {
    match bytes.strip_prefix(b"NIL") {
        Some(rest) => Some(rest),
        None => string(cursor, bytes, target.get_or_insert_default()),
    }
}

/// Reads a quoted string.
fn string<'a>(cursor: &Cursor<'_>, bytes: &'a [u8], target: &mut ImapString) -> Option<&'a [u8]> {
    let string = bytes.strip_prefix(b"\"")?;
    let length = plain_length(string);
    let rest = string.get(length..)?.strip_prefix(b"\"")?;
    match string.first_chunk::<SHORT>() {
        Some(window) if length <= SHORT => *target = ImapString::short(window, length),
        _ => {
            let start = cursor.end() - string.len();
            *target = cursor.text(start, start + length);
        }
    }
    Some(rest)
}
