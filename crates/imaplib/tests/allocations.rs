//! What rows and texts cost in allocations on their way through both clients, so that nobody makes it dearer unseen.
//!
//! The server is a thread that replays an answer; allocations are counted on the client's thread alone.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::thread;

use allocation_counter::{AllocationInfo, measure};
use imaplib::types::UidSet;
use imaplib::{ConnectOptions, Endpoint, FetchItem};

const ROWS: usize = 20_000;
const LONG: usize = 32 << 20;

/// A server that answers every FETCH so, and says OK to everything else.
fn replaying(answer: Vec<u8>) -> Endpoint {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let lines = BufReader::new(stream.try_clone().unwrap()).lines();
        stream.write_all(b"* OK [CAPABILITY IMAP4rev1] hi\r\n").unwrap();
        for line in lines.map_while(Result::ok) {
            if line.contains(" FETCH ") {
                stream.write_all(&answer).unwrap();
            }
            let tag = line.split(' ').next().unwrap_or_default();
            write!(stream, "{tag} OK [CAPABILITY IMAP4rev1] done\r\n").unwrap();
        }
    });
    Endpoint::insecure("127.0.0.1", port)
}

fn rows(row: impl Fn(usize) -> String) -> Vec<u8> {
    (1..=ROWS).flat_map(|number| format!("* {number} FETCH (UID {number} {})\r\n", row(number)).into_bytes()).collect()
}

/// What the blocking client allocates while it receives all rows and their texts.
fn blocking(answer: Vec<u8>, item: FetchItem) -> AllocationInfo {
    let client = imaplib::blocking::Client::connect_with(&replaying(answer), &ConnectOptions::default()).unwrap();
    let mut session = client.login("alice", "secret").unwrap();
    let mut inbox = session.select("INBOX").unwrap();
    let mut rows = inbox.fetch(UidSet::all(), item).unwrap();
    measure(|| {
        while let Some(mut row) = rows.next().unwrap() {
            while let Some(mut body) = row.next_body().unwrap() {
                body.copy_to(&mut std::io::sink()).unwrap();
            }
        }
    })
}

/// The same of the async client.
fn asynchronous(answer: Vec<u8>, item: FetchItem) -> AllocationInfo {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let client =
        runtime.block_on(imaplib::Client::connect_with(&replaying(answer), &ConnectOptions::default())).unwrap();
    let mut session = runtime.block_on(client.login("alice", "secret")).unwrap();
    let mut inbox = runtime.block_on(session.select("INBOX")).unwrap();
    let mut rows = inbox.fetch(UidSet::all(), item).unwrap();
    measure(|| {
        runtime.block_on(async {
            while let Some(mut row) = rows.next().await.unwrap() {
                while let Some(mut body) = row.next_body().await.unwrap() {
                    while body.chunk().await.unwrap().is_some() {}
                }
            }
        });
    })
}

/// Both clients stay below these numbers of allocations and of bytes at one time.
fn check(what: &str, answer: &[u8], item: &FetchItem, most: u64, bytes: u64) {
    for (client, found) in
        [("blocking", blocking(answer.to_vec(), item.clone())), ("async", asynchronous(answer.to_vec(), item.clone()))]
    {
        assert!(found.count_total <= most, "{what}, {client}: {} allocations", found.count_total);
        assert!(found.bytes_max <= bytes, "{what}, {client}: {} bytes", found.bytes_max);
    }
}

#[test]
fn rows_of_flags() {
    // Only what a block of rows needs: nothing for a row.
    let answer = rows(|_| "FLAGS (\\Seen $Junk)".into());
    check("flags", &answer, &FetchItem::Flags, ROWS as u64 / 20, 1 << 20);
}

#[test]
fn rows_with_envelopes() {
    let address = "((\"Ann Example\" NIL \"ann\" \"example.org\"))";
    let answer = rows(|number| {
        format!(
            "ENVELOPE (\"Wed, 17 Jul 1996 02:23:25 -0700\" \"about the matter of message {number}\" {address} {address} \
             {address} {address} NIL NIL NIL \"<message.number.{number}@example.org>\")"
        )
    });
    check("envelopes", &answer, &FetchItem::Envelope, ROWS as u64 * 21 / 10, 1 << 20);
}

#[test]
fn rows_with_texts() {
    let answer = rows(|number| format!("BODY[] {{{}}}\r\n{}", number % 3000, "x".repeat(number % 3000)));
    check("texts", &answer, &FetchItem::message(), ROWS as u64 / 4, 1 << 20);
}

#[test]
fn a_long_text() {
    let mut answer = format!("* 1 FETCH (UID 1 BODY[] {{{LONG}}}\r\n").into_bytes();
    answer.resize(answer.len() + LONG, b'x');
    answer.extend_from_slice(b")\r\n");
    // A small one for each read, which counts those who share the block. How much a read brings is the network's affair:
    // twice as many as blocks of 64 KiB are usual on a busy machine. A copy of each line or chunk would be a hundred times as many.
    check("a long text", &answer, &FetchItem::message(), (LONG >> 16) as u64 * 8, 1 << 20);
}
