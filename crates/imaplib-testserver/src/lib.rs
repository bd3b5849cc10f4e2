//! A small IMAP4rev1 server in memory, for tests of IMAP clients.
//!
//! It speaks the real protocol (RFC 3501 and the extensions listed below) on loopback sockets, in clear text with
//! STARTTLS and over TLS with a certificate made at start. It brings a sample account of some 200 messages, lets a test
//! look into and change the mailboxes while clients are connected, and misbehaves on demand.
//!
//! ```
//! use std::io::{BufRead as _, BufReader, Write as _};
//! use imaplib_testserver::Server;
//!
//! let server = Server::builder().sample_account().user("alice", "secret").start()?;
//! server.store().account("alice").append("INBOX", "Subject: hello\r\n\r\nHello, Alice.\r\n")?;
//!
//! let mut client = BufReader::new(std::net::TcpStream::connect(server.plain_addr())?);
//! client.get_mut().write_all(b"a LOGIN alice secret\r\nb SELECT INBOX\r\nc FETCH 1 BODY[TEXT]\r\nd LOGOUT\r\n")?;
//! let said: Vec<String> = client.lines().collect::<Result<_, _>>()?;
//! assert!(said.contains(&"* 1 EXISTS".to_owned()));
//! assert!(said.contains(&"* 1 FETCH (BODY[TEXT] {15}".to_owned()));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What it serves
//!
//! All commands of IMAP4rev1, and SASL-IR, LITERAL+, LITERAL-, ID, ENABLE, STARTTLS, IDLE, NAMESPACE, CHILDREN, UIDPLUS,
//! UNSELECT, MOVE, LIST-EXTENDED, LIST-STATUS, SPECIAL-USE, STATUS=SIZE, ESEARCH, MULTIAPPEND and BINARY. Where a test asks for
//! them also COMPRESS=DEFLATE, CREATE-SPECIAL-USE, CONDSTORE, QRESYNC, SEARCHRES, WITHIN, SORT, SORT=DISPLAY, ESORT, THREAD
//! (REFERENCES and ORDEREDSUBJECT), QUOTA, METADATA, LIST-METADATA, LIST-MYRIGHTS, NOTIFY, OBJECTID, SAVEDATE, PREVIEW,
//! APPENDLIMIT, UNAUTHENTICATE, LANGUAGE, I18NLEVEL=2, JMAPACCESS, UIDBATCHES,
//! CONTEXT=SEARCH, CONTEXT=SORT, OBJECTID+ and SEARCH=FUZZY. Authentication by LOGIN, PLAIN,
//! LOGIN (SASL), CRAM-MD5, SCRAM-SHA-1, SCRAM-SHA-256, SCRAM-SHA-512, SCRAM-SHA-1-PLUS, SCRAM-SHA-256-PLUS, SCRAM-SHA-512-PLUS,
//! XOAUTH2, OAUTHBEARER, EXTERNAL and ANONYMOUS. [`Settings`] switches each of them on and off.
//!
//! The server is strict: what the grammar does not allow is answered with BAD and the reason. Command lines are limited
//! to 64 KiB, literals to [`Settings::literal_limit`].
//!
//! # Three ways to use it
//!
//! - [`Server`]: sockets and threads.
//! - [`serve`] and [`serve_split`]: one client on any stream, such as a socket pair or standard input and output.
//! - [`Connection`]: no I/O at all; bytes in, bytes out.
//!
//! # Mail that is kept elsewhere
//!
//! [`Store::add_backed_user`] adds an account whose mailboxes come from a [`Backing`], and whose messages are files
//! ([`MessageFile`]) that are read when they are asked for.
//!
//! # Faults
//!
//! [`Fault`] lists what a connection can do wrong: end or fall silent in the middle of a response, write byte by byte,
//! wait, replace responses, ignore or refuse commands. [`Server::commands`] returns what the clients sent.
//!
//! # Large messages
//!
//! [`AccountHandle::append_synthetic`] adds a message of any size that is made while it is sent.
//!
//! # Attacks
//!
//! With the feature `hostile`, the module `hostile` is a server that attacks its clients, with a table of scenarios.
//!
//! This server is for tests: it keeps passwords as they are and its nonces are not meant to keep anybody out.

#![cfg_attr(docsrs, feature(doc_cfg))]

mod account;
mod annotations;
mod auth;
mod backing;
mod clock;
mod command;
mod connection;
mod content;
mod cursor;
mod deflate;
mod fetch;
mod following;
#[cfg(feature = "hostile")]
pub mod hostile;
mod journal;
mod listing;
mod mailbox;
mod message_file;
mod mime;
mod name;
mod notify;
mod object_id;
mod order;
mod output;
mod reader;
mod response;
mod sample;
mod search;
mod serve;
mod server;
mod session;
mod settings;
mod store;
mod store_error;
mod view;

pub use backing::{BackedMailbox, BackedMessage, Backing, Figures};
pub use connection::Connection;
pub use content::Content;
pub use message_file::MessageFile;
pub use output::Fault;
pub use sample::{SAMPLE_PASSWORD, SAMPLE_USER};
pub use serve::{serve, serve_split};
pub use server::{Builder, Server};
pub use settings::Settings;
pub use store::{AccountHandle, MessageInfo, Store};
pub use store_error::StoreError;
