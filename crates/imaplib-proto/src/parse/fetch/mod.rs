//! FETCH rows: the items of a message (RFC 9051, section 7.5.2).

mod raw_item;
mod resumption;
mod row_fast;
mod section_body;
mod value;

use self::raw_item::{MISSED_END, keep, keep_raw, skip_brackets, unknown};
use self::resumption::{missed_end, resumption};
pub(super) use self::row_fast::{UsualRow, usual_row};
pub(super) use self::section_body::{LINE_END, skip_rest_of_text};
use self::section_body::{bracketed, section_name, text};
use self::value::{begins_known_item, item_name, name};
use super::cursor::{Cursor, Malformed};
use super::diagnostics::REPEATED;
use super::flags::flag_list;
use super::keyword::packed;
use super::{body, envelope};
use crate::types::{BodySection, Fetch, Flags, SectionName, Uid};

/// How far a row was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RowEnd {
    /// To its closing parenthesis.
    Closed,
    /// To its end, which is not a closing parenthesis.
    Open,
    /// To the announcement of a section's bytes, which are not here.
    Streamed(u64),
}

/// Reads items up to the closing parenthesis. The opening one was read before.
pub(super) fn items(cursor: &mut Cursor<'_>, fetch: &mut Fetch) -> RowEnd {
    cursor.in_row = true;
    loop {
        cursor.blanks();
        if cursor.at_end() {
            return RowEnd::Open;
        }
        if cursor.eat(b')') {
            cursor.blanks();
            if cursor.at_end() || !begins_known_item(cursor) {
                return RowEnd::Closed;
            }
            cursor.note(cursor.position(), "items behind the end of the row");
            continue;
        }
        let start = cursor.position();
        cursor.begin_item(start, start);
        let counted = cursor.count::<BodySection>();
        match counted.and_then(|()| item(cursor, fetch)) {
            Ok(None) => {}
            Ok(Some(length)) => return RowEnd::Streamed(length),
            Err(malformed) => {
                cursor.drop_notes();
                // Where its value ends is not known: all that follows may be of it, but for what is plainly not.
                let next = resumption(cursor, start);
                let end = next.unwrap_or(cursor.end());
                cursor.note_at(malformed.position, malformed.reason, start, end);
                let (name_start, name_end) = cursor.item();
                cursor.move_to(name_end.max(start));
                cursor.spaces();
                let rest = cursor.slice(cursor.position(), end);
                fetch.other.push((cursor.text(name_start, name_end), rest));
                cursor.move_to(end);
                if next.is_none() {
                    return RowEnd::Open;
                }
            }
        }
    }
}

