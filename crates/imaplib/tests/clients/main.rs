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

mod own_streams;
mod proxies;
#[path = "../scripted/mod.rs"]
mod scripted;
mod support;

#[path = "."]
mod asynchronous {
    #[allow(clippy::duplicate_mod, reason = "the text of both clients' tests is mounted twice")]
    mod cases;
    mod dropped_futures;
    mod waiting;

    /// A closure that connects.
    macro_rules! connector {
        ($endpoint:expr, $connect:ident) => {
            async || $connect($endpoint).await
        };
    }
    use connector;
    use imaplib::{Client, Mailbox, Session, Watch};
    use imaplib_macros::keep_async as maybe_async;
    use tokio::test;

    /// What a caller brings: it need not be `Sync`.
    pub struct OwnStream(pub tokio::net::TcpStream, std::marker::PhantomData<std::cell::Cell<u8>>);

    pub async fn open_stream(address: std::net::SocketAddr) -> OwnStream {
        OwnStream(tokio::net::TcpStream::connect(address).await.unwrap(), std::marker::PhantomData)
    }

    /// A provider of tokens: this one first, then that one; an empty one is none.
    pub fn provide(first: &'static str, fresh: &'static str) -> impl imaplib::Tokens {
        move |refresh| std::future::ready(crate::support::token(if refresh { fresh } else { first }))
    }

    /// Sends, and returns what comes next.
    pub async fn exchange(mut stream: Box<dyn imaplib::Transport>, bytes: &[u8]) -> String {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        stream.write_all(bytes).await.unwrap();
        stream.flush().await.unwrap();
        let mut answer = [0; 1000];
        let count = stream.read(&mut answer).await.unwrap();
        String::from_utf8_lossy(&answer[..count]).into_owned()
    }

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

    /// A closure that connects.
    macro_rules! connector {
        ($endpoint:expr, $connect:ident) => {
            || $connect($endpoint)
        };
    }
    use connector;
    use imaplib::blocking::{Client, Mailbox, NoTimeouts, Session, Watch};
    use imaplib_macros::strip_async as maybe_async;

    /// What a caller brings: it need not be `Sync`.
    pub struct OwnStream(pub std::net::TcpStream, std::marker::PhantomData<std::cell::Cell<u8>>);

    pub fn open_stream(address: std::net::SocketAddr) -> OwnStream {
        OwnStream(std::net::TcpStream::connect(address).unwrap(), std::marker::PhantomData)
    }

    /// A provider of tokens: this one first, then that one; an empty one is none.
    pub fn provide(first: &'static str, fresh: &'static str) -> impl imaplib::blocking::Tokens {
        move |refresh| crate::support::token(if refresh { fresh } else { first })
    }

    /// Sends, and returns what comes next.
    pub fn exchange(mut stream: Box<dyn imaplib::blocking::Transport>, bytes: &[u8]) -> String {
        use std::io::{Read, Write};
        stream.write_all(bytes).unwrap();
        stream.flush().unwrap();
        let mut answer = [0; 1000];
        loop {
            match stream.read(&mut answer) {
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                count => return String::from_utf8_lossy(&answer[..count.unwrap()]).into_owned(),
            }
        }
    }

    #[std::prelude::v1::test]
    fn any_stream_will_do() {
        let (server, _) = crate::support::start(|builder| builder);
        let stream = std::net::TcpStream::connect(server.plain_addr()).unwrap();
        let client = Client::from_stream(NoTimeouts(stream), true, &imaplib::ConnectOptions::default()).unwrap();
        client.login("alice", "secret").unwrap().noop().unwrap();
    }
}
