//! Items that are kept as they came: those that are not known, and those that cannot be read.

use super::resumption::missed_end;
use super::value::{begins_item, item_name};
use crate::parse::cursor::{Cursor, Malformed, is_word};
use crate::types::Fetch;

/// The diagnostic for a value that took what follows it for a part of itself.
pub(super) const MISSED_END: &str =
    "a value whose end was missed, for a quote or a parenthesis in it is not as it should be";

/// Keeps the bytes of a value that could not be read, which ends where the row continues.
pub(super) fn keep(
    cursor: &mut Cursor<'_>,
    fetch: &mut Fetch,
    name: (usize, usize),
    start: usize,
    next: usize,
    reason: &'static str,
) {
    cursor.move_to(next);
    cursor.note_at(start, reason, start, next);
    fetch.other.push((cursor.text(name.0, name.1), cursor.slice(start, next)));
}

/// So far beyond its value a reader may look, in bytes.
const FURTHEST: usize = 1_024;

/// Keeps a value that cannot be read, up to where the next item begins.
pub(super) fn keep_raw(
    cursor: &mut Cursor<'_>,
    fetch: &mut Fetch,
    name: (usize, usize),
    start: usize,
    malformed: Malformed,
) -> Result<(), Malformed> {
    let looked = cursor.position().max(malformed.position);
    cursor.drop_notes();
    cursor.move_to(start);
    cursor.cut = None;
    let literals = cursor.literals;
    if !matches!(cursor.peek(), b')') {
        cursor.skip_value()?;
    }
    let mut end = cursor.position();
    if cursor.literals != literals
        && let Some(next) = missed_end(cursor, start)
    {
        keep(cursor, fetch, name, start, next, malformed.reason);
        return Ok(());
    }
    // The reader went beyond the value: who looks at the rest of the row for each item takes quadratic time.
    if looked > end + FURTHEST {
        return Err(malformed);
    }
    // What follows a value that was no value may be garbage too: go on to a name that can be one.
    loop {
        cursor.blanks();
        if cursor.at_end() || cursor.peek() == b')' || begins_item(cursor) {
            break;
        }
        cursor.skip_value()?;
        end = cursor.position();
    }
    cursor.note_at(malformed.position, malformed.reason, start, end);
    fetch.other.push((cursor.text(name.0, name.1), cursor.slice(start, end)));
    Ok(())
}

/// Reads an item that is not known: a name, perhaps with brackets, and one value.
pub(super) fn unknown(cursor: &mut Cursor<'_>, fetch: &mut Fetch, name_start: usize) -> Result<Option<u64>, Malformed> {
    cursor.move_to(name_start);
    item_name(cursor);
    if cursor.position() == name_start {
        if cursor.text_end.is_some_and(|end| cursor.bytes(end, name_start).trim_ascii().is_empty()) {
            // Another value of the text before it.
            fetch.doubt_length();
        }
        let malformed = cursor.malformed("no name of an item");
        keep_raw(cursor, fetch, (name_start, name_start), name_start, malformed)?;
        return Ok(None);
    }
    // The names of annotations and of servers' own items may hold more than letters.
    cursor.take_while(|byte| is_word(byte) && !matches!(byte, b'[' | b'{'));
    skip_brackets(cursor);
    let name_end = cursor.position();
    cursor.begin_item(name_start, name_end);
    cursor.spaces();
    let start = cursor.position();
    let literals = cursor.literals;
    if cursor.at_end() || cursor.peek() == b')' {
        cursor.note(name_start, "an item without a value");
    } else {
        cursor.skip_value()?;
    }
    if cursor.literals != literals
        && let Some(next) = missed_end(cursor, start)
    {
        keep(cursor, fetch, (name_start, name_end), start, next, MISSED_END);
        return Ok(None);
    }
    fetch.other.push((cursor.text(name_start, name_end), cursor.slice(start, cursor.position())));
    Ok(None)
}

/// Steps over `[…]<…>`.
pub(super) fn skip_brackets(cursor: &mut Cursor<'_>) {
    let start = cursor.position();
    if !cursor.eat(b'[') {
        return;
    }
    while !cursor.no_brackets {
        cursor.take_while(|byte| !matches!(byte, b']' | b'"' | b'\r' | b'\n'));
        let quoted = cursor.peek() == b'"' && cursor.skip_quoted().is_ok();
        if !quoted {
            break;
        }
    }
    if !cursor.eat(b']') {
        cursor.no_brackets = true;
        cursor.move_to(start);
        cursor.take_while(|byte| !matches!(byte, b' ' | b'(' | b')' | b'"' | b'\r' | b'\n'));
        return;
    }
    if cursor.peek() == b'<' {
        cursor.take_while(|byte| !matches!(byte, b'>' | b' ' | b')' | b'\r' | b'\n'));
        cursor.eat(b'>');
    }
}
