//! What a client knows of a mailbox, kept from one connection to the next.

use crate::engine::SelectedMailbox;
use crate::types::{Capabilities, Capability, FlagRuns, ImapString, MailboxStatus, MessageFlags, StatusItem, UidSet};

/// What a client knows of a mailbox: the little that is needed to find what changed since.
///
/// It holds UIDVALIDITY, UIDNEXT, the highest modification sequence, the identifier of the mailbox, and the UIDs as ranges;
/// where the server has no modification sequences also the flags, each different set of them once. A mailbox of a million
/// messages without gaps needs some hundred bytes with CONDSTORE, and without it eight bytes for each place at which the
/// flags of neighbours differ.
///
/// [`to_bytes`](Self::to_bytes) is for a file or a database, from which [`from_bytes`](Self::from_bytes) returns the same.
/// Save it together with what was made of the changes that led to it: neither is right without the other.
///
/// ```
/// use imaplib_proto::client::KnownMailbox;
/// let known = KnownMailbox::new();
/// assert!(known.is_new());
/// assert_eq!(KnownMailbox::from_bytes(&known.to_bytes()).unwrap(), known);
/// ```
#[derive(Clone, Debug, Default)]
pub struct KnownMailbox {
    pub(super) uid_validity: u64,
    pub(super) uid_next: u64,
    pub(super) mod_seq: u64,
    pub(super) id: Option<ImapString>,
    pub(super) uids: UidSet,
    /// Only where there are no modification sequences.
    pub(super) flags: Option<FlagRuns>,
}

/// Whether a mailbox of some name is the one that is known, from [`KnownMailbox::identify`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum MailboxIdentity {
    /// It has the same MAILBOXID (RFC 8474).
    Same,
    /// It has the same UIDVALIDITY, and no lower UIDNEXT. Mailboxes that were created in the same second can share a
    /// UIDVALIDITY: if several are probable, the name decides, or nothing does.
    Probable,
    /// It is another one, or nothing can be said.
    Other,
}

impl KnownMailbox {
    /// Nothing: every message is new.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether nothing is known.
    #[must_use]
    pub fn is_new(&self) -> bool {
        self.uid_validity == 0
    }

    /// The UIDVALIDITY; `None` if nothing is known.
    #[must_use]
    pub fn uid_validity(&self) -> Option<u64> {
        Some(self.uid_validity).filter(|number| *number > 0)
    }

    /// The UID that the next message gets, or a later one; `None` if it is not known.
    #[must_use]
    pub fn uid_next(&self) -> Option<u64> {
        Some(self.uid_next).filter(|number| *number > 0)
    }

    /// The modification sequence up to which all changes are known: what
    /// [`store_unchanged_since`](super::StoreMessages::unchanged_since) wants, so that no change is undone that the caller
    /// has not seen. `None` if the mailbox has none.
    #[must_use]
    pub fn mod_seq(&self) -> Option<u64> {
        Some(self.mod_seq).filter(|number| *number > 0)
    }

    /// The identifier of the mailbox (RFC 8474), if the server has them.
    #[must_use]
    pub fn mailbox_id(&self) -> Option<&ImapString> {
        self.id.as_ref()
    }

    /// The messages.
    #[must_use]
    pub fn uids(&self) -> &UidSet {
        &self.uids
    }

    /// The figures that [`identify`](Self::identify) and [`differs`](Self::differs) compare.
    #[must_use]
    pub fn status_items(has_mod_seqs: bool, id: Option<StatusItem>) -> Vec<StatusItem> {
        let mut items = vec![StatusItem::Messages, StatusItem::UidNext, StatusItem::UidValidity];
        items.extend(has_mod_seqs.then_some(StatusItem::HighestModSeq));
        items.extend(id);
        items
    }

    /// The figure that has the identifier of a mailbox, on this server.
    #[must_use]
    pub fn id_item(capabilities: &Capabilities) -> Option<StatusItem> {
        match capabilities.has(Capability::ObjectId) {
            true => Some(StatusItem::MailboxId),
            false => capabilities.has(Capability::ObjectIdPlus).then_some(StatusItem::ObjectIds),
        }
    }

    /// Whether the mailbox with these figures is the one that is known, under whatever name: after a rename.
    #[must_use]
    pub fn identify(&self, status: &MailboxStatus) -> MailboxIdentity {
        if let (Some(known), Some(id)) = (&self.id, &status.mailbox_id) {
            return if known == id { MailboxIdentity::Same } else { MailboxIdentity::Other };
        }
        let same = self.uid_validity > 0 && status.uid_validity == Some(self.uid_validity);
        match same && status.uid_next.is_some_and(|next| next >= self.uid_next) {
            true => MailboxIdentity::Probable,
            false => MailboxIdentity::Other,
        }
    }

    /// Whether the mailbox with these figures may have changed. It is true where nothing proves that it has not: without
    /// modification sequences flags can change and no figure shows it.
    #[must_use]
    pub fn differs(&self, status: &MailboxStatus) -> bool {
        let same = self.uid_validity > 0
            && self.mod_seq > 0
            && status.uid_validity == Some(self.uid_validity)
            && status.highest_mod_seq == Some(self.mod_seq)
            && status.messages == Some(self.uids.len())
            && status.uid_next.is_some_and(|next| next == self.uid_next);
        !same
    }

    /// What is the same as long as the mailbox is, of the one that is open.
    pub(super) fn of_view(view: &SelectedMailbox) -> Self {
        // The identifier is held for long, and must not hold more than itself.
        let id = view.mailbox_id.as_ref().map(|id| ImapString::from(id.to_string_lossy().as_ref()));
        Self {
            uid_validity: view.uid_validity.unwrap_or_default(),
            uid_next: view.uid_next.unwrap_or_default(),
            mod_seq: view.highest_mod_seq.unwrap_or_default(),
            id,
            ..Self::default()
        }
    }

    /// The flags that are known of these messages, where flags are kept.
    pub(super) fn known_flags(&self) -> Option<&FlagRuns> {
        self.flags.as_ref()
    }

    /// Keeps the messages, and their flags where there are no modification sequences.
    pub(super) fn set_messages(&mut self, uids: UidSet, flags: Option<&MessageFlags>) {
        self.uids = uids;
        self.flags = flags.map(|flags| flags.runs().clone());
    }
}

impl PartialEq for KnownMailbox {
    fn eq(&self, other: &Self) -> bool {
        let numbers = |known: &Self| (known.uid_validity, known.uid_next, known.mod_seq);
        let flags = |known: &Self| known.flags.is_some();
        let each = |known: &Self, other: &Self| {
            let (Some(ours), Some(theirs)) = (&known.flags, &other.flags) else { return true };
            known.uids.iter().all(|uid| ours.get(uid) == theirs.get(uid))
        };
        numbers(self) == numbers(other)
            && self.id == other.id
            && self.uids == other.uids
            && flags(self) == flags(other)
            && each(self, other)
    }
}

impl Eq for KnownMailbox {}
