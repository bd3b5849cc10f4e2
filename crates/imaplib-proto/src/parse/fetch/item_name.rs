//! The names of the items of a row.

use crate::parse::cursor::Cursor;
use crate::parse::keyword::packed;

pub(super) mod name {
    use crate::parse::keyword::packed;

    pub(in crate::parse::fetch) const FLAGS: u128 = packed(b"FLAGS");
    pub(in crate::parse::fetch) const UID: u128 = packed(b"UID");
    pub(in crate::parse::fetch) const MODSEQ: u128 = packed(b"MODSEQ");
    pub(in crate::parse::fetch) const RFC822_SIZE: u128 = packed(b"RFC822.SIZE");
    pub(in crate::parse::fetch) const INTERNALDATE: u128 = packed(b"INTERNALDATE");
    pub(in crate::parse::fetch) const ENVELOPE: u128 = packed(b"ENVELOPE");
    pub(in crate::parse::fetch) const BODY: u128 = packed(b"BODY");
    pub(in crate::parse::fetch) const BODYSTRUCTURE: u128 = packed(b"BODYSTRUCTURE");
    pub(in crate::parse::fetch) const RFC822: u128 = packed(b"RFC822");
    pub(in crate::parse::fetch) const RFC822_HEADER: u128 = packed(b"RFC822.HEADER");
    pub(in crate::parse::fetch) const RFC822_TEXT: u128 = packed(b"RFC822.TEXT");
    pub(in crate::parse::fetch) const BINARY: u128 = packed(b"BINARY");
    pub(in crate::parse::fetch) const BINARY_SIZE: u128 = packed(b"BINARY.SIZE");

    /// What pymap answers with, as it was asked.
    pub(in crate::parse::fetch) const BODY_PEEK: u128 = packed(b"BODY.PEEK");
    pub(in crate::parse::fetch) const BINARY_PEEK: u128 = packed(b"BINARY.PEEK");

    pub(in crate::parse::fetch) const ALL: [u128; 15] = [
        FLAGS,
        UID,
        MODSEQ,
        RFC822_SIZE,
        INTERNALDATE,
        ENVELOPE,
        BODY,
        BODYSTRUCTURE,
        RFC822,
        RFC822_HEADER,
        RFC822_TEXT,
        BINARY,
        BINARY_SIZE,
        BODY_PEEK,
        BINARY_PEEK,
    ];
}

/// The name of an item, without section.
pub(super) fn item_name<'a>(cursor: &mut Cursor<'a>) -> &'a [u8] {
    cursor.take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_'))
}

pub(super) fn next_name<'a>(cursor: &mut Cursor<'a>) -> &'a [u8] {
    let start = cursor.position();
    let name = item_name(cursor);
    let ends = matches!(cursor.peek(), b' ' | b'[' | b'(' | b'{' | b'~');
    cursor.move_to(start);
    if ends { name } else { b"" }
}

pub(super) fn begins_known_item(cursor: &mut Cursor<'_>) -> bool {
    name::ALL.contains(&packed(next_name(cursor)))
}

/// Whether the name of an item may come next: a known one, or one in capitals as all others are.
pub(super) fn begins_item(cursor: &mut Cursor<'_>) -> bool {
    let name = next_name(cursor);
    let capitals = name.len() > 3 && !name.iter().any(u8::is_ascii_lowercase);
    (capitals && name.first().is_some_and(u8::is_ascii_uppercase)) || begins_known_item(cursor)
}
