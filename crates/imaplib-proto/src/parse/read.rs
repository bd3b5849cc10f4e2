//! The entry points of the reader.

use std::cell::OnceCell;

use bytes::Bytes;

use super::cursor::{Cursor, Malformed, is_word, packed};
use super::fetch::{self, RowEnd, UsualRow};
use super::{Context, Parsed};
use super::{
    acl, capability, flags, id, list, metadata, namespace, quota, search, set, status_item, status_response, thread,
};
use crate::types::{
    Diagnostic, Envelope, Fetch, ImapString, Response, ResponseCode, SeqNum, StatusKind, StatusResponse, Uid, Untagged,
};
use crate::wire::{ResponseKind, ResponseSlice};

mod name {
    use super::packed;

    pub(super) const FETCH: u128 = packed(b"FETCH");
    pub(super) const UIDFETCH: u128 = packed(b"UIDFETCH");
    pub(super) const STORE: u128 = packed(b"STORE");
    pub(super) const EXISTS: u128 = packed(b"EXISTS");
    pub(super) const RECENT: u128 = packed(b"RECENT");
    pub(super) const EXPUNGE: u128 = packed(b"EXPUNGE");
    /// What GNU mailutils says for EXPUNGE.
    pub(super) const EXPUNGED: u128 = packed(b"EXPUNGED");
    pub(super) const LIST: u128 = packed(b"LIST");
    pub(super) const XLIST: u128 = packed(b"XLIST");
    pub(super) const LSUB: u128 = packed(b"LSUB");
    pub(super) const STATUS: u128 = packed(b"STATUS");
    pub(super) const SEARCH: u128 = packed(b"SEARCH");
    pub(super) const ESEARCH: u128 = packed(b"ESEARCH");
    pub(super) const VANISHED: u128 = packed(b"VANISHED");
    pub(super) const FLAGS: u128 = packed(b"FLAGS");
    pub(super) const CAPABILITY: u128 = packed(b"CAPABILITY");
    pub(super) const ENABLED: u128 = packed(b"ENABLED");
    pub(super) const NAMESPACE: u128 = packed(b"NAMESPACE");
    pub(super) const ID: u128 = packed(b"ID");
    pub(super) const SORT: u128 = packed(b"SORT");
    pub(super) const THREAD: u128 = packed(b"THREAD");
    pub(super) const METADATA: u128 = packed(b"METADATA");
    pub(super) const ANNOTATION: u128 = packed(b"ANNOTATION");
    pub(super) const ACL: u128 = packed(b"ACL");
    pub(super) const LISTRIGHTS: u128 = packed(b"LISTRIGHTS");
    pub(super) const MYRIGHTS: u128 = packed(b"MYRIGHTS");
    pub(super) const QUOTA: u128 = packed(b"QUOTA");
    pub(super) const QUOTAROOT: u128 = packed(b"QUOTAROOT");
    pub(super) const OK: u128 = packed(b"OK");
    pub(super) const NO: u128 = packed(b"NO");
    pub(super) const BAD: u128 = packed(b"BAD");
    pub(super) const BYE: u128 = packed(b"BYE");
    pub(super) const PREAUTH: u128 = packed(b"PREAUTH");
}

/// How a piece of a FETCH row ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tail {
    /// The row is complete.
    Complete,
    /// The last section of the row is a literal of this many octets that follows as a stream.
    Streamed(u64),
    /// The piece ends in a literal that is no section of a message: it must be kept in memory. The row was not changed.
    Buffer,
}

/// Reads one whole response, its line end included.
#[must_use]
pub fn read(frame: &Bytes, context: &Context) -> Parsed {
    let shared = OnceCell::new();
    read_frame(ResponseSlice::new(frame, &shared, 0, frame.len()), context)
}

