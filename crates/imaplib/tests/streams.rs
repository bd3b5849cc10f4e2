//! Rows and events as streams, of both async clients.
#![cfg(all(feature = "futures-io", feature = "stream", feature = "tokio"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

use std::time::Duration;

use imaplib::types::{Fetch, SectionBody, UidSet, Untagged};
use imaplib::{ConnectOptions, Endpoint, Event, FetchItem, any_runtime};
use imaplib_testserver::Server;
use smol::future::or;
use smol::stream::{Stream, StreamExt};

const SMALL: &str = "Subject: small\r\n\r\ntext\r\n";
const MIDDLE: u64 = 200_000;
const LARGE: u64 = 1_000_000;

fn server() -> Server {
    let server = Server::builder().user("alice", "secret").start().unwrap();
    let account = server.store().account("alice");
    account.append("INBOX", SMALL).unwrap();
    account.append_synthetic("INBOX", MIDDLE).unwrap();
    account.append_synthetic("INBOX", LARGE).unwrap();
    account.append("INBOX", SMALL).unwrap();
    server
}

async fn whole_rows(rows: impl Stream<Item = imaplib::Result<Fetch>> + Send + Sync + Unpin) {
    let rows: Vec<Fetch> = rows.try_collect().await.unwrap();
    let texts = rows.iter().map(|row| &row.sections[0].data);
    let lengths: Vec<_> = texts.map(|text| (matches!(text, SectionBody::Here(_)), text.len().unwrap())).collect();
    let small = SMALL.len() as u64;
    assert_eq!(lengths, [(true, small), (true, MIDDLE), (false, LARGE), (true, small)]);
    assert!(rows.iter().all(|row| row.size.is_some() && row.uid.is_some()));
}

async fn one_event(mut events: impl Stream<Item = imaplib::Result<Event>> + Send + Sync + Unpin, server: &Server) {
    let nothing = or(async { Some(events.next().await) }, async {
        smol::Timer::after(Duration::from_millis(100)).await;
        None
    });
    assert!(nothing.await.is_none());
    server.store().account("alice").append("INBOX", SMALL).unwrap();
    let event = events.next().await.unwrap().unwrap();
    assert!(matches!(event.response, Untagged::Exists(5)), "{event:?}");
}

#[tokio::test]
async fn on_tokio() {
    let server = server();
    let endpoint = Endpoint::insecure("127.0.0.1", server.plain_addr().port());
    let client = imaplib::Client::connect_with(&endpoint, &ConnectOptions::new()).await.unwrap();
    let mut session = client.login("alice", "secret").await.unwrap();
    let mut inbox = session.select("INBOX").await.unwrap();
    let items = [FetchItem::message(), FetchItem::Size];
    whole_rows(inbox.fetch(UidSet::all(), items.clone()).unwrap().into_row_stream(MIDDLE)).await;
    // One that is left after a row disturbs nothing.
    let mut rows = inbox.fetch(UidSet::all(), items).unwrap().into_row_stream(MIDDLE);
    assert!(rows.next().await.unwrap().is_ok());
    drop(rows);
    one_event(inbox.idle().into_event_stream(), &server).await;
    inbox.noop().await.unwrap();
    server.disconnect_all();
    let mut rows = inbox.fetch(UidSet::all(), FetchItem::Flags).unwrap().into_row_stream(0);
    assert!(rows.next().await.unwrap().unwrap_err().is_connection_lost());
    assert!(rows.next().await.is_none());
}

#[test]
fn on_any_runtime() {
    smol::block_on(async {
        let server = server();
        let socket = smol::net::TcpStream::connect(server.plain_addr()).await.unwrap();
        let stream = any_runtime::WithTimer::new(socket, smol::Timer::at);
        let endpoint = Endpoint::insecure("127.0.0.1", 1);
        let client = any_runtime::Client::connect_over(stream, &endpoint, &ConnectOptions::new()).await.unwrap();
        let mut session = client.login("alice", "secret").await.unwrap();
        let mut inbox = session.select("INBOX").await.unwrap();
        let items = [FetchItem::message(), FetchItem::Size];
        whole_rows(inbox.fetch(UidSet::all(), items).unwrap().into_row_stream(MIDDLE)).await;
        one_event(inbox.idle().into_event_stream(), &server).await;
        session.logout().await.unwrap();
    });
}
