//! Status responses and their codes (RFC 9051, section 7.1; the IANA registry of IMAP response codes), CAPABILITY,
//! ENABLED and ID.

use super::cursor::{Cursor, Malformed, is_word};
use super::flags::flag_list;
use super::keyword::Name;
use super::object_ids::{object_id, object_ids};
use super::set;
use crate::types::{
    AppendUid, Capabilities, CopyUid, Id, ImapString, OtherCode, ResponseCode, SeqNum, StatusKind, StatusResponse, Uid,
    UidRanges,
};

/// Reads `[code]`; nothing if the text merely begins with a bracket, as Exchange's `[Error="…"]` does.
pub(super) fn code(cursor: &mut Cursor<'_>) -> Option<ResponseCode> {
    let begin = cursor.position();
    cursor.advance();
    let name_start = cursor.position();
    let name = cursor.take_while(|byte| is_word(byte) && byte != b']');
    let name_end = cursor.position();
    let closed = memchr::memchr(b']', cursor.rest()).is_some();
    if name.is_empty() || !closed || !matches!(cursor.peek(), b' ' | b']') {
        cursor.move_to(begin);
        cursor.note_at(begin, "brackets that hold no response code", begin, cursor.end());
        return None;
    }
    cursor.begin_item(name_start, name_end);
    cursor.spaces();
    let start = cursor.position();
    let plain = ResponseCode::without_argument(name);
    if plain.is_some() {
        end_of_plain(cursor, start);
        return plain;
    }
    let read = argument(cursor, Name::new(name).as_bytes());
    cursor.spaces();
    match read {
        Ok(Some(code)) if cursor.eat(b']') => return Some(code),
        Ok(None) => cursor.move_to(start + first_bracket(cursor, start)),
        read => {
            let position = read.map_or_else(|malformed| malformed.position, |_| cursor.position());
            let end = start + argument_length(cursor.bytes(start, cursor.end()));
            cursor.move_to(end);
            cursor.drop_notes();
            cursor.note_at(position, "the argument of a response code that cannot be read", start, end);
        }
    }
    let argument = cursor.slice(start, cursor.position());
    cursor.advance();
    Some(ResponseCode::Other(OtherCode { name: cursor.text(name_start, name_end), argument }))
}

/// Steps over what stands behind a code that has no argument.
fn end_of_plain(cursor: &mut Cursor<'_>, start: usize) {
    if !cursor.eat(b']') {
        cursor.move_to(start + first_bracket(cursor, start));
        cursor.note(start, "an argument of a response code that takes none");
        cursor.advance();
    }
}

fn first_bracket(cursor: &Cursor<'_>, start: usize) -> usize {
    let rest = cursor.bytes(start, cursor.end());
    memchr::memchr(b']', rest).unwrap_or(rest.len())
}

/// Where the `]` is that ends an argument: outside quotes and parentheses, or else the first one.
fn argument_length(argument: &[u8]) -> usize {
    let mut depth = 0u64;
    let mut quoted = false;
    let mut escaped = false;
    for (index, byte) in argument.iter().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            _ if quoted => {}
            b'(' => depth += 1,
            b')' => depth = depth.saturating_sub(1),
            b']' if depth == 0 => return index,
            _ => {}
        }
    }
    memchr::memchr(b']', argument).unwrap_or(argument.len())
}

