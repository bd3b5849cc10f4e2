//! Servers whose search results or listings lack messages: what can be read is used, what lacks is named, and the exit code
//! says so.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod support;

use support::Run;
use support::peer::{Answer, Command, Mailboxes, Peer, row, says};

const MAILBOXES: Mailboxes = &[("INBOX", &[5, 6, 7]), ("Archive", &[])];

fn uids(run: &Run) -> Vec<u64> {
    run.json().iter().filter_map(|object| object["uid"].as_u64()).collect()
}

/// A server that answers the first UID SEARCH so, and UID SORT with the same numbers.
fn searching(capabilities: &'static str, answer: &'static str) -> Peer {
    let is_first = std::sync::atomic::AtomicBool::new(true);
    Peer::start(capabilities, MAILBOXES, move |asked| match asked.name {
        "UID SEARCH" if is_first.swap(false, std::sync::atomic::Ordering::Relaxed) => {
            says(format!("* {answer}\r\n@ OK x\r\n"))
        }
        "UID SORT" => says(format!("* {}\r\n@ OK x\r\n", answer.replace("SEARCH", "SORT"))),
        _ => Answer::Usual,
    })
}

#[test]
fn odd_words_of_a_search_are_named_and_the_numbers_are_used() {
    for (answer, found, odd) in [
        ("SEARCH 5 x6", &[5][..], Some("x6")),
        ("SEARCH 5 4294967296 7", &[5, 7], Some("4294967296")),
        ("SEARCH 5 0", &[5], None),
        ("SEARCH 5,6", &[5, 6], None),
        ("SEARCH (5 6)", &[5, 6], None),
        ("SEARCH 5\t6\t7", &[5, 6, 7], None),
        ("SEARCH 5:7", &[5, 6, 7], None),
        ("ESEARCH (TAG \"@\") UID ALL 5:7 COUNT 3", &[5, 6, 7], None),
        ("ESEARCH (TAG \"@\") UID ALL 5,x6", &[5], Some("x6")),
        ("ESEARCH (TAG \"@\") UID COUNT 3", &[], Some("more messages than it lists")),
        ("ESEARCH (TAG \"@\") UID MIN 5 MAX 7", &[5, 7], Some("more messages than it lists")),
        ("ESEARCH (TAG \"@\") UID", &[], None),
    ] {
        for (capabilities, verb) in [
            ("", &["search", "INBOX", "UNSEEN", "--json"][..]),
            ("", &["search", "INBOX", "UNSEEN", "--uids", "--json"]),
            ("", &["sort", "INBOX", "size", "UNSEEN", "--json"]),
            ("SORT", &["sort", "INBOX", "size", "UNSEEN", "--json"]),
        ] {
            if capabilities == "SORT" && answer.starts_with('E') {
                continue;
            }
            let run = searching(capabilities, answer).run(verb);
            assert_eq!((run.code, uids(&run).as_slice()), (i32::from(odd.is_some()), found), "{answer}: {run:?}");
            let named = odd.is_none_or(|odd| run.stderr.contains(odd));
            assert!(named && run.stderr.is_empty() == odd.is_none(), "{answer}: {run:?}");
        }
    }
}

#[test]
fn an_incomplete_search_makes_every_verb_partial() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_str().unwrap();
    for (verb, done) in [
        (&["get", "INBOX", "5,6", "-o", path][..], "UID FETCH 5 "),
        (&["get", "INBOX", "5,6", "-o", path, "--attachments"], "UID FETCH 5 "),
        (&["flag", "INBOX", "5,6", "+Seen"], "UID STORE 5 "),
        (&["copy", "INBOX", "5,6", "Archive"], "UID COPY 5 "),
        (&["move", "INBOX", "5,6", "Archive"], "UID MOVE 5 "),
        (&["delete", "INBOX", "5,6", "--expunge"], "UID EXPUNGE 5"),
    ] {
        let peer = searching("MOVE UIDPLUS", "SEARCH 5 x6");
        let run = peer.run(verb);
        assert_eq!((run.code, peer.count(done)), (1, 1), "{verb:?}: {run:?} {:?}", peer.heard());
        assert!(run.stderr.contains("x6"), "{verb:?}: {run:?}");
        let run = searching("MOVE UIDPLUS", "SEARCH x5 x6").run(verb);
        assert_eq!(run.code, 76, "{verb:?}: {run:?}");
        assert!(run.stderr.contains("x5, x6") && !run.stderr.contains("has no message"), "{verb:?}: {run:?}");
    }
}

