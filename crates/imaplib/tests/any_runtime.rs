//! What differs in the client on any runtime: streams, the timer, TLS and DEFLATE. On smol, without a runtime of tokio.
#![cfg(all(feature = "compress", feature = "futures-io", feature = "rustls-ring"))]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub
)]

#[path = "scripted/mod.rs"]
mod scripted;

use std::any::Any;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use imaplib::any_runtime::{Client, Session, Watch, WithTimer};
use imaplib::types::{UidSet, Untagged};
use imaplib::{AppendMessage, ConnectOptions, Endpoint, FetchItem, KnownMailbox, Search, Timeouts, WatchEvent};
use imaplib_testserver::Server;
use smol::io::{AsyncReadExt, Cursor};
use smol::net::TcpStream;

use scripted::scripted;

async fn stream(address: SocketAddr) -> WithTimer<TcpStream> {
    WithTimer::new(TcpStream::connect(address).await.unwrap(), smol::Timer::at)
}

fn server() -> Server {
    Server::builder().with_all().user("alice", "secret").start().unwrap()
}

async fn session(server: &Server) -> Session {
    let endpoint = Endpoint::insecure("localhost", 1);
    let client = Client::connect_over(stream(server.plain_addr()).await, &endpoint, &ConnectOptions::new()).await;
    client.unwrap().login("alice", "secret").await.unwrap()
}

#[test]
fn tls_and_starttls_are_the_librarys() {
    smol::block_on(async {
        let server = server();
        let options = ConnectOptions::new().ca_pem(server.ca_pem());
        for (endpoint, address) in [
            (Endpoint::tls("localhost", 1), server.tls_addr()),
            (Endpoint::starttls("localhost", 1), server.plain_addr()),
        ] {
            let client = Client::connect_over(stream(address).await, &endpoint, &options).await.unwrap();
            assert_eq!(client.tls().unwrap().version, "TLSv1.3");
            let mut session = client.login("alice", "secret").await.unwrap();
            round(&mut session).await;
            session.logout().await.unwrap();
            let error = Client::connect_over(stream(address).await, &endpoint, &ConnectOptions::new()).await;
            assert!(error.unwrap_err().is_tls());
        }
    });
}

/// A message of two megabytes there and back, by a source and a target of `futures-io`.
async fn round(session: &mut Session) {
    let message: Vec<u8> = (0..2 << 20).map(|at: u32| if at % 70 == 69 { b'\n' } else { b'x' }).collect();
    let source = Cursor::new(message.clone());
    let appended = session.append("INBOX", AppendMessage::new(source, message.len() as u64)).await.unwrap();
    let uids = appended.into_value().unwrap().uids.to_set();
    let mut inbox = session.select("INBOX").await.unwrap();
    assert!(inbox.search(Search::all()).await.unwrap().contains(uids.iter().next().unwrap()));
    for way in ["copied", "collected", "read"] {
        let mut rows = inbox.fetch(&uids, FetchItem::message()).unwrap();
        let mut row = rows.next().await.unwrap().unwrap();
        let mut body = row.next_body().await.unwrap().unwrap();
        let mut bytes = Vec::new();
        match way {
            "copied" => drop(body.copy_to(&mut bytes).await.unwrap()),
            "collected" => bytes = body.to_bytes(1 << 24).await.unwrap().to_vec(),
            _ => drop(body.read_to_end(&mut bytes).await.unwrap()),
        }
        assert!(bytes == message, "{way}: {} bytes", bytes.len());
        assert!(rows.next().await.unwrap().is_none());
    }
}

#[test]
fn compressed_it_is_the_same() {
    smol::block_on(async {
        let server = server();
        let mut session = session(&server).await;
        session.compress().await.unwrap();
        round(&mut session).await;
        session.logout().await.unwrap();
    });
}

#[test]
fn the_timer_ends_a_wait_and_counts() {
    let waits = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&waits);
    let timer = move |time: Instant| {
        counted.fetch_add(1, Ordering::Relaxed);
        smol::Timer::at(time)
    };
    // It greets, and says nothing more.
    let (_, endpoint) = scripted(|send| send("* PREAUTH [CAPABILITY IMAP4rev1] hello\r\n"));
    smol::block_on(async {
        let socket = TcpStream::connect(("127.0.0.1", endpoint.port().unwrap())).await.unwrap();
        let options = ConnectOptions::new().timeouts(Timeouts::all(Duration::from_millis(300)));
        let client = Client::connect_over(WithTimer::new(socket, timer), &endpoint, &options).await.unwrap();
        let mut session = client.into_session().await.unwrap();
        let began = Instant::now();
        let error = session.noop().await.unwrap_err();
        assert!(error.is_timeout() && (250..5_000).contains(&began.elapsed().as_millis()), "{error}");
    });
    assert!(waits.load(Ordering::Relaxed) > 0);
}

