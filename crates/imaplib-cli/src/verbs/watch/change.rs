//! What a watching thread reports.

use crate::error::Failure;

/// A change in a mailbox.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Change {
    pub(super) event: &'static str,
    pub(super) mailbox: String,
    pub(super) seq: Option<u32>,
    pub(super) uid: Option<u32>,
    pub(super) count: Option<u32>,
    /// Several messages at once.
    pub(super) uids: Option<String>,
    pub(super) flags: Option<Vec<String>>,
    pub(super) text: Option<String>,
}

/// What a watching thread reports.
pub(super) enum Said {
    Change(Change),
    /// A mailbox is not watched yet, for this reason.
    Late(String, Failure),
    /// Some of a mailbox's new messages cannot be read in the server's list of them, which was reported.
    Partial(String),
    /// The watch of a mailbox has ended.
    Ended(String, Failure),
}
