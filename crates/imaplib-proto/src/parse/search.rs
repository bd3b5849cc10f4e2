//! SEARCH and ESEARCH (RFC 3501, section 7.2.5; RFC 9051, section 7.3.4), THREAD (RFC 5256, section 4).

use bytes::Bytes;

use super::cursor::{Cursor, Malformed};
use super::diagnostics::{REPEATED, Seen};
use super::keyword::Name;
use super::number::number;
use super::set;
use crate::types::{ExtendedSearch, ImapString, ResultChange, SearchResult, Threads};

/// Reads what stands behind SEARCH.
pub(super) fn search(cursor: &mut Cursor<'_>) -> Result<SearchResult, Malformed> {
    let mut result = SearchResult::default();
    // A line of a million numbers is nothing but these.
    let mut rest = cursor.rest();
    while let Some((value, tail)) = rest.strip_prefix(b" ").and_then(number)
        && value > 0
        && matches!(tail, [] | [b' ', ..])
    {
        cursor.count_ranges(&result.numbers)?;
        add(&mut result.numbers, value);
        rest = tail;
    }
    cursor.move_to(cursor.end() - rest.len());
    odd_search(cursor, &mut result)?;
    cursor.weight += size_of_val(result.numbers.as_slice());
    Ok(result)
}

/// Reads what is left of a SEARCH where something other than a number and a space comes next. Separators that do not belong
/// there leave no doubt about the numbers.
fn odd_search(cursor: &mut Cursor<'_>, result: &mut SearchResult) -> Result<(), Malformed> {
    let mut is_noted = false;
    loop {
        cursor.spaces();
        if cursor.at_end() {
            return Ok(());
        }
        cursor.count_ranges(&result.numbers)?;
        let start = cursor.position();
        if cursor.peek() == b'(' && !cursor.peek_second().is_ascii_digit() {
            let is_mod_seq = starts_with_mod_seq(cursor.rest());
            match mod_seq(cursor) {
                Ok(number) => {
                    if result.mod_seq.replace(number).is_some() {
                        cursor.note(start, REPEATED);
                    }
                }
                Err(malformed) => {
                    skip_noted(cursor, start, malformed)?;
                    if !is_mod_seq {
                        keep(&mut result.unreadable, cursor.bytes(start, cursor.position()));
                    }
                }
            }
            continue;
        }
        if is_separator(cursor.peek()) {
            cursor.advance();
            if !is_noted {
                is_noted = true;
                cursor.note(start, "message numbers that are not separated by a space");
            }
            continue;
        }
        let word = cursor.take_while(|byte| !is_separator(byte) && !matches!(byte, b'"' | b'{'));
        match ends(word) {
            Some((low, high)) if low <= high && ends_word(cursor.peek()) => {
                if low != high {
                    cursor.note(start, "a range of message numbers");
                }
                if low == 0 {
                    cursor.note(start, "0 is the number of no message");
                }
                add_range(&mut result.numbers, low, high);
            }
            _ => {
                if !ends_word(cursor.peek()) && cursor.skip_value().is_err() {
                    cursor.move_to(cursor.end());
                }
                cursor.note(start, "no message number");
                keep(&mut result.unreadable, cursor.bytes(start, cursor.position()));
            }
        }
    }
}

/// This many pieces of an answer that are not message numbers are kept, and this many bytes of each.
const MAX_UNREADABLE: usize = 32;
const MAX_UNREADABLE_BYTES: usize = 200;

/// Keeps what cannot be read apart from the response.
fn keep(unreadable: &mut Vec<Bytes>, bytes: &[u8]) {
    if unreadable.len() < MAX_UNREADABLE {
        let bytes = bytes.get(..MAX_UNREADABLE_BYTES).unwrap_or(bytes);
        unreadable.push(Bytes::copy_from_slice(bytes));
    }
}

/// What some servers send between message numbers.
fn is_separator(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b',' | b'(' | b')')
}

fn ends_word(byte: u8) -> bool {
    is_separator(byte) || byte == b'\n'
}

fn starts_with_mod_seq(bytes: &[u8]) -> bool {
    bytes.get(1..7).is_some_and(|word| word.eq_ignore_ascii_case(b"MODSEQ"))
}