/// Reads the argument of a code; `None` if the code is not known.
fn argument(cursor: &mut Cursor<'_>, name: &[u8]) -> Result<Option<ResponseCode>, Malformed> {
    Ok(Some(match name {
        b"ANNOTATE" => ResponseCode::Annotate(words(cursor)?),
        b"ANNOTATIONS" => ResponseCode::Annotations(words(cursor)?),
        b"APPENDUID" => {
            let uid_validity = cursor.number()?;
            let uids = next_uids(cursor)?;
            if uids.is_empty() {
                return Err(cursor.malformed("no UID"));
            }
            ResponseCode::AppendUid(AppendUid { uid_validity, uids })
        }
        b"BADCHARSET" => ResponseCode::BadCharset(list(cursor)?),
        b"BADEVENT" => ResponseCode::BadEvent(list(cursor)?),
        b"BADURL" => ResponseCode::BadUrl(words(cursor)?),
        b"CAPABILITY" => ResponseCode::Capability(capabilities(cursor)),
        b"COPYUID" => copy_uid(cursor)?,
        b"DOWNGRADED" => ResponseCode::Downgraded(set::uid_ranges(cursor)?),
        b"HIGHESTMODSEQ" => ResponseCode::HighestModSeq(cursor.number()?),
        b"INPROGRESS" => in_progress(cursor)?,
        b"MAILBOXID" => ResponseCode::MailboxId(object_id(cursor)?),
        b"MAXCONVERTMESSAGES" => ResponseCode::MaxConvertMessages(cursor.number()?),
        b"MAXCONVERTPARTS" => ResponseCode::MaxConvertParts(cursor.number()?),
        b"MESSAGELIMIT" => {
            let limit = cursor.number()?;
            cursor.spaces();
            let uid = if cursor.peek() == b']' { None } else { Some(cursor.number32()?) };
            ResponseCode::MessageLimit { limit, uid: uid.and_then(Uid::new) }
        }
        b"METADATA" => ResponseCode::Metadata(words(cursor)?),
        b"MODIFIED" => ResponseCode::Modified(set::ranges(cursor)?),
        b"NEWNAME" => {
            let old = name_of_mailbox(cursor)?;
            cursor.spaces();
            ResponseCode::NewName(old, name_of_mailbox(cursor)?)
        }
        b"NOUPDATE" => ResponseCode::NoUpdate(name_of_mailbox(cursor)?),
        b"OBJECTID" => ResponseCode::ObjectIds(Box::new(object_ids(cursor)?)),
        b"PERMANENTFLAGS" => ResponseCode::PermanentFlags(flag_list(cursor, true)?),
        b"REFERRAL" => ResponseCode::Referral(urls(cursor)?),
        b"UIDNEXT" => ResponseCode::UidNext(cursor.number()?),
        b"UIDVALIDITY" => ResponseCode::UidValidity(cursor.number()?),
        b"UNDEFINED-FILTER" => ResponseCode::UndefinedFilter(name_of_mailbox(cursor)?),
        b"UNSEEN" => ResponseCode::Unseen(SeqNum::new(cursor.number32()?)),
        b"URLMECH" => ResponseCode::UrlMech(words(cursor)?),
        b"WEBALERT" => ResponseCode::WebAlert(words(cursor)?),
        _ => return Ok(None),
    }))
}

/// Reads everything up to the `]`, at least one byte.
fn words(cursor: &mut Cursor<'_>) -> Result<ImapString, Malformed> {
    let start = cursor.position();
    let words = cursor.take_while(|byte| byte != b']').trim_ascii_end();
    if words.is_empty() { Err(cursor.malformed("no argument")) } else { Ok(cursor.text(start, start + words.len())) }
}

/// Reads a string, or a word up to the `]`.
fn name_of_mailbox(cursor: &mut Cursor<'_>) -> Result<ImapString, Malformed> {
    if cursor.peek() == b'"' {
        return cursor.quoted().map(ImapString::from);
    }
    let start = cursor.position();
    let name = cursor.take_while(|byte| is_word(byte) && byte != b']');
    if name.is_empty() { Err(cursor.malformed("no argument")) } else { Ok(cursor.text_since(start)) }
}

/// Reads a list of names, with parentheses or without; it may be missing.
fn list(cursor: &mut Cursor<'_>) -> Result<Vec<ImapString>, Malformed> {
    let start = cursor.position();
    let open = cursor.eat(b'(');
    let mut names = Vec::new();
    loop {
        cursor.spaces();
        if (open && cursor.eat(b')')) || (!open && cursor.peek() == b']') {
            if !open && !names.is_empty() {
                cursor.note(start, "a list without parentheses");
            }
            return Ok(names);
        }
        cursor.count::<ImapString>()?;
        names.push(if open { cursor.astring_text()? } else { name_of_mailbox(cursor)? });
    }
}

fn next_uids(cursor: &mut Cursor<'_>) -> Result<UidRanges, Malformed> {
    cursor.spaces();
    set::uid_ranges(cursor)
}

fn copy_uid(cursor: &mut Cursor<'_>) -> Result<ResponseCode, Malformed> {
    let start = cursor.position();
    let uid_validity = cursor.number()?;
    cursor.spaces();
    if cursor.peek() == b']' {
        cursor.note(start, "COPYUID without sets, as Outlook.com sends it when nothing was copied");
        return Ok(ResponseCode::CopyUid(CopyUid {
            uid_validity,
            source: UidRanges::default(),
            target: UidRanges::default(),
        }));
    }
    set::copies(cursor, uid_validity).map(ResponseCode::CopyUid)
}

/// Reads `("tag" done goal)`, or nothing.
fn in_progress(cursor: &mut Cursor<'_>) -> Result<ResponseCode, Malformed> {
    if cursor.peek() == b']' {
        return Ok(ResponseCode::InProgress { tag: None, done: None, goal: None });
    }
    let number = |cursor: &mut Cursor<'_>| {
        cursor.spaces();
        if cursor.eat_nil() { Ok(None) } else { cursor.number().map(Some) }
    };
    cursor.need(b'(', "no list")?;
    cursor.spaces();
    let tag = cursor.nstring_or_atom()?;
    let (done, goal) = (number(cursor)?, number(cursor)?);
    cursor.spaces();
    cursor.need(b')', "more than a tag and two numbers")?;
    Ok(ResponseCode::InProgress { tag, done, goal })
}

