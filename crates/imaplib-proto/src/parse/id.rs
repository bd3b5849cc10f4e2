//! ID (RFC 2971).

use super::cursor::{Cursor, Malformed};
use crate::types::{Id, ImapString};

/// Reads NIL, or the list of fields.
pub(super) fn id(cursor: &mut Cursor<'_>) -> Result<Id, Malformed> {
    cursor.spaces();
    if cursor.at_end() || cursor.eat_nil() {
        return Ok(Id::new());
    }
    cursor.need(b'(', "no list of ID fields")?;
    // Bigfoot separates with commas.
    cursor.commas = true;
    let mut fields = Vec::new();
    loop {
        separators(cursor);
        if cursor.eat(b')') {
            return Ok(Id::from_fields(fields));
        }
        let name = cursor.astring_text()?;
        separators(cursor);
        let value = if cursor.peek() == b')' { None } else { cursor.nstring_or_atom()? };
        cursor.count::<(ImapString, Option<ImapString>)>()?;
        fields.push((name, value));
    }
}

fn separators(cursor: &mut Cursor<'_>) {
    cursor.spaces();
    let start = cursor.position();
    while matches!(cursor.peek(), b',' | b' ') {
        cursor.advance();
    }
    if cursor.position() > start {
        cursor.note(start, "commas in a list");
    }
}
