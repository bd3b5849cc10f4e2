//! The IMAP protocol without I/O: bytes in, values out.
//!
//! Most programs want the clients of the crate `imaplib`, which are built on this one. Use this crate if you have a
//! socket, a clock and an event loop of your own.
//!
//! | module | what it is for |
//! |---|---|
//! | [`engine`] | the connection as a state machine: what to send, and what the received bytes mean |
//! | [`command`] | commands as values, typed in and out |
//! | [`parse`] | reading one response |
//! | [`wire`] | framing responses, encoding commands |
//! | [`types`] | the values |
//! | [`sasl`] | authentication mechanisms |
//! | [`order`] | sorting and threads, for servers without SORT and THREAD |
//! | [`redact`] | taking secrets out of text |
//! | `mime` | texts, names, dates and attachments of messages, decoded (feature `mime`) |
//! | [`client`] | what a client decides: errors, timeouts, procedures of several commands |
//!
//! Nothing here reads a clock, uses random numbers, opens a socket or starts a thread, and there is no unsafe code.
//!
//! # Driving the engine
//!
//! An [`Engine`](engine::Engine) receives what arrived and returns what to send. Whoever has the stream does four
//! things in turn: send what is to go out, ask what the received bytes mean, and only if that is nothing yet, read on.
//! Here with [`Read`](std::io::Read) and [`Write`](std::io::Write), and a server that is a list of blocks:
//!
//! ```
//! use std::error::Error;
//! use std::io::{Read, Write};
//!
//! use imaplib_proto::command::{Login, Search, Select, UidSearch};
//! use imaplib_proto::engine::{Engine, Step, Transmit};
//! use imaplib_proto::types::MailboxName;
//!
//! /// Goes on until something happens.
//! fn step(engine: &mut Engine, stream: &mut (impl Read + Write)) -> Result<Step, Box<dyn Error>> {
//!     loop {
//!         while let Transmit::Bytes(bytes) = engine.transmit() {
//!             let count = stream.write(bytes)?;
//!             engine.sent(count);
//!         }
//!         match engine.poll()? {
//!             Step::Blocked => {}
//!             step => return Ok(step),
//!         }
//!         match stream.read(engine.recv_buffer())? {
//!             0 => return Err(engine.end_of_input().map_or("the end".into(), Into::into)),
//!             count => engine.advance(count),
//!         }
//!     }
//! }
//!
//! # /// What the server says, block by block, and what it was sent.
//! # struct Script(std::collections::VecDeque<&'static [u8]>, Vec<u8>);
//! # impl Read for Script {
//! #     fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
//! #         self.0.pop_front().unwrap_or_default().read(buffer)
//! #     }
//! # }
//! # impl Write for Script {
//! #     fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
//! #         self.1.write(bytes)
//! #     }
//! #     fn flush(&mut self) -> std::io::Result<()> {
//! #         Ok(())
//! #     }
//! # }
//! # fn main() -> Result<(), Box<dyn Error>> {
//! # let mut stream = Script([
//! #     &b"* OK [CAPABILITY IMAP4rev1] hello\r\n"[..],
//! #     b"A1 OK welcome\r\n",
//! #     b"* 172 EXISTS\r\n* OK [UIDVALIDITY 3857529045] ok\r\nA2 OK [READ-WRITE] open\r\n",
//! #     b"* SEARCH 4 5 6 9\r\n* 173 EXI", b"STS\r\nA3 OK done\r\n",
//! # ].into(), Vec::new());
//! let mut engine = Engine::default();
//! while step(&mut engine, &mut stream)? != Step::Ready {} // the greeting
//!
//! let login = engine.start(Login::new("ann", "secret"))?;
//! while step(&mut engine, &mut stream)? != Step::Finished(login.id()) {}
//! engine.take(&login).ok_or("no result")??;
//!
//! // Two at once: SELECT runs alone, so the engine holds SEARCH back until it is answered.
//! engine.start(Select::new(MailboxName::inbox()))?;
//! let search = engine.start(UidSearch::new(Search::unseen()))?;
//! while step(&mut engine, &mut stream)? != Step::Finished(search.id()) {}
//! let unseen = engine.take(&search).ok_or("no result")??.value;
//! assert_eq!(unseen.complete()?.to_string(), "4:6,9");
//!
//! // The view of the open mailbox follows what the server sends, and unsolicited responses wait as events.
//! assert_eq!(engine.mailbox().map(|view| view.exists), Some(173));
//! while let Some(event) = engine.next_event() {
//!     println!("{:?}", event.response);
//! }
//! # assert!(stream.1.ends_with(b"A2 SELECT INBOX\r\nA3 UID SEARCH UNSEEN\r\n"));
//! # Ok(())
//! # }
//! ```
//!
//! - A FETCH as a stream ([`Fetch`](command::Fetch)) returns [`Step::Row`](engine::Step::Row) for each message
//!   and [`Step::Chunk`](engine::Step::Chunk) for the bytes of large texts: read slowly, and the server waits.
//! - An [`Append`](command::Append) asks for the bytes of the message with
//!   [`Transmit::Stream`](engine::Transmit::Stream): write them to the stream, and say how many with
//!   [`streamed`](engine::Engine::streamed).
//! - After [`StartTls`](command::StartTls) succeeded, [`tls_started`](engine::Engine::tls_started) forgets what was learnt
//!   before; then all bytes go through TLS.
//! - Time is yours: the engine knows none. To end an [`Idle`](command::Idle), call
//!   [`idle_done`](engine::Engine::idle_done); to give a command up, [`abandon`](engine::Engine::abandon).

pub mod client;
pub mod command;
pub mod engine;
#[cfg(feature = "mime")]
pub mod mime;
pub mod order;
pub mod parse;
pub mod redact;
pub mod sasl;
pub mod types;
pub mod wire;
