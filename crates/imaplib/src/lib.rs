//! An IMAP client: async on tokio, and blocking on the standard library.
//!
//! # From the address to the message
//!
//! [`blocking::Client`] and [`tokio::Client`] are a connection before login. Logging in turns one into a `Session`,
//! which knows mailboxes by name; selecting a mailbox gives a `Mailbox`, and only that has commands about messages, so
//! that a FETCH without a SELECT does not compile. The two clients have the same methods; this guide shows the blocking
//! one, the other is the same with `.await`.
//!
//! ```
//! # #[cfg(feature = "blocking")]
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use imaplib::blocking::Client;
//! use imaplib::{Endpoint, FetchItem, Options, Search};
//!
//! # let server = imaplib_testserver::Server::builder().sample_account().start()?;
//! # let port = server.plain_addr().port();
//! let endpoint = Endpoint::insecure("127.0.0.1", port); // on the Internet: Endpoint::tls(host, 993)
//! let mut session = Client::open(&endpoint, &Options::default())?.login("demo", "demo")?;
//! for listing in session.list("*")? {
//!     println!("{}", listing.name);
//! }
//!
//! let mut inbox = session.select("INBOX")?;
//! let found = inbox.search(Search::unseen().from("example"))?;
//! let mut rows = inbox.fetch(&found, [FetchItem::Flags, FetchItem::Envelope, FetchItem::message()])?;
//! while let Some(mut row) = rows.next()? {
//!     let subject = row.envelope().and_then(|envelope| envelope.subject.clone());
//!     let mut body = row.next_body()?.ok_or("no body")?;
//!     let octets = body.copy_to(&mut std::io::sink())?;
//!     println!("{subject:?}: {octets} octets");
//! }
//! drop(rows);
//! session.logout()?;
//! # Ok(())
//! # }
//! # #[cfg(not(feature = "blocking"))]
//! # fn main() {}
//! ```
//!
//! # What to know
//!
//! - **Messages** are named by [`UidSet`](types::UidSet); sequence numbers are another type,
//!   [`SeqSet`](types::SeqSet), and are accepted where they make sense.
//! - **Bodies** stream: a row comes with what the server has said so far, its texts are read through `Body` in constant
//!   memory. Ask for a text with [`FetchItem::message`] or [`FetchItem::peek`].
//! - **Errors** are one type, [`Error`]; its predicates say whose fault it is and what to do.
//! - **News** that belong to no command, such as EXPUNGE by another client, wait in order as [`Event`]s.
//! - **Pipelining**: `start` several commands, then `finish` each.
//! - **Commands that are missing here** can be run all the same: implement [`Command`](command::Command), or send the
//!   words with [`command::Raw`].
//! - **Time-outs** and limits have defaults; see [`Timeouts`] and [`Limits`].
//! - **Log**: each line in and out is an event of the crate `tracing` with the target `imaplib::wire` and the level
//!   TRACE, if that is enabled when the connection is opened. Secrets are replaced.
//!
//! # Features
//!
//! | feature | default | what it adds |
//! |---|---|---|
//! | `blocking` | yes | the blocking client |
//! | `tokio` | yes | the async client |

#[cfg(feature = "blocking")]
pub mod blocking;
mod endpoint;
mod error;
mod front;
mod login;
mod message;
mod options;
mod tls;
#[cfg(feature = "tokio")]
pub mod tokio;
mod trace;

pub use endpoint::Endpoint;
pub use error::{Error, Result};
pub use login::mechanism;
pub use message::Message;
pub use options::{Options, Timeouts};
pub use tls::TlsInfo;

pub use imaplib_proto::command::{
    AclChange, FetchItem, FetchItems, Messages, Reply, Search, SearchReturn, SortBy, SortKey, Store, ThreadAlgorithm,
};
pub use imaplib_proto::engine::{Event, Limits, MailboxView, Ticket, Trace};
pub use imaplib_proto::{command, response, sasl, types, wire};

/// The examples of the README are compiled with the tests.
#[cfg(all(doctest, feature = "blocking", feature = "tokio"))]
#[doc = include_str!("../../../README.md")]
struct Readme;

/// As are those of the page for people who come from Python.
#[cfg(all(doctest, feature = "blocking"))]
#[doc = include_str!("../../../docs/from-python.md")]
struct FromPython;

/// And those of the page for people who come from other crates.
#[cfg(all(doctest, feature = "blocking"))]
#[doc = include_str!("../../../docs/from-rust.md")]
struct FromRust;
