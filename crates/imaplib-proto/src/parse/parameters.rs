//! The parameters of a part and of a disposition: names and values.

use bytes::Bytes;

use super::cursor::{Cursor, Malformed};
use crate::types::{ImapString, Parameters};

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
        cursor.count::<(ImapString, ImapString)>()?;
        let Some((name, value)) = target.add() else { return Ok(()) };
        cursor.word_into(name)?;
        cursor.blanks();
        // Exchange sends NIL for an empty value.
        let start = cursor.position();
        if cursor.peek() != b')' {
            cursor.word_into(value)?;
            if value.is_empty() && matches!(cursor.byte_at(start), b'N' | b'n') {
                cursor.note(start, "a parameter without a value");
            }
            without_encoding(value);
        }
    }
}

/// Removes what Domino leaves of quoted-printable around a value: `3D"utf-8"`.
fn without_encoding(value: &mut ImapString) {
    let inner = value.as_bytes().strip_prefix(b"3D\"").and_then(|inner| inner.strip_suffix(b"\""));
    if let Some(inner) = inner {
        *value = Bytes::copy_from_slice(inner).into();
    }
}
