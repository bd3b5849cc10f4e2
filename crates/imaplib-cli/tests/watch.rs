//! `imap watch` tells which message has changed or gone, not only its number.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod support;

use std::io::{BufRead as _, BufReader};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

use imaplib_proto::types::{Flag, Uid};
use realservers::Dovecot;
use serde_json::Value;
use support::peer::{Answer, Peer, says};
use support::real::Account;
use support::{PASSWORD, command, fill, finish, message, server};

struct Watch {
    child: Child,
    lines: std::io::Lines<BufReader<ChildStdout>>,
}

impl Watch {
    fn start(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut watch = Self { child, lines };
        assert_eq!(watch.next()["event"], "watching");
        watch
    }

    fn next(&mut self) -> Value {
        serde_json::from_str(&self.lines.next().unwrap().unwrap()).unwrap()
    }

    /// The event, the sequence number and the UID of the next change.
    fn change(&mut self) -> (String, Option<u64>, Option<u64>) {
        let change = self.next();
        (change["event"].as_str().unwrap().to_owned(), change["seq"].as_u64(), change["uid"].as_u64())
    }

    fn finish(mut self) {
        assert!(self.child.wait().unwrap().success());
    }
}

fn told(event: &str, seq: impl Into<Option<u64>>, uid: u64) -> (String, Option<u64>, Option<u64>) {
    (event.to_owned(), seq.into(), Some(uid))
}

#[test]
fn uids_are_told_where_the_server_tells_numbers() {
    let (_server, account, url) = server();
    fill(&account, "INBOX", 1..7);
    let uid = |number| Uid::new(number).unwrap();
    // UIDs and numbers are not the same.
    account.expunge("INBOX", uid(2)).unwrap();
    let mut watch = Watch::start(command(&["watch", &url, "--json", "--count", "6"]).env("IMAP_PASSWORD", PASSWORD));
    account.set_flags("INBOX", uid(4), [Flag::Seen]).unwrap();
    assert_eq!(watch.change(), told("flags", 3, 4));
    account.expunge("INBOX", uid(3)).unwrap();
    assert_eq!(watch.change(), told("expunged", 2, 3));
    account.append("INBOX", message(8)).unwrap();
    assert_eq!(watch.change(), told("new", None, 7));
    account.expunge("INBOX", uid(4)).unwrap();
    assert_eq!(watch.change(), told("expunged", 2, 4));
    account.expunge("INBOX", uid(7)).unwrap();
    assert_eq!(watch.change(), told("expunged", 4, 7));
    account.set_flags("INBOX", uid(6), [Flag::Flagged]).unwrap();
    assert_eq!(watch.change(), told("flags", 3, 6));
    watch.finish();
}

#[test]
fn many_changes_at_once_are_all_told_and_never_of_the_wrong_message() {
    let (_server, account, url) = server();
    fill(&account, "INBOX", 0..50);
    let mut watch = Watch::start(command(&["watch", &url, "--json", "--count", "149"]).env("IMAP_PASSWORD", PASSWORD));
    // The newcomers all stay: of those that come and go unseen, nothing would be told.
    let writer = std::thread::spawn(move || {
        for number in 0..50u32 {
            account.append("INBOX", message(number as usize)).unwrap();
            account.expunge("INBOX", Uid::new(number + 1).unwrap()).unwrap();
            if number > 0 {
                account.set_flags("INBOX", Uid::new(50 + number).unwrap(), [Flag::Seen]).unwrap();
            }
        }
    });
    let (mut new, mut gone) = (Vec::new(), Vec::new());
    for _ in 0..149 {
        match watch.change() {
            (event, _, Some(uid)) if event == "new" => new.push(uid),
            (event, _, uid) if event == "expunged" => gone.push(uid),
            (event, _, uid) => assert!(event == "flags" && uid.is_none_or(|uid| uid > 50), "{event} {uid:?}"),
        }
        if new.len() == 50 && gone.len() == 50 {
            break;
        }
    }
    writer.join().unwrap();
    assert_eq!(new, (51..=100).collect::<Vec<u64>>());
    // They went one after the other.
    for (place, uid) in gone.iter().enumerate() {
        assert!(uid.is_none_or(|uid| uid == place as u64 + 1), "{gone:?}");
    }
    let _ = watch.child.kill();
    let _ = watch.child.wait();
}

