//! FETCH rows: the items of a message (RFC 9051, section 7.5.2).

use super::cursor::{Cursor, Malformed, is_word, packed};
use super::digits::number;
use super::flags::{flag_list, usual_flags};
use super::seen::REPEATED;
use super::{body, envelope, section};
use crate::types::{BodySection, DateTime, Fetch, Flags, Section, SectionBody, SectionName, SeqNum, Uid};
use crate::wire::ResponseSlice;

mod name {
    use super::packed;

    pub(super) const FLAGS: u128 = packed(b"FLAGS");
    pub(super) const UID: u128 = packed(b"UID");
    pub(super) const MODSEQ: u128 = packed(b"MODSEQ");
    pub(super) const RFC822_SIZE: u128 = packed(b"RFC822.SIZE");
    pub(super) const INTERNALDATE: u128 = packed(b"INTERNALDATE");
    pub(super) const ENVELOPE: u128 = packed(b"ENVELOPE");
    pub(super) const BODY: u128 = packed(b"BODY");
    pub(super) const BODYSTRUCTURE: u128 = packed(b"BODYSTRUCTURE");
    pub(super) const RFC822: u128 = packed(b"RFC822");
    pub(super) const RFC822_HEADER: u128 = packed(b"RFC822.HEADER");
    pub(super) const RFC822_TEXT: u128 = packed(b"RFC822.TEXT");
    pub(super) const BINARY: u128 = packed(b"BINARY");
    pub(super) const BINARY_SIZE: u128 = packed(b"BINARY.SIZE");

    /// What pymap answers with, as it was asked.
    pub(super) const BODY_PEEK: u128 = packed(b"BODY.PEEK");
    pub(super) const BINARY_PEEK: u128 = packed(b"BINARY.PEEK");

    pub(super) const ALL: [u128; 15] = [
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

/// The diagnostic for a line end that stands behind a literal, as some servers send it.
pub(super) const LINE_END: &str = "a line end within the row";

/// How far a row was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RowEnd {
    /// To its closing parenthesis.
    Closed,
    /// To its end, which is no closing parenthesis.
    Open,
    /// To the announcement of a section's octets, which are not here.
    Streamed(u64),
}

/// What was read of a row in the usual form.
pub(super) enum UsualRow<'a> {
    /// All of it; this follows its line end.
    Whole(&'a [u8]),
    /// What comes before these items.
    Before(&'a [u8]),
}

/// Reads `* n FETCH (` and the items of most rows, as nearly every server sends them; nothing if the row does not begin
/// so. The frame may go on behind the row.
#[inline]
pub(super) fn usual_row<'a>(frame: &ResponseSlice<'a>, row: &mut Fetch) -> Option<UsualRow<'a>> {
    let octets = frame.octets();
    let (seq, rest) = number(octets.strip_prefix(b"* ")?)?;
    let mut item = rest.strip_prefix(b" FETCH (")?;
    row.seq = Some(SeqNum::new(seq)?);
    loop {
        // A value counts only where an item can end behind it.
        let end = if row.uid.is_none()
            && let Some(value) = item.strip_prefix(b"UID ")
        {
            let Some((uid, rest)) = number(value).and_then(|(uid, rest)| Some((Uid::new(uid)?, rest))) else {
                return Some(UsualRow::Before(item));
            };
            let end = item_end(rest);
            if end.is_some() {
                row.uid = Some(uid);
            }
            end
        } else if row.flags.is_none()
            && let Some(value) = item.strip_prefix(b"FLAGS ")
        {
            let Some((bits, keywords, rest)) = usual_flags(value) else { return Some(UsualRow::Before(item)) };
            let end = item_end(rest);
            if end.is_some() {
                let flags = row.flags.insert(Flags::of_bits(bits));
                if keywords {
                    let start = octets.len() - value.len() + 1;
                    flags.set_keywords(frame.text(start, octets.len() - rest.len() - 1));
                }
            }
            end
        } else {
            None
        };
        match end {
            Some(ItemEnd::Row(behind)) => return Some(UsualRow::Whole(behind)),
            Some(ItemEnd::Next(next)) => item = next,
            None => return Some(UsualRow::Before(item)),
        }
    }
}

