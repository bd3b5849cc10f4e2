//! STORE: changes flags.

use super::{Command, Conduct, FetchItem, Incomplete, MessageSet, Rows, Tag};
use crate::types::{Fetch, Flags, StatusResponse, Untagged};
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

    /// Takes these flags away, and leaves the others as they are.
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
    rows: Vec<Fetch>,
}

impl Store {
    /// Changes the flags of these messages.
    #[must_use]
    pub fn new(messages: impl Into<MessageSet>, change: FlagChange) -> Self {
        Self { messages: messages.into(), change, rows: Vec::new() }
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
}

impl Command for Store {
    type Output = StoreOutcome;

    fn encode(&self, encoder: &mut Encoder) {
        self.messages.encode(encoder, "STORE ");
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

    fn finish(self, _completion: &StatusResponse) -> Result<StoreOutcome, Incomplete> {
        Ok(StoreOutcome { rows: self.rows })
    }

    fn rows(&mut self) -> Option<&mut dyn Rows> {
        Some(self)
    }
}

impl Rows for Store {
    fn take_rows(&mut self) -> Vec<Fetch> {
        std::mem::take(&mut self.rows)
    }
}
