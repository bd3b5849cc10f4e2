//! Rows of FETCH in the ways in which they come: whole, plain, or in parts around texts that stream.

use std::cell::OnceCell;

use bytes::Bytes;

use super::Context;
use super::cursor::Cursor;
use super::fetch::{self, RowEnd, UsualRow};
use super::keyword::packed;
use super::response::{begin_row, begin_untagged};
use crate::types::{Diagnostic, Envelope, Fetch};
use crate::wire::ResponseSlice;

/// How a piece of a FETCH row ends.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Tail {
    /// The row is complete.
    Complete,
    /// The last section of the row is a literal of this many bytes that follows as a stream.
    Streamed(u64),
    /// The piece ends in a literal that is not a section of a message: it must be kept in memory. The row was not changed.
    Buffer,
}

/// What there is to say about a row that was read.
#[derive(Default)]
pub(crate) struct ReadRow {
    pub(crate) diagnostics: Vec<Diagnostic>,
    /// About how many bytes its values take.
    pub(crate) weight: usize,
    /// Whether what follows on the connection may be a part of it.
    pub(crate) framing_lost: bool,
}

/// Reads one whole response if it is a FETCH row in the usual form, as [`read`] would; nothing if it may be another.
/// An envelope uses the spare memory.
pub(crate) fn read_row(
    frame: ResponseSlice<'_>,
    context: &Context,
    row: &mut Fetch,
    spare: &mut Option<Box<Envelope>>,
) -> Option<ReadRow> {
    let bytes = frame.bytes();
    let rest = match fetch::usual_row(&frame, row)? {
        UsualRow::Whole(b"") => return Some(ReadRow::default()),
        // A line end within a row, which some servers send: it is for the other reader.
        UsualRow::Whole(_) => return None,
        UsualRow::Before(rest) => rest,
    };
    let start = bytes.len() - rest.len();
    Some(more_items(frame, context, start, row, spare))
}

/// Reads the first response of the frame if it is a FETCH row in the usual form of nothing but items that most rows have;
/// returns its length. Else what the row holds means nothing.
///
/// Nothing in such a row can announce a literal, so that its line end is its end.
#[inline]
pub(crate) fn read_plain_row(frame: &ResponseSlice<'_>, row: &mut Fetch) -> Option<usize> {
    match fetch::usual_row(frame, row)? {
        UsualRow::Whole(behind) => Some(frame.bytes().len() - behind.len()),
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
        RowEnd::Closed => fetch::end_of_row(&mut cursor),
        _ => fetch::not_closed(&mut cursor),
    }
    *spare = cursor.spare_envelope.take();
    let framing_lost = cursor.is_framing_in_doubt();
    ReadRow { diagnostics: cursor.diagnostics, weight: cursor.weight, framing_lost }
}

/// The beginning of a row of which a text streams.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RowHead {
    /// The row so far. Its last section is [`SectionBody::Streamed`](crate::types::SectionBody::Streamed).
    pub row: Fetch,
    /// What was repaired or not understood.
    pub diagnostics: Vec<Diagnostic>,
}

/// What follows a text of a row that streamed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RowTail {
    /// How the piece ends.
    pub end: Tail,
    /// What was repaired or not understood; the positions count from the beginning of the piece.
    pub diagnostics: Vec<Diagnostic>,
    /// As [`Parsed::framing_lost`](super::Parsed::framing_lost).
    pub framing_lost: bool,
}

/// Reads the beginning of a FETCH row up to and including the announcement of a literal, `{n}` CR LF.
///
/// Returns the row so far, of which the last section is [`SectionBody::Streamed`](crate::types::SectionBody::Streamed), or nothing
/// if the literal is not the value of a section of a FETCH row: then it must be kept in memory.
#[must_use]
pub fn read_head(piece: &Bytes, context: &Context) -> Option<RowHead> {
    let shared = OnceCell::new();
    let mut cursor = Cursor::new(ResponseSlice::new(piece, &shared, 0, piece.len()), context);
    cursor.streams = true;
    let (number, keyword) = begin_untagged(&mut cursor)?;
    let mut fetch = Fetch::default();
    begin_row(&mut fetch, number?, packed(cursor.bytes(keyword.0, keyword.1)))?;
    cursor.spaces();
    if !cursor.eat(b'(') {
        return None;
    }
    match fetch::items(&mut cursor, &mut fetch) {
        RowEnd::Streamed(_) => Some(RowHead { row: fetch, diagnostics: cursor.diagnostics }),
        RowEnd::Closed | RowEnd::Open => None,
    }
}

/// Continues a row after a streamed literal: `piece` reaches to the row's line end or to the announcement of the
/// next large literal. The positions in the diagnostics count from the beginning of the piece.
#[must_use]
pub fn read_tail(piece: &Bytes, fetch: &mut Fetch, context: &Context) -> RowTail {
    let (end, read) = read_rest(piece, fetch, context);
    RowTail { end, diagnostics: read.diagnostics, framing_lost: read.framing_lost }
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
            fetch::end_of_row(&mut cursor);
            Tail::Complete
        }
        RowEnd::Open if cursor.cut.is_some() || cursor.bytes(0, cursor.end()).ends_with(b"}") => {
            *fetch = before;
            return (Tail::Buffer, ReadRow { framing_lost: true, ..ReadRow::default() });
        }
        RowEnd::Open => {
            fetch::not_closed(&mut cursor);
            Tail::Complete
        }
    };
    let framing_lost = tail == Tail::Complete && cursor.is_framing_in_doubt();
    (tail, ReadRow { diagnostics: cursor.diagnostics, weight: cursor.weight, framing_lost })
}
