//! NAMESPACE (RFC 9051, section 7.3.4).

use super::cursor::{Cursor, Malformed};
use super::list::delimiter;
use crate::types::{ImapString, Namespace, Namespaces};

/// Reads the three lists of namespaces.
pub(super) fn namespaces(cursor: &mut Cursor<'_>) -> Result<Namespaces, Malformed> {
    Ok(Namespaces { personal: kind(cursor)?, other_users: kind(cursor)?, shared: kind(cursor)? })
}

/// Reads one list; one that cannot be read is empty, and noted.
fn kind(cursor: &mut Cursor<'_>) -> Result<Vec<Namespace>, Malformed> {
    cursor.spaces();
    let start = cursor.position();
    if cursor.at_end() {
        cursor.note(start, "a kind of namespaces is missing");
        return Ok(Vec::new());
    }
    match list(cursor) {
        Ok(namespaces) => Ok(namespaces),
        Err(malformed) => {
            cursor.move_to(start);
            cursor.skip_value()?;
            cursor.note_at(malformed.position, malformed.reason, start, cursor.position());
            Ok(Vec::new())
        }
    }
}

fn list(cursor: &mut Cursor<'_>) -> Result<Vec<Namespace>, Malformed> {
    let mut namespaces = Vec::new();
    if cursor.eat_nil() {
        return Ok(namespaces);
    }
    cursor.need(b'(', "no list of namespaces")?;
    loop {
        cursor.spaces();
        if cursor.eat(b')') {
            return Ok(namespaces);
        }
        cursor.count::<Namespace>()?;
        namespaces.push(namespace(cursor)?);
    }
}

fn namespace(cursor: &mut Cursor<'_>) -> Result<Namespace, Malformed> {
    cursor.need(b'(', "no namespace")?;
    cursor.spaces();
    let prefix = cursor.mailbox()?;
    cursor.spaces();
    let delimiter = delimiter(cursor)?;
    let mut extensions = Vec::new();
    loop {
        cursor.spaces();
        if cursor.eat(b')') {
            return Ok(Namespace { prefix, delimiter, extensions });
        }
        let name = cursor.astring_text()?;
        cursor.spaces();
        cursor.count::<(ImapString, Vec<ImapString>)>()?;
        extensions.push((name, cursor.strings()?));
    }
}