/// Reads one whole response.
pub(crate) fn read_frame(frame: ResponseSlice<'_>, context: &Context) -> Parsed {
    // The value is written where it will lie: it is too large to be handed from function to function.
    let response = Response::Continuation(ImapString::default());
    let mut parsed = Parsed { response, diagnostics: Vec::new(), weight: 0, in_doubt: false };
    if frame.octets().get(2).is_some_and(u8::is_ascii_digit) {
        parsed.response = Response::Untagged(Untagged::Fetch(Fetch::default()));
        if let Response::Untagged(Untagged::Fetch(row)) = &mut parsed.response
            && let Some(read) = read_row(frame, context, row, &mut None)
        {
            (parsed.diagnostics, parsed.weight, parsed.in_doubt) = (read.diagnostics, read.weight, read.in_doubt);
            return parsed;
        }
    }
    let mut cursor = Cursor::new(frame, context);
    self::response(&mut cursor, &mut parsed.response);
    // What looks like a literal in a text for people is none, nor is it one where the grammar has none.
    let is_data = match &parsed.response {
        Response::Untagged(untagged) => !matches!(untagged, Untagged::Status(_)),
        _ => false,
    };
    let anywhere = || matches!(ResponseKind::of(frame.octets()), ResponseKind::Row | ResponseKind::Data);
    // A list of other data that is not closed may end in what should have been the announcement of a literal.
    let is_open = |cursor: &Cursor<'_>| cursor.malformed_data && cursor.announces_at_end() && cursor.is_list_open();
    parsed.in_doubt = is_data && ((cursor.is_framing_in_doubt() && anywhere()) || is_open(&cursor));
    (parsed.diagnostics, parsed.weight) = (cursor.diagnostics, cursor.weight);
    parsed
}

/// What there is to say about a row that was read.
#[derive(Default)]
pub(crate) struct ReadRow {
    pub(crate) diagnostics: Vec<Diagnostic>,
    /// About how many octets its values take.
    pub(crate) weight: usize,
    /// Whether what follows on the connection may be a part of it.
    pub(crate) in_doubt: bool,
}

/// Reads one whole response if it is a FETCH row in the usual form, as [`read`] would; nothing if it may be another.
/// An envelope takes the spare memory.
pub(crate) fn read_row(
    frame: ResponseSlice<'_>,
    context: &Context,
    row: &mut Fetch,
    spare: &mut Option<Box<Envelope>>,
) -> Option<ReadRow> {
    let octets = frame.octets();
    let rest = match fetch::usual_row(&frame, row)? {
        UsualRow::Whole(b"") => return Some(ReadRow::default()),
        // A line end within a row, which some servers send: it is for the other reader.
        UsualRow::Whole(_) => return None,
        UsualRow::Before(rest) => rest,
    };
    let start = octets.len() - rest.len();
    Some(more_items(frame, context, start, row, spare))
}

/// Reads the first response of the frame if it is a FETCH row in the usual form of nothing but items that most rows have;
/// gives its length. Else what the row holds means nothing.
///
/// Nothing in such a row can announce a literal, so that its line end is its end.
#[inline]
pub(crate) fn read_plain_row(frame: &ResponseSlice<'_>, row: &mut Fetch) -> Option<usize> {
    match fetch::usual_row(frame, row)? {
        UsualRow::Whole(behind) => Some(frame.octets().len() - behind.len()),
        UsualRow::Before(_) => None,
    }
}

/// Reads the items of a row from `start` to its end.
#[inline(never)]
fn more_items(
    frame: ResponseSlice<'_>,
    context: &Context,
    start: usize,
    row: &mut Fetch,
    spare: &mut Option<Box<Envelope>>,
) -> ReadRow {
    let mut cursor = Cursor::new(frame, context);
    cursor.spare_envelope = spare.take();
    cursor.move_to(start);
    match fetch::items(&mut cursor, row) {
        RowEnd::Closed => end_of_row(&mut cursor),
        _ => not_closed(&mut cursor),
    }
    *spare = cursor.spare_envelope.take();
    let in_doubt = cursor.is_framing_in_doubt();
    ReadRow { diagnostics: cursor.diagnostics, weight: cursor.weight, in_doubt }
}

/// Reads the beginning of a FETCH row up to and including the announcement of a literal, `{n}` CR LF.
///
/// Gives the row so far, of which the last section is [`SectionBody::Streamed`](crate::types::SectionBody::Streamed), or nothing
/// if the literal is not the value of a section of a FETCH row: then it must be kept in memory.
#[must_use]
pub fn read_head(piece: &Bytes, context: &Context) -> Option<(Fetch, Vec<Diagnostic>)> {
    let shared = OnceCell::new();
    let mut cursor = Cursor::new(ResponseSlice::new(piece, &shared, 0, piece.len()), context);
    cursor.streams = true;
    let (number, keyword) = begin_untagged(&mut cursor)?;
    let mut fetch = Fetch::default();
    begin_row(&mut fetch, number?, packed(cursor.octets(keyword.0, keyword.1)))?;
    cursor.spaces();
    if !cursor.eat(b'(') {
        return None;
    }
    match fetch::items(&mut cursor, &mut fetch) {
        RowEnd::Streamed(_) => Some((fetch, cursor.diagnostics)),
        RowEnd::Closed | RowEnd::Open => None,
    }
}

