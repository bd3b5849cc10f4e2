//! The text of both clients.
//!
//! This folder is mounted once for each client: as a module of `asynchronous` and `any_runtime`, where it is compiled as it is
//! written, and as a module of `blocking`, where the attribute `maybe_async` removes `async` and `.await`. So the clients cannot
//! drift apart. What does differ, reading, writing and waiting, stands in the modules that mount it, under the names that are
//! imported here. `opening.rs` is mounted by those that open sockets themselves.

mod change;
mod client;
mod composing;
#[cfg(feature = "compress")]
mod compress;
mod connection;
#[cfg(feature = "mime")]
mod decoded;
mod fetch;
mod in_step;
mod mailbox;
mod mailboxes;
mod order;
mod row;
mod search;
mod session;
mod stream_parts;

pub use client::Client;
pub(super) use connection::Connection;
#[cfg(feature = "mime")]
pub use decoded::Decoded;
pub use fetch::Rows;
pub use in_step::Watch;
pub use mailbox::Mailbox;
pub use row::{Body, Row};
pub use session::{Idle, Session};
pub use stream_parts::StreamParts;

use super::{
    Clock, Connect, Source, Target, Tokens, Transport, Waiting, clock_of, maybe_async, now, read, transport, write_all,
};
use std::time::{Duration, Instant};

/// The moment that lies so far ahead.
fn after(span: Duration) -> Instant {
    imaplib_proto::client::after(now(), span)
}