/// Reads both ends of `5` or `5:9`.
fn ends(word: &[u8]) -> Option<(u32, u32)> {
    match number(word)? {
        (value, []) => Some((value, value)),
        (first, [b':', tail @ ..]) => match number(tail)? {
            (second, []) => Some((first, second)),
            _ => None,
        },
        _ => None,
    }
}

/// Adds those of the numbers that messages can have.
fn add_range(ranges: &mut Vec<(u32, u32)>, low: u32, high: u32) {
    match (low.max(1), high) {
        (_, 0) => {}
        (low, high) if low == high => add(ranges, low),
        range => ranges.push(range),
    }
}

/// Adds a number to the last range, or a new range.
#[inline]
fn add(ranges: &mut Vec<(u32, u32)>, number: u32) {
    match ranges.last_mut() {
        Some((_, high)) if high.checked_add(1) == Some(number) => *high = number,
        _ => ranges.push((number, number)),
    }
}

/// Reads `(MODSEQ n)` at the end of SEARCH and SORT.
fn mod_seq(cursor: &mut Cursor<'_>) -> Result<u64, Malformed> {
    cursor.advance();
    cursor.spaces();
    if !cursor.eat_word(b"MODSEQ") {
        return Err(cursor.malformed("no MODSEQ"));
    }
    cursor.spaces();
    let number = cursor.number()?;
    cursor.spaces();
    cursor.need(b')', "more than a modification sequence")?;
    Ok(number)
}

fn skip_noted(cursor: &mut Cursor<'_>, start: usize, malformed: Malformed) -> Result<(), Malformed> {
    cursor.move_to(start);
    if cursor.skip_value().is_err() {
        cursor.move_to(cursor.end());
    }
    cursor.note_at(malformed.position, malformed.reason, start, cursor.position());
    Ok(())
}

/// Reads what stands behind ESEARCH.
pub(super) fn extended_search(cursor: &mut Cursor<'_>) -> Result<ExtendedSearch, Malformed> {
    let mut result = ExtendedSearch::default();
    cursor.spaces();
    if cursor.peek() == b'(' {
        let start = cursor.position();
        if let Err(malformed) = correlator(cursor, &mut result) {
            skip_noted(cursor, start, malformed)?;
        }
        cursor.spaces();
    }
    result.uid = cursor.eat_word(b"UID");
    let mut seen = Seen::default();
    loop {
        cursor.spaces();
        if cursor.at_end() {
            return Ok(result);
        }
        let name_start = cursor.position();
        let name = cursor.word();
        let name_end = cursor.position();
        cursor.begin_item(name_start, name_end);
        // Some servers send the modification sequence as they do behind SEARCH.
        if cursor.peek() == b'(' && name.is_empty() {
            if let Ok(number) = mod_seq(cursor) {
                result.mod_seq = Some(number);
                cursor.note(name_start, "MODSEQ in parentheses, as behind SEARCH");
                continue;
            }
            cursor.move_to(name_start);
        }
        if name.is_empty() || name.first().is_some_and(|byte| byte.is_ascii_digit() || *byte == b',') {
            skip_noted(cursor, name_start, Malformed { position: name_start, reason: "no name of a search result" })?;
            keep(&mut result.unreadable, cursor.bytes(name_start, cursor.position()));
            // A closing parenthesis is no value: step over it, or nothing would move on.
            cursor.move_to(cursor.position().max(name_start + 1));
            continue;
        }
        cursor.spaces();
        let start = cursor.position();
        let read = datum(cursor, &mut result, Name::new(name).as_bytes());
        match read {
            Ok(true) => {
                // Changes come one after the other, also under the same name.
                if !matches!(Name::new(name).as_bytes(), b"ADDTO" | b"REMOVEFROM") {
                    seen.add(cursor, name);
                }
                continue;
            }
            Ok(false) if cursor.skip_value().is_ok() => {}
            Ok(false) => skip_noted(cursor, start, Malformed { position: start, reason: "no value that can be read" })?,
            Err(malformed) => skip_noted(cursor, start, malformed)?,
        }
        cursor.count::<(ImapString, Bytes)>()?;
        result.other.push((cursor.text(name_start, name_end), cursor.slice(start, cursor.position())));
    }
}

