//! What both fronts offer, written once.
//!
//! Each macro here makes the methods of one type, for the async front with `async` as its argument and for the
//! blocking one without. In their bodies `wait!(…)` is `….await` or nothing. So the fronts cannot drift apart.

mod append;
mod client;
mod idle;
mod mailbox;
mod rows;
mod session;
mod types;

pub(crate) use append::append_methods;
pub(crate) use client::client_methods;
pub(crate) use idle::idle_methods;
pub(crate) use mailbox::mailbox_methods;
pub(crate) use rows::{RowsState, row_methods};
pub(crate) use session::{command_methods, session_methods};
pub(crate) use types::front_types;

use imaplib_proto::command::{Append, ListReturn, MessageSet, Reply, Role};
use imaplib_proto::engine::Engine;
use imaplib_proto::types::{Capabilities, Capability, CopyUid, MailboxStatus, StatusItem};
use std::time::Duration;

use crate::{Error, Result};

/// Command lines are kept to this many octets, as RFC 7162, section 4, asks: sets of messages are split.
const MAX_SET: usize = 7_500;

/// Longer than any program runs, and short enough for every clock.
pub(crate) const FOREVER: Duration = Duration::from_secs(1 << 29);

/// Refuses commands that need more than to be sent and answered.
pub(crate) fn can_run(role: &Role) -> Result<()> {
    let call = match role {
        Role::Rows { .. } => "Mailbox::fetch or fetch_all",
        Role::Brings => "Session::append",
        Role::Idle => "Mailbox::idle",
        Role::Select { .. } => "Session::select or examine",
        Role::Authenticate | Role::StartTls => "Client",
        Role::Compress => "Session::compress",
        Role::Logout => "Session::logout",
        _ => return Ok(()),
    };
    Err(Error::argument(format!("this command has a call of its own: {call}")))
}

/// The error of a handle whose mailbox is not the one that is open.
pub(crate) fn not_open() -> Error {
    Error::argument("this mailbox is not open any more: another one was opened, or it was closed")
}

/// The parts in which a set of messages is sent; none for an empty set.
pub(crate) fn parts(messages: &MessageSet) -> Vec<MessageSet> {
    if messages.is_empty() { Vec::new() } else { messages.split(MAX_SET) }
}

/// What an extended LIST must be told to return so that as much comes of each mailbox as of a plain one: it tells nothing
/// by itself (RFC 5258, section 3).
pub(crate) fn attributes(capabilities: &Capabilities) -> Vec<ListReturn> {
    let mut returned = vec![ListReturn::Children];
    if capabilities.has(Capability::SpecialUse) {
        returned.push(ListReturn::SpecialUse);
    }
    returned
}

/// The figures that are asked for, and the one of them that the server has told already for all mailboxes.
pub(crate) struct StatusItems {
    items: Vec<StatusItem>,
    append_limit: Option<u64>,
}

impl StatusItems {
    /// Where all mailboxes have the same limit for messages to append, STATUS does not know it (RFC 7889, section 2).
    pub(crate) fn new(items: &[StatusItem], capabilities: &Capabilities) -> Self {
        let is_asked = items.contains(&StatusItem::AppendLimit);
        let append_limit = if is_asked { capabilities.append_limit() } else { None };
        Self { items: items.to_vec(), append_limit }
    }

    /// Those that the server can be asked for; never none, if there are any.
    pub(crate) fn to_send(&self) -> Vec<StatusItem> {
        let mut items = self.items.clone();
        if self.append_limit.is_some() {
            items.retain(|item| *item != StatusItem::AppendLimit);
            if items.is_empty() {
                items.push(StatusItem::Messages);
            }
        }
        items
    }

    /// The figures with the one that was told before.
    pub(crate) fn complete(&self, mut status: MailboxStatus) -> MailboxStatus {
        if let Some(limit) = self.append_limit {
            status.append_limit.get_or_insert(Some(limit));
        }
        status
    }
}

/// Whether the server takes such a message.
pub(crate) fn can_append(command: &Append, capabilities: &Capabilities) -> Result<()> {
    match command.is_binary() && !capabilities.has(Capability::Binary) {
        true => Err(Error::not_offered(Capability::Binary)),
        false => Ok(()),
    }
}

/// Says what the end of the connection left open.
pub(crate) fn explain(engine: &Engine, error: Error) -> Error {
    let literal = if error.is_connection_lost() { engine.open_literal() } else { None };
    error.unanswered(engine.unanswered().next().is_some()).within_literal(literal)
}

/// What a method gives of an answer: all of it, or only the value.
pub(crate) trait FromReply<T> {
    fn from_reply(reply: Reply<T>) -> Self;
}

impl<T> FromReply<T> for T {
    fn from_reply(reply: Reply<T>) -> Self {
        reply.value
    }
}

impl FromReply<()> for Reply<()> {
    fn from_reply(reply: Self) -> Self {
        reply
    }
}

/// The answers to a COPY that was sent in parts, as one.
#[derive(Default)]
pub(crate) struct Copied {
    pub(crate) all: Option<CopyUid>,
}

impl Copied {
    pub(crate) fn add(&mut self, part: Option<CopyUid>) {
        match (&mut self.all, part) {
            (Some(all), Some(part)) => {
                all.source.append(part.source);
                all.target.append(part.target);
            }
            (all, part) => *all = all.take().or(part),
        }
    }
}