/// What follows an item in most rows.
enum ItemEnd<'a> {
    /// The end of the row, and this behind it.
    Row(&'a [u8]),
    /// Another item.
    Next(&'a [u8]),
}

#[inline]
fn item_end(rest: &[u8]) -> Option<ItemEnd<'_>> {
    match rest.split_first()? {
        (b' ', next) => Some(ItemEnd::Next(next)),
        (b')', [b'\r', b'\n', behind @ ..]) => Some(ItemEnd::Row(behind)),
        _ => None,
    }
}

/// Reads items up to the closing parenthesis. The opening one was read before.
pub(super) fn items(cursor: &mut Cursor<'_>, fetch: &mut Fetch) -> RowEnd {
    cursor.in_row = true;
    loop {
        cursor.blanks();
        if cursor.at_end() {
            return RowEnd::Open;
        }
        if cursor.eat(b')') {
            cursor.blanks();
            if cursor.at_end() || !begins_known_item(cursor) {
                return RowEnd::Closed;
            }
            cursor.note(cursor.position(), "items behind the end of the row");
            continue;
        }
        let start = cursor.position();
        cursor.begin_item(start, start);
        let counted = cursor.count::<BodySection>();
        match counted.and_then(|()| item(cursor, fetch)) {
            Ok(None) => {}
            Ok(Some(length)) => return RowEnd::Streamed(length),
            Err(malformed) => {
                cursor.drop_notes();
                // Where its value ends is not known: all that follows may be of it, but for what is plainly not.
                let next = resumption(cursor, start);
                let end = next.unwrap_or(cursor.end());
                cursor.note_at(malformed.position, malformed.reason, start, end);
                let (name_start, name_end) = cursor.item();
                cursor.move_to(name_end.max(start));
                cursor.spaces();
                let rest = cursor.slice(cursor.position(), end);
                fetch.other.push((cursor.text(name_start, name_end), rest));
                cursor.move_to(end);
                if next.is_none() {
                    return RowEnd::Open;
                }
            }
        }
    }
}

/// No more places are tried in a line to go on at behind a value that does not end.
const MAX_PLACES: usize = 16;

/// Nor is a response looked through more often for such a place.
const MAX_RESUMPTIONS: u8 = 4;

/// Where a row goes on behind a value that does not end, as where a quote in it was not escaped: at the first item behind
/// a parenthesis from which to the end of the line nothing but plain items follow. What a message says cannot bring such
/// an end about, for the end of the value itself lies between.
#[cold]
fn resumption(cursor: &mut Cursor<'_>, from: usize) -> Option<usize> {
    cursor.resumptions = cursor.resumptions.saturating_add(1);
    if cursor.resumptions > MAX_RESUMPTIONS {
        return None;
    }
    let mut start = from;
    while start < cursor.end() {
        let rest = cursor.octets(start, cursor.end());
        let line_end = memchr::memmem::find(rest, b"\r\n").unwrap_or(rest.len());
        let line = rest.get(..line_end).unwrap_or_default();
        if let Some(found) = plain_end(cursor, start, line) {
            return Some(found);
        }
        start += line_end + 2 + usize::try_from(announced(line)?).ok()?;
    }
    None
}

/// The diagnostic for a value that took what follows it for a part of itself.
const MISSED_END: &str = "a value whose end was missed, for a quote or a parenthesis in it is not as it should be";

/// Where the row goes on, if that is within a value that was read up to the present place: a literal that is a text of the
/// message was taken for a part of it.
fn missed_end(cursor: &mut Cursor<'_>, start: usize) -> Option<usize> {
    let end = cursor.position();
    resumption(cursor, start).filter(|next| *next < end)
}

