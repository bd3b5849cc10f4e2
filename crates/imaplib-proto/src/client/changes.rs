//! What changed in a mailbox since a client saw it last.

use super::KnownMailbox;
use crate::types::{MessageFlags, UidSet};

/// What came of comparing the open mailbox with what was known of it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Synced {
    /// It is the mailbox that is known, and this changed. Where nothing was known, all its messages are new.
    Changed(Changes),
    /// The UIDs that were known mean nothing any more. No message is reported as gone: those that were known may be the ones
    /// that are there now, under other UIDs. All messages that are there now are new.
    Restarted(Restart, Changes),
}

impl Synced {
    /// What is known from now on.
    #[must_use]
    pub fn known(&self) -> &KnownMailbox {
        match self {
            Self::Changed(changes) | Self::Restarted(_, changes) => &changes.known,
        }
    }

    /// Whether there is nothing to do: the mailbox is as it was known.
    #[must_use]
    pub fn is_unchanged(&self) -> bool {
        match self {
            Self::Changed(changes) => changes.is_empty() && changes.set_back.is_none(),
            Self::Restarted(..) => false,
        }
    }
}

/// Why the UIDs that were known mean nothing any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Restart {
    /// The UIDVALIDITY is another one (RFC 9051, section 2.3.1.1): the mailbox was removed and created again, or the server
    /// lost its index.
    UidValidity {
        /// The one that was known.
        was: u64,
        /// The one of now.
        now: u64,
    },
    /// The MAILBOXID is another one (RFC 8474): another mailbox has the name now. The one that was known may have another
    /// name, by which [`KnownMailbox::identify`] finds it.
    OtherMailbox,
    /// The server has no UIDVALIDITY here: UIDs last no longer than the mailbox is open.
    NoUidValidity,
}

/// What changed in a mailbox since a client saw it last.
///
/// It was found while others could change the mailbox: what happened meanwhile is in it or in the next one. A message is
/// new once and gone once; flags that changed while a mailbox of more than 100,000 messages was asked for in parts may be
/// reported once more. A message that came and went in between is in none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Changes {
    /// The messages that are new, with their flags. One whose flags the server does not return has none here.
    pub new: MessageFlags,
    /// The messages that are gone. All of them were known.
    pub vanished: UidSet,
    /// The messages that were known and whose flags may be others now, with these flags. Without modification sequences
    /// they are compared, and are others; with them, the server reports what was changed, perhaps back to what it was.
    pub flags: MessageFlags,
    /// How the server was asked.
    pub way: SyncWay,
    /// What shows that the server was set back to an earlier state, if anything does: UIDs that are known can mean other
    /// messages then. Compare the messages that arrived last, by their INTERNALDATE and size.
    pub set_back: Option<SetBack>,
    /// What is known from now on. Save it together with what was made of the changes.
    pub known: KnownMailbox,
}

impl Changes {
    /// Whether no message is new, gone, or has other flags.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.new.is_empty() && self.vanished.is_empty() && self.flags.is_empty()
    }
}

/// How the server was asked what changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SyncWay {
    /// It reported what changed and what is gone: QRESYNC (RFC 7162). What is received is in proportion to the changes.
    Resync,
    /// It reported what changed: CONDSTORE (RFC 7162). Where the number of messages shows that some are gone, a search found
    /// which are there: its answer is a list of ranges.
    CondStore,
    /// It listed the flags of all messages, which were compared with those that were known.
    #[default]
    Compared,
}

/// What shows that a server was set back to an earlier state: these numbers never fall otherwise.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct SetBack {
    /// UIDNEXT as it was known, and as it is, where it fell.
    pub uid_next: Option<(u64, u64)>,
    /// The highest modification sequence as it was known, and as it is, where it fell.
    pub mod_seq: Option<(u64, u64)>,
}

impl SetBack {
    /// What fell between what was known and these numbers; a number that is 0 is not known.
    pub(super) fn between(known: &KnownMailbox, uid_next: u64, mod_seq: u64) -> Option<Self> {
        let fell = |was: u64, now: u64| (0 < now && now < was).then_some((was, now));
        let found = Self { uid_next: fell(known.uid_next, uid_next), mod_seq: fell(known.mod_seq, mod_seq) };
        (found != Self::default()).then_some(found)
    }
}
