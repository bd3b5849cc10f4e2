//! LIST with STATUS, in the fewest round trips.

use std::collections::VecDeque;
use std::time::Instant;

use super::procedure::Running;
use super::status_items::attributes;
use super::{Advance, Procedure, Result, StatusItems};
use crate::command::{List, ListExtended, ListReturn, Status};
use crate::engine::Engine;
use crate::types::{Capabilities, Capability, ListedMailbox, Listing, MailboxName, StatusItem};

/// So many STATUS commands are in flight at a time.
const AT_ONCE: usize = 256;

/// The mailboxes that match a pattern, each with its figures: in one round trip where the server has LIST-STATUS, else in
/// two. A mailbox that cannot be opened, or whose STATUS is refused, has no figures.
#[derive(Debug)]
pub struct ListWithStatus {
    pattern: MailboxName,
    items: StatusItems,
    state: State,
}

#[derive(Debug)]
enum State {
    Start,
    Extended(Running<ListExtended>),
    Plain(Running<List>),
    Statuses(Statuses),
}

#[derive(Debug)]
struct Statuses {
    waiting: VecDeque<Listing>,
    asked: VecDeque<(Listing, Option<Running<Status>>)>,
    found: Vec<ListedMailbox>,
}

impl ListWithStatus {
    /// These figures of the mailboxes that match the pattern.
    #[must_use]
    pub fn new(pattern: MailboxName, items: &[StatusItem], capabilities: &Capabilities) -> Self {
        Self { pattern, items: StatusItems::new(items, capabilities), state: State::Start }
    }

    fn start(&self, engine: &mut Engine) -> Result<State> {
        if !engine.capabilities().has(Capability::ListStatus) {
            return self.plain(engine);
        }
        let status = ListReturn::Status(self.items.to_send());
        let returned = attributes(engine.capabilities()).into_iter().chain([status]);
        let extended = ListExtended::new([self.pattern.clone()]).returning(returned);
        Running::start(engine, extended).map(State::Extended)
    }

    fn plain(&self, engine: &mut Engine) -> Result<State> {
        Running::start(engine, List::new(MailboxName::new("")?, self.pattern.clone())).map(State::Plain)
    }

    fn complete(&self, mailbox: ListedMailbox) -> ListedMailbox {
        ListedMailbox::new(mailbox.listing, mailbox.status.map(|status| self.items.complete(status)))
    }
}

impl Procedure for ListWithStatus {
    type Output = Vec<ListedMailbox>;

    fn advance(&mut self, engine: &mut Engine, _now: Instant) -> Result<Advance<Self::Output>> {
        loop {
            self.state = match &mut self.state {
                State::Start => self.start(engine)?,
                State::Extended(running) => match running.take(engine) {
                    None => return Ok(Advance::IO),
                    Some(Ok(reply)) if !reply.value.is_empty() => {
                        let found = reply.value.into_iter().map(|listed| self.complete(listed));
                        return Ok(Advance::Done(found.collect()));
                    }
                    Some(Err(error)) if !error.is_bad() => return Err(error),
                    // Nothing, or a server that does not understand: both happen where the plain command works.
                    Some(_) => self.plain(engine)?,
                },
                State::Plain(running) => match running.take(engine) {
                    None => return Ok(Advance::IO),
                    Some(reply) => State::Statuses(Statuses::new(reply?.value)),
                },
                State::Statuses(statuses) => return statuses.advance(engine, &self.items),
            };
        }
    }
}

impl Statuses {
    fn new(listings: Vec<Listing>) -> Self {
        Self { waiting: listings.into(), asked: VecDeque::new(), found: Vec::new() }
    }

    fn advance(&mut self, engine: &mut Engine, items: &StatusItems) -> Result<Advance<Vec<ListedMailbox>>> {
        loop {
            while self.asked.len() < AT_ONCE
                && let Some(listing) = self.waiting.pop_front()
            {
                let running = match listing.is_selectable() {
                    true => Some(Running::start(engine, Status::new(listing.name.clone(), items.to_send()))?),
                    false => None,
                };
                self.asked.push_back((listing, running));
            }
            let status = match self.asked.front() {
                None => return Ok(Advance::Done(std::mem::take(&mut self.found))),
                Some((_, None)) => None,
                Some((_, Some(running))) => match running.take(engine) {
                    None => return Ok(Advance::IO),
                    Some(Ok(reply)) => Some(items.complete(reply.value)),
                    Some(Err(error)) if error.is_no() || error.is_bad() => None,
                    Some(Err(error)) => return Err(error),
                },
            };
            if let Some((listing, _)) = self.asked.pop_front() {
                self.found.push(ListedMailbox::new(listing, status));
            }
        }
    }
}
