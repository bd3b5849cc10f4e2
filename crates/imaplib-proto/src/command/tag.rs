//! The tag by which a command and its answer belong together.

use std::fmt;

use crate::types::ImapString;

/// The tag of a command, as it is sent before it (RFC 9051, section 2.2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Tag(u64);

impl Tag {
    pub(crate) fn new(id: u64) -> Self {
        Self(id)
    }

    /// The tag that the server names, if it can be one of this client's.
    #[must_use]
    pub fn from_wire(tag: &ImapString) -> Option<Self> {
        tag.to_str()?.strip_prefix('A')?.parse().ok().map(Self)
    }

    pub(crate) fn id(self) -> u64 {
        self.0
    }

    /// Whether a response with this tag in it (RFC 4466) belongs to another command. One without a tag may be of any.
    #[must_use]
    pub fn is_answered_elsewhere(self, tag: Option<&ImapString>) -> bool {
        tag.is_some_and(|tag| Self::from_wire(tag) != Some(self))
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "A{}", self.0)
    }
}
