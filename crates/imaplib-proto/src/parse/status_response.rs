//! Status responses: OK, NO, BAD, BYE and PREAUTH (RFC 9051, section 7.1).

use super::code;
use super::cursor::Cursor;
use crate::types::{ImapString, ResponseCode, StatusKind, StatusResponse};

/// The kind that the word names, in any case.
pub(super) fn kind(word: &[u8]) -> Option<StatusKind> {
    const KINDS: [(&str, StatusKind); 5] = [
        ("OK", StatusKind::Ok),
        ("NO", StatusKind::No),
        ("BAD", StatusKind::Bad),
        ("BYE", StatusKind::Bye),
        ("PREAUTH", StatusKind::PreAuth),
    ];
    let same = |(name, _): &&(&str, StatusKind)| word.eq_ignore_ascii_case(name.as_bytes());
    KINDS.iter().find(same).map(|(_, kind)| *kind)
}

/// Reads the code and the text.
pub(super) fn status_response(cursor: &mut Cursor<'_>, kind: StatusKind) -> StatusResponse {
    cursor.spaces();
    let code = if cursor.peek() == b'[' { code::code(cursor) } else { None };
    let text = text(cursor);
    // GNU mailutils puts it behind the name of the command: `NO APPEND [TRYCREATE] failed`.
    let misplaced = || memchr::memmem::find(text.as_bytes(), b"[TRYCREATE]").is_some();
    let code =
        if code.is_none() && kind == StatusKind::No && misplaced() { Some(ResponseCode::TryCreate) } else { code };
    StatusResponse { kind, code, text }
}

/// Reads the rest of the line, without the spaces around it.
pub(super) fn text(cursor: &mut Cursor<'_>) -> ImapString {
    cursor.spaces();
    let start = cursor.position();
    let length = cursor.rest().trim_ascii_end().len();
    cursor.move_to(cursor.end());
    cursor.text(start, start + length)
}
