//! MOVE, in parts, and what replaces it where the server has none. What has not gone is found out.

use std::time::Instant;

use super::change::{CopyMessages, ExpungeUids, StoreMessages, by_uid, need_uid_expunge};
use super::parts::{Access, InParts, parts};
use super::search::SearchMessages;
use super::{Advance, Error, Procedure, Result, Selection};
use crate::command::{FlagChange, Incomplete, MessageSet, Move, Search, UidSearch};
use crate::engine::Engine;
use crate::types::{Capability, CopyUid, Flag, MailboxName, Reported, Uid, UidSet};

/// What became of messages that were moved.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Moved {
    /// Which messages were copied, and where the copies are, if the server reports it. By RFC 4315, messages that it does not
    /// name were not copied.
    pub copied: Reported<CopyUid>,
    /// Messages that are still in the mailbox, although the server accepted the command.
    pub stayed: UidSet,
}

/// MOVE, in parts; or COPY, STORE and UID EXPUNGE where the server has no MOVE. Without MOVE, only what was copied is removed,
/// and it is an error if COPYUID contradicts itself or cannot be read.
///
/// That messages have gone is seen by their number, where the server reports by COPYUID which were moved. Where it does not, or
/// fewer have gone, a search finds [those that stayed](Moved::stayed). Of messages that were named by sequence number, or by a set with `*`
/// where the server reports neither UIDNEXT nor COPYUID, that is not known.
#[derive(Debug)]
pub struct MoveMessages {
    selection: Selection,
    target: MailboxName,
    /// Which messages are to be moved, where that is known.
    asked: Option<UidSet>,
    /// How many messages the mailbox had before.
    messages_before: u32,
    state: Moving,
}

#[derive(Debug)]
enum Moving {
    Start(MessageSet),
    /// Finds the UIDs of sequence numbers, which the parts before would change.
    Searching(SearchMessages<UidSearch>),
    Sending(InParts<Move, Reported<CopyUid>>),
    /// Without MOVE: finds what is there now.
    Finding(SearchMessages<UidSearch>),
    Copying(CopyMessages, UidSet),
    Marking(StoreMessages, UidSet, Reported<CopyUid>),
    Expunging(ExpungeUids, Reported<CopyUid>),
    /// Finds which of these are still there.
    Checking(SearchMessages<UidSearch>, UidSet, Reported<CopyUid>),
}

/// What a step leads to.
type Next = std::result::Result<Moving, Advance<Moved>>;

impl MoveMessages {
    /// Moves these messages into the mailbox of this name.
    #[must_use]
    pub fn new(selection: Selection, messages: MessageSet, target: MailboxName) -> Self {
        Self { selection, target, asked: None, messages_before: 0, state: Moving::Start(messages) }
    }

    fn start(&mut self, messages: &MessageSet, engine: &Engine) -> Result<Moving> {
        self.selection.check_writable(engine)?;
        self.messages_before = engine.mailbox().map_or(0, |view| view.exists);
        self.asked = match messages {
            MessageSet::Uids(uids) => closed(uids, engine),
            MessageSet::Seqs(_) | MessageSet::SavedSearch => None,
        };
        let capabilities = engine.capabilities();
        if capabilities.supports(Capability::Move) {
            return Ok(match by_uid(self.selection, messages, capabilities) {
                Some(search) => Moving::Searching(search),
                None => self.in_parts(messages),
            });
        }
        need_uid_expunge(capabilities)?;
        // What arrives from now on must not be removed: the set is made once, and only what was copied is removed.
        let here = match messages {
            MessageSet::Uids(uids) => {
                self.asked = Some(uids).filter(|uids| !uids.is_open()).cloned();
                Search::new().uids(uids.clone())
            }
            MessageSet::Seqs(numbers) => Search::new().sequence_numbers(numbers.clone()),
            MessageSet::SavedSearch => return Err(Error::unsupported(Capability::Move.name())),
        };
        Ok(Moving::Finding(SearchMessages::uids(self.selection, here, capabilities)))
    }

    fn in_parts(&self, messages: &MessageSet) -> Moving {
        let commands = parts(messages).into_iter().map(|part| Move::new(part, self.target.clone()));
        Moving::Sending(InParts::new(self.selection, Access::Writes, commands))
    }

    /// What is known of the messages that stayed; a search where it is not.
    fn check(&self, copied: Reported<CopyUid>, engine: &Engine) -> Next {
        // Those that the server does not name as copied have not gone.
        let reported = copied.value().filter(|copied| copied.is_consistent());
        let wanted = match (&self.asked, reported) {
            (Some(asked), Some(copied)) => copied.source.to_set().intersection(asked),
            (Some(asked), None) => asked.clone(),
            (None, Some(copied)) => copied.source.to_set(),
            (None, None) => return Err(Advance::Done(Moved { copied, stayed: UidSet::new() })),
        };
        let left = engine.mailbox().map_or(0, |view| view.exists);
        let gone = u64::from(self.messages_before.saturating_sub(left));
        // Without the server's report, those that have gone may be others.
        if gone == wanted.len() && reported.is_some() {
            return Err(Advance::Done(Moved { copied, stayed: UidSet::new() }));
        }
        // However many pieces the set is in, the command is short.
        let around = match (wanted.first(), wanted.last()) {
            (Some(first), Some(last)) => UidSet::range(first, last),
            _ => return Err(Advance::Done(Moved { copied, stayed: UidSet::new() })),
        };
        let search = Search::new().uids(around);
        let search = SearchMessages::uids(self.selection, search, engine.capabilities());
        Ok(Moving::Checking(search, wanted, copied))
    }

