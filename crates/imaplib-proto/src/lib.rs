//! The IMAP protocol without I/O: octets in, values out.
//!
//! Most programs want the clients of the crate `imaplib`, which are built on this one. Use this crate if you have a
//! socket, a clock and an event loop of your own.
//!
//! | module | what it is for |
//! |---|---|
//! | [`engine`] | the connection as a state machine: what to send, and what the received octets mean |
//! | [`command`] | commands as values, typed in and out |
//! | [`response`] | reading one response |
//! | [`wire`] | framing responses, encoding commands |
//! | [`types`] | the values |
//! | [`sasl`] | authentication mechanisms |
//!
//! Nothing here reads a clock, takes random numbers, opens a socket or starts a thread, and there is no unsafe code.
//!
//! ```
//! use imaplib_proto::command::UidSearch;
//! use imaplib_proto::command::Search;
//! use imaplib_proto::engine::{Engine, Step, Transmit};
//!
//! let mut engine = Engine::default();
//! engine.receive(b"* PREAUTH [CAPABILITY IMAP4rev1] hello\r\n");
//! assert_eq!(engine.poll()?, Step::Ready);
//!
//! let ticket = engine.start(UidSearch::new(Search::unseen()))?;
//! assert_eq!(engine.transmit(), Transmit::Octets(b"A1 UID SEARCH UNSEEN\r\n"));
//! engine.sent(22);
//!
//! engine.receive(b"* SEARCH 4 5 6 9\r\nA1 OK done\r\n");
//! while engine.poll()? != Step::Blocked {}
//! let unseen = engine.take(&ticket).expect("it is over")?.value;
//! assert_eq!(unseen.to_string(), "4:6,9");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod command;
pub mod engine;
pub mod response;
pub mod sasl;
pub mod types;
pub mod wire;
