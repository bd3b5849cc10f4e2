//! An account that changes at random, on real servers: after each run the archive is equal to it by Python's imaplib and
//! mailbox, nothing that is there comes again, and nothing is stored twice. `ROUNDS=20` plays more rounds.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod support;

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use realservers::{Dovecot, Server, Setup};
use serde_json::Value;
use support::{command, finish};

/// Passes connections on, counts what the server sends, and can hide what it is able to do.
struct Way {
    port: u16,
    received: Arc<AtomicU64>,
}

impl Way {
    fn to(server: u16, hidden: &'static [&'static str]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let received = Arc::<AtomicU64>::default();
        let count = Arc::clone(&received);
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let Ok(server) = TcpStream::connect(("127.0.0.1", server)) else { continue };
                let (mut from, mut to) = (client.try_clone().unwrap(), server.try_clone().unwrap());
                std::thread::spawn(move || {
                    let _ = std::io::copy(&mut from, &mut to);
                    let _ = to.shutdown(Shutdown::Write);
                });
                let count = Arc::clone(&count);
                std::thread::spawn(move || pass(server, client, hidden, &count));
            }
        });
        Self { port, received }
    }
}

fn pass(mut server: TcpStream, mut client: TcpStream, hidden: &[&str], count: &AtomicU64) {
    let mut block = vec![0; 64 << 10];
    while let Ok(length) = server.read(&mut block)
        && length > 0
    {
        count.fetch_add(length as u64, Ordering::Relaxed);
        for word in hidden {
            // As long as before, so that nothing else changes.
            let places: Vec<usize> = block[..length]
                .windows(word.len())
                .enumerate()
                .filter(|(_, part)| *part == word.as_bytes())
                .map(|(place, _)| place)
                .collect();
            places.into_iter().for_each(|place| block[place] = b'Y');
        }
        if client.write_all(&block[..length]).is_err() {
            break;
        }
    }
    let _ = client.shutdown(Shutdown::Both);
}

fn player(arguments: &[&str]) -> Value {
    let program = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/rounds/player.py");
    let output = Command::new("python3").arg(program).args(arguments).env("TZ", "UTC").output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// What the bytes on the way may be, of the new contents and of each message in a mailbox that has changed.
const PER_NEW: f64 = 1.5;
const PER_MESSAGE: u64 = 100;

fn rounds(server: &Server, user: &str, hidden: &'static [&'static str], knows: bool) {
    let rounds: u64 = std::env::var("ROUNDS").map_or(3, |rounds| rounds.parse().unwrap());
    let way = Way::to(server.port, hidden);
    let dir = tempfile::tempdir().unwrap();
    let (archive, port) = (dir.path().to_str().unwrap(), server.port.to_string());
    let url = format!("imap+insecure://{user}@127.0.0.1:{}", way.port);
    let (mut allowed, mut moved, mut linked) = (0, 0, 0);
    for round in 1..=rounds {
        let played = player(&["play", &port, user, Server::PASSWORD, &round.to_string()]);
        let run = finish(command(&["backup", &url, archive, "--json"]).env("IMAP_PASSWORD", Server::PASSWORD), b"");
        assert_eq!(run.code, 0, "round {round}: {run:?}");
        let total = support::summary(&run);
        assert_eq!(total["failed"], 0, "{total}");
        let compared = player(&["compare", &port, user, Server::PASSWORD, archive]);
        let number = |value: &Value, name: &str| value[name].as_u64().unwrap();
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)]
        let of_new = (number(&played, "new") as f64 * PER_NEW) as u64;
        allowed += of_new + number(&played, "changed") * PER_MESSAGE;
        (moved, linked) = (moved + number(&total, "moved"), linked + number(&total, "linked"));
        let (stored, contents) = (number(&compared, "stored"), number(&compared, "contents"));
        eprintln!(
            "round {round}: {played} {compared} received {} of {allowed}, linked {linked}, moved {moved}",
            way.received.load(Ordering::Relaxed)
        );
        assert!(stored <= contents + contents / 50, "round {round}: {stored} bytes on the disk for {contents}");
    }
    let received = way.received.load(Ordering::Relaxed);
    assert!(!knows || received <= allowed, "{received} bytes on the way, and {allowed} are allowed");
    assert!(!knows || (linked > 0 && moved > 0), "{linked} messages were known, and {moved} have moved");
}

#[test]
fn dovecot() {
    if let Some(server) = Dovecot::start_with(&Setup { format: "mdbox", ..Setup::default() }).unwrap() {
        rounds(&server, "alice", &[], true);
    }
}

#[test]
fn dovecot_without_condstore_and_list_status() {
    if let Some(server) = Dovecot::start_with(&Setup { format: "mdbox", ..Setup::default() }).unwrap() {
        rounds(&server, "bob", &["CONDSTORE", "QRESYNC", "LIST-STATUS"], true);
    }
}

#[test]
fn dovecot_with_maildirs() {
    if let Some(server) = Dovecot::start().unwrap() {
        rounds(&server, "carol", &[], true);
    }
}

#[test]
fn cyrus() {
    if let Some(server) = realservers::cyrus(&["alice"]).unwrap() {
        rounds(&server, "alice", &[], true);
    }
}
