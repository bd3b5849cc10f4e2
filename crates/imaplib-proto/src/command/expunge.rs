//! Removing messages, and leaving the mailbox: EXPUNGE, CLOSE, UNSELECT, CHECK.

use super::{Command, Conduct, Effect, Incomplete, Tag, word_commands};
use crate::types::{StatusResponse, UidSet, Untagged};
use crate::wire::Encoder;

word_commands! {
    /// CHECK: a checkpoint (RFC 3501, section 6.4.1; gone in RFC 9051).
    Check = "CHECK";
    /// CLOSE: removes all messages with `\Deleted`, without telling which, and leaves the mailbox (RFC 9051, section 6.4.1).
    Close = "CLOSE", Effect::LeavesMailbox;
    /// UNSELECT: leaves the mailbox and removes nothing (RFC 9051, section 6.4.2).
    Unselect = "UNSELECT", Effect::LeavesMailbox;
}

/// EXPUNGE: removes all messages with `\Deleted`, whoever set it (RFC 9051, section 6.4.3).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Expunge {
    removed: u32,
}

/// UID EXPUNGE: removes those of the messages that have `\Deleted` (RFC 4315, section 2.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UidExpunge {
    uids: UidSet,
    removed: u32,
}

impl UidExpunge {
    /// Removes those of these messages that have `\Deleted`.
    #[must_use]
    pub fn new(uids: UidSet) -> Self {
        Self { uids, removed: 0 }
    }
}

/// Counts, and passes on: others must know that the messages are gone.
fn count(removed: &mut u32, response: Untagged) -> Option<Untagged> {
    match &response {
        Untagged::Expunge(_) => *removed = removed.saturating_add(1),
        Untagged::Vanished { earlier: false, uids } => {
            *removed = removed.saturating_add(u32::try_from(uids.len()).unwrap_or(u32::MAX));
        }
        _ => {}
    }
    Some(response)
}

impl Command for Expunge {
    /// How many messages went while the command ran, those that others removed included.
    type Output = u32;

    fn encode(&self, encoder: &mut Encoder) {
        encoder.raw("EXPUNGE");
    }

    fn conduct(&self) -> Conduct {
        Conduct::new().answers_as("EXPUNGE")
    }

    fn collect(&mut self, response: Untagged, _tag: Tag) -> Option<Untagged> {
        count(&mut self.removed, response)
    }

    fn finish(self, _completion: &StatusResponse) -> Result<u32, Incomplete> {
        Ok(self.removed)
    }
}

impl Command for UidExpunge {
    /// How many messages went while the command ran, those that others removed included.
    type Output = u32;

    fn encode(&self, encoder: &mut Encoder) {
        encoder.raw("UID EXPUNGE ").display(&self.uids);
    }

    fn conduct(&self) -> Conduct {
        Conduct::new().answers_as("EXPUNGE")
    }

    fn collect(&mut self, response: Untagged, _tag: Tag) -> Option<Untagged> {
        count(&mut self.removed, response)
    }

    fn finish(self, _completion: &StatusResponse) -> Result<u32, Incomplete> {
        Ok(self.removed)
    }
}
