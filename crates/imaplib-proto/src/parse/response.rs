//! One response, whatever it is: which reader its keyword leads to.

use super::cursor::{Cursor, Malformed, is_word};
use super::fetch::{self, RowEnd};
use super::keyword::packed;
use super::{code, flags, mailbox_data, search, set, sharing};
use crate::types::{Fetch, ImapString, Response, ResponseCode, SeqNum, StatusKind, StatusResponse, Uid, Untagged};

mod name {
    use super::packed;

    pub(super) const FETCH: u128 = packed(b"FETCH");
    pub(super) const UIDFETCH: u128 = packed(b"UIDFETCH");
    pub(super) const STORE: u128 = packed(b"STORE");
    pub(super) const EXISTS: u128 = packed(b"EXISTS");
    pub(super) const RECENT: u128 = packed(b"RECENT");
    pub(super) const EXPUNGE: u128 = packed(b"EXPUNGE");
    /// What GNU mailutils sends for EXPUNGE.
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

/// Reads one response, its line end included, into its place.
pub(super) fn response(cursor: &mut Cursor<'_>, response: &mut Response) {
    if cursor.peek() == 0 {
        cursor.take_while(|byte| byte == 0);
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
            *response = Response::Continuation(code::text(cursor));
        }
        _ => *response = tagged(cursor),
    }
}

fn tagged(cursor: &mut Cursor<'_>) -> Response {
    let start = cursor.position();
    let tag = cursor.take_while(|byte| !matches!(byte, b' ' | b'\r' | b'\n'));
    let tag_end = cursor.position();
    cursor.spaces();
    let word = cursor.take_while(|byte| is_word(byte) && byte != b'[');
    match code::kind(word) {
        Some(kind) if !tag.is_empty() && kind != StatusKind::PreAuth => {
            let tag = cursor.text(start, tag_end);
            Response::Tagged(tag, code::status_response(cursor, kind))
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
            cursor.take_while(|byte| !matches!(byte, b' ' | b'\r' | b'\n'));
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
        let status = code::status_response(cursor, StatusKind::Bad);
        return Some(Response::Untagged(Untagged::Status(status)));
    }
    let mut status = if cursor.rest().starts_with(b"Server Unavailable.") {
        // Exchange, which means that another attempt may help.
        let text = code::text(cursor);
        StatusResponse { kind: StatusKind::Bad, code: Some(ResponseCode::Unavailable), text }
    } else {
        let kind = match cursor.take_while(|byte| byte != b' ') {
            b"NO" => StatusKind::No,
            b"BAD" => StatusKind::Bad,
            _ => {
                cursor.move_to(start);
                return None;
            }
        };
        code::status_response(cursor, kind)
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
    let status = code::status_response(cursor, StatusKind::Ok);
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
        let status = code::status_response(cursor, StatusKind::Ok);
        *response = Response::Untagged(Untagged::Status(status));
        return;
    };
    let name = packed(cursor.bytes(keyword.0, keyword.1));
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
        Ok(false) => {
            cursor.look_for_open_quote();
            *response = Response::Untagged(unknown(cursor, number, keyword));
        }
        Err(malformed) => {
            cursor.malformed_data = true;
            cursor.begin_item(keyword.0, keyword.1);
            cursor.note_at(malformed.position, malformed.reason, keyword.1, cursor.end());
            *response = Response::Untagged(unknown(cursor, number, keyword));
        }
    }
}

/// Reads `* `, a number and a keyword; nothing if a bracket comes instead.
pub(super) fn begin_untagged(cursor: &mut Cursor<'_>) -> Option<(Option<u32>, (usize, usize))> {
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
        // And neither is a beginning of one: `1:3 EXPUNGE` is not about message 1.
        let is_whole = matches!(cursor.peek(), b' ' | b'\t') || cursor.at_end();
        cursor.word();
        if number.is_none() || !is_whole {
            number = None;
            cursor.note(start, "no number of 32 bits");
        }
        cursor.spaces();
        if cursor.at_end() {
            cursor.move_to(start);
            number = None;
        }
    }
    let start = cursor.position();
    cursor.take_while(|byte| is_word(byte) && byte != b'[');
    Some((number, (start, cursor.position())))
}

/// Reads a response that begins with a number; returns whether it is known.
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
                RowEnd::Closed => fetch::end_of_row(cursor),
                _ => fetch::not_closed(cursor),
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

/// Reads a response that begins with its keyword; returns whether it is known.
fn named(cursor: &mut Cursor<'_>, keyword: u128, response: &mut Response) -> Result<bool, Malformed> {
    *response = Response::Untagged(match keyword {
        name::LIST | name::XLIST | name::LSUB => {
            // As a row, it is filled where it lies.
            let made = if keyword == name::LSUB { Untagged::Lsub } else { Untagged::List };
            *response = Response::Untagged(made(mailbox_data::empty()));
            let Response::Untagged(Untagged::List(listing) | Untagged::Lsub(listing)) = response else {
                return Ok(false);
            };
            return mailbox_data::listing(cursor, listing).map(|()| true);
        }
        name::STATUS => Untagged::MailboxStatus(Box::new(mailbox_data::mailbox_status(cursor)?)),
        name::SEARCH => Untagged::Search(search::search(cursor)?),
        name::ESEARCH => Untagged::ESearch(Box::new(search::extended_search(cursor)?)),
        name::VANISHED => vanished(cursor)?,
        name::FLAGS => {
            cursor.spaces();
            Untagged::Flags(flags::flag_list(cursor, false)?)
        }
        name::CAPABILITY => Untagged::Capability(code::capabilities(cursor)),
        name::ENABLED => Untagged::Enabled(code::capabilities(cursor)),
        name::NAMESPACE => Untagged::Namespace(mailbox_data::namespaces(cursor)?),
        name::ID => Untagged::Id(code::id(cursor)?),
        name::SORT => {
            let found = search::search(cursor)?;
            // The command takes the ranges apart.
            let count: usize = found.numbers.iter().map(|(low, high)| (high - low) as usize + 1).sum();
            cursor.weight += count * size_of::<Uid>();
            Untagged::Sort(found)
        }
        name::THREAD => Untagged::Thread(search::threads(cursor)?),
        name::METADATA => Untagged::Metadata(sharing::metadata(cursor)?),
        name::ANNOTATION => Untagged::Annotation(sharing::annotation(cursor)?),
        name::ACL => Untagged::Acl(sharing::acl(cursor)?),
        name::LISTRIGHTS => Untagged::ListRights(sharing::list_rights(cursor)?),
        name::MYRIGHTS => Untagged::MyRights(sharing::my_rights(cursor)?),
        name::QUOTA => Untagged::Quota(sharing::quota(cursor)?),
        name::QUOTAROOT => Untagged::QuotaRoots(sharing::quota_roots(cursor)?),
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
    Untagged::Status(code::status_response(cursor, kind))
}

/// Enters the number into a row; nothing if this is not a row or no message has this number.
pub(super) fn begin_row(fetch: &mut Fetch, number: u32, keyword: u128) -> Option<()> {
    match keyword {
        name::FETCH | name::STORE => fetch.seq = Some(SeqNum::new(number)?),
        name::UIDFETCH => fetch.uid = Some(Uid::new(number)?),
        _ => return None,
    }
    Some(())
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
