//! What is wrong with a response.

use bytes::Bytes;

use super::Text;

/// A remark about a response that does not obey the grammar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// Where in the response it is, in octets from its beginning.
    pub position: usize,
    /// What is wrong with it, and what was made of it.
    pub reason: &'static str,
    /// The item that it is about, such as `ENVELOPE`; empty for the response as a whole.
    pub item: Text,
    /// The octets that were not understood or were repaired.
    pub raw: Bytes,
}
