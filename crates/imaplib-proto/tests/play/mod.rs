//! A procedure against a server that plays a script, with a clock that is moved by hand: no sockets, no threads.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::time::{Duration, Instant};

use imaplib_proto::client::{Advance, Error, Procedure, Selection};
use imaplib_proto::engine::{Engine, Step, Transmit};

use super::peer::Peer;

pub const SECOND: Duration = Duration::from_secs(1);

/// What happens while a procedure waits.
#[derive(Clone, Copy)]
pub enum Scene<'s> {
    /// The client sends the first, and the server answers with the second.
    Exchange(&'s str, &'s str),
    /// The procedure wants to be advanced after this time, in which nothing happens.
    Waits(Duration),
    /// The procedure wants to be advanced after more than this time; this happens then.
    Comes(Duration, &'s str),
    /// The connection fails.
    Fails,
}

pub use Scene::{Comes, Exchange, Fails, Waits};

pub struct Play {
    pub engine: Engine,
    pub now: Instant,
}

impl Play {
    fn new(peer: Peer) -> Self {
        Self { engine: peer.engine, now: Instant::now() }
    }

    /// Before the greeting.
    pub fn silent() -> Self {
        Self::new(Peer::new())
    }

    /// After a greeting with these capabilities.
    pub fn greeted(capabilities: &str) -> Self {
        let mut peer = Peer::new();
        peer.says(&format!("* OK [CAPABILITY IMAP4rev1 {capabilities}] hi\r\n"));
        peer.steps();
        Self::new(peer)
    }

    pub fn logged_in(capabilities: &str) -> Self {
        Self::new(Peer::logged_in(capabilities))
    }

    /// With INBOX open, of 5 messages; the next command is A2.
    pub fn selected(capabilities: &str) -> Self {
        Self::new(Peer::selected(capabilities))
    }

    pub fn selection(&self) -> Selection {
        Selection::current(&self.engine)
    }

    /// What goes out now.
    pub fn out(&mut self) -> String {
        let mut text = Vec::new();
        while let Transmit::Bytes(bytes) = self.engine.transmit() {
            let count = bytes.len();
            text.extend_from_slice(bytes);
            self.engine.sent(count);
        }
        String::from_utf8(text).unwrap()
    }

    /// The server sends this, and the engine looks at all of it.
    pub fn says(&mut self, text: &str) {
        self.engine.push(text.as_bytes());
        while self.engine.poll().unwrap() != Step::Blocked {}
    }

    /// Advances to the end; the script must be played to its end then.
    pub fn run<P: Procedure>(&mut self, procedure: &mut P, script: &[Scene<'_>]) -> Result<P::Output, Error> {
        let mut script = script.iter();
        let mut out = String::new();
        loop {
            let need = match procedure.advance(&mut self.engine, self.now) {
                Ok(Advance::Done(output)) => {
                    assert_eq!(script.len(), 0, "scenes are left");
                    return Ok(output);
                }
                Err(error) => {
                    assert_eq!(script.len(), 0, "scenes are left: {error}");
                    return Err(error);
                }
                Ok(need) => need,
            };
            out += &self.out();
            let until = match need {
                // As those who have a stream do: one thing that happens at a time.
                Advance::NeedIo { .. } if self.engine.poll().unwrap() != Step::Blocked => continue,
                Advance::NeedIo { until } => until,
                Advance::SleepUntil(until) => Some(until),
                _ => panic!("it needs something else"),
            };
            out += &self.out();
            match *script.next().unwrap_or_else(|| panic!("it waits, and nothing is left; it sent {out:?}")) {
                Exchange(expected, answer) => {
                    assert_eq!(std::mem::take(&mut out), expected);
                    self.engine.push(answer.as_bytes());
                }
                Waits(time) => {
                    assert_eq!(out, "");
                    assert_eq!(until, Some(self.now + time));
                    self.now += time;
                }
                Comes(time, answer) => {
                    assert_eq!(out, "");
                    assert!(until.is_none_or(|until| until > self.now + time));
                    self.now += time;
                    self.engine.push(answer.as_bytes());
                }
                Fails => {
                    assert_eq!(script.len(), 0, "scenes are left");
                    let error = Error::from(self.engine.end_of_input().unwrap());
                    return Err(procedure.interrupted(&mut self.engine, error));
                }
            }
        }
    }
}
