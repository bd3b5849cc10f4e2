//! The values of items that are numbers and dates.

use crate::parse::cursor::{Cursor, Malformed};
use crate::parse::section;
use crate::types::{DateTime, Part, Uid};

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
