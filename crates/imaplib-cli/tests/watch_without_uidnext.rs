//! `imap watch` on servers that do not say which UID comes next (163.com, Winmail): new mail is reported with its UID, and
//! none is missed while the connection is lost.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod support;

use std::sync::atomic::{AtomicUsize, Ordering};

use support::Run;
use support::peer::{Answer, Peer, says};

fn new(run: &Run) -> Vec<Option<u64>> {
    let objects = run.json();
    objects.iter().filter(|object| object["event"] == "new").map(|object| object["uid"].as_u64()).collect()
}

/// What the server does not do beside telling UIDNEXT.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Lacks {
    Nothing,
    /// It does not search by sequence number.
    Numbers,
    /// It says a number that no UID is (MailEnable).
    Sense,
}

/// Three messages; 7 arrives; then the connection is lost, and 9 and 12 arrive.
fn server(lacks: Lacks) -> Peer {
    let idles = AtomicUsize::new(0);
    Peer::start("IDLE", &[("INBOX", &[1, 2, 5])], move |asked| match (asked.name, asked.connection) {
        ("EXAMINE", connection) => {
            let next = if lacks == Lacks::Sense { "* OK [UIDNEXT 1666390893348] x\r\n" } else { "" };
            let exists = if connection == 0 { 3 } else { 6 };
            says(format!("* {exists} EXISTS\r\n* OK [UIDVALIDITY 7] x\r\n{next}@ OK [READ-ONLY] x\r\n"))
        }
        ("UID SEARCH", connection) => match (asked.arguments.trim_start_matches("UID "), connection) {
            ("ALL", 0) if lacks == Lacks::Numbers => says("@ NO not now\r\n"),
            ("ALL", 0) => says("* SEARCH 1 2 5\r\n@ OK x\r\n"),
            ("ALL", _) => says("* SEARCH 1 2 5 7 9 12\r\n@ OK x\r\n"),
            ("3", _) if lacks == Lacks::Numbers => says("@ BAD what\r\n"),
            ("3", _) => says("* SEARCH 5\r\n@ OK x\r\n"),
            ("6:*", _) => says("* SEARCH 7\r\n@ OK x\r\n"),
            ("8:*", _) => says("* SEARCH 9 12\r\n@ OK x\r\n"),
            _ => says("* SEARCH 12\r\n@ OK x\r\n"),
        },
        ("STATUS", _) => says("* STATUS INBOX (MESSAGES 3 UIDNEXT 6)\r\n@ OK x\r\n"),
        ("IDLE", 0) => match idles.fetch_add(1, Ordering::SeqCst) {
            0 => says("+ idling\r\n* 4 EXISTS\r\n"),
            _ => Answer::Ends("+ idling\r\n".to_owned()),
        },
        ("IDLE", _) => says("+ idling\r\n"),
        _ => Answer::Usual,
    })
}

#[test]
fn new_mail_is_told_with_its_uid_and_none_is_missed() {
    for lacks in [Lacks::Nothing, Lacks::Numbers, Lacks::Sense] {
        let run = server(lacks).run(&["watch", "--json", "--count", "3", "--for", "30"]).ok();
        assert_eq!(new(&run), [Some(7), Some(9), Some(12)], "{lacks:?}: {run:?}");
    }
}

#[test]
fn in_an_empty_mailbox_every_message_is_new() {
    let peer = Peer::start("IDLE", &[("INBOX", &[])], |asked| match asked.name {
        "EXAMINE" => says("* 0 EXISTS\r\n* OK [UIDVALIDITY 7] x\r\n@ OK [READ-ONLY] x\r\n"),
        "UID SEARCH" => says("* SEARCH 3\r\n@ OK x\r\n"),
        "IDLE" => says("+ idling\r\n* 1 EXISTS\r\n"),
        _ => Answer::Usual,
    });
    let run = peer.run(&["watch", "--json", "--count", "1", "--for", "30"]).ok();
    assert_eq!(new(&run), [Some(3)], "{run:?}");
}
