//! The texts of a message: `BODY[…]`, `BINARY[…]` and their older names.

use super::raw_item::keep_raw;
use super::value::{begins_known_item, name};
use crate::parse::cursor::{Cursor, Malformed};
use crate::parse::section;
use crate::types::{BodySection, Fetch, Section, SectionBody, SectionName};

/// The diagnostic for a line end that stands behind a literal, as some servers send it.
pub(in crate::parse) const LINE_END: &str = "a line end within the row";

/// The diagnostic for a text that the row has twice, and differently.
const TWO_TEXTS: &str = "two texts of one name in one row: it has none";

/// Reads the brackets behind the older names, which some servers send as they send BODY[].
pub(super) fn bracketed(cursor: &mut Cursor<'_>, name: u128) -> Result<(SectionName, Option<u64>), Malformed> {
    let section = section::section(cursor)?;
    let name = match (name, section == Section::message()) {
        (name::RFC822_HEADER, true) => SectionName::Rfc822Header,
        (name::RFC822_TEXT, true) => SectionName::Rfc822Text,
        (name::RFC822, true) => SectionName::Rfc822,
        _ => SectionName::Body(section),
    };
    Ok((name, section::origin(cursor)?))
}

pub(super) fn section_name(cursor: &mut Cursor<'_>, body: bool) -> Result<(SectionName, Option<u64>), Malformed> {
    let name =
        if body { SectionName::Body(section::section(cursor)?) } else { SectionName::Binary(section::part(cursor)?) };
    Ok((name, section::origin(cursor)?))
}

/// Steps over what stands right behind a text: the rest of one whose length is wrong, up to where an item can begin.
pub(in crate::parse) fn skip_rest_of_text(cursor: &mut Cursor<'_>, fetch: &mut Fetch) {
    if !matches!(cursor.peek(), b' ' | b')' | b'\r' | b'\n') {
        fetch.doubt_length();
    }
    while !matches!(cursor.peek(), b' ' | b')' | b'\r' | b'\n') {
        cursor.take_while(|byte| !matches!(byte, b' ' | b')' | b'\r' | b'\n'));
        let behind = cursor.position();
        cursor.spaces();
        if begins_known_item(cursor) {
            cursor.move_to(behind);
            return;
        }
    }
}

/// Reads the bytes of a section; returns the length of a literal that follows as a stream.
pub(super) fn text(
    cursor: &mut Cursor<'_>,
    fetch: &mut Fetch,
    name_ends: (usize, usize),
    start: usize,
    name: SectionName,
    origin: Option<u64>,
) -> Result<Option<u64>, Malformed> {
    cursor.has_text = true;
    let (data, streamed) = match cursor.peek() {
        // Yandex and Xeams close the row right behind the name.
        b')' | b'\n' => {
            cursor.note(name_ends.0, "a section without a value");
            (SectionBody::Nil, None)
        }
        _ => match cursor.nstring() {
            Ok(Some(bytes)) => {
                if cursor.peek() == b'\r' {
                    cursor.note_at(cursor.position(), LINE_END, cursor.position(), cursor.position() + 2);
                }
                if matches!(cursor.byte_at(start), b'{' | b'~') {
                    skip_rest_of_text(cursor, fetch);
                }
                (SectionBody::Here(bytes), None)
            }
            Ok(None) => (SectionBody::Nil, None),
            Err(malformed) => match cursor.cut.take().filter(|_| cursor.streams) {
                Some(length) => (SectionBody::Streamed(length), Some(length)),
                None => {
                    // Where the bytes of a text should be announced, nothing else looks so.
                    cursor.announced_beyond |= matches!(cursor.bytes(start, start + 2), [b'{', _] | b"~{");
                    keep_raw(cursor, fetch, name_ends, start, malformed)?;
                    return Ok(None);
                }
            },
        },
    };
    cursor.text_end = Some(cursor.position());
    if fetch.sections.capacity() == 0 {
        // Most rows have one.
        fetch.sections.reserve_exact(1);
    }
    if fetch.add_section(BodySection { name, origin, data }).is_some() {
        cursor.note(name_ends.0, TWO_TEXTS);
        fetch.other.push((cursor.text(name_ends.0, name_ends.1), cursor.slice(start, cursor.position())));
    }
    Ok(streamed)
}
