//! METADATA (RFC 5464, section 4.4) and ANNOTATION (the draft before it).

use super::cursor::{Cursor, Malformed};
use crate::types::{Annotation, ImapString, Metadata, MetadataEntry};

pub(super) fn metadata(cursor: &mut Cursor<'_>) -> Result<Metadata, Malformed> {
    cursor.spaces();
    let mailbox = cursor.mailbox()?;
    cursor.spaces();
    let (mut entries, mut changed) = (Vec::new(), Vec::new());
    if cursor.eat(b'(') {
        loop {
            cursor.spaces();
            if cursor.eat(b')') {
                break;
            }
            cursor.count::<MetadataEntry>()?;
            let name = cursor.astring_text()?;
            cursor.spaces();
            let value = cursor.nstring_or_atom()?.map(ImapString::into_bytes);
            entries.push(MetadataEntry { name, value });
        }
    }
    loop {
        cursor.spaces();
        if cursor.at_end() {
            return Ok(Metadata { mailbox, entries, changed });
        }
        cursor.count::<ImapString>()?;
        changed.push(cursor.astring_text()?);
    }
}

pub(super) fn annotation(cursor: &mut Cursor<'_>) -> Result<Annotation, Malformed> {
    cursor.spaces();
    let mailbox = cursor.mailbox()?;
    cursor.spaces();
    let entry = cursor.astring_text()?;
    let mut attributes = Vec::new();
    cursor.spaces();
    if !cursor.at_end() {
        cursor.need(b'(', "no list of attributes")?;
        loop {
            cursor.spaces();
            if cursor.eat(b')') {
                break;
            }
            cursor.count::<(ImapString, Option<ImapString>)>()?;
            let name = cursor.astring_text()?;
            cursor.spaces();
            attributes.push((name, cursor.nstring_or_atom()?));
        }
    }
    Ok(Annotation { mailbox, entry, attributes })
}
