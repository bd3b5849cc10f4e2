//! ENVELOPE (RFC 9051, section 7.5.2).

use bytes::Bytes;

use super::cursor::{Cursor, Malformed};
use crate::types::{Address, EmailAddress, Entry, Envelope, ImapString, StrRef};

/// The diagnostic for a list that stands in the place of a text.
const NO_TEXT: &str = "a list where a string belongs";
/// The diagnostic for what stands among the addresses and is none.
const NO_ADDRESS: &str = "no address";

/// Reads an envelope with its parentheses. Fields that are missing at its end are NIL.
pub(super) fn envelope(cursor: &mut Cursor<'_>) -> Result<Box<Envelope>, Malformed> {
    let start = cursor.position();
    let mut envelope = cursor.spare_envelope.take().unwrap_or_default();
    if let Some(end) = usual_envelope(cursor, &mut envelope) {
        cursor.move_to(end);
        cursor.weight += envelope.size();
        return Ok(envelope);
    }
    // Whatever was entered goes with the memory.
    drop(envelope);
    cursor.move_to(start);
    odd_envelope(cursor).map(Box::new)
}

/// Reads an envelope in the form that nearly all have: no string in it is a literal. Returns its end.
fn usual_envelope(cursor: &Cursor<'_>, envelope: &mut Envelope) -> Option<usize> {
    let place = cursor.places()?;
    let rest = cursor.rest().strip_prefix(b"(")?;
    let (date, rest) = place.usual(rest, b' ')?;
    let (subject, rest) = place.usual(rest, b' ')?;
    let rest = usual_lists(place, rest, envelope)?;
    let (in_reply_to, rest) = place.usual(rest, b' ')?;
    let (message_id, rest) = place.usual(rest, b')')?;
    envelope.set_texts([date, subject, in_reply_to, message_id]);
    envelope.set_block(cursor.block());
    Some(cursor.end() - rest.len())
}

/// Reads any envelope.
#[inline(never)]
fn odd_envelope(cursor: &mut Cursor<'_>) -> Result<Envelope, Malformed> {
    let start = cursor.position();
    cursor.need(b'(', "no envelope")?;
    cursor.spaces();
    // Domino puts a second pair of parentheses around it.
    let wrapped = cursor.eat(b'(');
    if wrapped {
        cursor.note(start, "a second pair of parentheses around an envelope");
    }
    let (date, subject) = (text_field(cursor)?, text_field(cursor)?);
    let mut fields = [const { Vec::new() }; 6];
    for field in &mut fields {
        address_field(cursor, field)?;
    }
    let in_reply_to = text_field(cursor)?;
    cursor.blanks();
    if cursor.peek() == b')' {
        cursor.note(start, "fields of an envelope are missing");
    }
    let message_id = text_field(cursor)?;
    close(cursor)?;
    if wrapped {
        cursor.spaces();
        let (start, diagnostics) = (cursor.position(), cursor.diagnostics.len());
        close(cursor)?;
        // Then the first field was a list, and not a second pair.
        if cursor.diagnostics.len() > diagnostics {
            cursor.note_loss(start, "fields behind a list in place of the first one");
        }
    }
    Ok(Envelope::new([date, subject, in_reply_to, message_id], fields))
}

/// Steps over what stands behind the last field, and over the closing parenthesis.
fn close(cursor: &mut Cursor<'_>) -> Result<(), Malformed> {
    cursor.blanks();
    if cursor.eat(b')') {
        return Ok(());
    }
    let start = cursor.position();
    cursor.skip_to_close()?;
    cursor.note(start, "more fields than an envelope has");
    Ok(())
}

#[inline]
fn text_field(cursor: &mut Cursor<'_>) -> Result<Option<ImapString>, Malformed> {
    cursor.text_of_list(NO_TEXT)
}

/// Reads the addresses of a field; none where a string or nothing stands.
fn address_field(cursor: &mut Cursor<'_>, addresses: &mut Vec<Address>) -> Result<(), Malformed> {
    cursor.blanks();
    match cursor.peek() {
        b')' => return Ok(()),
        b'(' => cursor.advance(),
        _ if cursor.eat_nil() => return Ok(()),
        _ => {
            let start = cursor.position();
            cursor.skip_value()?;
            cursor.note_loss(start, "no list of addresses");
            return Ok(());
        }
    }
    loop {
        cursor.blanks();
        match cursor.peek() {
            b')' => {
                cursor.advance();
                return Ok(());
            }
            b'(' => {
                cursor.count::<Address>()?;
                address(cursor, addresses)?;
            }
            // SmarterMail sends NIL among the addresses.
            _ => {
                let start = cursor.position();
                if cursor.eat_nil() {
                    cursor.note(start, NO_ADDRESS);
                } else {
                    // An address may follow a word without a space.
                    if cursor.is_literal_next() || cursor.word().is_empty() {
                        cursor.skip_value()?;
                    }
                    cursor.note_loss(start, NO_ADDRESS);
                }
            }
        }
    }
}

