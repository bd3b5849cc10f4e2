//! SELECT and EXAMINE: opens a mailbox.

use super::{Command, Conduct, Incomplete, Tag};
use crate::types::{MailboxName, ResponseCode, StatusKind, StatusResponse, Untagged};
use crate::wire::Encoder;

/// SELECT, or EXAMINE for reading only (RFC 9051, sections 6.3.2 and 6.3.3).
///
/// What the server tells about the mailbox is in the engine's view of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Select {
    mailbox: MailboxName,
    read_only: bool,
}

impl Select {
    /// Opens the mailbox for reading and writing.
    #[must_use]
    pub fn new(mailbox: MailboxName) -> Self {
        Self { mailbox, read_only: false }
    }

    /// Opens the mailbox for reading: EXAMINE.
    #[must_use]
    pub fn read_only(mailbox: MailboxName) -> Self {
        Self { mailbox, read_only: true }
    }
}

impl Command for Select {
    type Output = ();

    fn encode(&self, encoder: &mut Encoder) {
        encoder.raw(if self.read_only { "EXAMINE " } else { "SELECT " }).mailbox(&self.mailbox);
    }

    fn conduct(&self) -> Conduct {
        Conduct::new().selects(self.mailbox.clone(), self.read_only)
    }

    fn collect(&mut self, response: Untagged, _tag: Tag) -> Option<Untagged> {
        // The engine has put these into its view of the mailbox already.
        match &response {
            Untagged::Flags(_) | Untagged::Exists(_) | Untagged::Recent(_) => None,
            Untagged::List(listing) if self.mailbox.is_answered_by(&listing.name) => None,
            Untagged::Status(StatusResponse {
                kind: StatusKind::Ok,
                code:
                    Some(
                        ResponseCode::PermanentFlags(_)
                        | ResponseCode::UidNext(_)
                        | ResponseCode::UidValidity(_)
                        | ResponseCode::Unseen(_)
                        | ResponseCode::HighestModSeq(_)
                        | ResponseCode::NoModSeq
                        | ResponseCode::MailboxId(_)
                        | ResponseCode::Closed,
                    ),
                ..
            }) => None,
            _ => Some(response),
        }
    }

    fn finish(self, _completion: &StatusResponse) -> Result<(), Incomplete> {
        Ok(())
    }
}
