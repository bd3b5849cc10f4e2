//! The table.
#![allow(unreachable_pub)]

mod rows;
mod sending;
mod session;
mod status;
mod structure;
mod view;

use imaplib_proto::command::Command;
use imaplib_proto::engine::{CommandError, Step, Ticket};

use crate::cases::Case;
use crate::peer::Peer;

/// How a row is kept.
pub enum Kept {
    /// This response is read so, with these notes.
    Response(Box<Case>),
    /// The engine behaves so.
    Behaviour(fn(&mut Feed)),
    /// The client behaves so: the test of this name in `imaplib/tests/clients/cases/quirks.rs`, for both fronts.
    ByClient(&'static str),
    /// The library does something else, for this reason; what it does is among the other entries of the row.
    Decided(&'static str),
}

/// The number, the servers, and what is made of it.
pub type Row = (u8, &'static str, Kept);

pub fn table() -> Vec<Row> {
    [status::rows(), view::rows(), structure::rows(), rows::rows(), session::rows(), sending::rows()]
        .into_iter()
        .flatten()
        .collect()
}

fn read(row: u8, server: &'static str, case: Case) -> Row {
    (row, server, Kept::Response(Box::new(case)))
}

fn does(row: u8, server: &'static str, run: fn(&mut Feed)) -> Row {
    (row, server, Kept::Behaviour(run))
}

fn by_client(row: u8, server: &'static str, test: &'static str) -> Row {
    (row, server, Kept::ByClient(test))
}

fn decided(row: u8, server: &'static str, reason: &'static str) -> Row {
    (row, server, Kept::Decided(reason))
}

/// How what the server says is cut.
#[derive(Clone, Copy)]
enum Cut {
    Nowhere,
    At(usize),
    Everywhere,
}

/// An engine that hears its server in parts.
pub struct Feed {
    pub peer: Peer,
    cut: Cut,
    heard: usize,
}

impl Feed {
    fn new(cut: Cut) -> Self {
        Self { peer: Peer::new(), cut, heard: 0 }
    }

    pub fn whole() -> Self {
        Self::new(Cut::Nowhere)
    }

    pub fn cut_at(at: usize) -> Self {
        Self::new(Cut::At(at))
    }

    pub fn one_by_one() -> Self {
        Self::new(Cut::Everywhere)
    }

    /// How many bytes were heard.
    pub fn heard(&self) -> usize {
        self.heard
    }

    /// With another engine that has heard this greeting.
    fn greeted(&mut self, greeting: &str) {
        self.peer = Peer::new();
        assert_eq!(self.hears(greeting), [Step::Ready]);
    }

    /// With another engine that is logged in and has an INBOX of five messages open. The first tag is A2.
    fn selected(&mut self, capabilities: &str) {
        self.peer = Peer::selected(capabilities);
    }

    /// Gives the engine what the server says, part by part; all that happens.
    fn hears(&mut self, text: impl AsRef<[u8]>) -> Vec<Step> {
        let text = text.as_ref();
        let begin = self.heard;
        self.heard += text.len();
        let parts: Vec<&[u8]> = match self.cut {
            Cut::Nowhere => vec![text],
            Cut::At(at) if at > begin && at < self.heard => {
                let (left, right) = text.split_at(at - begin);
                vec![left, right]
            }
            Cut::At(_) => vec![text],
            Cut::Everywhere => text.chunks(1).collect(),
        };
        let mut steps = Vec::new();
        for part in parts {
            self.peer.engine.push(part);
            loop {
                match self.peer.engine.poll() {
                    Ok(Step::Blocked) | Err(_) => break,
                    Ok(step) => steps.push(step),
                }
            }
        }
        steps
    }

    /// Starts a command, of which exactly this is sent.
    fn sends<C: Command>(&mut self, command: C, expected: &str) -> Ticket<C> {
        let ticket = self.peer.start(command);
        self.peer.sends(expected);
        ticket
    }

    fn ends<C: Command>(&mut self, ticket: &Ticket<C>) -> Result<C::Output, CommandError> {
        self.peer.engine.take(ticket).expect("the command is not over").map(|reply| reply.value)
    }

    /// The reasons of the diagnostics on the events that wait.
    fn reasons(&mut self) -> Vec<&'static str> {
        let events = std::iter::from_fn(|| self.peer.engine.next_event());
        events.flat_map(|event| event.diagnostics).map(|note| note.reason).collect()
    }
}
