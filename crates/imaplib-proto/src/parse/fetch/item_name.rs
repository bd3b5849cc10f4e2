//! The names of the items of a row.

use crate::parse::cursor::Cursor;
use crate::parse::keyword::packed;

pub(super) mod name {
    use crate::parse::keyword::packed;

    macro_rules! names {
        ($($(#[$doc:meta])* $name:ident = $wire:literal;)*) => {
            $($(#[$doc])* pub(in crate::parse::fetch) const $name: u128 = packed($wire);)*

            pub(in crate::parse::fetch) const ALL: &[u128] = &[$($name),*];
        };
    }

    names! {
        FLAGS = b"FLAGS";
        UID = b"UID";
        MODSEQ = b"MODSEQ";
        RFC822_SIZE = b"RFC822.SIZE";
        INTERNALDATE = b"INTERNALDATE";
        ENVELOPE = b"ENVELOPE";
        BODY = b"BODY";
        BODYSTRUCTURE = b"BODYSTRUCTURE";
        RFC822 = b"RFC822";
        RFC822_HEADER = b"RFC822.HEADER";
        RFC822_TEXT = b"RFC822.TEXT";
        BINARY = b"BINARY";
        BINARY_SIZE = b"BINARY.SIZE";
        /// What pymap answers with, as it was asked.
        BODY_PEEK = b"BODY.PEEK";
        BINARY_PEEK = b"BINARY.PEEK";
    }
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
