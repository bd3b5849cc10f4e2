//! ENVELOPE (RFC 9051, section 7.5.2).

use bytes::Bytes;

use super::cursor::{Cursor, Malformed};
use crate::types::{Address, AddressLists, EmailAddress, Envelope, Text};

/// The remark on a list that stands in the place of a text.
const NO_TEXT: &str = "a list where a string belongs";

/// Reads an envelope with its parentheses. Fields that are missing at its end are NIL.
pub(super) fn envelope(cursor: &mut Cursor<'_>) -> Result<Box<Envelope>, Malformed> {
    let start = cursor.position();
    cursor.need(b'(', "no envelope")?;
    cursor.spaces();
    // Domino puts a second pair of parentheses around it.
    let wrapped = cursor.eat(b'(');
    if wrapped {
        cursor.note(start, "a second pair of parentheses around an envelope");
    }
    // Filled where it will lie: copying it about takes longer than reading a field.
    let mut envelope = Box::<Envelope>::default();
    cursor.text_into(&mut envelope.date, NO_TEXT)?;
    cursor.text_into(&mut envelope.subject, NO_TEXT)?;
    let before = cursor.position();
    envelope.set_lists(match usual_fields(cursor) {
        Some(lists) => lists,
        None => {
            cursor.move_to(before);
            let mut fields = [const { Vec::new() }; 6];
            for field in &mut fields {
                address_field(cursor, field)?;
            }
            AddressLists::new(fields)
        }
    });
    cursor.text_into(&mut envelope.in_reply_to, NO_TEXT)?;
    cursor.blanks();
    if cursor.peek() == b')' {
        cursor.note(start, "fields of an envelope are missing");
    }
    cursor.text_into(&mut envelope.message_id, NO_TEXT)?;
    close(cursor)?;
    if wrapped {
        cursor.spaces();
        close(cursor)?;
    }
    Ok(envelope)
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
fn text_field(cursor: &mut Cursor<'_>) -> Result<Option<Text>, Malformed> {
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
            cursor.note(start, "no list of addresses");
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
                address(cursor, addresses)?;
            }
            // SmarterMail sends NIL among the addresses.
            _ => {
                let start = cursor.position();
                cursor.skip_value()?;
                cursor.note(start, "no address");
            }
        }
    }
}

/// Reads the six address fields in the form that nearly all have: no string in them has an escape or is a literal.
fn usual_fields(cursor: &mut Cursor<'_>) -> Option<AddressLists> {
    // The usual message has one each of from, sender and reply-to, and one or a few recipients.
    let mut lists = AddressLists::with_capacity(6);
    for field in 0..6 {
        cursor.eat(b' ');
        if cursor.eat_exactly(b"((") {
            loop {
                usual_address(cursor, &mut lists)?;
                if cursor.eat(b')') {
                    break;
                }
                cursor.eat(b' ');
                if !cursor.eat(b'(') {
                    return None;
                }
            }
        } else if !cursor.eat_exactly(b"NIL") || cursor.peek() != b' ' {
            return None;
        }
        lists.end(field);
    }
    lists.set_block(cursor.block());
    Some(lists)
}

/// Reads four strings and the closing parenthesis.
#[inline]
fn usual_address(cursor: &mut Cursor<'_>, lists: &mut AddressLists) -> Option<()> {
    let space = |at: usize| (cursor.octet_at(at) == b' ').then_some(at + 1);
    let (name, end) = cursor.usual_place(cursor.position())?;
    let (route, end) = cursor.usual_place(space(end)?)?;
    let (mailbox, end) = cursor.usual_place(space(end)?)?;
    let start = space(end)?;
    let (host, end) = cursor.usual_place(start)?;
    if cursor.octet_at(end) != b')' {
        return None;
    }
    match (host.is_nil(), name.is_nil() && route.is_nil()) {
        (true, true) if mailbox.is_nil() => lists.push_group_end(),
        (true, true) => lists.push_group_start(mailbox),
        (false, _) if is_known(cursor.octets(start + 1, end - 1)) => lists.push(name, route, mailbox, host),
        _ => return None,
    }
    cursor.move_to(end + 1);
    Some(())
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
    let host = host(cursor)?;
    cursor.blanks();
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
fn host(cursor: &mut Cursor<'_>) -> Result<Option<Text>, Malformed> {
    let start = cursor.position();
    if cursor.peek() == b'"' {
        if let Some((start, end)) = cursor.plain_quoted_ends() {
            return Ok(Some(cursor.text(start, end)));
        }
        // QQ sends `"qq.com\")`: no host has a quote in it, so the escaped one closes the string.
        let rest = cursor.octets(start + 1, cursor.end());
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
fn known_host(host: Option<Text>) -> Option<Text> {
    host.filter(|host| is_known(host.as_bytes()))
}

#[inline]
fn is_known(host: &[u8]) -> bool {
    !matches!(host, b"MISSING_DOMAIN" | b".MISSING-HOST-NAME.")
}

/// Reads the rest of an address of five strings and more: those before the last three are pieces of the name.
fn long_address(cursor: &mut Cursor<'_>, start: usize, first: [Option<Text>; 4]) -> Result<Address, Malformed> {
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
    let name = (!name.is_empty()).then(|| Text::from(Bytes::from(name)));
    Ok(Address::Mailbox(EmailAddress { name, route, mailbox, host: known_host(host) }))
}

fn append(name: &mut Vec<u8>, piece: Option<Text>) {
    if let Some(piece) = piece {
        if !name.is_empty() {
            name.push(b' ');
        }
        name.extend_from_slice(piece.as_bytes());
    }
}

/// Whether the text is `<mailbox@host>`.
fn is_address(text: &Text) -> bool {
    let inner = text.as_bytes().strip_prefix(b"<").and_then(|inner| inner.strip_suffix(b">"));
    inner.is_some_and(|inner| memchr::memchr(b'@', inner).is_some())
}

fn swapped(address: Text, route: Option<Text>, name: Option<Text>) -> Address {
    let octets = address.into_bytes();
    let at = memchr::memrchr(b'@', &octets).unwrap_or(octets.len());
    // The angle brackets at both ends are known to be there.
    let mailbox = octets.get(1..at).map(|part| octets.slice_ref(part).into());
    let host = octets.get(at + 1..octets.len().saturating_sub(1)).map(|part| octets.slice_ref(part).into());
    Address::Mailbox(EmailAddress { name, route, mailbox, host })
}
