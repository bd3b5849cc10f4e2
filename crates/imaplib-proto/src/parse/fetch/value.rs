//! The names of the items of a row, and the values of those that are numbers and dates.

use crate::parse::cursor::{Cursor, Malformed};
use crate::parse::keyword::packed;
use crate::parse::section;
use crate::types::{DateTime, Part, Uid};

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

pub(super) fn uid(cursor: &mut Cursor<'_>) -> Result<Uid, Malformed> {
    let start = cursor.position();
    let uid = Uid::new(cursor.number32()?).ok_or(Malformed { position: start, reason: "0 as a UID" })?;
    if cursor.peek().is_ascii_alphabetic() {
        // Zimbra sends `UID 1MODSEQ (2)`.
        cursor.note(start, "no space between two items");
        return Ok(uid);
    }
    cursor.ends().map(|()| uid)
}

/// Reads `(n)`. Gmail sends 0 and Zoho -1 where there is none.
pub(super) fn mod_seq(cursor: &mut Cursor<'_>) -> Result<Option<u64>, Malformed> {
    let start = cursor.position();
    let open = cursor.eat(b'(');
    cursor.spaces();
    let negative = cursor.eat(b'-');
    let number = cursor.number()?;
    cursor.spaces();
    if open {
        cursor.need(b')', "more than a modification sequence")?;
    } else {
        cursor.ends()?;
    }
    if negative || number == 0 {
        cursor.note(start, "no modification sequence");
        return Ok(None);
    }
    Ok(Some(number))
}

pub(super) fn size(cursor: &mut Cursor<'_>) -> Result<u64, Malformed> {
    let start = cursor.position();
    let number = cursor.number()?;
    if matches!(cursor.peek(), b'.' | b'e' | b'E') {
        cursor.move_to(start);
        let word = cursor.word();
        let size = floating(word).ok_or(Malformed { position: start, reason: "no number" })?;
        cursor.note(start, "a size in floating point, as mail.ru sends it");
        return Ok(size);
    }
    cursor.ends().map(|()| number)
}

/// The integer of `1.86931e+06`, which mail.ru sends as a size.
fn floating(word: &[u8]) -> Option<u64> {
    let split = word.iter().position(|byte| matches!(byte, b'e' | b'E'));
    let (mantissa, exponent) = word.split_at_checked(split.unwrap_or(word.len()))?;
    let exponent = match exponent {
        [] => 0,
        [_, b'+', digits @ ..] | [_, digits @ ..] => std::str::from_utf8(digits).ok()?.parse::<usize>().ok()?,
    };
    let mut parts = mantissa.splitn(2, |byte| *byte == b'.');
    let (whole, fraction) = (parts.next()?, parts.next().unwrap_or_default());
    let decimals = fraction.iter().copied().chain(std::iter::repeat(b'0')).take(exponent.min(30));
    whole.iter().copied().chain(decimals).try_fold(0u64, |value, digit| {
        let digit = digit.is_ascii_digit().then(|| u64::from(digit - b'0'))?;
        value.checked_mul(10)?.checked_add(digit)
    })
}

/// The length of `17-Jul-1996 02:44:25 -0700`.
const DATE_LENGTH: usize = 26;

pub(super) fn internal_date(cursor: &mut Cursor<'_>) -> Result<DateTime, Malformed> {
    let start = cursor.position();
    let no_date = Malformed { position: start, reason: "no date and time" };
    // A date is never longer than this, and has no escapes: no slice is needed to read it.
    if let [b'"', rest @ ..] = cursor.rest()
        && let Some(end) = rest.iter().take(40).position(|byte| *byte == b'"')
    {
        let date = rest.get(..end).and_then(DateTime::from_wire).ok_or(no_date)?;
        cursor.move_to(start + end + 2);
        return Ok(date);
    }
    // Without quotes.
    if cursor.peek().is_ascii_digit() {
        let date = cursor.take_while(|byte| byte.is_ascii_alphanumeric() || b"-+: ".contains(&byte));
        let date = date.get(..DATE_LENGTH).unwrap_or(date).trim_ascii_end();
        cursor.move_to(start + date.len());
        let read = DateTime::from_wire(date).ok_or(no_date)?;
        cursor.note(start, "a date without quotes");
        return Ok(read);
    }
    DateTime::from_wire(&cursor.string()?).ok_or(no_date)
}

pub(super) fn binary_size(cursor: &mut Cursor<'_>) -> Result<(Part, u64), Malformed> {
    let part = section::part(cursor)?;
    cursor.spaces();
    Ok((part, cursor.whole_number()?))
}
