//! CAPABILITY and ENABLED (RFC 9051, sections 7.2.2 and 7.2.1).

use super::cursor::{Cursor, is_word};
use crate::types::{Capabilities, ImapString};

/// Reads names up to the line end, or to the `]` of a response code.
pub(super) fn capabilities(cursor: &mut Cursor<'_>) -> Capabilities {
    let mut names: Vec<ImapString> = Vec::new();
    loop {
        cursor.spaces();
        let start = cursor.position();
        let name = cursor.take_while(|byte| is_word(byte) && byte != b']');
        if cursor.count::<ImapString>().is_err() {
            cursor.take_while(|byte| byte != b']');
            cursor.note(start, "more names than there are capabilities");
            return Capabilities::from_names(names);
        }
        if name.is_empty() {
            // Quotes and parentheses are in no name: stepped over, so that the names behind them count.
            if cursor.at_end() || cursor.peek() == b']' {
                return Capabilities::from_names(names);
            }
            cursor.advance();
            cursor.note(start, "no name of a capability");
            continue;
        }
        match names.last_mut() {
            Some(last) if name == b"+" && last.eq_ignore_ascii_case("LITERAL") => {
                *last = ImapString::from("LITERAL+");
                cursor.note(start, "a space in LITERAL+");
            }
            _ => names.push(cursor.text_since(start)),
        }
    }
}