#[test]
fn idle_waits_by_the_timer_and_is_woken_by_the_server() {
    smol::block_on(async {
        let server = server();
        let mut session = session(&server).await;
        let mut inbox = session.select("INBOX").await.unwrap();
        let mut idle = inbox.idle();
        let began = Instant::now();
        assert!(idle.next(Some(Duration::from_millis(100))).await.unwrap().is_none());
        assert!((90..5_000).contains(&began.elapsed().as_millis()));
        server.store().account("alice").append("INBOX", "Subject: x\r\n\r\n").unwrap();
        let event = idle.next(Some(Duration::from_secs(10))).await.unwrap().unwrap();
        assert!(matches!(event.response, Untagged::Exists(1)), "{event:?}");
        idle.done().await.unwrap();
        assert_eq!(inbox.exists(), 1);
    });
}

#[test]
fn a_watch_connects_again_by_the_timer() {
    smol::block_on(async {
        let server = server();
        let account = server.store().account("alice");
        account.append("INBOX", "Subject: x\r\n\r\n").unwrap();
        let connect = WithTimer::new(async || Ok(session(&server).await), smol::Timer::at);
        let mut watch = Watch::new(connect).mailbox("INBOX", KnownMailbox::new()).unwrap();
        let patience = Some(Duration::from_secs(10));
        assert!(matches!(watch.next(patience).await.unwrap(), Some(WatchEvent::Changed(_))));
        server.disconnect_all();
        account.append("INBOX", "Subject: y\r\n\r\n").unwrap();
        assert!(matches!(watch.next(patience).await.unwrap(), Some(WatchEvent::Lost { .. })));
        let began = Instant::now();
        assert!(watch.next(Some(Duration::from_millis(100))).await.unwrap().is_none());
        assert!(began.elapsed() < Duration::from_millis(800));
        assert!(matches!(watch.next(patience).await.unwrap(), Some(WatchEvent::Changed(_))));
        assert!(began.elapsed() >= Duration::from_millis(700), "it did not wait");
    });
}

#[test]
fn the_stream_is_had_again() {
    smol::block_on(async {
        let server = server();
        let parts = session(&server).await.into_stream().await.unwrap();
        let stream: Box<dyn Any> = parts.stream;
        let stream = stream.downcast::<WithTimer<TcpStream>>().unwrap().into_inner();
        assert_eq!(stream.peer_addr().unwrap(), server.plain_addr());
    });
}

#[test]
fn futures_and_handles_can_be_sent() {
    const fn owned<T: Send + Sync + 'static>() {}
    const fn shared<T: Send + Sync>() {}
    const _: () = {
        owned::<Client>();
        owned::<Session>();
        shared::<imaplib::any_runtime::Mailbox<'_>>();
        shared::<imaplib::any_runtime::Rows<'_>>();
        shared::<imaplib::any_runtime::Row<'_>>();
        shared::<imaplib::any_runtime::Body<'_>>();
        shared::<imaplib::any_runtime::Idle<'_>>();
    };
    // Tasks of an executor with several threads must be `Send`.
    let server = server();
    let address = server.plain_addr();
    let executor = smol::Executor::new();
    let task = executor.spawn(async move {
        let endpoint = Endpoint::insecure("localhost", 1);
        let client = Client::connect_over(stream(address).await, &endpoint, &ConnectOptions::new()).await.unwrap();
        let mut session = client.login("alice", "secret").await.unwrap();
        let mut inbox = session.select("INBOX").await.unwrap();
        let rows = inbox.fetch_all(UidSet::all(), FetchItem::Flags).await.unwrap();
        assert!(inbox.idle().next(Some(Duration::ZERO)).await.unwrap().is_none());
        session.logout().await.unwrap();
        rows.len()
    });
    assert_eq!(smol::block_on(executor.run(task)), 0);
}