    fn next(&mut self, engine: &mut Engine, now: Instant) -> Result<Next> {
        let selection = self.selection;
        Ok(Ok(match &mut self.state {
            Moving::Start(messages) => {
                let messages = messages.clone();
                self.start(&messages, engine)?
            }
            Moving::Searching(search) => match search.advance(engine, now)?.split() {
                Ok(found) => {
                    let found = found.complete()?;
                    self.asked = Some(found.clone());
                    self.in_parts(&found.into())
                }
                Err(need) => return Ok(Err(need)),
            },
            Moving::Sending(moving) => match moving.advance(engine, now)?.split() {
                Ok(copied) => return Ok(self.check(copied, engine)),
                Err(need) => return Ok(Err(need)),
            },
            Moving::Finding(search) => match search.advance(engine, now)?.split() {
                Ok(found) => {
                    let found = found.complete()?;
                    // A server that finds more must not make this remove more.
                    let asked = self.asked.take();
                    let uids = asked.map_or_else(|| found.clone(), |asked| found.intersection(&asked));
                    self.asked = Some(uids.clone());
                    Moving::Copying(CopyMessages::new(selection, (&uids).into(), self.target.clone()), uids)
                }
                Err(need) => return Ok(Err(need)),
            },
            Moving::Copying(copying, uids) => match copying.advance(engine, now)?.split() {
                Ok(copied) => {
                    let copied = only(copied, uids)?;
                    let gone = copied.value().map_or_else(|| uids.clone(), |copied| copied.source.to_set());
                    let change = FlagChange::add(Flag::Deleted).silent();
                    Moving::Marking(StoreMessages::new(selection, &(&gone).into(), &change), gone, copied)
                }
                Err(need) => return Ok(Err(need)),
            },
            Moving::Marking(marking, gone, copied) => {
                let failed = |error: Error| error.after_a_part(true).after_copies(copied.value().cloned());
                let marked = marking.advance(engine, now).map_err(failed)?;
                match marked.split() {
                    Ok(_) => {
                        let expunging = ExpungeUids::new(selection, gone, engine.capabilities())?;
                        Moving::Expunging(expunging, std::mem::take(copied))
                    }
                    Err(need) => return Ok(Err(need)),
                }
            }
            Moving::Expunging(expunging, copied) => {
                let failed = |error: Error| error.after_a_part(true).after_copies(copied.value().cloned());
                let gone = expunging.advance(engine, now).map_err(failed)?;
                match gone.split() {
                    Ok(_) => {
                        let copied = std::mem::take(copied);
                        return Ok(self.check(copied, engine));
                    }
                    Err(need) => return Ok(Err(need)),
                }
            }
            Moving::Checking(search, wanted, copied) => {
                let failed = |error: Error| error.after_a_part(true).after_copies(copied.value().cloned());
                let found = search.advance(engine, now).map_err(failed)?;
                return Ok(Err(match found.split() {
                    Ok(found) => {
                        let stayed = found.complete().map_err(Error::from).map_err(failed)?.intersection(wanted);
                        Advance::Done(Moved { copied: std::mem::take(copied), stayed })
                    }
                    Err(need) => need,
                }));
            }
        }))
    }
}

impl Procedure for MoveMessages {
    type Output = Moved;

    fn advance(&mut self, engine: &mut Engine, now: Instant) -> Result<Advance<Self::Output>> {
        loop {
            match self.next(engine, now)? {
                Ok(state) => self.state = state,
                Err(advance) => return Ok(advance),
            }
        }
    }

    fn interrupted(&mut self, engine: &mut Engine, error: Error) -> Error {
        let after =
            |error: Error, copied: &Reported<CopyUid>| error.after_a_part(true).after_copies(copied.value().cloned());
        match &mut self.state {
            Moving::Start(_) | Moving::Searching(_) | Moving::Finding(..) => error,
            Moving::Sending(moving) => moving.interrupted(engine, error),
            Moving::Copying(copying, _) => copying.interrupted(engine, error),
            Moving::Marking(marking, _, copied) => after(marking.interrupted(engine, error), copied),
            Moving::Expunging(expunging, copied) => after(expunging.interrupted(engine, error), copied),
            Moving::Checking(search, _, copied) => after(search.interrupted(engine, error), copied),
        }
    }
}

/// The set without messages that are yet to come; nothing where it is not known from which UID on these are.
fn closed(uids: &UidSet, engine: &Engine) -> Option<UidSet> {
    if !uids.is_open() {
        return Some(uids.clone());
    }
    let next = engine.mailbox().and_then(|view| view.uid_next)?;
    let last = u32::try_from(next).ok().and_then(|next| Uid::new(next.checked_sub(1)?))?;
    Some(uids.intersection(&UidSet::range(Uid::MIN, last)))
}

/// What was copied of these messages. Where the two sets do not fit together or cannot be read, it is not known which messages
/// have a copy: removing one that has none would lose it.
fn only(copied: Reported<CopyUid>, uids: &UidSet) -> Result<Reported<CopyUid>> {
    const CONTRADICTORY: Incomplete =
        Incomplete("COPYUID contradicts itself: it is not known which messages were copied, and none was removed");
    const UNREADABLE: Incomplete =
        Incomplete("COPYUID cannot be read: it is not known which messages were copied, and none was removed");
    match copied {
        Reported::Nothing => Ok(Reported::Nothing),
        Reported::Unreadable(_) => Err(Error::from(UNREADABLE).after_a_part(true)),
        Reported::Value(copied) => match copied.among(uids) {
            Some(copied) => Ok(Reported::Value(copied)),
            None => Err(Error::from(CONTRADICTORY).after_copies(Some(copied))),
        },
    }
}
