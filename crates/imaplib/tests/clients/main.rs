//! What both clients do, as ordinary async tests: the folder `cases` is mounted as a module for each, as the clients are.
#![cfg(all(feature = "blocking", feature = "tokio"))]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub
)]

#[path = "../scripted/mod.rs"]
mod scripted;
mod support;

#[path = "."]
mod asynchronous {
    #[allow(clippy::duplicate_mod, reason = "the text of both clients' tests is mounted twice")]
    mod cases;
    mod dropped_futures;
    mod waiting;

    use imaplib::{Client, Mailbox, Session};
    use imaplib_macros::keep_async as maybe_async;
    use tokio::test;

    #[tokio::test]
    async fn any_stream_will_do() {
        let (server, _) = crate::support::start(|builder| builder);
        let stream = tokio::net::TcpStream::connect(server.plain_addr()).await.unwrap();
        let client = Client::from_stream(stream, true, &imaplib::ConnectOptions::default()).await.unwrap();
        client.login("alice", "secret").await.unwrap().noop().await.unwrap();
    }
}

#[path = "."]
mod blocking {
    #[allow(clippy::duplicate_mod, reason = "the text of both clients' tests is mounted twice")]
    mod cases;

    use std::prelude::v1::test;

    use imaplib::blocking::{Client, Mailbox, NoTimeouts, Session};
    use imaplib_macros::strip_async as maybe_async;

    #[std::prelude::v1::test]
    fn any_stream_will_do() {
        let (server, _) = crate::support::start(|builder| builder);
        let stream = std::net::TcpStream::connect(server.plain_addr()).unwrap();
        let client = Client::from_stream(NoTimeouts(stream), true, &imaplib::ConnectOptions::default()).unwrap();
        client.login("alice", "secret").unwrap().noop().unwrap();
    }
}
