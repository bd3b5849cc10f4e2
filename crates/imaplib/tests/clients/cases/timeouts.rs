//! Each wait has a limit, and is not taken for more than it is.

use std::time::{Duration, Instant};

use imaplib::types::UidSet;
use imaplib::{AppendMessage, ConnectOptions, Endpoint, FetchItem, Timeouts};
use imaplib_testserver::Fault;

use super::{Client, log_in, maybe_async, test};
use crate::support::{TEXT, quick, start, timed_out};

#[maybe_async]
#[test]
async fn a_silent_server_is_noticed_in_each_phase() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    for endpoint in [Endpoint::insecure("127.0.0.1", port), Endpoint::tls("127.0.0.1", port)] {
        let began = Instant::now();
        let error = Client::connect_with(&endpoint, &quick()).await.unwrap_err();
        timed_out(began, &error);
    }
    let (_server, endpoint) = start(|builder| builder.fault(Fault::Ignore { command: "NOOP".into() }));
    let mut session = log_in(&endpoint, &quick()).await.unwrap();
    let began = Instant::now();
    timed_out(began, &session.noop().await.unwrap_err());
}

/// The system asks whether the other side is still there.
#[cfg(target_os = "linux")]
#[maybe_async]
#[test]
async fn a_silent_connection_is_watched_by_the_system() {
    for (keep_alive, timer) in [(Duration::from_secs(100), "02"), (Duration::ZERO, "00")] {
        let (server, endpoint) = start(|builder| builder);
        let options = ConnectOptions::new().timeouts(Timeouts::default().keep_alive(keep_alive));
        let session = log_in(&endpoint, &options).await.unwrap();
        // Address and port of both sides, state, queues, kind of the timer and when it rings: hexadecimal.
        let remote = format!(":{:04X}", server.plain_addr().port());
        let table = std::fs::read_to_string("/proc/net/tcp").unwrap();
        let mut lines = table.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
        let line = lines
            .find(|fields| fields[2].ends_with(&remote) && fields[3] == "01")
            .expect("the connection is in the table");
        let (kind, rings) = line[5].split_once(':').unwrap();
        assert_eq!(kind, timer, "{line:?}");
        let seconds = u64::from_str_radix(rings, 16).unwrap() / 100;
        assert!(seconds <= keep_alive.as_secs() && seconds + 10 > keep_alive.as_secs(), "{line:?}");
        drop(session);
    }
}

#[maybe_async]
#[test]
async fn a_body_that_stalls_is_an_error_and_not_a_short_body() {
    let (server, endpoint) = start(|builder| builder.fault(Fault::StallAfter { bytes: 1_000_000 }));
    server.store().account("alice").append_synthetic("INBOX", 10_000_000).unwrap();
    let mut session = log_in(&endpoint, &quick()).await.unwrap();
    let mut inbox = session.select("INBOX").await.unwrap();
    let mut rows = inbox.fetch(UidSet::all(), FetchItem::message()).unwrap();
    let mut row = rows.next().await.unwrap().unwrap();
    let mut body = row.next_body().await.unwrap().unwrap();
    let began = Instant::now();
    timed_out(began, &body.copy_to(&mut Vec::new()).await.unwrap_err());
}

#[maybe_async]
#[test]
async fn idle_renews_itself() {
    let (server, endpoint) = start(|builder| builder);
    let mut timeouts = Timeouts::default();
    timeouts.idle_renewal = Duration::from_millis(100);
    let mut session = log_in(&endpoint, &ConnectOptions::new().timeouts(timeouts)).await.unwrap();
    let mut inbox = session.select("INBOX").await.unwrap();
    let mut idle = inbox.idle();
    assert!(idle.next(Some(Duration::from_millis(700))).await.unwrap().is_none());
    idle.done().await.unwrap();
    let count = server.commands().iter().filter(|command| *command == "IDLE").count();
    assert!((4..=8).contains(&count), "{count} times");
}

#[maybe_async]
#[test]
async fn endless_time_outs_are_legal() {
    let (_server, endpoint) = start(|builder| builder);
    let options = ConnectOptions::new().timeouts(Timeouts::all(Duration::MAX));
    let mut session = log_in(&endpoint, &options).await.unwrap();
    session.noop().await.unwrap();
    let mut inbox = session.select("INBOX").await.unwrap();
    let mut other = log_in(&endpoint, &ConnectOptions::default()).await.unwrap();
    other.append("INBOX", AppendMessage::from(TEXT)).await.unwrap();
    let mut idle = inbox.idle();
    assert!(idle.next(Some(Duration::MAX)).await.unwrap().is_some());
}
