//! What is wrong with a response.

use bytes::Bytes;

use super::ImapString;

/// What is wrong with one part of a response, and what was made of it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Diagnostic {
    /// Where in the response it is, in bytes from its beginning.
    pub position: usize,
    /// What is wrong, and how it was read all the same.
    pub reason: &'static str,
    /// The item that it is about, such as `ENVELOPE`; empty for the response as a whole.
    pub item: ImapString,
    /// The bytes that were not understood or were repaired.
    pub raw: Bytes,
}

impl Diagnostic {
    /// A diagnostic for the bytes `raw` of an item.
    #[must_use]
    pub fn new(position: usize, reason: &'static str, item: ImapString, raw: Bytes) -> Self {
        Self { position, reason, item, raw }
    }
}
