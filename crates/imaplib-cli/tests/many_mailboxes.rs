//! An account with more mailboxes than can be listed at once: a backup lists those that a pattern matches, and says so where there
//! is none.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod support;

use support::fetch_peer::measured;
use support::peer::{Answer, Mailboxes, Peer, says};

const MAILBOXES: Mailboxes = &[("m1", &[1, 2]), ("m2", &[1])];

/// No scenario may take more, in MiB.
const MAX_MEMORY: u64 = 64;

/// A server with 200,000 mailboxes, of which two can be opened.
fn peer() -> Peer {
    let all: String = (0..200_000).map(|number| format!("* LIST () \"/\" \"m{number}\"\r\n")).collect();
    Peer::start("", MAILBOXES, move |asked| match asked.name {
        "LIST" if asked.arguments.trim_end().ends_with(" *") || asked.arguments.ends_with("\"*\"") => {
            says(format!("{all}@ OK x\r\n"))
        }
        "LIST" if asked.arguments.contains('*') || asked.arguments.contains('%') => {
            says("* LIST () \"/\" \"m1\"\r\n* LIST () \"/\" \"m2\"\r\n@ OK x\r\n")
        }
        _ => Answer::Usual,
    })
}

#[test]
fn a_backup_of_too_many_mailboxes_lists_those_that_match() {
    let folder = tempfile::tempdir().unwrap();
    let archive = folder.path().join("archive");
    let path = archive.to_str().unwrap();
    let peer = peer();
    let (run, peak) = measured(&["backup", &peer.url, path, "--longest-pause", "1"]);
    assert!(run.code == 76 && run.stderr.contains("--mailbox"), "{run:?}");
    assert!(peak < MAX_MEMORY, "{peak} MiB");
    for expected in ["3 new", "nothing new"] {
        let (run, peak) = measured(&["backup", &peer.url, path, "--mailbox", "m*", "--longest-pause", "1"]);
        assert!(run.code == 0 && run.stdout.contains(expected), "{run:?}");
        assert!(peak < MAX_MEMORY, "{peak} MiB");
        println!("{peak} MiB");
    }
    assert_eq!(support::tree(&archive).len(), 3);
}