/// Reads what the answer belongs to: `(TAG "a1" MAILBOX x UIDVALIDITY 3)`.
fn correlator(cursor: &mut Cursor<'_>, result: &mut ExtendedSearch) -> Result<(), Malformed> {
    cursor.advance();
    let mut seen = Seen::default();
    loop {
        cursor.spaces();
        if cursor.eat(b')') {
            return Ok(());
        }
        let start = cursor.position();
        let name = cursor.word();
        cursor.begin_item(start, cursor.position());
        cursor.spaces();
        let known = Name::new(name);
        match known.as_bytes() {
            b"TAG" => result.tag = Some(cursor.astring_text()?),
            b"MAILBOX" => result.mailbox = Some(cursor.mailbox()?),
            b"UIDVALIDITY" => result.uid_validity = Some(cursor.number()?),
            _ => {
                cursor.skip_value()?;
                cursor.note(start, "an unknown correlator");
                continue;
            }
        }
        seen.add(cursor, name);
    }
}

/// Reads the number of a message; some servers send 0 where there is none.
fn lowest(cursor: &mut Cursor<'_>) -> Result<Option<u32>, Malformed> {
    let start = cursor.position();
    let number = cursor.whole_number32()?;
    if number == 0 {
        cursor.note(start, "0 is the number of no message");
    }
    Ok(Some(number).filter(|number| *number > 0))
}

/// Reads one datum; returns whether it is known.
fn datum(cursor: &mut Cursor<'_>, result: &mut ExtendedSearch, name: &[u8]) -> Result<bool, Malformed> {
    match name {
        b"MIN" => result.min = lowest(cursor)?,
        b"MAX" => result.max = lowest(cursor)?,
        b"COUNT" => result.count = Some(cursor.whole_number()?),
        b"MODSEQ" => result.mod_seq = Some(cursor.whole_number()?),
        b"ALL" => result.all = Some(all(cursor, &mut result.unreadable)?),
        b"PARTIAL" => result.partial = Some(partial(cursor)?),
        b"ADDTO" => changes(cursor, result, |place, numbers| ResultChange::Added { place, numbers })?,
        b"REMOVEFROM" => changes(cursor, result, |place, numbers| ResultChange::Removed { place, numbers })?,
        b"RELEVANCY" => result.relevancy = Some(relevancy(cursor)?),
        _ => return Ok(false),
    }
    Ok(true)
}

/// Reads `(1:10 4,5)` or `(1:10 NIL)`: places and the numbers at them.
fn partial(cursor: &mut Cursor<'_>) -> Result<Vec<(u32, u32)>, Malformed> {
    cursor.need(b'(', "no list")?;
    cursor.spaces();
    cursor.take_while(|byte| byte.is_ascii_digit() || matches!(byte, b'-' | b':'));
    cursor.spaces();
    let numbers = if cursor.eat_nil() { Vec::new() } else { set::ranges(cursor)? };
    cursor.spaces();
    cursor.need(b')', "more than places and numbers")?;
    Ok(numbers)
}

/// Reads `(0 4:5 7 9)`: places and the numbers that come to them, or go from them. All or none are taken.
fn changes(
    cursor: &mut Cursor<'_>,
    result: &mut ExtendedSearch,
    change: fn(u32, Vec<(u32, u32)>) -> ResultChange,
) -> Result<(), Malformed> {
    cursor.need(b'(', "no list")?;
    let mut read = Vec::new();
    loop {
        cursor.spaces();
        if cursor.eat(b')') {
            result.changes.extend(read);
            return Ok(());
        }
        let place = cursor.whole_number32()?;
        cursor.spaces();
        cursor.count::<ResultChange>()?;
        read.push(change(place, set::ranges(cursor)?));
    }
}

