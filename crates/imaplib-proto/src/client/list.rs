//! LIST in the fewest round trips: with STATUS, or with a selection, and what replaces both.

use std::collections::VecDeque;
use std::time::Instant;

use super::procedure::Running;
use super::{Advance, Procedure, Result};
use crate::command::{List, ListExtended, ListReturn, ListSelection, Lsub, Status, XList};
use crate::engine::Engine;
use crate::types::{
    Capabilities, Capability, ListedMailbox, Listing, MailboxAttribute, MailboxName, MailboxStatus, StatusItem,
};

/// So many STATUS commands are in flight at a time.
const AT_ONCE: usize = 256;

/// The mailboxes that match a pattern, each with its figures: in one round trip where the server has LIST-STATUS, else in
/// two. A mailbox that cannot be opened, or whose STATUS is refused, has no figures.
#[derive(Debug)]
pub struct ListWithStatus {
    pattern: MailboxName,
    items: StatusItems,
    state: StatusStep,
}

#[derive(Debug)]
enum StatusStep {
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
        Self { pattern, items: StatusItems::new(items, capabilities), state: StatusStep::Start }
    }

    fn start(&self, engine: &mut Engine) -> Result<StatusStep> {
        if !engine.capabilities().has(Capability::ListStatus) {
            return self.plain(engine);
        }
        let status = ListReturn::Status(self.items.to_send());
        let returned = attributes(engine.capabilities()).into_iter().chain([status]);
        let extended = ListExtended::new([self.pattern.clone()]).returning(returned);
        Running::start(engine, extended).map(StatusStep::Extended)
    }

    fn plain(&self, engine: &mut Engine) -> Result<StatusStep> {
        Running::start(engine, List::new(MailboxName::new("")?, self.pattern.clone())).map(StatusStep::Plain)
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
                StatusStep::Start => self.start(engine)?,
                StatusStep::Extended(running) => match running.take(engine) {
                    None => return Ok(Advance::IO),
                    Some(Ok(reply)) if !reply.value.is_empty() => {
                        let found = reply.value.into_iter().map(|listed| self.complete(listed));
                        return Ok(Advance::Done(found.collect()));
                    }
                    Some(Err(error)) if !error.is_bad() => return Err(error),
                    // Nothing, or a server that does not understand: both happen where the plain command works.
                    Some(_) => self.plain(engine)?,
                },
                StatusStep::Plain(running) => match running.take(engine) {
                    None => return Ok(Advance::IO),
                    Some(reply) => StatusStep::Statuses(Statuses::new(reply?.value)),
                },
                StatusStep::Statuses(statuses) => return statuses.advance(engine, &self.items),
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

/// The mailboxes that the user subscribes to, also those that do not exist any more: LIST with a selection where the server
/// has LIST-EXTENDED, with children and special uses as a plain LIST returns them; else LSUB.
#[derive(Debug)]
pub struct ListSubscribed {
    pattern: MailboxName,
    state: SelectionStep<Lsub>,
}

/// The mailboxes with a special use, such as `\Sent`: LIST with a selection where the server has SPECIAL-USE (RFC 6154), else
/// XLIST, else those of all whose attributes a plain LIST reports.
#[derive(Debug)]
pub struct ListSpecialUse {
    pattern: MailboxName,
    state: SelectionStep<List>,
    /// XLIST, which servers had before.
    xlist: Option<Running<XList>>,
}

#[derive(Debug)]
enum SelectionStep<C> {
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
        Self { pattern, state: SelectionStep::Start }
    }

    fn plain(&self, engine: &mut Engine) -> Result<SelectionStep<Lsub>> {
        Running::start(engine, Lsub::new(MailboxName::new("")?, self.pattern.clone())).map(SelectionStep::Plain)
    }
}

impl Procedure for ListSubscribed {
    type Output = Vec<Listing>;

    fn advance(&mut self, engine: &mut Engine, _now: Instant) -> Result<Advance<Self::Output>> {
        let rev2 = engine.capabilities().has(Capability::Imap4Rev2);
        loop {
            self.state = match &self.state {
                SelectionStep::Start if engine.capabilities().supports(Capability::ListExtended) => {
                    let returned = attributes(engine.capabilities());
                    SelectionStep::Extended(select(engine, &self.pattern, ListSelection::Subscribed, returned)?)
                }
                SelectionStep::Start => self.plain(engine)?,
                SelectionStep::Extended(running) => match selected(running, engine) {
                    None => return Ok(Advance::IO),
                    Some(found) => match found? {
                        Some(found) => return Ok(Advance::Done(found)),
                        None => self.plain(engine)?,
                    },
                },
                SelectionStep::Plain(running) => match running.take(engine) {
                    None => return Ok(Advance::IO),
                    // IMAP4rev2 has no LSUB.
                    Some(Err(error)) if rev2 && error.is_bad() => return Ok(Advance::Done(Vec::new())),
                    Some(reply) => return Ok(Advance::Done(reply?.value)),
                },
            };
        }
    }
}

