//! QUOTA and QUOTAROOT (RFC 9208, section 4.2).

use super::cursor::{Cursor, Malformed};
use crate::types::{ImapString, Quota, QuotaResource, QuotaRoots};

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
