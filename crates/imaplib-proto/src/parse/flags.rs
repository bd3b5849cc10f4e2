//! Flag lists (RFC 9051, section 9, `flag-list` and `flag-perm`), Gmail's labels, object identifiers.

use std::cell::OnceCell;

use bytes::Bytes;

use super::Context;
use super::cursor::{Cursor, Malformed, is_word};
use super::object_ids::{object_id, object_ids};
use crate::types::{BLANK, DateTime, Fetch, Flag, Flags, ImapString, MailboxName, MessageAnnotation, ObjectIds};
use crate::wire::ResponseSlice;

/// Reads a list of flags. `permanent`: `\*` has a meaning here.
pub(super) fn flag_list(cursor: &mut Cursor<'_>, permanent: bool) -> Result<Flags, Malformed> {
    let begin = cursor.position();
    if let Some((bits, keywords, tail)) = usual_flags(cursor.rest()) {
        let end = cursor.end() - tail.len();
        cursor.move_to(end);
        let mut flags = Flags::of_bits(bits);
        if keywords {
            flags.set_keywords(cursor.text(begin + 1, end - 1));
        }
        return Ok(flags);
    }
    if !cursor.eat(b'(') {
        return bare_flags(cursor, permanent);
    }
    let start = cursor.position();
    let mut flags = Flags::new();
    let mut keywords = false;
    loop {
        match cursor.peek() {
            b' ' => {
                cursor.advance();
                continue;
            }
            b')' => break,
            _ => {}
        }
        let first = cursor.peek();
        let word = cursor.word();
        // A keyword may begin like these, but only these three need more care.
        let odd = word == b"*" || (matches!(first, b'N' | b'n') && word.eq_ignore_ascii_case(b"NIL"));
        // Quotes, parentheses and control characters do.
        if odd || word.is_empty() || !matches!(cursor.peek(), b' ' | b')') {
            cursor.move_to(begin);
            return odd_flags(cursor, permanent);
        }
        keywords |= first != b'\\' || !flags.insert_system(word);
    }
    if keywords {
        flags.set_keywords(cursor.text_since(start));
    }
    cursor.advance();
    Ok(checked(cursor, begin, flags, permanent))
}

/// Reads a list of system flags in the standard's spelling and of keywords, with one space between them, as most are;
/// returns the bits of the flags, whether there are keywords, and what follows the list.
#[inline]
pub(super) fn usual_flags(bytes: &[u8]) -> Option<(u8, bool, &[u8])> {
    let (mut bits, mut keywords) = (0, false);
    let mut rest = bytes.strip_prefix(b"(")?;
    if let Some(tail) = rest.strip_prefix(b")") {
        return Some((bits, keywords, tail));
    }
    loop {
        // The bytes of the names are compared several at a time.
        let (flag, tail) = if rest.first() != Some(&b'\\') {
            keywords = true;
            rest = keyword(rest)?;
            match rest.split_first()? {
                (b')', tail) => return Some((bits, keywords, tail)),
                (_, tail) => rest = tail,
            }
            continue;
        } else if let Some(tail) = rest.strip_prefix(b"\\Seen") {
            (Flag::Seen, tail)
        } else if let Some(tail) = rest.strip_prefix(b"\\Answered") {
            (Flag::Answered, tail)
        } else if let Some(tail) = rest.strip_prefix(b"\\Recent") {
            (Flag::Recent, tail)
        } else if let Some(tail) = rest.strip_prefix(b"\\Flagged") {
            (Flag::Flagged, tail)
        } else if let Some(tail) = rest.strip_prefix(b"\\Deleted") {
            (Flag::Deleted, tail)
        } else if let Some(tail) = rest.strip_prefix(b"\\Draft") {
            (Flag::Draft, tail)
        } else {
            // In another spelling, or one that is not known.
            return None;
        };
        bits |= flag.bit()?;
        match tail.split_first()? {
            (b')', tail) => return Some((bits, keywords, tail)),
            (b' ', tail) => rest = tail,
            _ => return None,
        }
    }
}

/// Steps over a keyword that needs no care, up to the space or the parenthesis behind it.
fn keyword(bytes: &[u8]) -> Option<&[u8]> {
    // A bare `*` or NIL is none.
    if matches!(bytes.first()?, b'*' | b'N' | b'n') {
        let nil = bytes.get(..3)?.eq_ignore_ascii_case(b"NIL");
        if nil || !bytes.first()?.is_ascii_alphabetic() {
            return None;
        }
    }
    let length = bytes.iter().position(|byte| !is_word(*byte))?;
    let rest = bytes.get(length..)?;
    (length > 0 && matches!(rest.first()?, b' ' | b')')).then_some(rest)
}

