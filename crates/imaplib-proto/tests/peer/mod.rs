//! The other side of an engine, in memory.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use imaplib_proto::command::{self, Command};
use imaplib_proto::engine::{CommandError, Engine, EngineError, Step, Ticket, Transmit};
use imaplib_proto::types::{MailboxName, Untagged};

/// The engine and what it sent.
pub struct Peer {
    pub engine: Engine,
}

impl Peer {
    pub fn new() -> Self {
        Self { engine: Engine::default() }
    }

    /// After a greeting with these capabilities and a login.
    pub fn logged_in(capabilities: &str) -> Self {
        let mut peer = Self::new();
        peer.says(&format!("* PREAUTH [CAPABILITY IMAP4rev1 {capabilities}] hi\r\n"));
        assert_eq!(peer.steps(), [Step::Ready]);
        peer
    }

    pub fn selected(capabilities: &str) -> Self {
        let mut peer = Self::logged_in(capabilities);
        let ticket = peer.start(command::Select::new(MailboxName::inbox()));
        peer.sends("A1 SELECT INBOX\r\n");
        peer.says("* 5 EXISTS\r\n* OK [UIDVALIDITY 7] x\r\nA1 OK [READ-WRITE] x\r\n");
        peer.ends(&ticket).unwrap();
        peer
    }

    pub fn says(&mut self, text: &str) {
        self.engine.push(text.as_bytes());
    }

    /// All that happens until nothing more does.
    pub fn steps(&mut self) -> Vec<Step> {
        let mut steps = Vec::new();
        loop {
            match self.engine.poll().unwrap() {
                Step::Blocked => return steps,
                step => steps.push(step),
            }
        }
    }

    pub fn fails(&mut self) -> EngineError {
        loop {
            match self.engine.poll() {
                Err(error) => {
                    assert_eq!(self.engine.poll(), Err(error.clone()), "the error stays");
                    return error;
                }
                Ok(Step::Blocked) => panic!("no error"),
                Ok(_) => {}
            }
        }
    }

    /// What goes out now.
    pub fn out(&mut self) -> String {
        let mut text = Vec::new();
        while let Transmit::Bytes(bytes) = self.engine.transmit() {
            // One byte at a time: the engine must keep its place.
            text.push(bytes[0]);
            self.engine.sent(1);
        }
        String::from_utf8_lossy(&text).into_owned()
    }

    pub fn sends(&mut self, expected: &str) {
        assert_eq!(self.out(), expected);
    }

    pub fn start<C: Command>(&mut self, command: C) -> Ticket<C> {
        self.engine.start(command).unwrap()
    }

    pub fn ends<C: Command>(&mut self, ticket: &Ticket<C>) -> Result<C::Output, CommandError> {
        self.steps();
        self.engine.take(ticket).expect("the command is not over").map(|reply| reply.value)
    }

    pub fn events(&mut self) -> Vec<Untagged> {
        std::iter::from_fn(|| self.engine.next_event()).map(|event| event.response).collect()
    }
}
