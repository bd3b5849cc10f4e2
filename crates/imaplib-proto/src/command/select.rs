//! SELECT and EXAMINE: opens a mailbox.

use super::vanished::Vanished;
use super::{Command, Conduct, Incomplete, Resync, Rows, Tag};
use crate::types::{Fetch, MailboxName, ResponseCode, StatusKind, StatusResponse, UidSet, Untagged};
use crate::wire::Encoder;

/// SELECT, or EXAMINE for reading only (RFC 9051, sections 6.3.2 and 6.3.3).
///
/// What the server reports about the mailbox is in the engine's view of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Select {
    mailbox: MailboxName,
    read_only: bool,
    condstore: bool,
    resync: Option<Resync>,
    uid_validity: Option<u64>,
    highest_mod_seq: Option<u64>,
    changed: Vec<Fetch>,
    vanished: Vanished,
    dropped: u64,
}

impl Select {
    /// Opens the mailbox for reading and writing.
    #[must_use]
    pub fn new(mailbox: MailboxName) -> Self {
        Self {
            mailbox,
            read_only: false,
            condstore: false,
            resync: None,
            uid_validity: None,
            highest_mod_seq: None,
            changed: Vec::new(),
            vanished: Vanished::default(),
            dropped: 0,
        }
    }

    /// Opens the mailbox for reading: EXAMINE.
    #[must_use]
    pub fn read_only(mailbox: MailboxName) -> Self {
        Self { read_only: true, ..Self::new(mailbox) }
    }

    /// Asks for modification sequences from now on: only for servers with CONDSTORE (RFC 7162, section 3.1.8).
    #[must_use]
    pub fn condstore(mut self) -> Self {
        self.condstore = true;
        self
    }

    /// Asks what changed since the client last saw the mailbox: only once QRESYNC is enabled (RFC 7162, section 3.2.5).
    #[must_use]
    pub fn resync(mut self, known: Resync) -> Self {
        self.resync = Some(known);
        self
    }

    /// Whether the server can report all that changed: the mailbox is still the one that the client knows, and its
    /// modification sequences were not set back.
    fn is_resynced(&self) -> bool {
        self.resync.as_ref().is_some_and(|known| {
            self.uid_validity == Some(known.uid_validity) && self.highest_mod_seq >= Some(known.mod_seq)
        })
    }
}

/// What SELECT returned beside the engine's view of the mailbox.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Selected {
    /// Whether [`changed`](Self::changed) and [`vanished`](Self::vanished) are what the client must apply. If not, what it
    /// knows of the mailbox is void, and both are empty: no [`Resync`] was asked for, the UIDVALIDITY is another one, or
    /// the mailbox has no modification sequences, or lower ones than the client knows.
    pub resynced: bool,
    /// The messages that are new or whose flags changed, with UID, flags and modification sequence.
    pub changed: Vec<Fetch>,
    /// The messages that were removed. The set may contain UIDs that no message ever had.
    pub vanished: UidSet,
    /// How many further changed messages the server reported beyond [`Resync::max_changed`]: where it is not 0, fetch what
    /// changed [since](super::Fetch::changed_since) the modification sequence that was named.
    pub dropped: u64,
}

impl Command for Select {
    type Output = Selected;

    fn encode(&self, encoder: &mut Encoder) {
        encoder.raw(if self.read_only { "EXAMINE " } else { "SELECT " }).mailbox(&self.mailbox);
        match &self.resync {
            Some(known) => {
                encoder.raw(if self.condstore { " (CONDSTORE " } else { " (" });
                known.encode(encoder);
                encoder.raw(")");
            }
            None if self.condstore => drop(encoder.raw(" (CONDSTORE)")),
            None => {}
        }
    }

    fn conduct(&self) -> Conduct {
        Conduct::new().selects(self.mailbox.clone(), self.read_only)
    }

    fn collect(&mut self, response: Untagged, _tag: Tag) -> Option<Untagged> {
        // The engine has put most of these into its view of the mailbox already.
        match response {
            Untagged::Flags(_) | Untagged::Exists(_) | Untagged::Recent(_) => None,
            Untagged::List(listing) if self.mailbox.is_answered_by(&listing.name) => None,
            Untagged::Fetch(row) if self.matches_row(&row) => {
                self.changed.push(row);
                None
            }
            Untagged::Vanished { earlier: true, uids } if self.resync.is_some() => {
                self.vanished.add(&uids);
                None
            }
            Untagged::Status(status) if self.collect_code(&status) => None,
            other => Some(other),
        }
    }

    fn finish(mut self, completion: &StatusResponse) -> Result<Selected, Incomplete> {
        // HIGHESTMODSEQ may also stand here.
        self.collect_code(completion);
        if !self.is_resynced() {
            return Ok(Selected::default());
        }
        let Self { changed, vanished, dropped, .. } = self;
        Ok(Selected { resynced: true, changed, vanished: vanished.into_set(), dropped })
    }

    fn rows(&mut self) -> Option<&mut dyn Rows> {
        Some(self)
    }
}

impl Select {
    /// Reads the code of an OK; returns whether it is part of the answer.
    fn collect_code(&mut self, status: &StatusResponse) -> bool {
        let Some(code) = status.code.as_ref().filter(|_| status.kind == StatusKind::Ok) else { return false };
        match code {
            ResponseCode::UidValidity(number) => self.uid_validity = Some(*number),
            ResponseCode::HighestModSeq(number) => self.highest_mod_seq = Some(*number),
            ResponseCode::NoModSeq => self.highest_mod_seq = None,
            ResponseCode::PermanentFlags(_)
            | ResponseCode::UidNext(_)
            | ResponseCode::Unseen(_)
            | ResponseCode::MailboxId(_)
            | ResponseCode::Closed => {}
            _ => return false,
        }
        true
    }
}

impl Rows for Select {
    fn matches_row(&self, row: &Fetch) -> bool {
        self.resync.is_some() && row.uid.is_some() && (row.flags.is_some() || row.mod_seq.is_some())
    }

    fn has_room(&mut self) -> bool {
        let room = self.resync.as_ref().is_some_and(|known| (self.changed.len() as u64) < known.max_changed);
        self.dropped += u64::from(!room);
        room
    }

    fn take_rows(&mut self) -> Vec<Fetch> {
        self.dropped = 0;
        std::mem::take(&mut self.changed)
    }
}
