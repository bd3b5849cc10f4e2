//! ACL, LISTRIGHTS and MYRIGHTS (RFC 4314), QUOTA and QUOTAROOT (RFC 9208), METADATA (RFC 5464) and ANNOTATION (the
//! draft before it).

use super::cursor::{Cursor, Malformed};
use crate::types::{
    Acl, Annotation, ImapString, ListRights, Metadata, MetadataEntry, MyRights, Quota, QuotaResource, QuotaRoots,
    Rights,
};

pub(super) fn acl(cursor: &mut Cursor<'_>) -> Result<Acl, Malformed> {
    cursor.spaces();
    let mut acl = Acl::new(cursor.mailbox()?, Vec::new());
    loop {
        cursor.spaces();
        if cursor.at_end() {
            return Ok(acl);
        }
        cursor.count::<(ImapString, Rights)>()?;
        let start = cursor.position();
        let identifier = text_or_skip(cursor)?;
        cursor.spaces();
        let rights = if cursor.at_end() { None } else { text_or_skip(cursor)? };
        match identifier.zip(rights) {
            Some((identifier, letters)) => {
                acl.entries.push((identifier, Rights::from_letters(&letters.to_string_lossy())));
            }
            None => {
                cursor.note_loss(start, "an entry without a name or rights, left out of a list of rights");
                acl.is_complete = false;
            }
        }
    }
}

/// A text; nothing where another value stands in its place, which is stepped over.
fn text_or_skip(cursor: &mut Cursor<'_>) -> Result<Option<ImapString>, Malformed> {
    let start = cursor.position();
    if let Ok(text) = cursor.astring_text() {
        return Ok(Some(text));
    }
    cursor.move_to(start);
    cursor.skip_value()?;
    Ok(None)
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
        let start = cursor.position();
        match text_or_skip(cursor)? {
            Some(letters) => optional.push(Rights::from_letters(&letters.to_string_lossy())),
            None => cursor.note_loss(start, "no set of rights, left out"),
        }
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

pub(super) fn quota(cursor: &mut Cursor<'_>) -> Result<Quota, Malformed> {
    cursor.spaces();
    let root = cursor.astring_text()?;
    cursor.spaces();
    cursor.need(b'(', "no list of resources")?;
    let mut quota = Quota::new(root, Vec::new());
    loop {
        cursor.spaces();
        if cursor.eat(b')') {
            return Ok(quota);
        }
        cursor.count::<QuotaResource>()?;
        let start = cursor.position();
        match quota_resource(cursor)? {
            Some(resource) => quota.resources.push(resource),
            None => {
                cursor.note_loss(start, "a resource without two numbers, left out of a quota");
                quota.is_complete = false;
            }
        }
    }
}

/// Reads a resource with its two figures; nothing if one of them is missing or is not a number. The next resource begins where
/// a word comes that numbers follow.
fn quota_resource(cursor: &mut Cursor<'_>) -> Result<Option<QuotaResource>, Malformed> {
    let start = cursor.position();
    let Ok(name) = cursor.astring_text() else {
        cursor.move_to(start);
        cursor.skip_value()?;
        return Ok(None);
    };
    let mut figures = [None; 2];
    for figure in &mut figures {
        cursor.spaces();
        let start = cursor.position();
        if cursor.peek() == b')' {
            break;
        }
        if let Ok(number) = cursor.whole_number() {
            *figure = Some(number);
            continue;
        }
        cursor.move_to(start);
        let is_word = cursor.peek().is_ascii_alphabetic();
        cursor.skip_value()?;
        cursor.spaces();
        if is_word && cursor.peek().is_ascii_digit() {
            let behind = cursor.position();
            let is_name = cursor.whole_number().is_ok() && {
                cursor.spaces();
                cursor.peek().is_ascii_digit()
            };
            // The name of the next one, with both its figures; or what stands in place of a figure.
            cursor.move_to(if is_name { start } else { behind });
            if is_name {
                break;
            }
        }
    }
    Ok(match figures {
        [Some(usage), Some(limit)] => Some(QuotaResource { name, usage, limit }),
        _ => None,
    })
}

pub(super) fn quota_roots(cursor: &mut Cursor<'_>) -> Result<QuotaRoots, Malformed> {
    cursor.spaces();
    let mailbox = cursor.mailbox()?;
    let mut roots = Vec::new();
    loop {
        cursor.spaces();
        if cursor.at_end() {
            return Ok(QuotaRoots { mailbox, roots });
        }
        cursor.count::<ImapString>()?;
        roots.push(cursor.astring_text()?);
    }
}

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
