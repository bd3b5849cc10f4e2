//! STORE: changes flags.

use super::{Command, Conduct, FetchItem, Incomplete, MessageSet, Rows, Tag};
use crate::types::{Fetch, Flags, ResponseCode, SeqSet, StatusKind, StatusResponse, UidSet, Untagged};
use crate::wire::Encoder;

/// How STORE changes the flags of messages (RFC 9051, section 6.4.6).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FlagChange {
    sign: &'static str,
    flags: Flags,
    silent: bool,
}

impl FlagChange {
    /// Sets these flags, and leaves the others as they are.
    #[must_use]
    pub fn add(flags: impl Into<Flags>) -> Self {
        Self { sign: "+", flags: flags.into(), silent: false }
    }

    /// Removes these flags, and leaves the others as they are.
    #[must_use]
    pub fn remove(flags: impl Into<Flags>) -> Self {
        Self { sign: "-", flags: flags.into(), silent: false }
    }

    /// Sets exactly these flags.
    #[must_use]
    pub fn replace(flags: impl Into<Flags>) -> Self {
        Self { sign: "", flags: flags.into(), silent: false }
    }

    /// Does not ask for the new flags of each message.
    #[must_use]
    pub fn silent(mut self) -> Self {
        self.silent = true;
        self
    }
}

/// STORE (RFC 9051, section 6.4.6).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Store {
    messages: MessageSet,
    change: FlagChange,
    unchanged_since: Option<u64>,
    rows: Vec<Fetch>,
}

impl Store {
    /// Changes the flags of these messages.
    #[must_use]
    pub fn new(messages: impl Into<MessageSet>, change: FlagChange) -> Self {
        Self { messages: messages.into(), change, unchanged_since: None, rows: Vec::new() }
    }

    /// Only messages that nobody changed after this modification sequence: only for servers with CONDSTORE (RFC 7162,
    /// section 3.1.3). The others are in [`StoreOutcome::modified`].
    #[must_use]
    pub fn unchanged_since(mut self, mod_seq: u64) -> Self {
        self.unchanged_since = Some(mod_seq);
        self
    }

    /// Whether the row is about one of the messages and holds what STORE answers. Of a silent change, a server with
    /// CONDSTORE reports the new modification sequence alone (RFC 7162, section 3.1.3).
    fn is_answered_by(&self, row: &Fetch) -> bool {
        (FetchItem::Flags.is_in(row) || FetchItem::ModSeq.is_in(row)) && self.messages.may_hold(row)
    }
}

/// What STORE returned.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct StoreOutcome {
    /// The messages with their flags as they are now; of a silent change only those that others changed too, and where the
    /// mailbox has modification sequences those of the change itself.
    pub rows: Vec<Fetch>,
    /// The messages that a [conditional](Store::unchanged_since) change left as they are, because somebody else changed
    /// them in the meantime (MODIFIED): UIDs, or sequence numbers if the command named those.
    pub modified: MessageSet,
}

impl Command for Store {
    type Output = StoreOutcome;

    fn encode(&self, encoder: &mut Encoder) {
        self.messages.encode(encoder, "STORE ");
        if let Some(mod_seq) = self.unchanged_since {
            encoder.raw(" (UNCHANGEDSINCE ").display(mod_seq).raw(")");
        }
        encoder.space().raw(self.change.sign).raw("FLAGS");
        encoder.raw(if self.change.silent { ".SILENT " } else { " " }).flags(&self.change.flags);
    }

    fn conduct(&self) -> Conduct {
        match self.messages {
            MessageSet::Uids(_) | MessageSet::SavedSearch => Conduct::new(),
            MessageSet::Seqs(_) => Conduct::new().by_sequence(),
        }
    }

    fn collect(&mut self, response: Untagged, _tag: Tag) -> Option<Untagged> {
        match response {
            Untagged::Fetch(row) if self.is_answered_by(&row) => {
                self.rows.push(row);
                None
            }
            other => Some(other),
        }
    }

    fn finish(self, completion: &StatusResponse) -> Result<StoreOutcome, Incomplete> {
        let modified = match &completion.code {
            Some(ResponseCode::Modified(ranges)) => match self.messages {
                MessageSet::Seqs(_) => SeqSet::from_unsorted(ranges.clone()).into(),
                MessageSet::Uids(_) | MessageSet::SavedSearch => UidSet::from_unsorted(ranges.clone()).into(),
            },
            _ => MessageSet::default(),
        };
        Ok(StoreOutcome { rows: self.rows, modified })
    }

    fn rows(&mut self) -> Option<&mut dyn Rows> {
        Some(self)
    }
}

impl Rows for Store {
    fn accepts_refusal(&self, refusal: &StatusResponse) -> bool {
        let is_partial = matches!(refusal.code, Some(ResponseCode::Modified(_)));
        self.unchanged_since.is_some() && refusal.kind == StatusKind::No && is_partial
    }

    fn take_rows(&mut self) -> Vec<Fetch> {
        std::mem::take(&mut self.rows)
    }
}
