//! Changes to messages: STORE, COPY, MOVE and UID EXPUNGE, in parts, and MOVE where the server has none.

use std::time::Instant;

use super::fetch::need_mod_seqs;
use super::parts::{Access, InParts, parts};
use super::search::SearchMessages;
use super::{Advance, Error, Procedure, Result, Selection};
use crate::command::{
    self, Copy, FlagChange, Incomplete, MessageSet, Move, Search, StoreOutcome, UidExpunge, UidSearch,
};
use crate::engine::Engine;
use crate::types::{Capabilities, Capability, CopyUid, Flag, MailboxName, UidSet};

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
    Sending(InParts<Copy, Option<CopyUid>>),
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
    type Output = Option<CopyUid>;

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

/// MOVE, in parts; or COPY, STORE and UID EXPUNGE where the server has no MOVE. Its output is which messages were moved and
/// where they are now, if the server reports it: messages that it does not name were not moved. Without MOVE, only those are
/// removed, and it is an error if COPYUID contradicts itself.
#[derive(Debug)]
pub struct MoveMessages {
    selection: Selection,
    target: MailboxName,
    state: Moving,
}

#[derive(Debug)]
enum Moving {
    Start(MessageSet),
    /// Finds the UIDs of sequence numbers, which the parts before would change.
    Searching(SearchMessages<UidSearch>),
    Sending(InParts<Move, Option<CopyUid>>),
    /// Without MOVE: finds what is there now. What was asked for, where that is known.
    Finding(SearchMessages<UidSearch>, Option<UidSet>),
    Copying(CopyMessages, UidSet),
    Marking(StoreMessages, UidSet, Option<CopyUid>),
    Expunging(ExpungeUids, Option<CopyUid>),
}

impl MoveMessages {
    /// Moves these messages into the mailbox of this name.
    #[must_use]
    pub fn new(selection: Selection, messages: MessageSet, target: MailboxName) -> Self {
        Self { selection, target, state: Moving::Start(messages) }
    }

    fn start(&self, messages: &MessageSet, engine: &Engine) -> Result<Moving> {
        self.selection.check_writable(engine)?;
        let capabilities = engine.capabilities();
        if capabilities.supports(Capability::Move) {
            return Ok(match by_uid(self.selection, messages, capabilities) {
                Some(search) => Moving::Searching(search),
                None => self.in_parts(messages),
            });
        }
        need_uid_expunge(capabilities)?;
        // What arrives from now on must not be removed: the set is made once, and only what was copied is removed.
        let (here, asked) = match messages {
            MessageSet::Uids(uids) => (Search::new().uids(uids.clone()), Some(uids).filter(|uids| !uids.is_open())),
            MessageSet::Seqs(numbers) => (Search::new().sequence_numbers(numbers.clone()), None),
            MessageSet::SavedSearch => return Err(Error::unsupported(Capability::Move.name())),
        };
        Ok(Moving::Finding(SearchMessages::uids(self.selection, here, capabilities), asked.cloned()))
    }

    fn in_parts(&self, messages: &MessageSet) -> Moving {
        let commands = parts(messages).into_iter().map(|part| Move::new(part, self.target.clone()));
        Moving::Sending(InParts::new(self.selection, Access::Writes, commands))
    }

    fn next(
        &mut self,
        engine: &mut Engine,
        now: Instant,
    ) -> Result<std::result::Result<Moving, Advance<Option<CopyUid>>>> {
        let selection = self.selection;
        Ok(Ok(match &mut self.state {
            Moving::Start(messages) => {
                let messages = messages.clone();
                self.start(&messages, engine)?
            }
            Moving::Searching(search) => match search.advance(engine, now)?.split() {
                Ok(found) => self.in_parts(&found.complete()?.into()),
                Err(need) => return Ok(Err(need)),
            },
            Moving::Sending(moving) => return moving.advance(engine, now).map(Err),
            Moving::Finding(search, asked) => match search.advance(engine, now)?.split() {
                Ok(found) => {
                    let found = found.complete()?;
                    // A server that finds more must not make this remove more.
                    let uids = asked.take().map_or_else(|| found.clone(), |asked| found.intersection(&asked));
                    Moving::Copying(CopyMessages::new(selection, (&uids).into(), self.target.clone()), uids)
                }
                Err(need) => return Ok(Err(need)),
            },
            Moving::Copying(copying, uids) => match copying.advance(engine, now)?.split() {
                Ok(copied) => {
                    let copied = copied.map(|copied| only(copied, uids)).transpose()?;
                    let gone = copied.as_ref().map_or_else(|| uids.clone(), |copied| copied.source.to_set());
                    let change = FlagChange::add(Flag::Deleted).silent();
                    Moving::Marking(StoreMessages::new(selection, &(&gone).into(), &change), gone, copied)
                }
                Err(need) => return Ok(Err(need)),
            },
            Moving::Marking(marking, gone, copied) => {
                let failed = |error: Error| error.after_a_part(true).after_copies(copied.clone());
                let marked = marking.advance(engine, now).map_err(failed)?;
                match marked.split() {
                    Ok(_) => {
                        let expunging = ExpungeUids::new(selection, gone, engine.capabilities())?;
                        Moving::Expunging(expunging, copied.take())
                    }
                    Err(need) => return Ok(Err(need)),
                }
            }
            Moving::Expunging(expunging, copied) => {
                let failed = |error: Error| error.after_a_part(true).after_copies(copied.clone());
                let gone = expunging.advance(engine, now).map_err(failed)?;
                return Ok(Err(match gone.split() {
                    Ok(_) => Advance::Done(copied.take()),
                    Err(need) => need,
                }));
            }
        }))
    }
}

impl Procedure for MoveMessages {
    type Output = Option<CopyUid>;

    fn advance(&mut self, engine: &mut Engine, now: Instant) -> Result<Advance<Self::Output>> {
        loop {
            match self.next(engine, now)? {
                Ok(state) => self.state = state,
                Err(advance) => return Ok(advance),
            }
        }
    }

    fn interrupted(&mut self, engine: &mut Engine, error: Error) -> Error {
        match &mut self.state {
            Moving::Start(_) | Moving::Searching(_) | Moving::Finding(..) => error,
            Moving::Sending(moving) => moving.interrupted(engine, error),
            Moving::Copying(copying, _) => copying.interrupted(engine, error),
            Moving::Marking(marking, _, copied) => {
                marking.interrupted(engine, error).after_a_part(true).after_copies(copied.take())
            }
            Moving::Expunging(expunging, copied) => {
                expunging.interrupted(engine, error).after_a_part(true).after_copies(copied.take())
            }
        }
    }
}

/// What was copied of these messages. Where the two sets do not fit together, it is not known which messages have a copy:
/// removing one that has none would lose it.
fn only(copied: CopyUid, uids: &UidSet) -> Result<CopyUid> {
    const CONTRADICTORY: Incomplete =
        Incomplete("COPYUID contradicts itself: it is not known which messages were copied, and none was removed");
    match copied.among(uids) {
        Some(copied) => Ok(copied),
        None => Err(Error::from(CONTRADICTORY).after_copies(Some(copied))),
    }
}

/// How to find the messages by UID, where parts of the set of sequence numbers would be renumbered by the parts before.
fn by_uid(
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

fn need_uid_expunge(capabilities: &Capabilities) -> Result<()> {
    match capabilities.supports(Capability::UidPlus) {
        true => Ok(()),
        false => Err(Error::no_uid_expunge()),
    }
}