#[test]
fn a_watch_ends_as_partial_where_new_messages_cannot_be_read() {
    let peer = Peer::start("IDLE", MAILBOXES, |asked| match asked.name {
        "IDLE" => says("+ idling\r\n* 5 EXISTS\r\n"),
        "UID SEARCH" if asked.arguments.contains("UID 8:") => says("* SEARCH 8 x9\r\n@ OK x\r\n"),
        _ => Answer::Usual,
    });
    let run = peer.run(&["watch", "--for", "2", "--json"]);
    assert_eq!(run.code, 1, "{run:?}");
    assert!(run.stderr.contains("x9") && uids(&run) == [8], "{run:?}");
}

/// The event, the UIDs and the number of messages left of each change.
fn changes(run: &Run) -> Vec<(String, String, u64)> {
    let text = |value: &serde_json::Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let change = |object: serde_json::Value| {
        let uids = object.get("uids").or_else(|| object.get("uid")).unwrap_or(&object["seq"]);
        (text(&object["event"]), text(uids), object["count"].as_u64().unwrap_or_default())
    };
    run.json().into_iter().filter(|object| object["event"] != "watching").map(change).collect()
}

#[test]
fn only_messages_that_were_there_are_reported_as_gone() {
    for (events, is_known, expected) in [
        // After a number that cannot be, no UID is certain.
        ("* 99 EXPUNGE\r\n* 1 EXPUNGE\r\n", true, vec![("expunged", "1", 2)]),
        ("* VANISHED 4000\r\n* VANISHED 6\r\n", true, vec![("expunged", "6", 2)]),
        ("* VANISHED 0,5,7,9:4000\r\n", true, vec![("expunged", "5,7", 1)]),
        ("* VANISHED (EARLIER) 5\r\n", true, vec![]),
        ("* 99 FETCH (FLAGS (\\Seen))\r\n* 3 FETCH (FLAGS (\\Seen))\r\n", true, vec![("flags", "7", 0)]),
        // Where it is not known which messages there are, those that were never there are known all the same.
        ("* VANISHED 4000\r\n* VANISHED 6\r\n", false, vec![("expunged", "6", 2)]),
        ("* VANISHED 1:7\r\n* 99 EXPUNGE\r\n* 3 EXPUNGE\r\n", false, vec![("expunged", "3", 2)]),
    ] {
        let peer = Peer::start("IDLE", MAILBOXES, move |asked| match asked.name {
            "IDLE" => says(format!("+ idling\r\n{events}")),
            "UID SEARCH" if !is_known => says("@ NO not now\r\n"),
            _ => Answer::Usual,
        });
        let run = peer.run(&["watch", "--for", "1", "--json"]).ok();
        let expected: Vec<_> =
            expected.into_iter().map(|(event, uids, count)| (event.to_owned(), uids.to_owned(), count)).collect();
        assert_eq!(changes(&run), expected, "{events}: {run:?}");
    }
}

/// A server that sends no row of message 6, which is `there` or gone.
fn without_a_row(capabilities: &'static str, there: bool) -> Peer {
    let fetch = |asked: &Command<'_>| {
        let items = asked.arguments.split_once(' ').unwrap().1;
        let sent = asked.uids().into_iter().filter(|uid| [5, 7].contains(uid));
        says(sent.map(|uid| row(uid as usize - 4, uid, items)).collect::<String>() + "@ OK x\r\n")
    };
    Peer::start(capabilities, MAILBOXES, move |asked| match asked.name {
        "UID FETCH" => fetch(asked),
        "UID SORT" => says("* SORT 5 6 7\r\n@ OK x\r\n"),
        "UID THREAD" => says("* THREAD (5 6 7)\r\n@ OK x\r\n"),
        "UID SEARCH" if asked.arguments.ends_with("UID 6") && !there => says("* SEARCH\r\n@ OK x\r\n"),
        _ => Answer::Usual,
    })
}

