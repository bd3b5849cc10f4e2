//! ACL, LISTRIGHTS and MYRIGHTS (RFC 4314), QUOTA and QUOTAROOT (RFC 9208), METADATA (RFC 5464) and ANNOTATION (the
//! draft before it).

use super::cursor::{Cursor, Malformed};
use crate::types::{
    Acl, Annotation, ImapString, ListRights, Metadata, MetadataEntry, MyRights, Quota, QuotaResource, QuotaRoots,
    Rights,
};

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

pub(super) fn quota(cursor: &mut Cursor<'_>) -> Result<Quota, Malformed> {
    cursor.spaces();
    let root = cursor.astring_text()?;
    cursor.spaces();
    cursor.need(b'(', "no list of resources")?;
    let mut resources = Vec::new();
    loop {
        cursor.spaces();
        if cursor.eat(b')') {
            return Ok(Quota { root, resources });
        }
        let name = cursor.astring_text()?;
        cursor.spaces();
        let usage = cursor.number()?;
        cursor.spaces();
        cursor.count::<QuotaResource>()?;
        resources.push(QuotaResource { name, usage, limit: cursor.number()? });
    }
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
