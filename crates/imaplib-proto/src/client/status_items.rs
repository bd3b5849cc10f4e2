//! What is asked about mailboxes: the return options of LIST, and the items of STATUS.

use crate::command::ListReturn;
use crate::types::{Capabilities, Capability, MailboxStatus, StatusItem};

/// The return options with which an extended LIST reports as much of each mailbox as a plain one: it reports nothing unless
/// it is asked (RFC 5258, section 3).
pub(super) fn attributes(capabilities: &Capabilities) -> Vec<ListReturn> {
    let mut returned = vec![ListReturn::Children];
    if capabilities.has(Capability::SpecialUse) {
        returned.push(ListReturn::SpecialUse);
    }
    returned
}

/// The figures that are asked for, and the one of them that the server has announced already for all mailboxes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusItems {
    items: Vec<StatusItem>,
    append_limit: Option<u64>,
}

impl StatusItems {
    /// Where all mailboxes have the same limit for messages to append, STATUS does not know it (RFC 7889, section 2).
    #[must_use]
    pub fn new(items: &[StatusItem], capabilities: &Capabilities) -> Self {
        let is_asked = items.contains(&StatusItem::AppendLimit);
        let append_limit = if is_asked { capabilities.append_limit() } else { None };
        Self { items: items.to_vec(), append_limit }
    }

    /// Those that the server can be asked for; never none, if there are any.
    #[must_use]
    pub fn to_send(&self) -> Vec<StatusItem> {
        let mut items = self.items.clone();
        if self.append_limit.is_some() {
            items.retain(|item| *item != StatusItem::AppendLimit);
            if items.is_empty() {
                items.push(StatusItem::Messages);
            }
        }
        items
    }

    /// The figures with the one that was announced before.
    #[must_use]
    pub fn complete(&self, mut status: MailboxStatus) -> MailboxStatus {
        if let Some(limit) = self.append_limit {
            status.append_limit.get_or_insert(Some(limit));
        }
        status
    }
}
