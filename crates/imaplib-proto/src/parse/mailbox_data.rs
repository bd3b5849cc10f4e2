//! Mailboxes by name: LIST, XLIST and LSUB (RFC 9051, section 7.3.1; RFC 5258), STATUS (section 7.3.3), NAMESPACE
//! (section 7.3.4).

use bytes::Bytes;

use super::cursor::{Cursor, Malformed, is_word};
use super::diagnostics::Seen;
use super::keyword::Name;
use super::object_ids::{object_id, object_ids};
use crate::types::{
    ImapString, Listing, MailboxAttribute, MailboxAttributes, MailboxName, MailboxStatus, Namespace, Namespaces,
};

/// A listing to be filled.
pub(super) fn empty() -> Listing {
    Listing {
        attributes: MailboxAttributes::default(),
        delimiter: None,
        name: MailboxName::inbox(),
        had_delimiter_at_end: false,
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
    let (start, diagnostics) = (cursor.position(), cursor.diagnostics.len());
    listing.delimiter = delimiter(cursor)?;
    let end = cursor.position();
    let is_long = end > start + 3;
    cursor.spaces();
    if is_long && cursor.at_end() {
        cursor.diagnostics.truncate(diagnostics);
        cursor.move_to(start);
        cursor.note_at(start, "no hierarchy delimiter before the name", start, end);
        listing.delimiter = None;
    }
    let start = cursor.position();
    listing.name = cursor.mailbox_to(true)?;
    if let Some(delimiter) = listing.delimiter
        && let Some(shorter) = listing.name.without_trailing(delimiter)
    {
        listing.name = shorter;
        listing.had_delimiter_at_end = true;
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
    if cursor.peek() == b'"' {
        // The delimiter can be nothing else.
        cursor.note(cursor.position(), "no list of mailbox attributes");
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

/// Reads the hierarchy delimiter: one quoted character, or NIL. Anything else costs the delimiter alone: what can stand for
/// one is taken as it, and all else as none.
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
    odd_delimiter(cursor)
}

#[cold]
fn odd_delimiter(cursor: &mut Cursor<'_>) -> Result<Option<char>, Malformed> {
    let start = cursor.position();
    let string = match cursor.astring() {
        Ok(string) => string,
        Err(malformed) => {
            cursor.move_to(start);
            // A list, perhaps; what is not even a value leaves nothing to be read behind it.
            cursor.skip_value().map_err(|_| malformed)?;
            cursor.note(start, malformed.reason);
            return Ok(None);
        }
    };
    if is_word(cursor.byte_at(start)) && !matches!(cursor.byte_at(start), b'{' | b'~') {
        cursor.note(start, "a hierarchy delimiter without quotes");
    }
    let mut characters = std::str::from_utf8(&string).unwrap_or_default().chars();
    let Some(first) = characters.next() else {
        cursor.note(start, if string.is_empty() { "an empty hierarchy delimiter" } else { "no hierarchy delimiter" });
        return Ok(None);
    };
    let mut others = characters.peekable();
    if others.peek().is_some() {
        cursor.note(start, "more than one character as hierarchy delimiter");
    }
    // By one of several different characters, names would be divided where no level ends.
    Ok(others.all(|other| other == first).then_some(first))
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

/// Reads what stands behind the keyword.
pub(super) fn mailbox_status(cursor: &mut Cursor<'_>) -> Result<MailboxStatus, Malformed> {
    cursor.spaces();
    let mut status = MailboxStatus::new(cursor.mailbox_to(false)?);
    cursor.spaces();
    cursor.need(b'(', "no list of figures")?;
    let start = cursor.position();
    if let Err(malformed) = figures(cursor, &mut status) {
        cursor.move_to(cursor.end());
        cursor.note_at(malformed.position, malformed.reason, start, cursor.end());
    }
    Ok(status)
}

fn figures(cursor: &mut Cursor<'_>, status: &mut MailboxStatus) -> Result<(), Malformed> {
    let mut seen = Seen::default();
    loop {
        cursor.spaces();
        if cursor.eat(b')') {
            return Ok(());
        }
        let name_start = cursor.position();
        let name = cursor.word();
        if name.is_empty() {
            return Err(cursor.malformed("no name of a figure"));
        }
        let name_end = cursor.position();
        cursor.begin_item(name_start, name_end);
        cursor.spaces();
        let start = cursor.position();
        let read = figure(cursor, status, Name::new(name).as_bytes());
        if matches!(read, Ok(true)) {
            seen.add(cursor, name);
            continue;
        }
        cursor.move_to(start);
        // A name without a value loses no other figure.
        if cursor.peek() != b')' {
            cursor.skip_value()?;
        }
        if let Err(malformed) = read {
            cursor.note_at(malformed.position, malformed.reason, start, cursor.position());
        }
        cursor.count::<(ImapString, Bytes)>()?;
        status.other.push((cursor.text(name_start, name_end), cursor.slice(start, cursor.position())));
    }
}

/// Reads one figure; returns whether it is known.
fn figure(cursor: &mut Cursor<'_>, status: &mut MailboxStatus, name: &[u8]) -> Result<bool, Malformed> {
    match name {
        b"MESSAGES" => status.messages = Some(number(cursor)?),
        b"RECENT" => status.recent = Some(number(cursor)?),
        b"UIDNEXT" => status.uid_next = positive(cursor)?,
        b"UIDVALIDITY" => status.uid_validity = positive(cursor)?,
        b"UNSEEN" => status.unseen = Some(number(cursor)?),
        b"DELETED" => status.deleted = Some(number(cursor)?),
        b"SIZE" => status.size = Some(number(cursor)?),
        b"DELETED-STORAGE" => status.deleted_storage = Some(number(cursor)?),
        b"HIGHESTMODSEQ" => status.highest_mod_seq = Some(number(cursor)?),
        b"APPENDLIMIT" => status.append_limit = Some(if cursor.eat_nil() { None } else { Some(number(cursor)?) }),
        b"MAILBOXID" => status.mailbox_id = Some(object_id(cursor)?),
        b"OBJECTID" => {
            let ids = object_ids(cursor)?;
            status.mailbox_id = status.mailbox_id.take().or_else(|| ids.mailbox.clone());
            status.object_ids = Some(Box::new(ids));
        }
        _ => return Ok(false),
    }
    Ok(true)
}

/// Reads a number that cannot be 0: SmarterMail sends that for what it does not know.
fn positive(cursor: &mut Cursor<'_>) -> Result<Option<u64>, Malformed> {
    let start = cursor.position();
    let number = number(cursor)?;
    if number == 0 {
        cursor.note(start, "0 for what is not known");
        return Ok(None);
    }
    Ok(Some(number))
}

/// Reads a number, also in quotes.
fn number(cursor: &mut Cursor<'_>) -> Result<u64, Malformed> {
    let start = cursor.position();
    if cursor.peek() != b'"' {
        return cursor.whole_number();
    }
    let quoted = cursor.quoted()?;
    let number = std::str::from_utf8(&quoted).ok().filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
    let number = number.and_then(|text| text.parse().ok());
    let number = number.ok_or(Malformed { position: start, reason: "no number" })?;
    cursor.note(start, "a number in quotes");
    cursor.ends().map(|()| number)
}

/// Reads the three lists of namespaces.
pub(super) fn namespaces(cursor: &mut Cursor<'_>) -> Result<Namespaces, Malformed> {
    Ok(Namespaces { personal: kind(cursor)?, other_users: kind(cursor)?, shared: kind(cursor)? })
}

/// Reads one list; one that cannot be read is empty, and noted.
fn kind(cursor: &mut Cursor<'_>) -> Result<Vec<Namespace>, Malformed> {
    cursor.spaces();
    let start = cursor.position();
    if cursor.at_end() {
        cursor.note(start, "a kind of namespaces is missing");
        return Ok(Vec::new());
    }
    match list(cursor) {
        Ok(namespaces) => Ok(namespaces),
        Err(malformed) => {
            cursor.move_to(start);
            cursor.skip_value()?;
            cursor.note_at(malformed.position, malformed.reason, start, cursor.position());
            Ok(Vec::new())
        }
    }
}

fn list(cursor: &mut Cursor<'_>) -> Result<Vec<Namespace>, Malformed> {
    let mut namespaces = Vec::new();
    if cursor.eat_nil() {
        return Ok(namespaces);
    }
    cursor.need(b'(', "no list of namespaces")?;
    loop {
        cursor.spaces();
        if cursor.eat(b')') {
            return Ok(namespaces);
        }
        cursor.count::<Namespace>()?;
        namespaces.push(namespace(cursor)?);
    }
}

fn namespace(cursor: &mut Cursor<'_>) -> Result<Namespace, Malformed> {
    cursor.need(b'(', "no namespace")?;
    cursor.spaces();
    let prefix = cursor.mailbox()?;
    cursor.spaces();
    let delimiter = delimiter(cursor)?;
    let mut extensions = Vec::new();
    loop {
        cursor.spaces();
        if cursor.eat(b')') {
            return Ok(Namespace { prefix, delimiter, extensions });
        }
        let name = cursor.astring_text()?;
        cursor.spaces();
        cursor.count::<(ImapString, Vec<ImapString>)>()?;
        extensions.push((name, cursor.strings()?));
    }
}