#[test]
fn a_message_that_was_found_and_does_not_come_is_named_unless_it_is_gone() {
    for there in [true, false] {
        for (capabilities, verb) in [
            ("", &["search", "INBOX", "--json"][..]),
            ("", &["sort", "INBOX", "size", "--json"]),
            ("SORT", &["sort", "INBOX", "size", "--json"]),
            ("THREAD=REFERENCES", &["thread", "INBOX", "--json"]),
        ] {
            let run = without_a_row(capabilities, there).run(verb);
            assert_eq!((run.code, uids(&run).as_slice()), (i32::from(there), &[5, 7][..]), "{verb:?}: {run:?}");
            assert_eq!(run.stderr.contains("did not send the message with UID 6"), there, "{verb:?}: {run:?}");
        }
        let run = without_a_row("", there).run(&["flag", "INBOX", "5:7", "-Seen"]);
        assert_eq!(run.code, i32::from(there), "{run:?}");
        assert_eq!(run.stderr.contains("not known of the message with UID 6"), there, "{run:?}");
    }
}

/// A server whose row of message 6 is longer than any limit.
fn with_a_long_row(capabilities: &'static str) -> Peer {
    Peer::start(capabilities, MAILBOXES, move |asked| {
        let long = || "x".repeat(1_100_000);
        match asked.name {
            "UID FETCH" => {
                let items = asked.arguments.split_once(' ').unwrap().1;
                let rows = asked.uids().into_iter().filter(|uid| (5..=7).contains(uid)).map(|uid| match uid {
                    6 if items.contains("FLAGS") => format!("* 2 FETCH (UID 6 FLAGS ({}))\r\n", long()),
                    6 => format!("* 2 FETCH (UID 6 ENVELOPE (NIL \"{}\" NIL NIL NIL NIL NIL NIL NIL NIL))\r\n", long()),
                    _ => row(uid as usize - 4, uid, items),
                });
                says(rows.collect::<String>() + "@ OK x\r\n")
            }
            "UID SORT" => says("* SORT 5 6 7\r\n@ OK x\r\n"),
            "UID THREAD" => says("* THREAD (5 6 7)\r\n@ OK x\r\n"),
            "STATUS" if asked.arguments.contains("Archive") => {
                says(format!("* STATUS Archive (MESSAGES 1 UNSEEN 1 {})\r\n@ OK x\r\n", long()))
            }
            _ => Answer::Usual,
        }
    })
}

#[test]
fn a_row_beyond_every_limit_costs_that_message() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_str().unwrap();
    for (capabilities, verb) in [
        ("", &["search", "INBOX", "--json"][..]),
        ("", &["sort", "INBOX", "size", "--json"]),
        ("SORT", &["sort", "INBOX", "size", "--json"]),
        ("THREAD=REFERENCES", &["thread", "INBOX", "--json"]),
        ("", &["get", "INBOX", "5:7", "-o", path, "--json"]),
    ] {
        let run = with_a_long_row(capabilities).run(verb);
        assert_eq!((run.code, uids(&run).as_slice()), (1, &[5, 7][..]), "{verb:?}: {run:?}");
        assert!(run.stderr.contains("message with UID 6 is left out"), "{verb:?}: {run:?}");
    }
    let run = with_a_long_row("").run(&["flag", "INBOX", "5:7", "-Seen"]);
    assert_eq!(run.code, 1, "{run:?}");
    assert!(run.stderr.contains("message with UID 6 is left out"), "{run:?}");
    for verb in [&["get", "INBOX", "6"][..], &["show", "INBOX", "6"]] {
        let run = with_a_long_row("").run(verb);
        assert_eq!(run.code, 76, "{run:?}");
        assert!(run.stderr.contains("message with UID 6"), "{verb:?}: {run:?}");
    }
    let run = with_a_long_row("").run(&["folders", "--status", "--json"]);
    let names: Vec<_> = run.json().iter().map(|object| object["mailbox"].clone()).collect();
    assert_eq!((run.code, names.len()), (1, 2), "{run:?}");
    assert!(run.stderr.contains("Archive"), "{run:?}");
}