/// Reads the six address fields in the usual form, with the space behind each; returns what follows them.
#[inline]
fn usual_lists<'a>(place: StrRefs, bytes: &'a [u8], envelope: &mut Envelope) -> Option<&'a [u8]> {
    // The usual message has one each of from, sender and reply-to, and one or a few recipients.
    envelope.reserve(6);
    let mut rest = bytes;
    for field in 0..6 {
        if let Some(list) = rest.strip_prefix(b"((") {
            rest = usual_address(place, list, envelope)?;
            loop {
                match rest.split_first()? {
                    (b'(', next) => rest = usual_address(place, next, envelope)?,
                    (b')', next) => {
                        rest = next.strip_prefix(b" ")?;
                        break;
                    }
                    // Exchange puts a space between two addresses.
                    (b' ', next) => rest = next,
                    _ => return None,
                }
            }
        } else {
            rest = rest.strip_prefix(b"NIL ")?;
        }
        envelope.end_field(field);
    }
    Some(rest)
}

/// Reads four strings and the closing parenthesis; returns what follows.
#[inline]
fn usual_address<'a>(place: StrRefs, bytes: &'a [u8], envelope: &mut Envelope) -> Option<&'a [u8]> {
    let (name, rest) = place.usual(bytes, b' ')?;
    let (route, rest) = place.usual(rest, b' ')?;
    let (mailbox, rest) = place.usual(rest, b' ')?;
    let (host, end) = place.usual(rest, b')')?;
    envelope.push(match (host.is_nil(), name.is_nil() && route.is_nil()) {
        (false, _) if !rest.starts_with(b"\"MISSING_DOMAIN\"") && !rest.starts_with(b"\".MISSING-HOST-NAME.\"") => {
            Entry::email(name, route, mailbox, host)
        }
        (true, true) if mailbox.is_nil() => Entry::group_end(),
        (true, true) => Entry::group_start(mailbox),
        _ => return None,
    });
    Some(end)
}

/// Reads one address with its parentheses; empty ones are none.
fn address(cursor: &mut Cursor<'_>, addresses: &mut Vec<Address>) -> Result<(), Malformed> {
    let start = cursor.position();
    cursor.advance();
    cursor.spaces();
    if cursor.eat(b')') {
        cursor.note(start, "an empty address");
        return Ok(());
    }
    let (name, route, mailbox) = (text_field(cursor)?, text_field(cursor)?, text_field(cursor)?);
    cursor.blanks();
    let is_short = cursor.peek() == b')';
    let host = host(cursor)?;
    cursor.blanks();
    if is_short {
        let end = cursor.position() + usize::from(cursor.peek() == b')');
        cursor.note_at(start, "an address of fewer than four strings", start, end);
    }
    if !cursor.eat(b')') {
        addresses.push(long_address(cursor, start, [name, route, mailbox, host])?);
        return Ok(());
    }
    if host.is_some() {
        let host = known_host(host);
        if host.is_none() {
            cursor.note(start, "words for a host that is missing");
        }
        addresses.push(Address::Mailbox(EmailAddress { name, route, mailbox, host }));
        return Ok(());
    }
    addresses.push(match (name, mailbox) {
        (None, None) if route.is_none() => Address::GroupEnd,
        (None, Some(group)) if route.is_none() => Address::GroupStart(group),
        (Some(address), mailbox) if is_address(&address) && mailbox.is_some() => {
            cursor.note(start, "name and address are swapped, as Gmail sends some");
            swapped(address, route, mailbox)
        }
        (name, mailbox) => Address::Mailbox(EmailAddress { name, route, mailbox, host: None }),
    });
    Ok(())
}

/// Reads the host.
fn host(cursor: &mut Cursor<'_>) -> Result<Option<ImapString>, Malformed> {
    let start = cursor.position();
    if cursor.peek() == b'"' {
        if let Some((start, end)) = cursor.plain_quoted_ends() {
            return Ok(Some(cursor.text(start, end)));
        }
        // QQ sends `"qq.com\")`: no host has a quote in it, so the escaped one closes the string.
        let rest = cursor.bytes(start + 1, cursor.end());
        let end = memchr::memchr2(b'"', b'\\', rest).unwrap_or(rest.len());
        if rest.get(end..).is_some_and(|tail| tail.starts_with(b"\\\")")) {
            cursor.move_to(start + 1 + end + 2);
            cursor.note(start, "a backslash before the closing quote of a host");
            return Ok(Some(cursor.text(start + 1, start + 1 + end)));
        }
    }
    text_field(cursor)
}

/// What Dovecot and Exchange write for a host that is missing is none.
fn known_host(host: Option<ImapString>) -> Option<ImapString> {
    host.filter(|host| is_known(host.as_bytes()))
}

#[inline]
fn is_known(host: &[u8]) -> bool {
    !matches!(host, b"MISSING_DOMAIN" | b".MISSING-HOST-NAME.")
}

