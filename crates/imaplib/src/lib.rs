//! An IMAP client: async on tokio or any other runtime, and blocking on the standard library.
//!
//! ```no_run
//! # #[cfg(feature = "blocking")]
//! # fn main() -> imaplib::Result<()> {
//! use imaplib::blocking::Client;
//! use imaplib::{FetchItem, Search};
//!
//! let mut session = Client::connect("imaps://imap.example.org")?.login("alice", "password")?;
//! let mut inbox = session.select("INBOX")?;
//! let unread = inbox.search(Search::unseen())?;
//! let mut rows = inbox.fetch(&unread, [FetchItem::Envelope, FetchItem::message()])?;
//! while let Some(mut row) = rows.next()? {
//!     println!("{:?}", row.envelope().and_then(|envelope| envelope.subject()));
//!     while let Some(mut body) = row.next_body()? {
//!         body.copy_to(&mut std::io::stdout())?;
//!     }
//! }
//! drop(rows);
//! session.logout()
//! # }
//! # #[cfg(not(feature = "blocking"))]
//! # fn main() {}
//! ```
//!
//! Programs to copy from are in the folder `examples` of this crate.
//!
//! # Features
//!
//! | feature | default | what it adds |
//! |---|---|---|
//! | `tokio` | yes | the async client, at the root of the crate |
//! | `blocking` | yes | the blocking client, `imaplib::blocking` |
//! | `futures-io` | no | the async client on any runtime, `imaplib::any_runtime`, over a stream of the caller's and with its timer |
//! | `compress` | yes | COMPRESS=DEFLATE (RFC 4978) |
//! | `mime` | no | what people read: [`mime`], and the methods of the values which decode texts, names and dates |
//! | `rustls-ring` | yes | TLS by rustls with the cryptography of ring |
//! | `rustls` | no | TLS by rustls with the cryptography that the program installs; `rustls-ring` contains it |
//! | `rustls-config` | no | `ConnectOptions::rustls_config`: a configuration of rustls of your own |
//! | `native-tls` | no | `NativeTls`: TLS by the library of the platform, which is used by itself where rustls is off |
//! | `jiff`, `time`, `chrono` | no | conversions between the dates of these crates and [`types::DateTime`] and [`types::Date`] |
//! | `stream` | no | rows and events of the async clients as streams of `futures-core` |
//! | `serde` | no | numbers, sets, flags and dates of messages as values of serde: texts and numbers as on the wire |
//!
#![cfg_attr(docsrs, feature(doc_cfg))]
// Without a client there are only the values and the options, which a program may still want to name.
#![cfg_attr(not(any(feature = "blocking", feature = "futures-io", feature = "tokio")), allow(unused, unreachable_pub))]
#![cfg_attr(
    all(
        feature = "blocking",
        feature = "futures-io",
        feature = "mime",
        feature = "native-tls",
        feature = "stream",
        feature = "tokio"
    ),
    doc = include_str!("guide.md")
)]

#[cfg(feature = "futures-io")]
pub mod any_runtime;
#[cfg(feature = "tokio")]
mod asynchronous;
#[cfg(feature = "blocking")]
pub mod blocking;
#[cfg(feature = "compress")]
mod deflate;
mod endpoint;
mod error;
mod exclusive;
mod layer;
mod options;
mod proxy;
#[cfg(any(feature = "blocking", feature = "tokio"))]
mod racing;
#[cfg(any(feature = "blocking", feature = "tokio"))]
mod system;
#[cfg_attr(
    not(any(feature = "native-tls", feature = "rustls")),
    allow(dead_code, reason = "the options are kept, and nothing reads them")
)]
mod tls;
mod tls_failure;
mod trace;
mod values;

#[cfg(all(feature = "mime", feature = "tokio"))]
pub use asynchronous::Decoded;
#[cfg(feature = "tokio")]
pub use asynchronous::{
    Body, Client, Connect, Idle, Mailbox, Row, Rows, Session, Source, StreamParts, Target, Tokens, Transport, Watch,
};
#[cfg(all(feature = "stream", feature = "tokio"))]
pub use asynchronous::{EventStream, RowStream};
pub use endpoint::Endpoint;
pub use error::{Error, Result};
pub use options::{ConnectOptions, mechanism};
pub use proxy::{Proxy, ProxyFailure};
#[cfg(feature = "native-tls")]
pub use tls::NativeTls;
pub use tls::{TlsConnector, TlsInfo, TlsSession, TlsWire};
pub use tls_failure::TlsFailure;
pub use values::{AppendMessage, SkippedRow, WatchEvent};

pub use imaplib_proto::client::{
    BadArgument, Changes, ErrorKind, InvalidKnown, Isolation, KnownMailbox, LiveSearch, MailboxChange, MailboxIdentity,
    Moved, Restart, Revision, SelectOptions, SetBack, SyncWay, Synced, TimeoutPhase, Timeouts, TruncatedLiteral,
    mechanism_names,
};
pub use imaplib_proto::command::{
    AclChange, Catenate, FetchItem, FetchItems, FlagChange, LabelChange, Matches, MessageSet, Reply, ResultRange,
    Search, SearchReturn, SearchedMailboxes, SortBy, SortKey, ThreadAlgorithm,
};
pub use imaplib_proto::engine::{Event, Limits, SelectedMailbox, Ticket, Trace};
#[cfg(feature = "mime")]
pub use imaplib_proto::mime;
pub use imaplib_proto::{command, order, parse, redact, sasl, types, wire};
