//! What a server does not do, hides or repeats is reported.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod support;

use support::PASSWORD;
use support::peer::{Answer, Peer, says};

#[test]
fn flags_that_are_not_kept_are_named() {
    for (permanent, now, change, code) in [
        ("* OK [PERMANENTFLAGS (\\Seen \\*)] x\r\n", "work", "+work", 0),
        ("* OK [PERMANENTFLAGS (\\Seen \\*)] x\r\n", "Work", "+work", 0),
        ("* OK [PERMANENTFLAGS (\\Seen work)] x\r\n", "work", "+work", 0),
        ("", "work", "+work", 0),
        ("* OK [PERMANENTFLAGS (\\Seen)] x\r\n", "work", "+work", 1),
        ("* OK [PERMANENTFLAGS (\\Seen \\*)] x\r\n", "", "+work", 1),
        ("", "", "+work", 1),
        ("", "\\Seen", "+seen", 0),
        ("", "", "+seen", 1),
        ("", "", "-seen", 0),
        ("", "\\Seen", "-seen", 1),
    ] {
        let peer = Peer::start("", &[("INBOX", &[1])], move |asked| match asked.name {
            "SELECT" => says(format!("* 1 EXISTS\r\n* OK [UIDVALIDITY 7] x\r\n{permanent}@ OK [READ-WRITE] x\r\n")),
            "UID SEARCH" => says("* SEARCH 1\r\n@ OK x\r\n"),
            "UID FETCH" => says(format!("* 1 FETCH (UID 1 FLAGS ({now}))\r\n@ OK x\r\n")),
            _ => Answer::Usual,
        });
        let run = peer.run(&["flag", "INBOX", "1", change]);
        assert_eq!(run.code, code, "{permanent} {now} {change}: {run:?}");
        assert_eq!(run.stderr.contains("did not keep"), code == 1, "{run:?}");
    }
}

#[test]
fn messages_that_are_hidden_are_reported() {
    let peer = Peer::start("", &[("INBOX", &[1, 2, 3])], |asked| match asked.name {
        "UID SEARCH" => says("* SEARCH 1 3\r\n@ OK x\r\n"),
        _ => Answer::Usual,
    });
    for (uids, code) in [("1:*", 1), ("1:3", 1), ("1:9", 1), ("2:*", 0), ("1:2", 0)] {
        let folder = tempfile::tempdir().unwrap();
        let run = peer.run(&["get", "INBOX", uids, "-o", folder.path().to_str().unwrap()]);
        assert_eq!((run.code, run.stderr.contains("1 more message")), (code, code == 1), "{uids}: {run:?}");
    }
}

#[test]
fn check_does_not_repeat_the_password() {
    let said = PASSWORD.replace(' ', "");
    let secret = said.clone();
    let peer = Peer::start("", &[("INBOX", &[])], move |asked| match asked.name {
        "LOGIN" => says(format!("@ OK [CAPABILITY IMAP4rev1 ID X-{said} APPENDLIMIT={said}] x\r\n")),
        "ID" => says(format!("* ID (\"name\" \"{said}\" \"{said}\" \"x\")\r\n@ OK x\r\n")),
        _ => Answer::Usual,
    });
    for form in [&["check"][..], &["check", "--json"]] {
        let run = support::finish(peer.command(form).env("IMAP_PASSWORD", &secret), b"").ok();
        assert!(!run.stdout.contains(&secret) && run.stdout.contains("<secret>"), "{run:?}");
    }
}