/// Goes on with a row after a streamed literal: `piece` reaches to the row's line end or to the announcement of the
/// next large literal. The positions in the diagnostics count from the beginning of the piece.
#[must_use]
pub fn read_tail(piece: &Bytes, fetch: &mut Fetch, context: &Context) -> (Tail, Vec<Diagnostic>) {
    let (tail, read) = read_rest(piece, fetch, context);
    (tail, read.diagnostics)
}

/// As [`read_tail`], with all that there is to say about it.
pub(crate) fn read_rest(piece: &Bytes, fetch: &mut Fetch, context: &Context) -> (Tail, ReadRow) {
    let shared = OnceCell::new();
    let mut cursor = Cursor::new(ResponseSlice::new(piece, &shared, 0, piece.len()), context);
    cursor.streams = true;
    cursor.literals = 1;
    cursor.expect_end_of_literal();
    cursor.text_end = Some(0);
    let before = fetch.clone();
    fetch::skip_rest_of_text(&mut cursor, fetch);
    let tail = match fetch::items(&mut cursor, fetch) {
        RowEnd::Streamed(length) => Tail::Streamed(length),
        RowEnd::Closed => {
            if matches!(piece.first(), Some(b'\r' | b'\n')) {
                cursor.note_at(0, fetch::LINE_END, 0, 1);
            }
            end_of_row(&mut cursor);
            Tail::Complete
        }
        RowEnd::Open if cursor.cut.is_some() || cursor.octets(0, cursor.end()).ends_with(b"}") => {
            *fetch = before;
            return (Tail::Buffer, ReadRow { in_doubt: true, ..ReadRow::default() });
        }
        RowEnd::Open => {
            not_closed(&mut cursor);
            Tail::Complete
        }
    };
    let in_doubt = tail == Tail::Complete && cursor.is_framing_in_doubt();
    (tail, ReadRow { diagnostics: cursor.diagnostics, weight: cursor.weight, in_doubt })
}

fn response(cursor: &mut Cursor<'_>, response: &mut Response) {
    if cursor.peek() == 0 {
        cursor.take_while(|octet| octet == 0);
        cursor.note(0, "NUL at the beginning of the response");
    }
    if cursor.eat_exactly(b"* LIST (") {
        // There may be thousands of them.
        let end = cursor.position();
        cursor.move_to(end - 1);
        return untagged_named(cursor, None, (end - 6, end - 2), name::LIST, response);
    }
    match (cursor.peek(), cursor.peek_second()) {
        (b'*', b' ' | b'\n') => untagged(cursor, response),
        (b'+', _) => {
            cursor.advance();
            *response = Response::Continuation(status_response::text(cursor));
        }
        _ => *response = tagged(cursor),
    }
}

fn tagged(cursor: &mut Cursor<'_>) -> Response {
    let start = cursor.position();
    let tag = cursor.take_while(|octet| !matches!(octet, b' ' | b'\r' | b'\n'));
    let tag_end = cursor.position();
    cursor.spaces();
    let word = cursor.take_while(|octet| is_word(octet) && octet != b'[');
    match status_response::kind(word) {
        Some(kind) if !tag.is_empty() && kind != StatusKind::PreAuth => {
            let tag = cursor.text(start, tag_end);
            Response::Tagged(tag, status_response::status_response(cursor, kind))
        }
        _ => {
            cursor.move_to(start);
            cursor.blanks();
            if let Some(refusal) = bare_refusal(cursor) {
                return refusal;
            }
            if let Some(status) = bare_code(cursor) {
                return Response::Untagged(Untagged::Status(status));
            }
            let start = cursor.position();
            cursor.take_while(|octet| !matches!(octet, b' ' | b'\r' | b'\n'));
            let keyword = (start, cursor.position());
            cursor.note_at(start, "neither untagged data nor the completion of a command", 0, cursor.end());
            Response::Untagged(unknown(cursor, None, keyword))
        }
    }
}

/// Reads a refusal that comes without a tag, or a line of nothing but NUL, which is one that got lost.
fn bare_refusal(cursor: &mut Cursor<'_>) -> Option<Response> {
    let start = cursor.position();
    if cursor.at_end() && !cursor.diagnostics.is_empty() {
        let status = status_response::status_response(cursor, StatusKind::Bad);
        return Some(Response::Untagged(Untagged::Status(status)));
    }
    let mut status = if cursor.rest().starts_with(b"Server Unavailable.") {
        // Exchange, which means that another attempt may help.
        let text = status_response::text(cursor);
        StatusResponse { kind: StatusKind::Bad, code: Some(ResponseCode::Unavailable), text }
    } else {
        let kind = match cursor.take_while(|octet| octet != b' ') {
            b"NO" => StatusKind::No,
            b"BAD" => StatusKind::Bad,
            _ => {
                cursor.move_to(start);
                return None;
            }
        };
        status_response::status_response(cursor, kind)
    };
    if let [b'"', inner @ .., b'"'] = status.text.as_bytes() {
        status.text = ImapString::from(String::from_utf8_lossy(inner).as_ref());
    }
    cursor.note(start, "a refusal without a tag");
    Some(Response::Tagged(ImapString::default(), status))
}

