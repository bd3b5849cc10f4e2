//! One whole response in, one value out.

use std::cell::OnceCell;

use bytes::Bytes;

use super::Context;
use super::cursor::Cursor;
use super::response;
use super::row::read_row;
use crate::types::{Diagnostic, Fetch, ImapString, Response, Untagged};
use crate::wire::{ResponseKind, ResponseSlice};

/// A response, and what was repaired or not understood in it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Parsed {
    /// The response.
    pub response: Response,
    /// What was repaired or not understood; empty for a response that obeys the grammar and holds nothing unknown that
    /// the values have no place for.
    pub diagnostics: Vec<Diagnostic>,
    /// Whether what follows on the connection may be a part of the response: bytes of a message, in which anybody can have
    /// written responses. Nothing that follows can be believed.
    pub framing_lost: bool,
    /// About how many bytes the values take, beside the bytes of the response.
    pub(crate) memory_estimate: usize,
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
    let mut parsed = Parsed { response, diagnostics: Vec::new(), memory_estimate: 0, framing_lost: false };
    if frame.bytes().get(2).is_some_and(u8::is_ascii_digit) {
        parsed.response = Response::Untagged(Untagged::Fetch(Fetch::default()));
        if let Response::Untagged(Untagged::Fetch(row)) = &mut parsed.response
            && let Some(read) = read_row(frame, context, row, &mut None)
        {
            (parsed.diagnostics, parsed.memory_estimate) = (read.diagnostics, read.weight);
            parsed.framing_lost = read.framing_lost;
            return parsed;
        }
    }
    let mut cursor = Cursor::new(frame, context);
    response::response(&mut cursor, &mut parsed.response);
    // What looks like a literal in a text for people is none, nor is it one where the grammar has none.
    let is_data = match &parsed.response {
        Response::Untagged(untagged) => !matches!(untagged, Untagged::Status(_)),
        _ => false,
    };
    let anywhere = || matches!(ResponseKind::of(frame.bytes()), ResponseKind::Row | ResponseKind::Data);
    // A list of other data that is not closed may end in what should have been the announcement of a literal.
    let is_open = |cursor: &Cursor<'_>| cursor.malformed_data && cursor.announces_at_end() && cursor.is_list_open();
    parsed.framing_lost =
        is_data && ((cursor.is_framing_in_doubt() && anywhere()) || is_open(&cursor) || cursor.ends_within_quotes());
    (parsed.diagnostics, parsed.memory_estimate) = (cursor.diagnostics, cursor.weight);
    parsed
}