/// Keeps the octets of a value that could not be read, which ends where the row goes on.
fn keep(
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

/// The length of the literal that the line announces.
fn announced(line: &[u8]) -> Option<u64> {
    let line = line.trim_ascii_end().strip_suffix(b"}")?;
    let digits = line.get(memchr::memrchr(b'{', line)? + 1..)?;
    let (length, rest) = super::digits::number64(digits)?;
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

/// Whether these octets are items of a row with values in which nothing is nested or escaped, to the end of the row or to
/// the announcement of a literal.
fn plain_items(mut octets: &[u8]) -> bool {
    loop {
        let is_name = |octet: &u8| octet.is_ascii_alphanumeric() || b".-_<>".contains(octet);
        let name = octets.iter().position(|octet| !is_name(octet)).unwrap_or(octets.len());
        let mut value = octets.get(name..).unwrap_or_default();
        if let [b'[', section @ ..] = value {
            let Some(end) = memchr::memchr2(b']', b'"', section) else { return false };
            value = section.get(end + 1..).unwrap_or_default();
            let origin = value.iter().position(|octet| !is_name(octet)).unwrap_or(value.len());
            value = value.get(origin..).unwrap_or_default();
        }
        value = value.trim_ascii_start();
        let length = match value {
            _ if name == 0 => return false,
            [b'{', ..] | [b'~', b'{', ..] => {
                return memchr::memchr(b'}', value) == value.trim_ascii_end().len().checked_sub(1);
            }
            [b'(', list @ ..] => list.iter().position(|octet| b"()\"{".contains(octet)).map(|end| (1 + end, b')')),
            [b'"', text @ ..] => text.iter().position(|octet| b"\"\\\n".contains(octet)).map(|end| (1 + end, b'"')),
            word => {
                let end = word.iter().position(|octet| b" ()\"{".contains(octet));
                end.filter(|end| *end > 0).map(|end| (end - 1, *word.get(end - 1).unwrap_or(&0)))
            }
        };
        let Some((end, closing)) = length else { return false };
        if value.get(end) != Some(&closing) {
            return false;
        }
        match value.get(end + 1..).unwrap_or_default() {
            [b' ', next @ ..] => octets = next,
            [b')'] => return true,
            _ => return false,
        }
    }
}

/// Reads one item. A value that cannot be read is kept raw; it is an error only if it cannot even be skipped.
fn item(cursor: &mut Cursor<'_>, fetch: &mut Fetch) -> Result<Option<u64>, Malformed> {
    let name_start = cursor.position();
    // The two items of most rows.
    if cursor.eat_exactly(b"UID ") {
        cursor.begin_item(name_start, name_start + 3);
        if let Ok(uid) = uid(cursor) {
            set_uid(cursor, fetch, uid);
            return Ok(None);
        }
        cursor.drop_notes();
        cursor.move_to(name_start);
    } else if cursor.eat_exactly(b"FLAGS ") {
        cursor.begin_item(name_start, name_start + 5);
        if let Ok(flags) = flag_list(cursor, false) {
            set_flags(cursor, fetch, flags);
            return Ok(None);
        }
        cursor.drop_notes();
        cursor.move_to(name_start);
    }
    let name = match cursor.rest() {
        // These too need no looking at each letter.
        [b'E', b'N', b'V', b'E', b'L', b'O', b'P', b'E', b' ', ..] => {
            cursor.move_to(name_start + 8);
            name::ENVELOPE
        }
        [b'B', b'O', b'D', b'Y', b'[', ..] => {
            cursor.move_to(name_start + 4);
            name::BODY
        }
        [b'B', b'O', b'D', b'Y', b'S', b'T', b'R', b'U', b'C', b'T', b'U', b'R', b'E', b' ', ..] => {
            cursor.move_to(name_start + 13);
            name::BODYSTRUCTURE
        }
        _ => packed(item_name(cursor)),
    };
    let mut name_end = cursor.position();
    cursor.begin_item(name_start, name_end);
    cursor.cut = None;
    let bracket = cursor.peek() == b'[';
    if !bracket {
        cursor.spaces();
    }
    let mut start = cursor.position();
    let literals = cursor.literals;
    let repeated = !bracket && is_there(fetch, name);
    let read = match (name, bracket) {
        (name::FLAGS, false) => flag_list(cursor, false).map(|flags| set_flags(cursor, fetch, flags)),
        (name::UID, false) => uid(cursor).map(|uid| set_uid(cursor, fetch, uid)),
        (name::MODSEQ, false) => mod_seq(cursor).map(|number| fetch.mod_seq = number),
        (name::RFC822_SIZE, false) => size(cursor).map(|size| fetch.size = Some(size)),
        (name::INTERNALDATE, false) => internal_date(cursor).map(|date| fetch.internal_date = Some(date)),
        (name::ENVELOPE, false) => envelope::envelope(cursor).map(|envelope| fetch.envelope = Some(envelope)),
        (name::BODY, false) => body::structure(cursor).map(|body| fetch.body = body),
        (name::BODYSTRUCTURE, false) => body::structure(cursor).map(|body| fetch.body_structure = body),
        (name::RFC822, false) => return text(cursor, fetch, (name_start, name_end), start, SectionName::Rfc822, None),
        (name::RFC822_HEADER, false) => {
            return text(cursor, fetch, (name_start, name_end), start, SectionName::Rfc822Header, None);
        }
        (name::RFC822_TEXT, false) => {
            return text(cursor, fetch, (name_start, name_end), start, SectionName::Rfc822Text, None);
        }
        (name::BODY | name::BINARY | name::BODY_PEEK | name::BINARY_PEEK, true) => {
            let is_body = matches!(name, name::BODY | name::BODY_PEEK);
            match section_name(cursor, is_body) {
                Ok((section, origin)) => {
                    name_end = cursor.position();
                    cursor.begin_item(name_start, name_end);
                    cursor.spaces();
                    start = cursor.position();
                    return text(cursor, fetch, (name_start, name_end), start, section, origin);
                }
                Err(malformed) => Err(malformed),
            }
        }
        (name::RFC822 | name::RFC822_HEADER | name::RFC822_TEXT, true) => match bracketed(cursor, name) {
            Ok((section, origin)) => {
                name_end = cursor.position();
                cursor.begin_item(name_start, name_end);
                cursor.note(name_start, "brackets behind an item that has none");
                cursor.spaces();
                start = cursor.position();
                return text(cursor, fetch, (name_start, name_end), start, section, origin);
            }
            Err(malformed) => Err(malformed),
        },
        (name::BINARY_SIZE, true) => binary_size(cursor).map(|size| fetch.binary_sizes.push(size)),
        _ => return unknown(cursor, fetch, name_start),
    };
    let Err(malformed) = read else {
        if repeated {
            cursor.note(name_start, REPEATED);
        }
        if cursor.literals == literals {
            return Ok(None);
        }
        if let Some(next) = missed_end(cursor, start) {
            match name {
                name::ENVELOPE => fetch.envelope = None,
                name::BODY => fetch.body = None,
                name::BODYSTRUCTURE => fetch.body_structure = None,
                _ => {}
            }
            cursor.drop_notes();
            keep(cursor, fetch, (name_start, name_end), start, next, MISSED_END);
        }
        return Ok(None);
    };
    if bracket {
        // The name could not be read, or its value: both are stepped over anew.
        cursor.move_to(name_end);
        skip_brackets(cursor);
        name_end = cursor.position();
        cursor.drop_notes();
        cursor.begin_item(name_start, name_end);
        cursor.spaces();
        start = cursor.position();
    }
    keep_raw(cursor, fetch, (name_start, name_end), start, malformed)?;
    Ok(None)
}

#[inline]
fn set_uid(cursor: &mut Cursor<'_>, fetch: &mut Fetch, uid: Uid) {
    if !fetch.set_uid(uid) {
        cursor.note(cursor.item().0, "two UIDs in one row: it has none");
    }
}

#[inline]
fn set_flags(cursor: &mut Cursor<'_>, fetch: &mut Fetch, flags: Flags) {
    if !fetch.set_flags(flags) {
        cursor.note(cursor.item().0, "two sets of flags in one row: it has none");
    }
}

/// Whether the row has the item already. Two UIDs or two sets of flags are looked at where they are entered.
fn is_there(fetch: &Fetch, name: u128) -> bool {
    match name {
        name::MODSEQ => fetch.mod_seq.is_some(),
        name::RFC822_SIZE => fetch.size.is_some(),
        name::INTERNALDATE => fetch.internal_date.is_some(),
        name::ENVELOPE => fetch.envelope.is_some(),
        name::BODY => fetch.body.is_some(),
        name::BODYSTRUCTURE => fetch.body_structure.is_some(),
        _ => false,
    }
}

/// The name of an item, without section.
fn item_name<'a>(cursor: &mut Cursor<'a>) -> &'a [u8] {
    cursor.take_while(|octet| octet.is_ascii_alphanumeric() || matches!(octet, b'.' | b'-' | b'_'))
}