/// Reads a list with whatever servers put into one: `NIL`, quoted flags (`("\Seen" NIL)`), the bare `*` of Binc and
/// GreenMail, words with parentheses or quotes in them, lists. What is not a flag costs no other flag.
#[inline(never)]
fn odd_flags(cursor: &mut Cursor<'_>, permanent: bool) -> Result<Flags, Malformed> {
    let begin = cursor.position();
    cursor.advance();
    let mut flags = Flags::new();
    let mut keywords = Vec::new();
    let mut depth = 0u32;
    let (mut repaired, mut no_atom, mut nested) = (false, false, false);
    loop {
        cursor.blanks();
        if cursor.at_end() {
            return Err(cursor.malformed("a list of flags that does not end"));
        }
        let word = match cursor.peek() {
            b')' => {
                cursor.advance();
                if depth == 0 {
                    break;
                }
                depth -= 1;
                continue;
            }
            b'(' => {
                cursor.advance();
                depth += 1;
                nested = true;
                continue;
            }
            0 => {
                cursor.advance();
                continue;
            }
            first if first == b'"' || cursor.is_literal_next() => {
                let start = cursor.position();
                repaired = true;
                match cursor.string() {
                    Ok(string) => string,
                    Err(malformed) if first == b'"' || cursor.cut.is_some() => return Err(malformed),
                    Err(_) => {
                        cursor.move_to(start);
                        let (start, end, _) = odd_word(cursor);
                        cursor.slice(start, end)
                    }
                }
            }
            _ => {
                let (start, end, plain) = odd_word(cursor);
                no_atom |= !plain;
                cursor.slice(start, end)
            }
        };
        if word.as_ref() == b"*" {
            repaired = true;
            if permanent {
                flags.insert(Flag::Wildcard);
            }
        } else if word.eq_ignore_ascii_case(b"NIL") {
            repaired = true;
        } else if !flags.insert_system(&word) {
            // A keyword with a space in it must not come out as two.
            let bytes = word.iter().filter(|byte| **byte != BLANK);
            keywords.extend(bytes.map(|byte| if *byte == b' ' { BLANK } else { *byte }));
            keywords.push(b' ');
        }
    }
    flags.set_keywords(Bytes::from(keywords).into());
    if repaired {
        cursor.note(begin, "NIL, a bare * or a quoted string in a list of flags");
    }
    if no_atom {
        cursor.note(begin, "a keyword with characters that no keyword can have");
    }
    if nested {
        cursor.note(begin, "a list in a list of flags");
    }
    Ok(checked(cursor, begin, flags, permanent))
}

/// Steps over a word up to a blank or the end of the list: parentheses that are closed within it are a part of it. Returns
/// where it is, and whether it has nothing in it but what servers' words have.
fn odd_word(cursor: &mut Cursor<'_>) -> (usize, usize, bool) {
    let start = cursor.position();
    let belongs = |byte: u8| !matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | b'(' | b')' | BLANK);
    let mut plain = true;
    // Once one is not closed none of the others need be looked at.
    let mut pairs = true;
    loop {
        plain &= cursor.take_while(belongs).iter().all(|byte| is_word(*byte));
        if cursor.peek() != b'(' {
            break;
        }
        plain = false;
        let open = cursor.position();
        let mut depth = 0u32;
        while pairs && (belongs(cursor.peek()) || matches!(cursor.peek(), b'(' | b')')) && !cursor.at_end() {
            match cursor.peek() {
                b'(' => depth += 1,
                b')' => depth -= 1,
                _ => {}
            }
            cursor.advance();
            if depth == 0 {
                break;
            }
        }
        if !pairs || depth > 0 {
            pairs = false;
            cursor.move_to(open + 1);
        }
    }
    (start, cursor.position(), plain)
}

/// Reads what stands in place of a list: NIL, or flags without parentheses.
fn bare_flags(cursor: &mut Cursor<'_>, permanent: bool) -> Result<Flags, Malformed> {
    let begin = cursor.position();
    let mut flags = Flags::new();
    if !cursor.eat_nil() {
        let word = cursor.take_while(|byte| !matches!(byte, b' ' | b'(' | b')' | b']' | b'"' | b'\r' | b'\n'));
        if word == b"*" && permanent {
            flags.insert(Flag::Wildcard);
        } else if !flags.insert_system(word) {
            cursor.move_to(begin);
            return Err(cursor.malformed("no list of flags"));
        }
    }
    cursor.note(begin, "flags that are not in parentheses");
    Ok(checked(cursor, begin, flags, permanent))
}

/// Removes `\*`, which GreenMail also sends where it can mean nothing.
fn checked(cursor: &mut Cursor<'_>, begin: usize, mut flags: Flags, permanent: bool) -> Flags {
    if !permanent && flags.contains(&Flag::Wildcard) {
        flags.remove(&Flag::Wildcard);
        cursor.note(begin, "\\* among flags that are set");
    }
    flags
}

