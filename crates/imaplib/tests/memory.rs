//! A message of 1 GiB goes from the server to a file in constant memory, through both clients.
//!
//! The server runs in this process too, so that the figure holds for both sides together.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

use std::io::{BufReader, Read};

use imaplib::types::UidSet;
use imaplib::{ConnectOptions, Endpoint, FetchItem};
use imaplib_testserver::Server;

const SIZE: u64 = 1 << 30;
const MOST: u64 = 32 << 20;

/// The most memory that this process ever had, in bytes.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() << 10
}

/// Whether the file holds what the server made: the same lines over and over.
fn check(file: &std::path::Path) {
    let mut reader = BufReader::with_capacity(1 << 16, std::fs::File::open(file).unwrap());
    let mut total = 0;
    let mut block = vec![0; 1 << 16];
    loop {
        let count = reader.read(&mut block).unwrap();
        if count == 0 {
            break;
        }
        total += count as u64;
        assert!(!block[..count].contains(&0));
    }
    assert_eq!(total, SIZE);
}

#[test]
fn one_gibibyte_in_constant_memory() {
    let server = Server::builder().user("alice", "secret").start().unwrap();
    server.store().account("alice").append_synthetic("INBOX", SIZE).unwrap();
    let endpoint = Endpoint::insecure("127.0.0.1", server.plain_addr().port());
    let folder = tempfile::tempdir().unwrap();

    let path = folder.path().join("blocking");
    {
        let client = imaplib::blocking::Client::connect_with(&endpoint, &ConnectOptions::default()).unwrap();
        let mut session = client.login("alice", "secret").unwrap();
        let mut inbox = session.select("INBOX").unwrap();
        let mut rows = inbox.fetch(UidSet::all(), FetchItem::message()).unwrap();
        let mut row = rows.next().unwrap().unwrap();
        let mut body = row.next_body().unwrap().unwrap();
        assert_eq!(body.length(), Some(SIZE));
        let mut file = std::fs::File::create(&path).unwrap();
        assert_eq!(std::io::copy(&mut body, &mut file).unwrap(), SIZE);
    }
    check(&path);
    std::fs::remove_file(&path).unwrap();
    assert!(peak() < MOST, "{} bytes of memory after the blocking client", peak());

    let path = folder.path().join("async");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let client = imaplib::Client::connect_with(&endpoint, &ConnectOptions::default()).await.unwrap();
        let mut session = client.login("alice", "secret").await.unwrap();
        let mut inbox = session.select("INBOX").await.unwrap();
        let mut rows = inbox.fetch(UidSet::all(), FetchItem::message()).unwrap();
        let mut row = rows.next().await.unwrap().unwrap();
        let mut body = row.next_body().await.unwrap().unwrap();
        let mut file = tokio::fs::File::create(&path).await.unwrap();
        assert_eq!(tokio::io::copy(&mut body, &mut file).await.unwrap(), SIZE);
    });
    check(&path);
    assert!(peak() < MOST, "{} bytes of memory after the async client", peak());
}