/// Reads one item. A value that cannot be read is kept raw; it is an error only if it cannot even be skipped.
fn item(cursor: &mut Cursor<'_>, fetch: &mut Fetch) -> Result<Option<u64>, Malformed> {
    let name_start = cursor.position();
    // The two items of most rows.
    if cursor.eat_exactly(b"UID ") {
        cursor.begin_item(name_start, name_start + 3);
        if let Ok(uid) = value::uid(cursor) {
            set_uid(cursor, fetch, uid);
            return Ok(None);
        }
        cursor.drop_notes();
        cursor.move_to(name_start);
    } else if cursor.eat_exactly(b"FLAGS ") {
        cursor.begin_item(name_start, name_start + 5);
        if let Ok(flags) = flag_list(cursor, false) {
            set_flags(cursor, fetch, flags);
            return Ok(None);
        }
        cursor.drop_notes();
        cursor.move_to(name_start);
    }
    let name = match cursor.rest() {
        // These too need no looking at each letter.
        [b'E', b'N', b'V', b'E', b'L', b'O', b'P', b'E', b' ', ..] => {
            cursor.move_to(name_start + 8);
            name::ENVELOPE
        }
        [b'B', b'O', b'D', b'Y', b'[', ..] => {
            cursor.move_to(name_start + 4);
            name::BODY
        }
        [b'B', b'O', b'D', b'Y', b'S', b'T', b'R', b'U', b'C', b'T', b'U', b'R', b'E', b' ', ..] => {
            cursor.move_to(name_start + 13);
            name::BODYSTRUCTURE
        }
        _ => packed(item_name(cursor)),
    };
    let mut name_end = cursor.position();
    cursor.begin_item(name_start, name_end);
    cursor.cut = None;
    let bracket = cursor.peek() == b'[';
    if !bracket {
        cursor.spaces();
    }
    let mut start = cursor.position();
    let literals = cursor.literals;
    // Two UIDs or two sets of flags are looked at where they are entered.
    let mut repeated = false;
    let read = match (name, bracket) {
        (name::FLAGS, false) => flag_list(cursor, false).map(|flags| set_flags(cursor, fetch, flags)),
        (name::UID, false) => value::uid(cursor).map(|uid| set_uid(cursor, fetch, uid)),
        (name::MODSEQ, false) => value::mod_seq(cursor).map(|number| {
            absent_if(number.is_none(), "MODSEQ", fetch);
            repeated = std::mem::replace(&mut fetch.mod_seq, number).is_some();
        }),
        (name::RFC822_SIZE, false) => value::size(cursor).map(|size| repeated = fetch.size.replace(size).is_some()),
        (name::INTERNALDATE, false) => {
            value::internal_date(cursor).map(|date| repeated = fetch.internal_date.replace(date).is_some())
        }
        (name::ENVELOPE, false) => {
            envelope::envelope(cursor).map(|envelope| repeated = fetch.envelope.replace(envelope).is_some())
        }
        (name::BODY, false) => body::structure(cursor).map(|body| {
            absent_if(body.is_none(), "BODY", fetch);
            repeated = std::mem::replace(&mut fetch.body, body).is_some();
        }),
        (name::BODYSTRUCTURE, false) => body::structure(cursor).map(|body| {
            absent_if(body.is_none(), "BODYSTRUCTURE", fetch);
            repeated = std::mem::replace(&mut fetch.body_structure, body).is_some();
        }),
        (name::RFC822, false) => return text(cursor, fetch, (name_start, name_end), start, SectionName::Rfc822, None),
        (name::RFC822_HEADER, false) => {
            return text(cursor, fetch, (name_start, name_end), start, SectionName::Rfc822Header, None);
        }
        (name::RFC822_TEXT, false) => {
            return text(cursor, fetch, (name_start, name_end), start, SectionName::Rfc822Text, None);
        }
        (name::BODY | name::BINARY | name::BODY_PEEK | name::BINARY_PEEK, true) => {
            let is_body = matches!(name, name::BODY | name::BODY_PEEK);
            match section_name(cursor, is_body) {
                Ok((section, origin)) => {
                    name_end = cursor.position();
                    cursor.begin_item(name_start, name_end);
                    cursor.spaces();
                    start = cursor.position();
                    return text(cursor, fetch, (name_start, name_end), start, section, origin);
                }
                Err(malformed) => Err(malformed),
            }
        }
        (name::RFC822 | name::RFC822_HEADER | name::RFC822_TEXT, true) => match bracketed(cursor, name) {
            Ok((section, origin)) => {
                name_end = cursor.position();
                cursor.begin_item(name_start, name_end);
                cursor.note(name_start, "brackets behind an item that has none");
                cursor.spaces();
                start = cursor.position();
                return text(cursor, fetch, (name_start, name_end), start, section, origin);
            }
            Err(malformed) => Err(malformed),
        },
        (name::BINARY_SIZE, true) => value::binary_size(cursor).map(|size| fetch.binary_sizes.push(size)),
        _ => return unknown(cursor, fetch, name_start),
    };
    let Err(malformed) = read else {
        if repeated {
            cursor.note(name_start, REPEATED);
        }
        if cursor.literals == literals {
            return Ok(None);
        }
        if let Some(next) = missed_end(cursor, start) {
            match name {
                name::ENVELOPE => fetch.envelope = None,
                name::BODY => fetch.body = None,
                name::BODYSTRUCTURE => fetch.body_structure = None,
                _ => {}
            }
            cursor.drop_notes();
            keep(cursor, fetch, (name_start, name_end), start, next, MISSED_END);
        }
        return Ok(None);
    };
    if bracket {
        // The name could not be read, or its value: both are stepped over anew.
        cursor.move_to(name_end);
        skip_brackets(cursor);
        name_end = cursor.position();
        cursor.drop_notes();
        cursor.begin_item(name_start, name_end);
        cursor.spaces();
        start = cursor.position();
    }
    keep_raw(cursor, fetch, (name_start, name_end), start, malformed)?;
    Ok(None)
}

#[inline]
fn set_uid(cursor: &mut Cursor<'_>, fetch: &mut Fetch, uid: Uid) {
    if !fetch.set_uid(uid) {
        cursor.note(cursor.item().0, "two UIDs in one row: it has none");
    }
}

#[inline]
fn set_flags(cursor: &mut Cursor<'_>, fetch: &mut Fetch, flags: Flags) {
    if !fetch.set_flags(flags) {
        cursor.note(cursor.item().0, "two sets of flags in one row: it has none");
    }
}

/// Notes an item that has no value, so that it counts as answered.
fn absent_if(is_absent: bool, name: &'static str, fetch: &mut Fetch) {
    if is_absent {
        fetch.set_absent(name);
    }
}

/// Makes sure that the response ends with the row.
pub(super) fn end_of_row(cursor: &mut Cursor<'_>) {
    cursor.blanks();
    cursor.open_row |= !cursor.at_end();
    cursor.expect_end();
}

pub(super) fn not_closed(cursor: &mut Cursor<'_>) {
    cursor.open_row = true;
    cursor.note_at(cursor.end(), "a row that is not closed", cursor.end(), cursor.end());
}
