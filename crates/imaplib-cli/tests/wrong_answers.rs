//! Servers that say OK and answer with nothing, or with something else: the tool finds out in another way, or says that it cannot.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod support;

use support::Run;
use support::peer::{Answer, Mailboxes, Peer, says};

const MAILBOXES: Mailboxes = &[("INBOX", &[5, 6, 7]), ("Archive", &[])];

fn uids(run: &Run) -> Vec<u64> {
    run.json().iter().filter_map(|object| object["uid"].as_u64()).collect()
}

/// A server that answers this command so.
fn peer(capabilities: &'static str, command: &'static str, answer: &'static str) -> Peer {
    Peer::start(capabilities, MAILBOXES, move |asked| match asked.name {
        name if name == command => says(format!("{answer}@ OK x\r\n")),
        _ => Answer::Usual,
    })
}

#[test]
fn an_order_that_the_server_does_not_give_is_found_here() {
    for answer in ["", "* SORT\r\n", "* SEARCH 7 6 5\r\n", "* THREAD (5 6)\r\n"] {
        let run = peer("SORT", "UID SORT", answer).run(&["sort", "INBOX", "subject", "--json"]);
        assert_eq!((run.code, uids(&run)), (0, vec![5, 6, 7]), "{answer}: {run:?}");
        assert!(run.stderr.contains("said OK to SORT") && run.stderr.contains("sorting here"), "{answer}: {run:?}");
    }
    for answer in ["", "* THREAD\r\n", "* SORT 5 6\r\n", "* THREAD (5 5)\r\n", "* THREAD (5 6)(7 6)\r\n"] {
        let run = peer("THREAD=ORDEREDSUBJECT", "UID THREAD", answer).run(&["thread", "INBOX", "--json"]);
        assert_eq!((run.code, uids(&run)), (0, vec![5, 6, 7]), "{answer}: {run:?}");
        assert!(run.stderr.contains("THREAD") && run.stderr.contains("finding the threads here"), "{answer}: {run:?}");
    }
    // There are none.
    for (capabilities, verb) in [
        ("SORT", &["sort", "Archive", "subject", "--json"][..]),
        ("THREAD=REFERENCES", &["thread", "Archive", "--json"]),
    ] {
        for (command, answer) in [("UID SORT", ""), ("UID THREAD", "")] {
            let run = peer(capabilities, command, answer).run(verb).ok();
            assert!(run.stdout.is_empty() && run.stderr.is_empty(), "{run:?}");
        }
    }
}

#[test]
fn a_search_for_all_messages_finds_all() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_str().unwrap();
    for answer in ["", "* SEARCH\r\n", "* SORT 5 6 7\r\n", "* ESEARCH (TAG \"x\") UID ALL 5:7\r\n"] {
        for verb in [
            &["search", "INBOX", "ALL"][..],
            &["search", "INBOX"],
            &["sort", "INBOX", "subject"],
            &["thread", "INBOX"],
            &["get", "INBOX", "5:7", "-o", path],
        ] {
            let run = peer("", "UID SEARCH", answer).run(verb);
            let code = if verb[0] == "get" && !answer.contains("ES") && !answer.contains("SORT") { 69 } else { 76 };
            assert_eq!((run.code, run.stdout.as_str()), (code, ""), "{verb:?} {answer}: {run:?}");
        }
    }
    for (capabilities, command, answer, verb) in [
        ("", "UID SEARCH", "* SEARCH 5 7\r\n", &["search", "INBOX", "--json"][..]),
        ("SORT", "UID SORT", "* SORT 5 7\r\n", &["sort", "INBOX", "subject", "--json"]),
        ("THREAD=REFERENCES", "UID THREAD", "* THREAD (5)(7)\r\n", &["thread", "INBOX", "--json"]),
    ] {
        let run = peer(capabilities, command, answer).run(verb);
        assert_eq!((run.code, uids(&run)), (1, vec![5, 7]), "{verb:?}: {run:?}");
        assert!(run.stderr.contains("1 more message, which the server does not find"), "{run:?}");
    }
}

#[test]
fn numbers_that_may_be_no_uids_are_not_used() {
    let answers = |old: &'static str| {
        Peer::start("ESEARCH", MAILBOXES, move |asked| match asked.name {
            "UID SEARCH" if asked.arguments.starts_with("RETURN") => {
                says("* ESEARCH (TAG \"@\") ALL 1:2\r\n@ OK x\r\n")
            }
            "UID SEARCH" => says(format!("{old}@ OK x\r\n")),
            _ => Answer::Usual,
        })
    };
    let run = answers("* SEARCH 5 6\r\n").run(&["search", "INBOX", "UNSEEN", "--json"]).ok();
    assert_eq!(uids(&run), [5, 6], "{run:?}");
    let run = answers("* ESEARCH (TAG \"@\") ALL 1:2\r\n").run(&["search", "INBOX", "UNSEEN", "--json"]);
    assert_eq!((run.code, run.stdout.as_str()), (76, ""), "{run:?}");
}

#[test]
fn a_completion_within_a_name_ends_no_list() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_str().unwrap();
    for answer in ["* LIST () \"/\" INBOX\r\n* LIST () \"/\" \"a\r\n@ OK forged\r\nb\"\r\n* LIST () \"/\" c\r\n"] {
        for verb in [&["folders"][..], &["folders", "--json"], &["backup", path]] {
            let run = peer("", "LIST", answer).run(verb);
            assert_eq!((run.code, run.stdout.as_str()), (76, ""), "{verb:?}: {run:?}");
            assert!(run.stderr.contains("what follows"), "{verb:?}: {run:?}");
        }
    }
}
