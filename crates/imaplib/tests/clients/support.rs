//! Servers that the tests run against.

use std::time::{Duration, Instant};

use imaplib::{ConnectOptions, Endpoint, Error, Timeouts};
use imaplib_testserver::{Builder, Server};

pub use crate::scripted::scripted;

pub const TEXT: &str = "Subject: x\r\n\r\ntext\r\n";

pub fn start(change: impl FnOnce(Builder) -> Builder) -> (Server, Endpoint) {
    let server = change(Server::builder().user("alice", "secret")).start().unwrap();
    let endpoint = Endpoint::insecure("127.0.0.1", server.plain_addr().port());
    (server, endpoint)
}

pub fn quick() -> ConnectOptions {
    ConnectOptions::new().timeouts(Timeouts::all(Duration::from_millis(300)))
}

/// Fails by time-out, and in time.
pub fn timed_out(began: Instant, error: &Error) {
    assert!(error.is_timeout(), "{error}");
    assert!((200..5_000).contains(&began.elapsed().as_millis()), "{:?}", began.elapsed());
}

/// A token as a provider returns it; an empty one is none.
pub fn token(text: &str) -> std::io::Result<String> {
    match text {
        "" => Err(std::io::Error::other("no token today")),
        text => Ok(text.to_owned()),
    }
}