#[test]
fn uids_are_told_on_a_real_server() {
    let Some(server) = Dovecot::start().unwrap() else { return };
    let account = Account::new(&server, "imap+insecure", "watched");
    for number in 0..4 {
        finish(&mut account.command(&["append", "INBOX", "-"]), &message(number)).ok();
    }
    account.run(&["delete", "INBOX", "1", "--expunge"]).ok();
    let mut watch = Watch::start(&mut account.command(&["watch", "--json", "--count", "3"]));
    account.run(&["flag", "INBOX", "3", "+Flagged"]).ok();
    assert_eq!(watch.change(), told("flags", 2, 3));
    account.run(&["move", "INBOX", "2", "Sent"]).ok();
    assert_eq!(watch.change(), told("expunged", 1, 2));
    account.run(&["move", "INBOX", "4", "Sent"]).ok();
    assert_eq!(watch.change(), told("expunged", 2, 4));
    watch.finish();
}

#[test]
fn a_mailbox_that_the_server_closes_is_opened_again() {
    let peer = Peer::start("IDLE", &[("INBOX", &[1, 2])], |asked| match asked.name {
        "IDLE" if asked.connection == 0 => says("+ idling\r\n* OK [CLOSED] x\r\n* 1 EXPUNGE\r\n"),
        "IDLE" => says("+ idling\r\n* 1 FETCH (UID 1 FLAGS (\\Seen))\r\n"),
        _ => Answer::Usual,
    });
    let run = peer.run(&["watch", "--json", "--count", "1", "--for", "60"]).ok();
    let said: Vec<_> = run.json().iter().map(|event| (event["event"].clone(), event["uid"].clone())).collect();
    let expected = [("watching", Value::Null), ("lost", Value::Null), ("watching", Value::Null), ("flags", 1.into())];
    assert_eq!(said, expected.map(|(event, uid)| (event.into(), uid)), "{run:?}");
}

#[test]
fn a_time_that_no_clock_can_show_is_no_end() {
    let peer = Peer::start("IDLE", &[("INBOX", &[1])], |asked| match asked.name {
        "IDLE" => says("+ idling\r\n* 1 FETCH (UID 1 FLAGS (\\Seen))\r\n"),
        _ => Answer::Usual,
    });
    for seconds in ["18446744073709551615", "9223372036854775807"] {
        peer.run(&["watch", "--count", "1", "--for", seconds]).ok();
    }
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().join("archive");
    peer.run(&["backup", folder.to_str().unwrap(), "--longest-pause", "18446744073709551615"]).ok();
}

fn events(run: &support::Run) -> Vec<(String, Value)> {
    let text = |event: &Value| event["event"].as_str().unwrap().to_owned();
    let which = |event: &Value| if event["uids"].is_null() { event["uid"].clone() } else { event["uids"].clone() };
    run.json().iter().map(|event| (text(event), which(event))).collect()
}

#[test]
fn what_went_while_the_connection_was_lost_is_told() {
    let peer = Peer::start("IDLE", &[("INBOX", &[])], |asked| match (asked.name, asked.connection) {
        ("EXAMINE", 0) => says("* 4 EXISTS\r\n* OK [UIDVALIDITY 7] x\r\n* OK [UIDNEXT 9] x\r\n@ OK x\r\n"),
        ("EXAMINE", _) => says("* 3 EXISTS\r\n* OK [UIDVALIDITY 7] x\r\n* OK [UIDNEXT 11] x\r\n@ OK x\r\n"),
        ("UID SEARCH", 0) => says("* SEARCH 2 4 6 8\r\n@ OK x\r\n"),
        ("UID SEARCH", _) if asked.arguments.contains("UID 9:*") => says("* SEARCH 10\r\n@ OK x\r\n"),
        ("UID SEARCH", _) => says("* SEARCH 4 8 10\r\n@ OK x\r\n"),
        ("IDLE", 0) => Answer::Ends("+ idling\r\n".to_owned()),
        _ => Answer::Usual,
    });
    let run = peer.run(&["watch", "--json", "--count", "2", "--for", "60"]).ok();
    let expected = [
        ("watching", Value::Null),
        ("lost", Value::Null),
        ("watching", Value::Null),
        ("expunged", "2,6".into()),
        ("new", 10.into()),
    ];
    assert_eq!(events(&run), expected.map(|(event, uid)| (event.to_owned(), uid)), "{run:?}");
}