impl Fetch {
    /// Gmail's labels, `X-GM-LABELS`: names of mailboxes, and words such as `\Important`.
    ///
    /// `None` if the row has none or they cannot be read; then they are among [`other`](Self::other) as they came.
    #[must_use]
    pub fn labels(&self) -> Option<Vec<MailboxName>> {
        self.read_item("X-GM-LABELS", labels)
    }

    /// The identifier of the message's content, EMAILID (RFC 8474, section 5.1).
    #[must_use]
    pub fn email_id(&self) -> Option<ImapString> {
        let id =
            self.read_item("EMAILID", |cursor| if cursor.eat_nil() { Ok(None) } else { object_id(cursor).map(Some) });
        id.unwrap_or_else(|| self.object_ids()?.email)
    }

    /// The identifier of the conversation, THREADID (RFC 8474, section 5.2); `None` also where the server sends NIL.
    #[must_use]
    pub fn thread_id(&self) -> Option<ImapString> {
        let id =
            self.read_item("THREADID", |cursor| if cursor.eat_nil() { Ok(None) } else { object_id(cursor).map(Some) });
        id.unwrap_or_else(|| self.object_ids()?.thread)
    }

    /// All identifiers of the message, OBJECTID (draft-ietf-mailmaint-imap-objectid-bis).
    #[must_use]
    pub fn object_ids(&self) -> Option<ObjectIds> {
        self.read_item("OBJECTID", object_ids)
    }

    /// When the message came into this mailbox, SAVEDATE (RFC 8514); `None` also where the server sends NIL.
    #[must_use]
    pub fn save_date(&self) -> Option<DateTime> {
        self.read_item("SAVEDATE", |cursor| cursor.nstring_or_atom())??.to_str()?.parse().ok()
    }

    /// The first words of the message, PREVIEW (RFC 8970); `None` also where the server sends NIL.
    #[must_use]
    pub fn preview(&self) -> Option<ImapString> {
        self.read_item("PREVIEW", |cursor| cursor.nstring_or_atom())?
    }

    /// The identifier of the message, `X-GM-MSGID` (Gmail).
    #[must_use]
    pub fn gmail_message_id(&self) -> Option<u64> {
        self.read_item("X-GM-MSGID", |cursor| cursor.number())
    }

    /// The identifier of the conversation, `X-GM-THRID` (Gmail).
    #[must_use]
    pub fn gmail_thread_id(&self) -> Option<u64> {
        self.read_item("X-GM-THRID", |cursor| cursor.number())
    }

    /// The annotations of the message (RFC 5257, section 4.2).
    #[must_use]
    pub fn annotations(&self) -> Option<Vec<MessageAnnotation>> {
        self.read_item("ANNOTATION", annotations)
    }

    fn read_item<T>(&self, name: &str, read: impl Fn(&mut Cursor<'_>) -> Result<T, Malformed>) -> Option<T> {
        let (_, raw) = self.other.iter().find(|(found, _)| found.eq_ignore_ascii_case(name))?;
        let (shared, context): (_, Context) = (OnceCell::new(), Context::default());
        // A value that ends in a line end keeps it: here nothing is a response's end.
        let framed = Bytes::from([raw, &b"\r\n"[..]].concat());
        let mut cursor = Cursor::new(ResponseSlice::new(&framed, &shared, 0, framed.len()), &context);
        read(&mut cursor).ok().filter(|_| cursor.at_end())
    }
}

/// Reads `("/comment" ("value.priv" "text" "size.priv" NIL) …)`.
fn annotations(cursor: &mut Cursor<'_>) -> Result<Vec<MessageAnnotation>, Malformed> {
    let mut annotations = Vec::new();
    cursor.need(b'(', "no list of annotations")?;
    loop {
        cursor.spaces();
        if cursor.eat(b')') {
            return Ok(annotations);
        }
        cursor.count::<MessageAnnotation>()?;
        let entry = cursor.astring_text()?;
        cursor.spaces();
        cursor.need(b'(', "no list of attributes")?;
        let mut attributes = Vec::new();
        loop {
            cursor.spaces();
            if cursor.eat(b')') {
                break;
            }
            cursor.count::<(ImapString, Option<ImapString>)>()?;
            let name = cursor.astring_text()?;
            cursor.spaces();
            attributes.push((name, cursor.nstring_or_atom()?));
        }
        annotations.push(MessageAnnotation { entry, attributes });
    }
}

/// Reads the list; Gmail sends NIL among the labels.
fn labels(cursor: &mut Cursor<'_>) -> Result<Vec<MailboxName>, Malformed> {
    let mut labels = Vec::new();
    if cursor.eat_nil() {
        return Ok(labels);
    }
    cursor.need(b'(', "no list of labels")?;
    loop {
        cursor.spaces();
        if cursor.eat(b')') {
            return Ok(labels);
        }
        if !cursor.eat_nil() {
            cursor.count::<MailboxName>()?;
            labels.push(cursor.mailbox()?);
        }
    }
}