/// Reads a response code that comes without all that belongs before it, as Exchange sends COPYUID.
fn bare_code(cursor: &mut Cursor<'_>) -> Option<StatusResponse> {
    let (start, diagnostics) = (cursor.position(), cursor.diagnostics.len());
    if cursor.peek() != b'[' {
        return None;
    }
    cursor.note(start, WITHOUT_OK);
    let status = status_response::status_response(cursor, StatusKind::Ok);
    if matches!(&status.code, Some(code) if !matches!(code, ResponseCode::Other(_))) {
        return Some(status);
    }
    cursor.move_to(start);
    cursor.diagnostics.truncate(diagnostics);
    None
}

/// The diagnostic for a response code that nothing stands before.
const WITHOUT_OK: &str = "a response code without OK";

fn untagged(cursor: &mut Cursor<'_>, response: &mut Response) {
    let Some((number, keyword)) = begin_untagged(cursor) else {
        // home.pl and Exchange leave out the OK before COPYUID.
        cursor.note(cursor.position(), WITHOUT_OK);
        let status = status_response::status_response(cursor, StatusKind::Ok);
        *response = Response::Untagged(Untagged::Status(status));
        return;
    };
    let name = packed(cursor.octets(keyword.0, keyword.1));
    untagged_named(cursor, number, keyword, name, response);
}

/// Reads what stands behind the keyword.
fn untagged_named(
    cursor: &mut Cursor<'_>,
    number: Option<u32>,
    keyword: (usize, usize),
    name: u128,
    response: &mut Response,
) {
    let read = match number {
        Some(number) => numbered(cursor, number, name, response),
        None => named(cursor, name, response),
    };
    match read {
        Ok(true) => cursor.expect_end(),
        Ok(false) => *response = Response::Untagged(unknown(cursor, number, keyword)),
        Err(malformed) => {
            cursor.malformed_data = true;
            cursor.begin_item(keyword.0, keyword.1);
            cursor.note_at(malformed.position, malformed.reason, keyword.1, cursor.end());
            *response = Response::Untagged(unknown(cursor, number, keyword));
        }
    }
}

/// Reads `* `, a number and a keyword; nothing if a bracket comes instead.
fn begin_untagged(cursor: &mut Cursor<'_>) -> Option<(Option<u32>, (usize, usize))> {
    cursor.advance();
    cursor.spaces();
    if cursor.peek() == b'[' {
        return None;
    }
    let start = cursor.position();
    let mut number = None;
    if matches!(cursor.peek(), b'0'..=b'9' | b'-') {
        // A number below zero or beyond 32 bits is none, but the keyword behind it is one.
        number = cursor.number32().ok();
        cursor.word();
        if number.is_none() {
            cursor.note(start, "no number of 32 bits");
        }
        cursor.spaces();
        if cursor.at_end() {
            cursor.move_to(start);
            number = None;
        }
    }
    let start = cursor.position();
    cursor.take_while(|octet| is_word(octet) && octet != b'[');
    Some((number, (start, cursor.position())))
}

/// Reads a response that begins with a number; says whether it is known.
fn numbered(cursor: &mut Cursor<'_>, number: u32, keyword: u128, response: &mut Response) -> Result<bool, Malformed> {
    let zero = cursor.malformed("0 is the number of no message");
    *response = Response::Untagged(match keyword {
        name::FETCH | name::UIDFETCH | name::STORE => {
            // It is filled where it lies.
            *response = Response::Untagged(Untagged::Fetch(Fetch::default()));
            let Response::Untagged(Untagged::Fetch(row)) = response else { return Ok(false) };
            begin_row(row, number, keyword).ok_or(zero)?;
            cursor.spaces();
            cursor.need(b'(', "no list of items")?;
            match fetch::items(cursor, row) {
                RowEnd::Closed => end_of_row(cursor),
                _ => not_closed(cursor),
            }
            return Ok(true);
        }
        name::EXISTS => Untagged::Exists(number),
        name::RECENT => Untagged::Recent(number),
        name::EXPUNGE | name::EXPUNGED => Untagged::Expunge(SeqNum::new(number).ok_or(zero)?),
        _ => return Ok(false),
    });
    Ok(true)
}