#[test]
fn what_went_is_counted_where_nobody_knows_which() {
    let peer = Peer::start("IDLE", &[("INBOX", &[])], |asked| match (asked.name, asked.connection) {
        ("EXAMINE", 0) => says("* 4 EXISTS\r\n* OK [UIDVALIDITY 7] x\r\n* OK [UIDNEXT 9] x\r\n@ OK x\r\n"),
        ("EXAMINE", _) => says("* 3 EXISTS\r\n* OK [UIDVALIDITY 7] x\r\n* OK [UIDNEXT 11] x\r\n@ OK x\r\n"),
        ("UID SEARCH", _) if asked.arguments.contains("UID 9:*") => says("* SEARCH 10\r\n@ OK x\r\n"),
        ("UID SEARCH", _) => says("@ NO not now\r\n"),
        ("IDLE", 0) => Answer::Ends("+ idling\r\n".to_owned()),
        _ => Answer::Usual,
    });
    let run = peer.run(&["watch", "--json", "--count", "2", "--for", "60"]).ok();
    let last = run.json().pop().unwrap();
    assert_eq!((&last["event"], &last["count"]), (&"expunged".into(), &3.into()), "{run:?}");
    assert_eq!(last["text"], "2 messages while the connection was lost");
}

/// Over a lost connection, and while it is open.
#[test]
fn a_mailbox_that_was_recreated_is_told() {
    for is_pushed in [false, true] {
        let opened = AtomicUsize::new(0);
        let peer = Peer::start("IDLE", &[("INBOX", &[])], move |asked| match asked.name {
            "EXAMINE" => {
                let validity = 7 + opened.fetch_add(1, Ordering::SeqCst);
                says(format!("* 2 EXISTS\r\n* OK [UIDVALIDITY {validity}] x\r\n* OK [UIDNEXT 3] x\r\n@ OK x\r\n"))
            }
            "UID SEARCH" => says("* SEARCH 1 2\r\n@ OK x\r\n"),
            "IDLE" if opened.load(Ordering::SeqCst) > 1 => says("+ idling\r\n* 1 EXPUNGE\r\n"),
            "IDLE" if is_pushed => says("+ idling\r\n* OK [UIDVALIDITY 8] x\r\n"),
            "IDLE" => Answer::Ends("+ idling\r\n".to_owned()),
            _ => Answer::Usual,
        });
        let run = peer.run(&["watch", "--json", "--count", "2", "--for", "60"]).ok();
        let said: Vec<_> = events(&run).into_iter().filter(|(event, _)| event != "lost").collect();
        let expected =
            [("watching", Value::Null), ("watching", Value::Null), ("recreated", Value::Null), ("expunged", 1.into())];
        assert_eq!(said, expected.map(|(event, uid)| (event.to_owned(), uid)), "{is_pushed}: {run:?}");
        assert_eq!(peer.count("LOGIN"), if is_pushed { 1 } else { 2 });
    }
}

#[test]
fn a_server_that_always_reports_another_uidvalidity_is_not_asked_without_pause() {
    let peer = Peer::start("IDLE", &[("INBOX", &[])], |asked| match asked.name {
        "EXAMINE" => says("* 0 EXISTS\r\n* OK [UIDVALIDITY 7] x\r\n* OK [UIDNEXT 3] x\r\n@ OK x\r\n"),
        "IDLE" => says("+ idling\r\n* OK [UIDVALIDITY 8] x\r\n"),
        _ => Answer::Usual,
    });
    peer.run(&["watch", "--json", "--for", "3"]).ok();
    // At once, after one second, and after two more.
    let opened = peer.count("EXAMINE");
    assert!((2..=4).contains(&opened), "{opened}");
}

#[test]
fn a_server_that_refuses_idle_is_polled() {
    let peer = Peer::start("IDLE", &[("INBOX", &[1, 2])], |asked| match asked.name {
        "IDLE" => says("@ NO not here\r\n"),
        _ => Answer::Usual,
    });
    let run = peer.run(&["watch", "--json", "--for", "3"]).ok();
    assert_eq!(events(&run), [("watching".to_owned(), Value::Null)], "{run:?}");
    assert_eq!((peer.count("LOGIN"), peer.count("IDLE")), (1, 1), "{:?}", peer.heard());
}
