//! STATUS: the figures of a mailbox (RFC 9051, section 7.3.3).

use bytes::Bytes;

use super::cursor::{Cursor, Malformed};
use super::keyword::Name;
use super::seen::Seen;
use crate::types::{ImapString, MailboxStatus};

/// Reads what stands behind the keyword.
pub(super) fn mailbox_status(cursor: &mut Cursor<'_>) -> Result<MailboxStatus, Malformed> {
    cursor.spaces();
    let mut status = MailboxStatus::new(cursor.mailbox_to(false)?);
    cursor.spaces();
    cursor.need(b'(', "no list of figures")?;
    let start = cursor.position();
    if let Err(malformed) = figures(cursor, &mut status) {
        cursor.move_to(cursor.end());
        cursor.note_at(malformed.position, malformed.reason, start, cursor.end());
    }
    Ok(status)
}

fn figures(cursor: &mut Cursor<'_>, status: &mut MailboxStatus) -> Result<(), Malformed> {
    let mut seen = Seen::default();
    loop {
        cursor.spaces();
        if cursor.eat(b')') {
            return Ok(());
        }
        let name_start = cursor.position();
        let name = cursor.word();
        if name.is_empty() {
            return Err(cursor.malformed("no name of a figure"));
        }
        let name_end = cursor.position();
        cursor.begin_item(name_start, name_end);
        cursor.spaces();
        let start = cursor.position();
        let read = figure(cursor, status, Name::new(name).as_bytes());
        if matches!(read, Ok(true)) {
            seen.add(cursor, name);
            continue;
        }
        cursor.move_to(start);
        // A name without a value loses no other figure.
        if cursor.peek() != b')' {
            cursor.skip_value()?;
        }
        if let Err(malformed) = read {
            cursor.note_at(malformed.position, malformed.reason, start, cursor.position());
        }
        cursor.count::<(ImapString, Bytes)>()?;
        status.other.push((cursor.text(name_start, name_end), cursor.slice(start, cursor.position())));
    }
}

/// Reads one figure; returns whether it is known.
fn figure(cursor: &mut Cursor<'_>, status: &mut MailboxStatus, name: &[u8]) -> Result<bool, Malformed> {
    match name {
        b"MESSAGES" => status.messages = Some(cursor.whole_number()?),
        b"RECENT" => status.recent = Some(cursor.whole_number()?),
        b"UIDNEXT" => status.uid_next = positive(cursor)?,
        b"UIDVALIDITY" => status.uid_validity = positive(cursor)?,
        b"UNSEEN" => status.unseen = Some(cursor.whole_number()?),
        b"DELETED" => status.deleted = Some(cursor.whole_number()?),
        b"SIZE" => status.size = Some(cursor.whole_number()?),
        b"DELETED-STORAGE" => status.deleted_storage = Some(cursor.whole_number()?),
        b"HIGHESTMODSEQ" => status.highest_mod_seq = Some(cursor.whole_number()?),
        b"APPENDLIMIT" => {
            status.append_limit = Some(if cursor.eat_nil() { None } else { Some(cursor.whole_number()?) })
        }
        b"MAILBOXID" => status.mailbox_id = Some(object_id(cursor)?),
        _ => return Ok(false),
    }
    Ok(true)
}

/// Reads a number that cannot be 0: SmarterMail sends that for what it does not know.
fn positive(cursor: &mut Cursor<'_>) -> Result<Option<u64>, Malformed> {
    let start = cursor.position();
    let number = cursor.whole_number()?;
    if number == 0 {
        cursor.note(start, "0 for what is not known");
        return Ok(None);
    }
    Ok(Some(number))
}

/// Reads `(id)` of RFC 8474; the parentheses may be missing.
pub(super) fn object_id(cursor: &mut Cursor<'_>) -> Result<ImapString, Malformed> {
    let start = cursor.position();
    let open = cursor.eat(b'(');
    cursor.spaces();
    let word = cursor.position();
    let id = cursor.take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
    let id = if id.is_empty() { cursor.string()?.into() } else { cursor.text_since(word) };
    cursor.spaces();
    if open {
        cursor.need(b')', "an object identifier that does not end")?;
    } else {
        cursor.note(start, "an object identifier without parentheses");
    }
    Ok(id)
}
