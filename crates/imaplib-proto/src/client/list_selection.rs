//! LIST with a selection, and what replaces it on servers without LIST-EXTENDED.

use std::time::Instant;

use super::procedure::Running;
use super::status_items::attributes;
use super::{Advance, Procedure, Result};
use crate::command::{List, ListExtended, ListReturn, ListSelection, Lsub};
use crate::engine::Engine;
use crate::types::{Capability, Listing, MailboxName};

/// The mailboxes that the user subscribes to, also those that do not exist any more: LIST with a selection where the server
/// has LIST-EXTENDED, with children and special uses as a plain LIST returns them; else LSUB.
#[derive(Debug)]
pub struct ListSubscribed {
    pattern: MailboxName,
    state: State<Lsub>,
}

/// The mailboxes with a special use, such as `\Sent`: LIST with a selection where the server has SPECIAL-USE (RFC 6154), else
/// those of all whose attributes a plain LIST reports.
#[derive(Debug)]
pub struct ListSpecialUse {
    pattern: MailboxName,
    state: State<List>,
}

#[derive(Debug)]
enum State<C> {
    Start,
    Extended(Running<ListExtended>),
    Plain(Running<C>),
}

/// What an extended LIST found; `None` if that is nothing, or the server does not understand, for both happen where the plain
/// command works.
type Selected = Option<Vec<Listing>>;

fn select(
    engine: &mut Engine,
    pattern: &MailboxName,
    selection: ListSelection,
    returned: Vec<ListReturn>,
) -> Result<Running<ListExtended>> {
    Running::start(engine, ListExtended::new([pattern.clone()]).select([selection]).returning(returned))
}

fn selected(running: &Running<ListExtended>, engine: &mut Engine) -> Option<Result<Selected>> {
    Some(match running.take(engine)? {
        Ok(reply) if reply.value.is_empty() => Ok(None),
        Ok(reply) => Ok(Some(reply.value.into_iter().map(|mailbox| mailbox.listing).collect())),
        Err(error) if error.is_bad() => Ok(None),
        Err(error) => Err(error),
    })
}

impl ListSubscribed {
    /// Of the mailboxes that match the pattern.
    #[must_use]
    pub fn new(pattern: MailboxName) -> Self {
        Self { pattern, state: State::Start }
    }

    fn plain(&self, engine: &mut Engine) -> Result<State<Lsub>> {
        Running::start(engine, Lsub::new(MailboxName::new("")?, self.pattern.clone())).map(State::Plain)
    }
}

impl Procedure for ListSubscribed {
    type Output = Vec<Listing>;

    fn advance(&mut self, engine: &mut Engine, _now: Instant) -> Result<Advance<Self::Output>> {
        let rev2 = engine.capabilities().has(Capability::Imap4Rev2);
        loop {
            self.state = match &self.state {
                State::Start if engine.capabilities().supports(Capability::ListExtended) => {
                    let returned = attributes(engine.capabilities());
                    State::Extended(select(engine, &self.pattern, ListSelection::Subscribed, returned)?)
                }
                State::Start => self.plain(engine)?,
                State::Extended(running) => match selected(running, engine) {
                    None => return Ok(Advance::IO),
                    Some(found) => match found? {
                        Some(found) => return Ok(Advance::Done(found)),
                        None => self.plain(engine)?,
                    },
                },
                State::Plain(running) => match running.take(engine) {
                    None => return Ok(Advance::IO),
                    // IMAP4rev2 has no LSUB.
                    Some(Err(error)) if rev2 && error.is_bad() => return Ok(Advance::Done(Vec::new())),
                    Some(reply) => return Ok(Advance::Done(reply?.value)),
                },
            };
        }
    }
}

impl ListSpecialUse {
    /// Of the mailboxes that match the pattern.
    #[must_use]
    pub fn new(pattern: MailboxName) -> Self {
        Self { pattern, state: State::Start }
    }

    fn plain(&self, engine: &mut Engine) -> Result<State<List>> {
        Running::start(engine, List::new(MailboxName::new("")?, self.pattern.clone())).map(State::Plain)
    }
}

impl Procedure for ListSpecialUse {
    type Output = Vec<Listing>;

    fn advance(&mut self, engine: &mut Engine, _now: Instant) -> Result<Advance<Self::Output>> {
        loop {
            self.state = match &self.state {
                State::Start if engine.capabilities().has(Capability::SpecialUse) => {
                    State::Extended(select(engine, &self.pattern, ListSelection::SpecialUse, Vec::new())?)
                }
                State::Start => self.plain(engine)?,
                State::Extended(running) => match selected(running, engine) {
                    None => return Ok(Advance::IO),
                    Some(found) => match found? {
                        Some(found) => return Ok(Advance::Done(found)),
                        None => self.plain(engine)?,
                    },
                },
                State::Plain(running) => match running.take(engine) {
                    None => return Ok(Advance::IO),
                    Some(reply) => {
                        let mut all = reply?.value;
                        all.retain(|listing| listing.attributes.iter().any(|attribute| attribute.is_special_use()));
                        return Ok(Advance::Done(all));
                    }
                },
            };
        }
    }
}
