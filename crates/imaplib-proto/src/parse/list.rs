//! LIST, XLIST and LSUB (RFC 9051, section 7.3.1; RFC 5258).

use bytes::Bytes;

use super::cursor::{Cursor, Malformed, is_word};
use super::keyword::Name;
use super::seen::Seen;
use crate::types::{ImapString, Listing, MailboxAttribute, MailboxAttributes, MailboxName};

/// A listing to be filled.
pub(super) fn empty() -> Listing {
    Listing {
        attributes: MailboxAttributes::default(),
        delimiter: None,
        name: MailboxName::inbox(),
        old_name: None,
        child_info: Vec::new(),
        extended: Vec::new(),
    }
}

/// Reads what stands behind the keyword.
pub(super) fn listing(cursor: &mut Cursor<'_>, listing: &mut Listing) -> Result<(), Malformed> {
    cursor.spaces();
    attributes(cursor, &mut listing.attributes)?;
    cursor.spaces();
    listing.delimiter = delimiter(cursor)?;
    cursor.spaces();
    let start = cursor.position();
    listing.name = cursor.mailbox_to(true)?;
    if let Some(delimiter) = listing.delimiter
        && let Some(shorter) = listing.name.without_trailing(delimiter)
    {
        listing.name = shorter;
        cursor.note(start, "a hierarchy delimiter at the end of a name");
    }
    cursor.spaces();
    let start = cursor.position();
    if cursor.eat(b'(')
        && let Err(malformed) = extended(cursor, listing)
    {
        cursor.move_to(cursor.end());
        cursor.note_at(malformed.position, malformed.reason, start, cursor.end());
    }
    Ok(())
}

fn attributes(cursor: &mut Cursor<'_>, attributes: &mut MailboxAttributes) -> Result<(), Malformed> {
    if cursor.eat_nil() {
        return Ok(());
    }
    cursor.need(b'(', "no list of mailbox attributes")?;
    loop {
        cursor.spaces();
        if cursor.eat(b')') {
            return Ok(());
        }
        let start = cursor.position();
        cursor.count::<MailboxAttribute>()?;
        let rest = cursor.rest();
        // No known attribute is longer; to look further for each one would cost quadratic time.
        let near = rest.get(..20).unwrap_or(rest);
        let length = near.iter().position(|byte| matches!(byte, b' ' | b')'));
        let word = length.and_then(|length| rest.get(..length));
        if let Some((attribute, word)) = word.and_then(|word| Some((MailboxAttribute::known(word)?, word))) {
            cursor.move_to(start + word.len());
            attributes.insert(attribute);
            continue;
        }
        let mut quoted = None;
        if cursor.peek() == b'"' {
            quoted = Some(cursor.quoted()?);
            cursor.note(start, "a quoted mailbox attribute");
        } else {
            cursor.advance();
            // Each attribute begins with a backslash: home.pl leaves the space before it out.
            cursor.take_while(|byte| is_word(byte) && byte != b'\\');
            if cursor.peek() == b'\\' {
                cursor.note(start, "no space between mailbox attributes");
            }
        }
        let bytes = quoted.as_deref().unwrap_or_else(|| cursor.bytes(start, cursor.position()));
        match MailboxAttribute::known(bytes) {
            Some(attribute) => attributes.insert(attribute),
            None if bytes.eq_ignore_ascii_case(b"NIL") => cursor.note(start, "NIL in a list of mailbox attributes"),
            None if bytes.first().is_some_and(|byte| is_word(*byte)) => {
                let bytes = quoted.unwrap_or_else(|| cursor.slice(start, cursor.position()));
                attributes.insert(MailboxAttribute::Other(bytes.into()));
            }
            None => return Err(Malformed { position: start, reason: "no mailbox attribute" }),
        }
    }
}

/// Reads the hierarchy delimiter: one quoted character, or NIL.
pub(super) fn delimiter(cursor: &mut Cursor<'_>) -> Result<Option<char>, Malformed> {
    if cursor.eat_nil() {
        return Ok(None);
    }
    let start = cursor.position();
    if cursor.rest().starts_with(b"\"\\\" ") {
        cursor.move_to(start + 3);
        cursor.note(start, "a backslash that is not escaped");
        return Ok(Some('\\'));
    }
    // The usual delimiters need no string of their own.
    if let [b'"', byte @ (b'!' | b'#'..=b'[' | b']'..=b'~'), b'"', ..] = cursor.rest() {
        cursor.move_to(start + 3);
        return Ok(Some(char::from(*byte)));
    }
    let string = cursor.astring()?;
    if is_word(cursor.byte_at(start)) && !matches!(cursor.byte_at(start), b'{' | b'~') {
        cursor.note(start, "a hierarchy delimiter without quotes");
    }
    let mut characters = std::str::from_utf8(&string).unwrap_or_default().chars();
    match (characters.next(), characters.next()) {
        (Some(character), None) => Ok(Some(character)),
        (None, None) if string.is_empty() => {
            cursor.note(start, "an empty hierarchy delimiter");
            Ok(None)
        }
        _ => Err(Malformed { position: start, reason: "no hierarchy delimiter" }),
    }
}

/// Reads the extended items behind the name.
fn extended(cursor: &mut Cursor<'_>, listing: &mut Listing) -> Result<(), Malformed> {
    let mut seen = Seen::default();
    loop {
        cursor.spaces();
        if cursor.eat(b')') {
            return Ok(());
        }
        let name_start = cursor.position();
        cursor.count::<(ImapString, Bytes)>()?;
        let name = cursor.astring()?;
        cursor.begin_item(name_start, cursor.position());
        cursor.spaces();
        let start = cursor.position();
        let read = match Name::new(&name).as_bytes() {
            b"CHILDINFO" => cursor.strings().map(|options| listing.child_info = options),
            b"OLDNAME" => old_name(cursor).map(|name| listing.old_name = Some(name)),
            _ => {
                cursor.skip_value()?;
                listing.extended.push((name.into(), cursor.slice(start, cursor.position())));
                continue;
            }
        };
        if read.is_ok() {
            seen.add(cursor, &name);
        }
        if let Err(malformed) = read {
            cursor.move_to(start);
            cursor.skip_value()?;
            cursor.note_at(malformed.position, malformed.reason, start, cursor.position());
            listing.extended.push((name.into(), cursor.slice(start, cursor.position())));
        }
    }
}

fn old_name(cursor: &mut Cursor<'_>) -> Result<MailboxName, Malformed> {
    cursor.need(b'(', "no old name of the mailbox")?;
    cursor.spaces();
    let name = cursor.mailbox()?;
    cursor.spaces();
    cursor.need(b')', "more than one old name of the mailbox")?;
    Ok(name)
}
