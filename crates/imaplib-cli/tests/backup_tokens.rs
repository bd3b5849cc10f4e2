//! `imap backup` lives longer than an access token: it asks for another one after a lost connection.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod support;

use std::fs;
use std::path::Path;
use std::sync::Mutex;

use support::peer::{Answer, Peer, row, says};
use support::tree;

/// A server that accepts each token once and drops the first `dropped` connections after one message.
fn server(dropped: usize) -> Peer {
    let used = Mutex::new(Vec::new());
    Peer::start("AUTH=XOAUTH2 SASL-IR", &[("INBOX", &[1, 2, 3, 4])], move |asked| match asked.name {
        "AUTHENTICATE" => {
            let mut used = used.lock().unwrap();
            if used.contains(&asked.arguments.to_owned()) {
                asked.send("+ eyJzdGF0dXMiOiI0MDAifQ==\r\n");
                asked.read_line();
                return says("@ NO [AUTHENTICATIONFAILED] Invalid credentials (Failure)\r\n");
            }
            used.push(asked.arguments.to_owned());
            says("@ OK x\r\n")
        }
        "UID FETCH" if asked.connection < dropped && asked.arguments.contains("BODY") => {
            let uid = asked.uids()[0];
            Answer::Ends(row(uid as usize, uid, asked.arguments))
        }
        _ => Answer::Usual,
    })
}

/// A command that counts its calls and prints a token.
fn command(folder: &Path, print: &str) -> String {
    let calls = folder.join("calls");
    let calls = calls.display();
    format!("echo x >> '{calls}'; n=$(wc -l < '{calls}'); {print}")
}

fn calls(folder: &Path) -> usize {
    fs::read_to_string(folder.join("calls")).unwrap().lines().count()
}

#[test]
fn a_new_token_is_asked_for_after_each_lost_connection() {
    let folder = tempfile::tempdir().unwrap();
    let archive = folder.path().join("archive");
    let peer = server(2);
    let token = command(folder.path(), "echo token$n");
    peer.run(&["backup", archive.to_str().unwrap(), "--token-command", &token]).ok();
    assert_eq!(tree(&archive).len(), 4);
    assert_eq!((calls(folder.path()), peer.count("AUTHENTICATE")), (3, 3));
}

#[test]
fn a_token_that_is_handed_out_after_it_has_expired_is_waited_for_and_not_for_ever() {
    let folder = tempfile::tempdir().unwrap();
    let archive = folder.path().join("archive");
    // The same token at the first two calls, then another one.
    let token = command(folder.path(), "[ $n -gt 2 ] && echo new || echo old");
    let peer = server(1);
    peer.run(&["backup", archive.to_str().unwrap(), "--token-command", &token]).ok();
    assert_eq!(tree(&archive).len(), 4);

    let folder = tempfile::tempdir().unwrap();
    let archive = folder.path().join("archive");
    let peer = server(1);
    let run = peer.run(&["backup", archive.to_str().unwrap(), "--token-command", "echo old", "--json"]);
    assert_eq!((run.code, tree(&archive).len()), (77, 1), "{run:?}");
    assert_eq!(support::summary(&run)["failed_mailboxes"], 1, "{run:?}");
    assert!(peer.count("AUTHENTICATE") <= 10, "{}", peer.count("AUTHENTICATE"));
}
