//! imaplib

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

pub use imaplib_proto::command::{FetchItem, FetchItems, Messages, Reply, Search, Store};
pub use imaplib_proto::engine::{Event, Limits, MailboxView, Ticket, Trace};
pub use imaplib_proto::{command, response, sasl, types};