/// What XLIST returns, with the uses that RFC 6154 named otherwise.
fn renamed(mut all: Vec<Listing>) -> Vec<Listing> {
    for listing in &mut all {
        let newer = |attribute: MailboxAttribute| match attribute.as_bytes().to_ascii_lowercase().as_slice() {
            b"\\allmail" => Some(MailboxAttribute::All),
            b"\\spam" => Some(MailboxAttribute::Junk),
            b"\\starred" => Some(MailboxAttribute::Flagged),
            _ => None,
        };
        let newer: Vec<_> = listing.attributes.iter().filter_map(newer).collect();
        newer.into_iter().for_each(|attribute| listing.attributes.insert(attribute));
    }
    all
}

/// Those of the mailboxes that have a special use.
fn with_uses(mut all: Vec<Listing>) -> Vec<Listing> {
    all.retain(|listing| listing.attributes.iter().any(|attribute| attribute.is_special_use()));
    all
}

impl ListSpecialUse {
    /// Of the mailboxes that match the pattern.
    #[must_use]
    pub fn new(pattern: MailboxName) -> Self {
        Self { pattern, state: SelectionStep::Start, xlist: None }
    }

    fn plain(&self, engine: &mut Engine) -> Result<SelectionStep<List>> {
        Running::start(engine, List::new(MailboxName::new("")?, self.pattern.clone())).map(SelectionStep::Plain)
    }
}

impl Procedure for ListSpecialUse {
    type Output = Vec<Listing>;

    fn advance(&mut self, engine: &mut Engine, _now: Instant) -> Result<Advance<Self::Output>> {
        let special_use = engine.capabilities().has(Capability::SpecialUse);
        let by_xlist = !special_use && engine.capabilities().has(Capability::XList);
        if by_xlist && self.xlist.is_none() {
            let command = XList::new(MailboxName::new("")?, self.pattern.clone());
            self.xlist = Some(Running::start(engine, command)?);
        }
        if let Some(running) = &self.xlist {
            return match running.take(engine) {
                None => Ok(Advance::IO),
                Some(reply) => Ok(Advance::Done(with_uses(renamed(reply?.value)))),
            };
        }
        loop {
            self.state = match &self.state {
                SelectionStep::Start if special_use => {
                    SelectionStep::Extended(select(engine, &self.pattern, ListSelection::SpecialUse, Vec::new())?)
                }
                SelectionStep::Start => self.plain(engine)?,
                SelectionStep::Extended(running) => match selected(running, engine) {
                    None => return Ok(Advance::IO),
                    Some(found) => match found? {
                        Some(found) => return Ok(Advance::Done(found)),
                        None => self.plain(engine)?,
                    },
                },
                SelectionStep::Plain(running) => match running.take(engine) {
                    None => return Ok(Advance::IO),
                    Some(reply) => return Ok(Advance::Done(with_uses(reply?.value))),
                },
            };
        }
    }
}

/// The return options with which an extended LIST reports as much of each mailbox as a plain one: it reports nothing unless
/// it is asked (RFC 5258, section 3).
pub(super) fn attributes(capabilities: &Capabilities) -> Vec<ListReturn> {
    let mut returned = vec![ListReturn::Children];
    if capabilities.has(Capability::SpecialUse) {
        returned.push(ListReturn::SpecialUse);
    }
    returned
}

/// The figures that are asked for, and the one of them that the server has announced already for all mailboxes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusItems {
    items: Vec<StatusItem>,
    append_limit: Option<u64>,
}

impl StatusItems {
    /// Where all mailboxes have the same limit for messages to append, STATUS does not know it (RFC 7889, section 2).
    #[must_use]
    pub fn new(items: &[StatusItem], capabilities: &Capabilities) -> Self {
        let is_asked = items.contains(&StatusItem::AppendLimit);
        let append_limit = if is_asked { capabilities.append_limit() } else { None };
        Self { items: items.to_vec(), append_limit }
    }

    /// Those that the server can be asked for; never none, if there are any.
    #[must_use]
    pub fn to_send(&self) -> Vec<StatusItem> {
        let mut items = self.items.clone();
        if self.append_limit.is_some() {
            items.retain(|item| *item != StatusItem::AppendLimit);
            if items.is_empty() {
                items.push(StatusItem::Messages);
            }
        }
        items
    }

    /// The figures with the one that was announced before.
    #[must_use]
    pub fn complete(&self, mut status: MailboxStatus) -> MailboxStatus {
        if let Some(limit) = self.append_limit {
            status.append_limit.get_or_insert(Some(limit));
        }
        status
    }
}
