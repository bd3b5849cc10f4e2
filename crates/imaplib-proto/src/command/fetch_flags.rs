//! FETCH of flags, collected in little memory: what a client asks to stay in step.

use super::{Command, Conduct, Fetch, FetchItem, FetchOutcome, Incomplete, Rows, Tag};
use crate::types::{self, FlagCollector, ResponseCode, StatusResponse, Uid, UidSet, Untagged};
use crate::wire::Encoder;

/// FETCH of the flags of messages, or of those that changed after a modification sequence.
#[derive(Clone, Debug)]
pub(crate) struct FetchFlags {
    command: Fetch,
    messages: UidSet,
    /// Messages whose rows count only if their modification sequence is above this one.
    since: Option<(u64, UidSet)>,
    found: FlagsFound,
}

/// What several of these commands found.
#[derive(Clone, Debug, Default)]
pub(crate) struct FlagsFound {
    pub(crate) flags: FlagCollector,
    /// The greatest modification sequence of a message.
    pub(crate) mod_seq: u64,
    /// Which messages were removed, where the command asks for it.
    pub(crate) vanished: UidSet,
    /// Whether the server reported meanwhile that messages came or went: rows may then be about changes that are later than
    /// some that no row is about.
    pub(crate) disturbed: bool,
    /// Down to which message the last command was carried out, where the server has a limit (RFC 9738).
    pub(crate) stopped_at: Option<Uid>,
}

impl FetchFlags {
    /// The flags of these messages, added to what was found before; with modification sequences if the server has them.
    pub(crate) fn new(messages: UidSet, with_mod_seqs: bool, found: FlagsFound) -> Self {
        let items: &[FetchItem] = if with_mod_seqs { &[FetchItem::ModSeq] } else { &[] };
        let items = [FetchItem::Flags].into_iter().chain(items.iter().cloned());
        let command = Fetch::new(messages.clone(), items.collect::<Vec<_>>());
        Self { command, messages, since: None, found }
    }

    /// Only of messages that changed after this modification sequence: of these known ones, a row that has no greater one
    /// has not changed.
    pub(crate) fn changed_since(mut self, mod_seq: u64, known: UidSet) -> Self {
        self.command = self.command.changed_since(mod_seq);
        self.since = Some((mod_seq, known));
        self
    }

    /// Also which messages were removed since then: once QRESYNC is enabled.
    pub(crate) fn vanished(mut self) -> Self {
        self.command = self.command.vanished();
        self
    }

    fn add(&mut self, uid: Uid, row: &types::Fetch) {
        self.found.mod_seq = self.found.mod_seq.max(row.mod_seq.unwrap_or_default());
        if let Some((since, known)) = &self.since
            && row.mod_seq.is_some_and(|mod_seq| mod_seq <= *since)
            && known.contains(uid)
        {
            return;
        }
        if let Some(flags) = &row.flags {
            self.found.flags.add(uid, flags);
        }
    }
}

impl Command for FetchFlags {
    type Output = FlagsFound;

    fn encode(&self, encoder: &mut Encoder) {
        self.command.encode(encoder);
    }

    fn conduct(&self) -> Conduct {
        // Its rows are collected.
        Conduct { streams_rows: false, ..self.command.conduct() }.answers_as("VANISHED")
    }

    fn collect(&mut self, response: Untagged, tag: Tag) -> Option<Untagged> {
        match response {
            Untagged::Fetch(row) if self.matches_row(&row) => {
                if let Some(uid) = row.uid {
                    self.add(uid, &row);
                }
                None
            }
            other => {
                let kept = self.command.collect(other, tag);
                let moves = |response: &Untagged| {
                    matches!(response, Untagged::Exists(_) | Untagged::Expunge(_) | Untagged::Vanished { .. })
                };
                self.found.disturbed |= kept.as_ref().is_some_and(moves);
                kept
            }
        }
    }

    fn finish(self, completion: &StatusResponse) -> Result<FlagsFound, Incomplete> {
        let Self { command, mut found, .. } = self;
        let FetchOutcome { vanished, .. } = command.finish(completion)?;
        found.vanished = found.vanished.union(&vanished);
        found.stopped_at = match &completion.code {
            Some(ResponseCode::MessageLimit { uid, .. }) => *uid,
            _ => None,
        };
        Ok(found)
    }

    fn rows(&mut self) -> Option<&mut dyn Rows> {
        Some(self)
    }
}

impl Rows for FetchFlags {
    fn matches_row(&self, row: &types::Fetch) -> bool {
        let named = row.uid.is_some_and(|uid| self.messages.contains(uid) || self.messages.is_open());
        named && (row.flags.is_some() || row.mod_seq.is_some())
    }

    fn accepts_refusal(&self, refusal: &StatusResponse) -> bool {
        self.command.accepts_refusal(refusal)
    }
}