/// The diagnostic for a text that the row has twice, and differently.
const TWO_TEXTS: &str = "two texts of one name in one row: it has none";

/// So far beyond its value a reader may look, in octets.
const FURTHEST: usize = 1_024;

/// Keeps a value that cannot be read, up to where the next item begins.
fn keep_raw(
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
fn unknown(cursor: &mut Cursor<'_>, fetch: &mut Fetch, name_start: usize) -> Result<Option<u64>, Malformed> {
    cursor.move_to(name_start);
    item_name(cursor);
    if cursor.position() == name_start {
        if cursor.text_end.is_some_and(|end| cursor.octets(end, name_start).trim_ascii().is_empty()) {
            // Another value of the text before it.
            fetch.doubt_length();
        }
        let malformed = cursor.malformed("no name of an item");
        keep_raw(cursor, fetch, (name_start, name_start), name_start, malformed)?;
        return Ok(None);
    }
    // The names of annotations and of servers' own items may hold more than letters.
    cursor.take_while(|octet| is_word(octet) && !matches!(octet, b'[' | b'{'));
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
fn skip_brackets(cursor: &mut Cursor<'_>) {
    let start = cursor.position();
    if !cursor.eat(b'[') {
        return;
    }
    while !cursor.no_brackets {
        cursor.take_while(|octet| !matches!(octet, b']' | b'"' | b'\r' | b'\n'));
        let quoted = cursor.peek() == b'"' && cursor.skip_quoted().is_ok();
        if !quoted {
            break;
        }
    }
    if !cursor.eat(b']') {
        cursor.no_brackets = true;
        cursor.move_to(start);
        cursor.take_while(|octet| !matches!(octet, b' ' | b'(' | b')' | b'"' | b'\r' | b'\n'));
        return;
    }
    if cursor.peek() == b'<' {
        cursor.take_while(|octet| !matches!(octet, b'>' | b' ' | b')' | b'\r' | b'\n'));
        cursor.eat(b'>');
    }
}

fn next_name<'a>(cursor: &mut Cursor<'a>) -> &'a [u8] {
    let start = cursor.position();
    let name = item_name(cursor);
    let ends = matches!(cursor.peek(), b' ' | b'[' | b'(' | b'{' | b'~');
    cursor.move_to(start);
    if ends { name } else { b"" }
}

