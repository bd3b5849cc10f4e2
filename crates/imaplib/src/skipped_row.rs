//! A row that was left before its end.

use imaplib_proto::types::{Diagnostic, Fetch};

/// A row that the caller left before its end, with what came behind that: items, and what was malformed.
///
/// A text that was already read counts as not sent if the rest of the row has it a second time:
/// [`Fetch::has_doubtful_text`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SkippedRow {
    /// All that the server sent of the message, without the texts that streamed. Only the rest of it, if the caller has
    /// taken the first part out.
    pub data: Fetch,
    /// What was malformed in the whole row.
    pub diagnostics: Vec<Diagnostic>,
}