/// Reads `(4 99 42)`.
fn relevancy(cursor: &mut Cursor<'_>) -> Result<Vec<u8>, Malformed> {
    cursor.need(b'(', "no list")?;
    let mut scores = Vec::new();
    loop {
        cursor.spaces();
        if cursor.eat(b')') {
            return Ok(scores);
        }
        cursor.count::<u8>()?;
        scores.push(cursor.number32()?.try_into().unwrap_or(u8::MAX));
    }
}

/// Reads all numbers that were found. A result that cannot be read is not an empty one.
fn all(cursor: &mut Cursor<'_>, unreadable: &mut Vec<Bytes>) -> Result<Vec<(u32, u32)>, Malformed> {
    let (start, before) = (cursor.position(), cursor.diagnostics.len());
    let read = set::ranges(cursor).and_then(|ranges| cursor.ends().map(|()| ranges));
    if read.is_ok() && cursor.diagnostics.len() == before {
        return read;
    }
    let position = cursor.position();
    cursor.move_to(start);
    if cursor.skip_value().is_err() {
        cursor.move_to(cursor.end());
    }
    let mut readable = Vec::new();
    for word in cursor.bytes(start, cursor.position()).split(|byte| is_separator(*byte)) {
        match ends(word) {
            Some((first, second)) => {
                cursor.count_ranges(&readable)?;
                add_range(&mut readable, first.min(second), first.max(second));
            }
            None if word.is_empty() => {}
            None => keep(unreadable, word),
        }
    }
    match read {
        Ok(ranges) if !ranges.is_empty() => Ok(ranges),
        Err(malformed) if !readable.is_empty() => {
            cursor.note_at(malformed.position, malformed.reason, start, cursor.position());
            Ok(readable)
        }
        Ok(_) => Err(Malformed { position, reason: "no message number" }),
        Err(malformed) => {
            if unreadable.is_empty() {
                keep(unreadable, b"ALL");
            }
            Err(malformed)
        }
    }
}

/// No response has more messages; each needs four times the memory of its shortest form on the wire.
const MOST_MESSAGES: usize = 1 << 20;

/// No thread is deeper.
const MOST_OPEN: usize = 100_000;

/// Reads the threads with a stack of its own: how deep they are is for the server to say.
pub(super) fn threads(cursor: &mut Cursor<'_>) -> Result<Threads, Malformed> {
    let mut threads = Threads::default();
    let mut left_out = false;
    // The parent of what comes next in each list that is open, and whether the list has begun.
    let mut open: Vec<(Option<usize>, bool)> = Vec::new();
    loop {
        cursor.spaces();
        match cursor.peek() {
            b'(' => {
                cursor.advance();
                if let Some((parent, begun)) = open.last_mut()
                    && !*begun
                {
                    // A list that begins with lists has a parent that is not there.
                    *parent = Some(threads.push(None, *parent));
                    *begun = true;
                }
                if open.len() >= MOST_OPEN {
                    return Err(cursor.malformed("threads that are nested too deep"));
                }
                let parent = open.last().and_then(|(parent, _)| *parent);
                open.push((parent, false));
            }
            b')' if !open.is_empty() => {
                cursor.advance();
                open.pop();
            }
            _ if cursor.at_end() && open.is_empty() => {
                // An answer that cannot be read is not an empty one.
                let nothing_left = left_out && threads.is_empty();
                return if nothing_left { Err(cursor.malformed("no message number")) } else { Ok(threads) };
            }
            _ => match open.last_mut() {
                Some((parent, begun)) => {
                    let start = cursor.position();
                    let digits = cursor.take_while(|byte| byte.is_ascii_digit());
                    if digits.is_empty() {
                        return Err(cursor.malformed("no number of 32 bits"));
                    }
                    // What answers it is a part of the thread all the same.
                    let Some((number @ 1.., _)) = number(digits) else {
                        cursor.note(start, "a number that no message has, left out of a thread");
                        left_out = true;
                        continue;
                    };
                    if threads.iter().len() >= MOST_MESSAGES {
                        return Err(cursor.malformed("more messages than a response of threads has"));
                    }
                    cursor.weight += Threads::NODE;
                    *parent = Some(threads.push(Some(number), *parent));
                    *begun = true;
                }
                None => return Err(cursor.malformed("no thread")),
            },
        }
    }
}
