//! Where a row continues behind a value whose end is not known.

use super::value::begins_known_item;
use crate::parse::cursor::Cursor;
use crate::parse::number::number64;

/// No more places are tried in a line to go on at behind a value that does not end.
const MAX_PLACES: usize = 16;

/// Nor is a response looked through more often for such a place.
const MAX_RESUMPTIONS: u8 = 4;

/// Where a row continues behind a value that does not end, as where a quote in it was not escaped: at the first item behind
/// a parenthesis from which to the end of the line nothing but plain items follow. The text of a message cannot bring such
/// an end about, for the end of the value itself lies between.
#[cold]
pub(super) fn resumption(cursor: &mut Cursor<'_>, from: usize) -> Option<usize> {
    cursor.resumptions = cursor.resumptions.saturating_add(1);
    if cursor.resumptions > MAX_RESUMPTIONS {
        return None;
    }
    let mut start = from;
    while start < cursor.end() {
        let rest = cursor.bytes(start, cursor.end());
        let line_end = memchr::memmem::find(rest, b"\r\n").unwrap_or(rest.len());
        let line = rest.get(..line_end).unwrap_or_default();
        if let Some(found) = plain_end(cursor, start, line) {
            return Some(found);
        }
        start += line_end + 2 + usize::try_from(announced(line)?).ok()?;
    }
    None
}

/// Where the row continues, if that is within a value that was read up to the present place: a literal that is a text of the
/// message was taken for a part of it.
pub(super) fn missed_end(cursor: &mut Cursor<'_>, start: usize) -> Option<usize> {
    let end = cursor.position();
    resumption(cursor, start).filter(|next| *next < end)
}

/// The length of the literal that the line announces.
fn announced(line: &[u8]) -> Option<u64> {
    let line = line.trim_ascii_end().strip_suffix(b"}")?;
    let digits = line.get(memchr::memrchr(b'{', line)? + 1..)?;
    let (length, rest) = number64(digits)?;
    matches!(rest, b"" | b"+").then_some(length)
}

/// Where the plain items begin that end this line, which begins at `start`.
fn plain_end(cursor: &mut Cursor<'_>, start: usize, line: &[u8]) -> Option<usize> {
    let mut found = None;
    for at in memchr::memmem::rfind_iter(line, b") ").take(MAX_PLACES) {
        // What lies before is longer, and no plainer.
        if !plain_items(line.get(at + 2..).unwrap_or_default()) {
            break;
        }
        let position = cursor.position();
        cursor.move_to(start + at + 2);
        if begins_known_item(cursor) {
            found = Some(start + at + 2);
        }
        cursor.move_to(position);
    }
    found
}

/// Whether these bytes are items of a row with values in which nothing is nested or escaped, to the end of the row or to
/// the announcement of a literal.
fn plain_items(mut bytes: &[u8]) -> bool {
    loop {
        let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || b".-_<>".contains(byte);
        let name = bytes.iter().position(|byte| !is_name(byte)).unwrap_or(bytes.len());
        let mut value = bytes.get(name..).unwrap_or_default();
        if let [b'[', section @ ..] = value {
            let Some(end) = memchr::memchr2(b']', b'"', section) else { return false };
            value = section.get(end + 1..).unwrap_or_default();
            let origin = value.iter().position(|byte| !is_name(byte)).unwrap_or(value.len());
            value = value.get(origin..).unwrap_or_default();
        }
        value = value.trim_ascii_start();
        let length = match value {
            _ if name == 0 => return false,
            [b'{', ..] | [b'~', b'{', ..] => {
                return memchr::memchr(b'}', value) == value.trim_ascii_end().len().checked_sub(1);
            }
            [b'(', list @ ..] => list.iter().position(|byte| b"()\"{".contains(byte)).map(|end| (1 + end, b')')),
            [b'"', text @ ..] => text.iter().position(|byte| b"\"\\\n".contains(byte)).map(|end| (1 + end, b'"')),
            word => {
                let end = word.iter().position(|byte| b" ()\"{".contains(byte));
                end.filter(|end| *end > 0).map(|end| (end - 1, *word.get(end - 1).unwrap_or(&0)))
            }
        };
        let Some((end, closing)) = length else { return false };
        if value.get(end) != Some(&closing) {
            return false;
        }
        match value.get(end + 1..).unwrap_or_default() {
            [b' ', next @ ..] => bytes = next,
            [b')'] => return true,
            _ => return false,
        }
    }
}
