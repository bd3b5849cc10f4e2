//! The entry points of the reader.

use bytes::Bytes;

use super::{Context, Note, Parsed, Response, Untagged};
use crate::types::{Fetch, Text};

/// How a piece of a FETCH row ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tail {
    /// The row is complete.
    Complete,
    /// The last section of the row is a literal of this many octets that follows as a stream.
    Streamed(u64),
    /// The piece ends in a literal that is no section of a message: it must be kept in memory.
    Buffer,
}

/// Reads one whole response, its line end included.
#[must_use]
pub fn read(frame: &Bytes, _context: &Context) -> Parsed {
    let raw = frame.clone();
    let response = Response::Untagged(Untagged::Unknown { number: None, keyword: Text::default(), raw });
    Parsed { response, notes: Vec::new() }
}

/// Reads the beginning of a FETCH row up to and including the announcement of a literal, `{n}` CR LF.
#[must_use]
pub fn read_head(_piece: &Bytes, _context: &Context) -> Option<(Fetch, Vec<Note>)> {
    None
}

/// Goes on with a row after a streamed literal: `piece` reaches to the row's line end or to the announcement of the
/// next large literal.
#[must_use]
pub fn read_tail(_piece: &Bytes, _fetch: &mut Fetch, _context: &Context) -> (Tail, Vec<Note>) {
    (Tail::Complete, Vec::new())
}
