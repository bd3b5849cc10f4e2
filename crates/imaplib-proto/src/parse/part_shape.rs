//! Of which fields a part of a body structure consists: some servers leave out one of them, so that only the whole shows
//! which is which.

use super::cursor::{Cursor, is_word};
use crate::types::ImapString;

/// What a field is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Nil,
    /// A string, or an atom.
    Text,
    List,
    Number,
}

/// So many fields are looked at: the size comes before.
const MOST: usize = 12;

/// The fields of a part up to its size.
#[derive(Debug)]
pub(super) struct Shape {
    kinds: [Option<Kind>; MOST],
    /// How many fields there are, the size included.
    pub(super) count: usize,
    /// Which of them is the size, if one can be.
    pub(super) size: Option<usize>,
}

impl Shape {
    /// Looks at the fields that come next, up to the size or to the end of the part. Nothing is read.
    pub(super) fn ahead(cursor: &mut Cursor<'_>) -> Self {
        let (start, diagnostics) = (cursor.position(), cursor.diagnostics.len());
        let mut shape = Self { kinds: [None; MOST], count: 0, size: None };
        for slot in &mut shape.kinds {
            cursor.blanks();
            let kind = match cursor.peek() {
                b')' | b'\n' => break,
                b'(' => Kind::List,
                _ if is_number(cursor.rest()) => Kind::Number,
                _ if cursor.eat_nil() => Kind::Nil,
                _ => Kind::Text,
            };
            *slot = Some(kind);
            shape.count += 1;
            // A number as identifier or description is improbable, but where the size belongs nothing else is.
            if kind == Kind::Number && shape.size.is_none() {
                shape.size = Some(shape.count - 1);
            }
            let skipped = kind == Kind::Nil || cursor.skip_value().is_ok();
            if !skipped || (kind == Kind::Number && shape.count > 6) {
                break;
            }
            // What stands behind the size may be a whole message: it is not looked at.
            if shape.size.is_some() && matches!(cursor.byte_at(cursor.position() + 1), b'(' | b')') {
                break;
            }
        }
        cursor.move_to(start);
        cursor.diagnostics.truncate(diagnostics);
        shape
    }

    pub(super) fn kind(&self, at: usize) -> Option<Kind> {
        self.kinds.get(at).copied().flatten()
    }

    /// Whether the size is in this place: a number, and none before it, which would be the size.
    pub(super) fn has_size_at(&self, at: usize) -> bool {
        self.kind(at) == Some(Kind::Number) && self.kind(at.saturating_sub(1)) != Some(Kind::Number)
    }

    /// Whether the four fields between the subtype and the size are there, the first of them in this place; or whether there is
    /// no size by which that could be told.
    pub(super) fn is_usual_from(&self, begin: usize) -> bool {
        let without_size = self.kind(begin + 3) == Some(Kind::Text) && self.kind(begin + 4) == Some(Kind::Nil);
        self.has_size_at(begin + 4) || without_size || self.size.is_none()
    }

    /// Whether parameters may be in this place.
    pub(super) fn has_list_or_nil(&self, at: usize) -> bool {
        matches!(self.kind(at), Some(Kind::List | Kind::Nil) | None)
    }
}

/// Whether a number comes next, and no word such as `7bit`. Some servers put the size in quotes, or send -1.
fn is_number(bytes: &[u8]) -> bool {
    let (first, inner) = bytes.split_first().unwrap_or((&b' ', &[]));
    let inner = if matches!(first, b'"' | b'-') { inner } else { bytes };
    let digits = inner.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let behind = inner.get(digits).copied().unwrap_or(b' ');
    digits > 0 && if *first == b'"' { behind == b'"' } else { !is_word(behind) }
}

/// Whether the word is a media type, and no subtype (RFC 2046, RFC 6838, RFC 8081).
pub(super) fn is_type(word: &ImapString) -> bool {
    const TYPES: [&str; 11] = [
        "TEXT",
        "APPLICATION",
        "IMAGE",
        "AUDIO",
        "VIDEO",
        "MESSAGE",
        "MULTIPART",
        "MODEL",
        "FONT",
        "EXAMPLE",
        "HAPTICS",
    ];
    is_one_of(word, &TYPES)
}

pub(super) fn is_multipart(word: &ImapString) -> bool {
    word.eq_ignore_ascii_case("MULTIPART")
}

/// Whether only multiparts have this subtype.
pub(super) fn is_multipart_subtype(word: &ImapString) -> bool {
    const SUBTYPES: [&str; 13] = [
        "ALTERNATIVE",
        "MIXED",
        "RELATED",
        "SIGNED",
        "ENCRYPTED",
        "REPORT",
        "DIGEST",
        "PARALLEL",
        "FORM-DATA",
        "APPLEDOUBLE",
        "BYTERANGES",
        "VOICE-MESSAGE",
        "MULTILINGUAL",
    ];
    is_one_of(word, &SUBTYPES)
}

/// The type that a part of this subtype most probably has.
pub(super) fn usual_type(subtype: &ImapString) -> &'static str {
    let types: [(&str, &[&str]); 3] = [
        ("TEXT", &["PLAIN", "HTML", "CALENDAR", "CSV", "RICHTEXT", "ENRICHED"]),
        ("IMAGE", &["JPEG", "JPG", "PNG", "GIF", "TIFF", "WEBP"]),
        ("MESSAGE", &["RFC822", "GLOBAL", "DELIVERY-STATUS", "DISPOSITION-NOTIFICATION"]),
    ];
    types.iter().find(|(_, subtypes)| is_one_of(subtype, subtypes)).map_or("APPLICATION", |(name, _)| name)
}

/// The subtype that a part of this type has if none is sent.
pub(super) fn usual_subtype(media_type: &ImapString) -> &'static str {
    let usual = [("TEXT", "PLAIN"), ("MULTIPART", "MIXED"), ("MESSAGE", "RFC822")];
    usual.iter().find(|(name, _)| media_type.eq_ignore_ascii_case(name)).map_or("OCTET-STREAM", |(_, subtype)| subtype)
}

pub(super) fn is_one_of(text: &ImapString, words: &[&str]) -> bool {
    words.iter().any(|word| text.eq_ignore_ascii_case(word))
}