/// Reads a response that begins with its keyword; says whether it is known.
fn named(cursor: &mut Cursor<'_>, keyword: u128, response: &mut Response) -> Result<bool, Malformed> {
    *response = Response::Untagged(match keyword {
        name::LIST | name::XLIST | name::LSUB => {
            // As a row, it is filled where it lies.
            let made = if keyword == name::LSUB { Untagged::Lsub } else { Untagged::List };
            *response = Response::Untagged(made(list::empty()));
            let Response::Untagged(Untagged::List(listing) | Untagged::Lsub(listing)) = response else {
                return Ok(false);
            };
            return list::listing(cursor, listing).map(|()| true);
        }
        name::STATUS => Untagged::MailboxStatus(Box::new(status_item::mailbox_status(cursor)?)),
        name::SEARCH => Untagged::Search(search::search(cursor)?),
        name::ESEARCH => Untagged::ESearch(Box::new(search::extended_search(cursor)?)),
        name::VANISHED => vanished(cursor)?,
        name::FLAGS => {
            cursor.spaces();
            Untagged::Flags(flags::flag_list(cursor, false)?)
        }
        name::CAPABILITY => Untagged::Capability(capability::capabilities(cursor)),
        name::ENABLED => Untagged::Enabled(capability::capabilities(cursor)),
        name::NAMESPACE => Untagged::Namespace(namespace::namespaces(cursor)?),
        name::ID => Untagged::Id(id::id(cursor)?),
        name::SORT => {
            let found = search::search(cursor)?;
            // The command takes the ranges apart.
            let count: usize = found.numbers.iter().map(|(low, high)| (high - low) as usize + 1).sum();
            cursor.weight += count * size_of::<Uid>();
            Untagged::Sort(found)
        }
        name::THREAD => Untagged::Thread(thread::threads(cursor)?),
        name::METADATA => Untagged::Metadata(metadata::metadata(cursor)?),
        name::ANNOTATION => Untagged::Annotation(metadata::annotation(cursor)?),
        name::ACL => Untagged::Acl(acl::acl(cursor)?),
        name::LISTRIGHTS => Untagged::ListRights(acl::list_rights(cursor)?),
        name::MYRIGHTS => Untagged::MyRights(acl::my_rights(cursor)?),
        name::QUOTA => Untagged::Quota(quota::quota(cursor)?),
        name::QUOTAROOT => Untagged::QuotaRoots(quota::quota_roots(cursor)?),
        name::OK => status(cursor, StatusKind::Ok),
        name::NO => status(cursor, StatusKind::No),
        name::BAD => status(cursor, StatusKind::Bad),
        name::BYE => status(cursor, StatusKind::Bye),
        name::PREAUTH => status(cursor, StatusKind::PreAuth),
        _ => return Ok(false),
    });
    Ok(true)
}

fn status(cursor: &mut Cursor<'_>, kind: StatusKind) -> Untagged {
    Untagged::Status(status_response::status_response(cursor, kind))
}

/// Enters the number into a row; nothing if this is no row or the number is no message's.
fn begin_row(fetch: &mut Fetch, number: u32, keyword: u128) -> Option<()> {
    match keyword {
        name::FETCH | name::STORE => fetch.seq = Some(SeqNum::new(number)?),
        name::UIDFETCH => fetch.uid = Some(Uid::new(number)?),
        _ => return None,
    }
    Some(())
}

/// Makes sure that the response ends with the row.
fn end_of_row(cursor: &mut Cursor<'_>) {
    cursor.blanks();
    cursor.open_row |= !cursor.at_end();
    cursor.expect_end();
}

fn not_closed(cursor: &mut Cursor<'_>) {
    cursor.open_row = true;
    cursor.note_at(cursor.end(), "a row that is not closed", cursor.end(), cursor.end());
}

fn vanished(cursor: &mut Cursor<'_>) -> Result<Untagged, Malformed> {
    cursor.spaces();
    let earlier = cursor.rest().get(..9).is_some_and(|word| word.eq_ignore_ascii_case(b"(EARLIER)"));
    if earlier {
        cursor.move_to(cursor.position() + 9);
    }
    cursor.spaces();
    Ok(Untagged::Vanished { earlier, uids: set::uid_set(cursor)? })
}

fn unknown(cursor: &Cursor<'_>, number: Option<u32>, keyword: (usize, usize)) -> Untagged {
    let keyword: ImapString = cursor.text(keyword.0, keyword.1);
    Untagged::Unknown { number, keyword, raw: cursor.whole() }
}
