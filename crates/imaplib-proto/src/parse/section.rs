//! The names of sections in FETCH: `BODY[1.HEADER.FIELDS (Date)]<0>` (RFC 9051, section 9, `section`).

use super::cursor::{Cursor, Malformed};
use crate::types::{Part, Section, SectionText};

/// Reads `[…]`.
pub(super) fn section(cursor: &mut Cursor<'_>) -> Result<Section, Malformed> {
    cursor.need(b'[', "no section")?;
    let part = part_numbers(cursor)?;
    cursor.eat(b'.');
    let start = cursor.position();
    let name = cursor.take_while(|byte| byte.is_ascii_alphabetic() || byte == b'.');
    let text = match name.to_ascii_uppercase().as_slice() {
        b"" => SectionText::All,
        b"HEADER" => SectionText::Header,
        b"TEXT" => SectionText::Text,
        b"MIME" => SectionText::Mime,
        b"HEADER.FIELDS" => SectionText::HeaderFields(field_names(cursor)?),
        b"HEADER.FIELDS.NOT" => SectionText::HeaderFieldsNot(field_names(cursor)?),
        _ => return Err(Malformed { position: start, reason: "an unknown section" }),
    };
    cursor.spaces();
    cursor.need(b']', "a section that does not end")?;
    Ok(Section { part, text })
}

fn field_names(cursor: &mut Cursor<'_>) -> Result<Vec<crate::types::ImapString>, Malformed> {
    cursor.spaces();
    cursor.strings()
}

/// Reads `[1.2]`.
pub(super) fn part(cursor: &mut Cursor<'_>) -> Result<Part, Malformed> {
    cursor.need(b'[', "no part")?;
    let part = part_numbers(cursor)?;
    cursor.need(b']', "a part number that does not end")?;
    Ok(part)
}

fn part_numbers(cursor: &mut Cursor<'_>) -> Result<Part, Malformed> {
    let mut numbers = Vec::new();
    while cursor.peek().is_ascii_digit() {
        cursor.weight += size_of::<u32>();
        numbers.push(cursor.number32()?);
        if cursor.peek() != b'.' || !cursor.peek_second().is_ascii_digit() {
            break;
        }
        cursor.advance();
    }
    Ok(Part::new(numbers))
}

/// Reads `<origin>`, if it is there; some servers echo `<origin.length>`.
pub(super) fn origin(cursor: &mut Cursor<'_>) -> Result<Option<u64>, Malformed> {
    if !cursor.eat(b'<') {
        return Ok(None);
    }
    let origin = cursor.number()?;
    if cursor.eat(b'.') {
        cursor.number()?;
    }
    cursor.need(b'>', "an origin that does not end")?;
    Ok(Some(origin))
}
