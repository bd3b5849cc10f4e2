//! What a connection runs over.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use imaplib::types::{MailboxName, UidSet};
use imaplib::{AppendMessage, ConnectOptions, Endpoint, FetchItem};
use imaplib_testserver::{Connection, Fault, Settings};

use super::{Client, log_in, maybe_async, test};
use crate::support::{TEXT, quick, start, timed_out};

#[maybe_async]
#[test]
async fn a_body_that_is_cut_is_an_error_and_not_a_short_body() {
    let (server, endpoint) = start(|builder| builder.fault(Fault::CutAfter { bytes: 1_000_000 }));
    server.store().account("alice").append_synthetic("INBOX", 10_000_000).unwrap();
    let mut session = log_in(&endpoint, &quick()).await.unwrap();
    let mut inbox = session.select("INBOX").await.unwrap();
    let mut rows = inbox.fetch(UidSet::all(), FetchItem::message()).unwrap();
    let mut row = rows.next().await.unwrap().unwrap();
    let mut body = row.next_body().await.unwrap().unwrap();
    let error = body.copy_to(&mut Vec::new()).await.unwrap_err();
    assert!(error.is_connection_lost() && !error.is_timeout(), "{error}");
}

#[maybe_async]
#[test]
async fn bytes_one_by_one_make_no_difference() {
    let (_server, endpoint) = start(|builder| builder.fault(Fault::OneByteWrites));
    let mut session = log_in(&endpoint, &ConnectOptions::default()).await.unwrap();
    session.append("INBOX", AppendMessage::from(TEXT)).await.unwrap();
    let mut inbox = session.select("INBOX").await.unwrap();
    let rows = inbox.fetch_all(UidSet::all(), [FetchItem::Envelope, FetchItem::message()]).await.unwrap();
    assert_eq!(rows[0].sections[0].data.as_bytes().unwrap(), TEXT.as_bytes());
}

#[maybe_async]
#[test]
async fn a_unix_socket_is_a_way() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("socket");
    let listener = std::os::unix::net::UnixListener::bind(&path).unwrap();
    let served = Arc::new(AtomicBool::new(false));
    let done = Arc::clone(&served);
    let server = std::thread::spawn(move || {
        let store = imaplib_testserver::Store::new();
        store.add_user("alice", "secret");
        let (stream, _) = listener.accept().unwrap();
        let _ = imaplib_testserver::serve(Connection::new(store, Settings::new()), stream);
        done.store(true, Ordering::SeqCst);
    });
    let mut session = log_in(&Endpoint::unix(&path), &ConnectOptions::default()).await.unwrap();
    assert_eq!(session.list("*").await.unwrap()[0].name, MailboxName::inbox());
    session.logout().await.unwrap();
    server.join().unwrap();
    assert!(served.load(Ordering::SeqCst));
}

#[maybe_async]
#[test]
async fn a_child_process_that_is_no_server_is_said_so() {
    let endpoint = Endpoint::tunnel(["echo", "hello"]);
    let error = Client::connect_with(&endpoint, &quick()).await.unwrap_err();
    assert!(error.is_protocol() && error.to_string().contains("hello"), "{error}");
    let error = Client::connect_with(&Endpoint::tunnel(["true"]), &quick()).await.unwrap_err();
    assert!(error.is_connection_lost(), "{error}");
    let error = Client::connect_with(&Endpoint::tunnel(["no-such-program"]), &quick()).await.unwrap_err();
    assert!(error.is_unreachable(), "{error}");
    let began = Instant::now();
    timed_out(began, &Client::connect_with(&Endpoint::tunnel(["sleep", "30"]), &quick()).await.unwrap_err());
}