fn begins_known_item(cursor: &mut Cursor<'_>) -> bool {
    name::ALL.contains(&packed(next_name(cursor)))
}

/// Whether the name of an item may come next: a known one, or one in capitals as all others are.
fn begins_item(cursor: &mut Cursor<'_>) -> bool {
    let name = next_name(cursor);
    let capitals = name.len() > 3 && !name.iter().any(u8::is_ascii_lowercase);
    (capitals && name.first().is_some_and(u8::is_ascii_uppercase)) || begins_known_item(cursor)
}

fn uid(cursor: &mut Cursor<'_>) -> Result<Uid, Malformed> {
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
fn mod_seq(cursor: &mut Cursor<'_>) -> Result<Option<u64>, Malformed> {
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

fn size(cursor: &mut Cursor<'_>) -> Result<u64, Malformed> {
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
    let split = word.iter().position(|octet| matches!(octet, b'e' | b'E'));
    let (mantissa, exponent) = word.split_at_checked(split.unwrap_or(word.len()))?;
    let exponent = match exponent {
        [] => 0,
        [_, b'+', digits @ ..] | [_, digits @ ..] => std::str::from_utf8(digits).ok()?.parse::<usize>().ok()?,
    };
    let mut parts = mantissa.splitn(2, |octet| *octet == b'.');
    let (whole, fraction) = (parts.next()?, parts.next().unwrap_or_default());
    let decimals = fraction.iter().copied().chain(std::iter::repeat(b'0')).take(exponent.min(30));
    whole.iter().copied().chain(decimals).try_fold(0u64, |value, digit| {
        let digit = digit.is_ascii_digit().then(|| u64::from(digit - b'0'))?;
        value.checked_mul(10)?.checked_add(digit)
    })
}

/// The length of `17-Jul-1996 02:44:25 -0700`.
const DATE_LENGTH: usize = 26;

fn internal_date(cursor: &mut Cursor<'_>) -> Result<DateTime, Malformed> {
    let start = cursor.position();
    let no_date = Malformed { position: start, reason: "no date and time" };
    // A date is never longer than this, and has no escapes: no slice is needed to read it.
    if let [b'"', rest @ ..] = cursor.rest()
        && let Some(end) = rest.iter().take(40).position(|octet| *octet == b'"')
    {
        let date = rest.get(..end).and_then(DateTime::from_wire).ok_or(no_date)?;
        cursor.move_to(start + end + 2);
        return Ok(date);
    }
    // Without quotes.
    if cursor.peek().is_ascii_digit() {
        let date = cursor.take_while(|octet| octet.is_ascii_alphanumeric() || b"-+: ".contains(&octet));
        let date = date.get(..DATE_LENGTH).unwrap_or(date).trim_ascii_end();
        cursor.move_to(start + date.len());
        let read = DateTime::from_wire(date).ok_or(no_date)?;
        cursor.note(start, "a date without quotes");
        return Ok(read);
    }
    DateTime::from_wire(&cursor.string()?).ok_or(no_date)
}

fn binary_size(cursor: &mut Cursor<'_>) -> Result<(crate::types::Part, u64), Malformed> {
    let part = section::part(cursor)?;
    cursor.spaces();
    Ok((part, cursor.whole_number()?))
}

/// Reads the brackets behind the older names, which some servers send as they send BODY[].
fn bracketed(cursor: &mut Cursor<'_>, name: u128) -> Result<(SectionName, Option<u64>), Malformed> {
    let section = section::section(cursor)?;
    let name = match (name, section == Section::message()) {
        (name::RFC822_HEADER, true) => SectionName::Rfc822Header,
        (name::RFC822_TEXT, true) => SectionName::Rfc822Text,
        (name::RFC822, true) => SectionName::Rfc822,
        _ => SectionName::Body(section),
    };
    Ok((name, section::origin(cursor)?))
}

fn section_name(cursor: &mut Cursor<'_>, body: bool) -> Result<(SectionName, Option<u64>), Malformed> {
    let name =
        if body { SectionName::Body(section::section(cursor)?) } else { SectionName::Binary(section::part(cursor)?) };
    Ok((name, section::origin(cursor)?))
}

/// Steps over what stands right behind a text: the rest of one whose length is wrong, up to where an item can begin.
pub(super) fn skip_rest_of_text(cursor: &mut Cursor<'_>, fetch: &mut Fetch) {
    if !matches!(cursor.peek(), b' ' | b')' | b'\r' | b'\n') {
        fetch.doubt_length();
    }
    while !matches!(cursor.peek(), b' ' | b')' | b'\r' | b'\n') {
        cursor.take_while(|octet| !matches!(octet, b' ' | b')' | b'\r' | b'\n'));
        let behind = cursor.position();
        cursor.spaces();
        if begins_known_item(cursor) {
            cursor.move_to(behind);
            return;
        }
    }
}

/// Reads the octets of a section; gives the length of a literal that follows as a stream.
fn text(
    cursor: &mut Cursor<'_>,
    fetch: &mut Fetch,
    name_ends: (usize, usize),
    start: usize,
    name: SectionName,
    origin: Option<u64>,
) -> Result<Option<u64>, Malformed> {
    cursor.has_text = true;
    let (data, streamed) = match cursor.peek() {
        // Yandex and Xeams close the row right behind the name.
        b')' | b'\n' => {
            cursor.note(name_ends.0, "a section without a value");
            (SectionBody::Nil, None)
        }
        _ => match cursor.nstring() {
            Ok(Some(octets)) => {
                if cursor.peek() == b'\r' {
                    cursor.note_at(cursor.position(), LINE_END, cursor.position(), cursor.position() + 2);
                }
                if matches!(cursor.octet_at(start), b'{' | b'~') {
                    skip_rest_of_text(cursor, fetch);
                }
                (SectionBody::Here(octets), None)
            }
            Ok(None) => (SectionBody::Nil, None),
            Err(malformed) => match cursor.cut.take().filter(|_| cursor.streams) {
                Some(length) => (SectionBody::Streamed(length), Some(length)),
                None => {
                    // Where the octets of a text should be announced, nothing else looks so.
                    cursor.announced_beyond |= matches!(cursor.octets(start, start + 2), [b'{', _] | b"~{");
                    keep_raw(cursor, fetch, name_ends, start, malformed)?;
                    return Ok(None);
                }
            },
        },
    };
    cursor.text_end = Some(cursor.position());
    if fetch.sections.capacity() == 0 {
        // Most rows have one.
        fetch.sections.reserve_exact(1);
    }
    if fetch.add_section(BodySection { name, origin, data }).is_some() {
        cursor.note(name_ends.0, TWO_TEXTS);
        fetch.other.push((cursor.text(name_ends.0, name_ends.1), cursor.slice(start, cursor.position())));
    }
    Ok(streamed)
}
