//! Changes to messages: STORE, COPY and UID EXPUNGE, in parts.

use std::time::Instant;

use super::fetch::need_mod_seqs;
use super::parts::{Access, InParts, parts};
use super::search::SearchMessages;
use super::{Advance, Error, Procedure, Result, Selection};
use crate::command::{self, Copy, FlagChange, MessageSet, Search, StoreOutcome, UidExpunge, UidSearch};
use crate::engine::Engine;
use crate::types::{Capabilities, Capability, CopyUid, MailboxName, Reported, UidSet};

/// STORE, in parts. Its output is the rows with the flags that the messages have now.
#[derive(Debug)]
pub struct StoreMessages(InParts<command::Store, StoreOutcome>);

impl StoreMessages {
    /// Changes the flags of these messages.
    #[must_use]
    pub fn new(selection: Selection, messages: &MessageSet, change: &FlagChange) -> Self {
        let commands = parts(messages).into_iter().map(|part| command::Store::new(part, change.clone()));
        Self(InParts::new(selection, Access::Writes, commands))
    }

    /// Changes the flags of those of the messages that nobody changed after this modification sequence: STORE with
    /// UNCHANGEDSINCE (RFC 7162, section 3.1.3).
    ///
    /// # Errors
    /// If the server has no CONDSTORE.
    pub fn unchanged_since(
        selection: Selection,
        messages: &MessageSet,
        change: &FlagChange,
        mod_seq: u64,
        capabilities: &Capabilities,
    ) -> Result<Self> {
        need_mod_seqs(capabilities)?;
        let commands = parts(messages).into_iter().map(|part| command::Store::new(part, change.clone()));
        let commands = commands.map(|command| command.unchanged_since(mod_seq));
        Ok(Self(InParts::new(selection, Access::Writes, commands)))
    }
}

impl Procedure for StoreMessages {
    type Output = StoreOutcome;

    fn advance(&mut self, engine: &mut Engine, now: Instant) -> Result<Advance<Self::Output>> {
        self.0.advance(engine, now)
    }

    fn interrupted(&mut self, engine: &mut Engine, error: Error) -> Error {
        self.0.interrupted(engine, error)
    }
}

/// UID EXPUNGE, in parts. Its output is how many messages were removed.
#[derive(Debug)]
pub struct ExpungeUids(InParts<UidExpunge, u32>);

impl ExpungeUids {
    /// Removes those of the messages that have `\Deleted`.
    ///
    /// # Errors
    /// If the server has no UIDPLUS.
    pub fn new(selection: Selection, uids: &UidSet, capabilities: &Capabilities) -> Result<Self> {
        need_uid_expunge(capabilities)?;
        let sets = parts(&uids.into()).into_iter().filter_map(|part| match part {
            MessageSet::Uids(uids) => Some(uids),
            _ => None,
        });
        Ok(Self(InParts::new(selection, Access::Writes, sets.map(UidExpunge::new))))
    }
}

impl Procedure for ExpungeUids {
    type Output = u32;

    fn advance(&mut self, engine: &mut Engine, now: Instant) -> Result<Advance<u32>> {
        self.0.advance(engine, now)
    }

    fn interrupted(&mut self, engine: &mut Engine, error: Error) -> Error {
        self.0.interrupted(engine, error)
    }
}

/// COPY, in parts. Its output is where the copies are, if the server reports it.
#[derive(Debug)]
pub struct CopyMessages {
    selection: Selection,
    target: MailboxName,
    state: Copying,
}

#[derive(Debug)]
enum Copying {
    Start(MessageSet),
    Searching(SearchMessages<UidSearch>),
    Sending(InParts<Copy, Reported<CopyUid>>),
}

impl CopyMessages {
    /// Copies these messages into the mailbox of this name.
    #[must_use]
    pub fn new(selection: Selection, messages: MessageSet, target: MailboxName) -> Self {
        Self { selection, target, state: Copying::Start(messages) }
    }

    fn in_parts(&self, messages: &MessageSet) -> Copying {
        let commands = parts(messages).into_iter().map(|part| Copy::new(part, self.target.clone()));
        Copying::Sending(InParts::new(self.selection, Access::Copies, commands))
    }
}

impl Procedure for CopyMessages {
    type Output = Reported<CopyUid>;

    fn advance(&mut self, engine: &mut Engine, now: Instant) -> Result<Advance<Self::Output>> {
        loop {
            self.state = match &mut self.state {
                Copying::Start(messages) => match by_uid(self.selection, messages, engine.capabilities()) {
                    Some(search) => Copying::Searching(search),
                    None => {
                        let messages = messages.clone();
                        self.in_parts(&messages)
                    }
                },
                Copying::Searching(search) => match search.advance(engine, now)?.split() {
                    Ok(found) => self.in_parts(&found.complete()?.into()),
                    Err(need) => return Ok(need),
                },
                Copying::Sending(copying) => return copying.advance(engine, now),
            };
        }
    }

    fn interrupted(&mut self, engine: &mut Engine, error: Error) -> Error {
        match &mut self.state {
            Copying::Sending(copying) => copying.interrupted(engine, error),
            Copying::Start(_) | Copying::Searching(_) => error,
        }
    }
}

/// How to find the messages by UID, where parts of the set of sequence numbers would be renumbered by the parts before.
pub(super) fn by_uid(
    selection: Selection,
    messages: &MessageSet,
    capabilities: &Capabilities,
) -> Option<SearchMessages<UidSearch>> {
    match messages {
        MessageSet::Seqs(numbers) if parts(messages).len() > 1 => {
            let numbers = Search::new().sequence_numbers(numbers.clone());
            Some(SearchMessages::uids(selection, numbers, capabilities))
        }
        _ => None,
    }
}

pub(super) fn need_uid_expunge(capabilities: &Capabilities) -> Result<()> {
    match capabilities.supports(Capability::UidPlus) {
        true => Ok(()),
        false => Err(Error::no_uid_expunge()),
    }
}
