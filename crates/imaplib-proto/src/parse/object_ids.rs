//! Identifiers of objects (RFC 8474; draft-ietf-mailmaint-imap-objectid-bis).

use super::cursor::{Cursor, Malformed};
use super::keyword::Name;
use crate::types::{ImapString, ObjectIds};

/// Reads `(id)`, also without parentheses.
pub(super) fn object_id(cursor: &mut Cursor<'_>) -> Result<ImapString, Malformed> {
    let start = cursor.position();
    let open = cursor.eat(b'(');
    cursor.spaces();
    let id = bare_id(cursor)?;
    cursor.spaces();
    if open {
        cursor.need(b')', "an object identifier that does not end")?;
    } else {
        cursor.note(start, "an object identifier without parentheses");
    }
    Ok(id)
}

fn bare_id(cursor: &mut Cursor<'_>) -> Result<ImapString, Malformed> {
    let start = cursor.position();
    let id = cursor.take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
    if id.is_empty() { cursor.string().map(ImapString::from) } else { Ok(cursor.text_since(start)) }
}

/// Reads `(MAILBOXID f1 ACCOUNTID u2)`; it may be empty. Of a kind that is repeated, the first counts.
pub(super) fn object_ids(cursor: &mut Cursor<'_>) -> Result<ObjectIds, Malformed> {
    cursor.need(b'(', "no list of object identifiers")?;
    let mut ids = ObjectIds::default();
    loop {
        cursor.spaces();
        if cursor.eat(b')') {
            return Ok(ids);
        }
        let start = cursor.position();
        let kind = Name::new(cursor.word());
        if cursor.position() == start {
            return Err(cursor.malformed("no kind of an object identifier"));
        }
        let end = cursor.position();
        cursor.spaces();
        let id = bare_id(cursor)?;
        let place = match kind.as_bytes() {
            b"ACCOUNTID" => &mut ids.account,
            b"MAILBOXID" => &mut ids.mailbox,
            b"EMAILID" => &mut ids.email,
            b"THREADID" => &mut ids.thread,
            _ => {
                cursor.count::<(ImapString, ImapString)>()?;
                ids.other.push((cursor.text(start, end), id));
                continue;
            }
        };
        place.get_or_insert(id);
    }
}
