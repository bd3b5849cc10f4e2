//! The text of both clients.
//!
//! This folder is mounted twice: as a module of `asynchronous`, where it is compiled as it is written, and as a module of
//! `blocking`, where the attribute `maybe_async` removes `async` and `.await`. So the clients cannot drift apart. What does
//! differ, reading, writing and waiting, stands in the two modules that mount it, under the names that are imported here.

mod append;
mod body;
mod change;
mod client;
mod commands;
#[cfg(feature = "compress")]
mod compress;
mod connection;
mod drive;
mod fetch;
mod idle;
mod listing;
mod login;
mod mailbox;
mod metadata;
mod row;
mod rows;
mod rows_state;
mod search;
mod select;
mod session;
mod sharing;

pub use body::Body;
pub use client::Client;
pub(super) use connection::Connection;
pub use idle::Idle;
pub use mailbox::Mailbox;
pub use row::Row;
pub use rows::Rows;
pub use session::Session;

use super::{Source, Target, Transport, Waiting, maybe_async, now, read, sleep_until, transport, write_all};
use std::time::{Duration, Instant};

/// The moment that lies so far ahead.
fn after(span: Duration) -> Instant {
    imaplib_proto::client::after(now(), span)
}
