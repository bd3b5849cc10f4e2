//! A command in the caller's own words.

use super::{Command, Conduct, Incomplete, Tag};
use crate::types::{StatusResponse, Untagged};
use crate::wire::Encoder;

/// A command that the library does not have, sent as it is written: imaplib's `xatom`.
///
/// The text must hold no CR, LF or NUL, and so no literal. It runs alone, and every untagged response that comes while
/// it runs is its output. Its first word decides what it does to the connection: SELECT opens a mailbox, CLOSE leaves it.
/// What needs more than to be sent and answered is refused: STARTTLS, COMPRESS, AUTHENTICATE, LOGIN, IDLE and APPEND.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Raw {
    text: String,
    responses: Vec<Untagged>,
}

impl Raw {
    /// The command with its arguments, without a tag: `XPING now`.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), responses: Vec::new() }
    }
}

impl Command for Raw {
    type Output = Vec<Untagged>;

    fn encode(&self, encoder: &mut Encoder) {
        if self.text.trim().is_empty() {
            encoder.refuse("command (it is empty)", "");
        }
        // A line that ends like this would make the server wait for a literal.
        if self.text.trim_end().ends_with('}') {
            encoder.refuse("command (it ends like a literal)", &self.text);
        }
        encoder.raw(&self.text);
    }

    fn conduct(&self) -> Conduct {
        Conduct::alone()
    }

    fn collect(&mut self, response: Untagged, _tag: Tag) -> Option<Untagged> {
        self.responses.push(response);
        None
    }

    fn finish(self, _completion: &StatusResponse) -> Result<Vec<Untagged>, Incomplete> {
        Ok(self.responses)
    }
}
