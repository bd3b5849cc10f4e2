//! FETCH, collected, and what to ask where RFC822 is not answered.

use std::time::Instant;

use super::parts::{Access, InParts, parts};
use super::{Advance, Error, Procedure, Result, Selection};
use crate::command::{self, FetchAll, FetchItems, Limited, MessageSet};
use crate::engine::Engine;
use crate::types::{Capabilities, Capability, Fetch, ResponseCode};

/// The FETCH commands for a set of messages: those that are sent, and those that follow if no row is received for them.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct FetchPlan {
    /// One for each part of the set.
    pub first: Vec<command::Fetch>,
    /// The same without items that some servers do not answer; none if there is no other way to ask.
    pub again: Vec<command::Fetch>,
}

impl FetchPlan {
    /// How these items of these messages are fetched: iCloud does not answer RFC822, and BODY[] means the same.
    #[must_use]
    pub fn new(messages: &MessageSet, items: &FetchItems, capabilities: &Capabilities) -> Self {
        let knows = capabilities.has(Capability::Imap4Rev1) || capabilities.has(Capability::Imap4Rev2);
        let again = items.without_rfc822().filter(|_| knows);
        let parts = parts(messages);
        let with =
            |items: &FetchItems| parts.iter().map(|part| command::Fetch::new(part.clone(), items.clone())).collect();
        Self { first: with(items), again: again.as_ref().map(with).unwrap_or_default() }
    }

    /// How these items are fetched of those of the messages that changed after this modification sequence; and once QRESYNC
    /// is enabled, which of them were removed, if the messages are named by UID (RFC 7162, sections 3.1.4 and 3.2.6).
    ///
    /// # Errors
    /// If the server has no CONDSTORE.
    pub fn changed_since(messages: &MessageSet, items: &FetchItems, mod_seq: u64, engine: &Engine) -> Result<Self> {
        need_mod_seqs(engine.capabilities())?;
        let vanished = matches!(messages, MessageSet::Uids(_)) && engine.enabled().has(Capability::QResync);
        let commands = parts(messages).into_iter().map(|part| {
            let command = command::Fetch::new(part, items.clone()).changed_since(mod_seq);
            if vanished { command.vanished() } else { command }
        });
        Ok(Self { first: commands.collect(), again: Vec::new() })
    }
}

/// The same FETCH of the messages that were left, where the code of its completion reports that the server stopped before
/// the end: MESSAGELIMIT (RFC 9738).
///
/// # Errors
/// If the messages are not named by UID, so that nobody knows which were left.
pub fn rest_of_fetch(sent: &command::Fetch, code: Option<&ResponseCode>) -> Result<Option<command::Fetch>> {
    Ok(sent.remaining(code)?)
}

/// Makes sure that the server has modification sequences.
pub(super) fn need_mod_seqs(capabilities: &Capabilities) -> Result<()> {
    match capabilities.supports(Capability::CondStore) || capabilities.supports(Capability::QResync) {
        true => Ok(()),
        false => Err(Error::unsupported(Capability::CondStore.name())),
    }
}

/// FETCH, collected. Its output is the rows.
#[derive(Debug)]
pub struct FetchMessages {
    selection: Selection,
    running: InParts<FetchAll, Vec<Fetch>>,
    again: Vec<command::Fetch>,
}

impl FetchMessages {
    /// Fetches these items of these messages.
    #[must_use]
    pub fn new(selection: Selection, messages: &MessageSet, items: &FetchItems, capabilities: &Capabilities) -> Self {
        let FetchPlan { first, again } = FetchPlan::new(messages, items, capabilities);
        Self { selection, running: Self::collect(selection, first), again }
    }

    fn collect(selection: Selection, commands: Vec<command::Fetch>) -> InParts<FetchAll, Vec<Fetch>> {
        InParts::new(selection, Access::Reads, commands.into_iter().map(FetchAll::from))
    }
}

impl Procedure for FetchMessages {
    type Output = Vec<Fetch>;

    fn advance(&mut self, engine: &mut Engine, now: Instant) -> Result<Advance<Self::Output>> {
        loop {
            match self.running.advance(engine, now)?.split() {
                Ok(rows) if rows.is_empty() && !self.again.is_empty() => {
                    self.running = Self::collect(self.selection, std::mem::take(&mut self.again));
                }
                Ok(rows) => return Ok(Advance::Done(rows)),
                Err(need) => return Ok(need),
            }
        }
    }

    fn interrupted(&mut self, engine: &mut Engine, error: Error) -> Error {
        self.running.interrupted(engine, error)
    }
}
