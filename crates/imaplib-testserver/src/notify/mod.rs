//! NOTIFY: which events a client wants to be notified of (RFC 5465).

mod events;
mod watch;

pub(crate) use events::Request;
pub(crate) use watch::{Client, Notify};