/// Reads URLs; the `]` behind the address of an IPv6 host is part of one.
fn urls(cursor: &mut Cursor<'_>) -> Result<Vec<ImapString>, Malformed> {
    let mut urls = Vec::new();
    loop {
        cursor.spaces();
        let start = cursor.position();
        let mut in_host = false;
        while is_word(cursor.peek()) && (in_host || cursor.peek() != b']') {
            in_host = match cursor.peek() {
                b'[' => true,
                b']' => false,
                _ => in_host,
            };
            cursor.advance();
        }
        if cursor.position() == start {
            return if urls.is_empty() { Err(cursor.malformed("no URL")) } else { Ok(urls) };
        }
        cursor.count::<ImapString>()?;
        urls.push(cursor.text_since(start));
    }
}

/// The kind that the word names, in any case.
pub(super) fn kind(word: &[u8]) -> Option<StatusKind> {
    const KINDS: [(&str, StatusKind); 5] = [
        ("OK", StatusKind::Ok),
        ("NO", StatusKind::No),
        ("BAD", StatusKind::Bad),
        ("BYE", StatusKind::Bye),
        ("PREAUTH", StatusKind::PreAuth),
    ];
    let same = |(name, _): &&(&str, StatusKind)| word.eq_ignore_ascii_case(name.as_bytes());
    KINDS.iter().find(same).map(|(_, kind)| *kind)
}

/// Reads the code and the text.
pub(super) fn status_response(cursor: &mut Cursor<'_>, kind: StatusKind) -> StatusResponse {
    cursor.spaces();
    let code = if cursor.peek() == b'[' { code(cursor) } else { None };
    let text = text(cursor);
    // GNU mailutils puts it behind the name of the command: `NO APPEND [TRYCREATE] failed`.
    let misplaced = || memchr::memmem::find(text.as_bytes(), b"[TRYCREATE]").is_some();
    let code =
        if code.is_none() && kind == StatusKind::No && misplaced() { Some(ResponseCode::TryCreate) } else { code };
    StatusResponse { kind, code, text }
}

/// Reads the rest of the line, without the spaces around it.
pub(super) fn text(cursor: &mut Cursor<'_>) -> ImapString {
    cursor.spaces();
    let start = cursor.position();
    let length = cursor.rest().trim_ascii_end().len();
    cursor.move_to(cursor.end());
    cursor.text(start, start + length)
}

/// Reads names up to the line end, or to the `]` of a response code.
pub(super) fn capabilities(cursor: &mut Cursor<'_>) -> Capabilities {
    let mut names: Vec<ImapString> = Vec::new();
    loop {
        cursor.spaces();
        let start = cursor.position();
        let name = cursor.take_while(|byte| is_word(byte) && byte != b']');
        if cursor.count::<ImapString>().is_err() {
            cursor.take_while(|byte| byte != b']');
            cursor.note(start, "more names than there are capabilities");
            return Capabilities::from_names(names);
        }
        if name.is_empty() {
            // Quotes and parentheses are in no name: stepped over, so that the names behind them count.
            if cursor.at_end() || cursor.peek() == b']' {
                return Capabilities::from_names(names);
            }
            cursor.advance();
            cursor.note(start, "no name of a capability");
            continue;
        }
        match names.last_mut() {
            Some(last) if name == b"+" && last.eq_ignore_ascii_case("LITERAL") => {
                *last = ImapString::from("LITERAL+");
                cursor.note(start, "a space in LITERAL+");
            }
            _ => names.push(cursor.text_since(start)),
        }
    }
}

/// Reads NIL, or the list of fields.
pub(super) fn id(cursor: &mut Cursor<'_>) -> Result<Id, Malformed> {
    cursor.spaces();
    if cursor.at_end() || cursor.eat_nil() {
        return Ok(Id::new());
    }
    cursor.need(b'(', "no list of ID fields")?;
    // Bigfoot separates with commas.
    cursor.commas = true;
    let mut fields = Vec::new();
    loop {
        separators(cursor);
        if cursor.eat(b')') {
            return Ok(Id::from_fields(fields));
        }
        let name = cursor.astring_text()?;
        separators(cursor);
        let value = if cursor.peek() == b')' { None } else { cursor.nstring_or_atom()? };
        cursor.count::<(ImapString, Option<ImapString>)>()?;
        fields.push((name, value));
    }
}

fn separators(cursor: &mut Cursor<'_>) {
    cursor.spaces();
    let start = cursor.position();
    while matches!(cursor.peek(), b',' | b' ') {
        cursor.advance();
    }
    if cursor.position() > start {
        cursor.note(start, "commas in a list");
    }
}
