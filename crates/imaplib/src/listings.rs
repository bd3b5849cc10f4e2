//! What is asked about mailboxes: the return options of LIST, and the items of STATUS.

use imaplib_proto::command::ListReturn;
use imaplib_proto::types::{Capabilities, Capability, MailboxStatus, StatusItem};

/// What an extended LIST must be told to return so that as much comes of each mailbox as of a plain one: it tells nothing
/// by itself (RFC 5258, section 3).
pub(crate) fn attributes(capabilities: &Capabilities) -> Vec<ListReturn> {
    let mut returned = vec![ListReturn::Children];
    if capabilities.has(Capability::SpecialUse) {
        returned.push(ListReturn::SpecialUse);
    }
    returned
}

/// The figures that are asked for, and the one of them that the server has told already for all mailboxes.
pub(crate) struct StatusItems {
    items: Vec<StatusItem>,
    append_limit: Option<u64>,
}

impl StatusItems {
    /// Where all mailboxes have the same limit for messages to append, STATUS does not know it (RFC 7889, section 2).
    pub(crate) fn new(items: &[StatusItem], capabilities: &Capabilities) -> Self {
        let is_asked = items.contains(&StatusItem::AppendLimit);
        let append_limit = if is_asked { capabilities.append_limit() } else { None };
        Self { items: items.to_vec(), append_limit }
    }

    /// Those that the server can be asked for; never none, if there are any.
    pub(crate) fn to_send(&self) -> Vec<StatusItem> {
        let mut items = self.items.clone();
        if self.append_limit.is_some() {
            items.retain(|item| *item != StatusItem::AppendLimit);
            if items.is_empty() {
                items.push(StatusItem::Messages);
            }
        }
        items
    }

    /// The figures with the one that was told before.
    pub(crate) fn complete(&self, mut status: MailboxStatus) -> MailboxStatus {
        if let Some(limit) = self.append_limit {
            status.append_limit.get_or_insert(Some(limit));
        }
        status
    }
}
