//! ACL, LISTRIGHTS and MYRIGHTS (RFC 4314, section 3).

use super::cursor::{Cursor, Malformed};
use crate::types::{Acl, ImapString, ListRights, MyRights, Rights};

pub(super) fn acl(cursor: &mut Cursor<'_>) -> Result<Acl, Malformed> {
    cursor.spaces();
    let mailbox = cursor.mailbox()?;
    let mut entries = Vec::new();
    loop {
        cursor.spaces();
        if cursor.at_end() {
            return Ok(Acl { mailbox, entries });
        }
        let identifier = cursor.astring_text()?;
        cursor.spaces();
        cursor.count::<(ImapString, Rights)>()?;
        entries.push((identifier, rights(cursor)?));
    }
}

pub(super) fn list_rights(cursor: &mut Cursor<'_>) -> Result<ListRights, Malformed> {
    cursor.spaces();
    let mailbox = cursor.mailbox()?;
    cursor.spaces();
    let identifier = cursor.astring_text()?;
    cursor.spaces();
    let required = rights(cursor)?;
    let mut optional = Vec::new();
    loop {
        cursor.spaces();
        if cursor.at_end() {
            return Ok(ListRights { mailbox, identifier, required, optional });
        }
        cursor.count::<Rights>()?;
        optional.push(rights(cursor)?);
    }
}

pub(super) fn my_rights(cursor: &mut Cursor<'_>) -> Result<MyRights, Malformed> {
    cursor.spaces();
    let mailbox = cursor.mailbox()?;
    cursor.spaces();
    Ok(MyRights { mailbox, rights: rights(cursor)? })
}

fn rights(cursor: &mut Cursor<'_>) -> Result<Rights, Malformed> {
    cursor.astring_text().map(|letters| Rights::from_letters(&letters.to_string_lossy()))
}