/// Reads the rest of an address of five strings and more: those before the last three are pieces of the name.
fn long_address(cursor: &mut Cursor<'_>, start: usize, first: [Option<ImapString>; 4]) -> Result<Address, Malformed> {
    let mut name: Vec<u8> = Vec::new();
    let mut last = first;
    loop {
        cursor.blanks();
        if cursor.eat(b')') {
            break;
        }
        let next = text_field(cursor)?;
        let [piece, route, mailbox, host] = last;
        append(&mut name, piece);
        last = [route, mailbox, host, next];
    }
    let [piece, route, mailbox, host] = last;
    append(&mut name, piece);
    cursor.note(start, "an address of more than four strings");
    let name = (!name.is_empty()).then(|| ImapString::from(Bytes::from(name)));
    Ok(Address::Mailbox(EmailAddress { name, route, mailbox, host: known_host(host) }))
}

fn append(name: &mut Vec<u8>, piece: Option<ImapString>) {
    if let Some(piece) = piece {
        if !name.is_empty() {
            name.push(b' ');
        }
        name.extend_from_slice(piece.as_bytes());
    }
}

/// Whether the text is `<mailbox@host>`.
fn is_address(text: &ImapString) -> bool {
    let inner = text.as_bytes().strip_prefix(b"<").and_then(|inner| inner.strip_suffix(b">"));
    inner.is_some_and(|inner| memchr::memchr(b'@', inner).is_some())
}

fn swapped(address: ImapString, route: Option<ImapString>, name: Option<ImapString>) -> Address {
    let bytes = address.into_bytes();
    let at = memchr::memrchr(b'@', &bytes).unwrap_or(bytes.len());
    // The angle brackets at both ends are known to be there.
    let mailbox = bytes.get(1..at).map(|part| bytes.slice_ref(part).into());
    let host = bytes.get(at + 1..bytes.len().saturating_sub(1)).map(|part| bytes.slice_ref(part).into());
    Address::Mailbox(EmailAddress { name, route, mailbox, host })
}

/// Finds where texts of a response lie in the block that it was received in.
#[derive(Clone, Copy)]
pub(super) struct StrRefs {
    /// Where the response ends in the block.
    pub(super) end: u32,
}

impl StrRefs {
    /// Where the text lies with which `bytes`, which reach to the end of the response, begin: NIL or a quoted string,
    /// and `behind` behind it; and what follows that.
    #[inline(always)] // It keeps everything in registers: a call would take as long as the string.
    pub(super) fn usual(self, bytes: &[u8], behind: u8) -> Option<(StrRef, &[u8])> {
        match bytes {
            [b'"', string @ ..] => {
                let length = plain_length(string);
                match string.get(length..)? {
                    [b'"', next, rest @ ..] if *next == behind => {
                        Some((StrRef::before(self.end, string.len(), length, false), rest))
                    }
                    [b'\\', ..] => self.escaped(string, length, behind),
                    _ => None,
                }
            }
            [b'N', b'I', b'L', next, rest @ ..] if *next == behind => Some((StrRef::NIL, rest)),
            _ => None,
        }
    }

    /// The same for a string in which the first backslash stands behind `plain` bytes.
    #[inline(never)]
    fn escaped(self, string: &[u8], plain: usize, behind: u8) -> Option<(StrRef, &[u8])> {
        let mut length = plain;
        loop {
            match string.get(length..)? {
                [b'\\', b'"' | b'\\', tail @ ..] => length += 2 + plain_length(tail),
                [b'"', next, rest @ ..] if *next == behind => {
                    return Some((StrRef::before(self.end, string.len(), length, true), rest));
                }
                _ => return None,
            }
        }
    }
}

/// How many bytes come before the first quote, backslash or line feed; most strings are too short for a vector search.
#[inline(always)]
pub(super) fn plain_length(bytes: &[u8]) -> usize {
    const ONES: u64 = u64::MAX / 255;
    // The lowest bit set among the highest ones of the bytes marks the first byte that equals the one looked for.
    let equal = |eight: u64, byte: u8| {
        let difference = eight ^ (ONES * u64::from(byte));
        difference.wrapping_sub(ONES) & !difference
    };
    let mut before = 0;
    let mut rest = bytes;
    while let Some((eight, tail)) = rest.split_first_chunk::<8>() {
        let eight = u64::from_le_bytes(*eight);
        let found = (equal(eight, b'"') | equal(eight, b'\\') | equal(eight, b'\n')) & (ONES << 7);
        if found != 0 {
            return before + found.trailing_zeros() as usize / 8;
        }
        before += 8;
        rest = tail;
    }
    let found = rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | b'\n'));
    before + found.unwrap_or(rest.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_string_is_plain_up_to_the_first_byte_that_needs_care() {
        // Bytes that differ by one bit from those that are looked for, and bytes with the highest bit set.
        let plain: Vec<u8> =
            b"A #!*2]\x5d^TL\x0b\x08\x0e\x1a\xa2\xdc\x8a\xff\x7f\0".iter().copied().cycle().take(40).collect();
        assert_eq!(plain_length(&plain), plain.len());
        for at in 0..plain.len() {
            for found in *b"\"\\\n" {
                let mut bytes = plain.clone();
                bytes[at] = found;
                assert_eq!(plain_length(&bytes), at, "{found}");
                assert_eq!(plain_length(&bytes[..at]), at);
            }
        }
    }
}
