//! A message that the server cannot send, or that costs the connection each time, costs itself alone.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod support;

use std::fs;

use support::Run;
use support::peer::{Answer, Command, Mailboxes, Peer, row, says, text};

const MAILBOXES: Mailboxes = &[("INBOX", &[1, 2, 3, 4, 5, 6, 7, 8])];

/// What the server does at a message that it cannot send.
#[derive(Clone, Copy, Debug)]
enum Trouble {
    /// Sends those before it, and then NO.
    No,
    /// Sends nothing, and BAD.
    Bad,
    /// Sends those before it, and ends the connection.
    Ends,
    /// Ends the connection in the middle of the row.
    EndsWithin,
}

const TROUBLES: [Trouble; 4] = [Trouble::No, Trouble::Bad, Trouble::Ends, Trouble::EndsWithin];

/// Answers a FETCH of which these messages cannot be sent.
fn fetch(asked: &Command<'_>, bad: &[u32], trouble: Trouble) -> Answer {
    let items = asked.arguments.split_once(' ').unwrap().1;
    let uids: Vec<u32> = asked.uids().into_iter().filter(|uid| *uid <= 8).collect();
    let rows = |uids: &[u32]| uids.iter().map(|uid| row(*uid as usize, *uid, items)).collect::<String>();
    let Some(at) = uids.iter().position(|uid| bad.contains(uid)) else {
        return says(rows(&uids) + "@ OK x\r\n");
    };
    match trouble {
        Trouble::No => says(rows(&uids[..at]) + "@ NO failed to build the message\r\n"),
        Trouble::Bad => says("@ BAD internal error\r\n"),
        Trouble::Ends => Answer::Ends(rows(&uids[..at])),
        Trouble::EndsWithin => {
            let row = row(uids[at] as usize, uids[at], items);
            let (whole, _) = row.split_at(row.len() - 6);
            Answer::Ends(rows(&uids[..at]) + whole)
        }
    }
}

fn peer(capabilities: &'static str, bad: &'static [u32], trouble: Trouble) -> Peer {
    Peer::start(capabilities, MAILBOXES, move |asked| match asked.name {
        "UID FETCH" => fetch(asked, bad, trouble),
        "UID SORT" => says("* SORT 8 7 6 5 4 3 2 1\r\n@ OK x\r\n"),
        "UID THREAD" => says("* THREAD (1 2)(3 4)(5 6)(7 8)\r\n@ OK x\r\n"),
        _ => Answer::Usual,
    })
}

fn uids(run: &Run) -> Vec<u64> {
    let mut uids: Vec<u64> = run.json().iter().filter_map(|object| object["uid"].as_u64()).collect();
    uids.sort_unstable();
    uids
}

#[test]
fn lists_show_all_others() {
    std::thread::scope(|scope| {
        for trouble in TROUBLES {
            scope.spawn(move || lists(trouble));
        }
    });
}

/// Most of the time is spent in waits before the next connection.
fn lists(trouble: Trouble) {
    std::thread::scope(|scope| {
        for (bad, left) in
            [(&[4][..], &[1, 2, 3, 5, 6, 7, 8][..]), (&[1, 8], &[2, 3, 4, 5, 6, 7]), (&[3, 4], &[1, 2, 5, 6, 7, 8])]
        {
            scope.spawn(move || lists_all_but(trouble, bad, left));
        }
    });
}

fn lists_all_but(trouble: Trouble, bad: &'static [u32], left: &[u64]) {
    for (capabilities, verb) in [
        ("", &["search", "INBOX"][..]),
        ("", &["sort", "INBOX", "-size"]),
        ("SORT", &["sort", "INBOX", "-size"]),
        ("THREAD=REFERENCES", &["thread", "INBOX"]),
    ] {
        let run = peer(capabilities, bad, trouble).run(&[verb, &["--json"]].concat());
        assert_eq!((run.code, uids(&run).as_slice()), (1, left), "{trouble:?} {bad:?}: {run:?}");
        for uid in bad {
            assert!(run.stderr.contains(&format!("message with UID {uid} is left out")), "{bad:?}: {run:?}");
        }
    }
}

#[test]
fn get_writes_all_others() {
    std::thread::scope(|scope| TROUBLES.map(|trouble| drop(scope.spawn(move || writes_all_others(trouble)))));
}

fn writes_all_others(trouble: Trouble) {
    let folder = tempfile::tempdir().unwrap();
    let run = peer("", &[4], trouble).run(&["get", "INBOX", "1:8", "-o", folder.path().to_str().unwrap()]);
    assert_eq!(run.code, 1, "{trouble:?}: {run:?}");
    assert!(run.stderr.contains("message with UID 4 is left out"), "{trouble:?}: {run:?}");
    let mut names: Vec<String> =
        fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    assert_eq!(names, ["1.eml", "2.eml", "3.eml", "5.eml", "6.eml", "7.eml", "8.eml"], "{trouble:?}");
    for (uid, name) in [1, 2, 3, 5, 6, 7, 8].into_iter().zip(names) {
        assert_eq!(fs::read_to_string(folder.path().join(name)).unwrap(), text(uid));
    }
}

#[test]
fn where_nothing_can_be_had_the_servers_reason_is_the_end() {
    std::thread::scope(|scope| {
        for (trouble, code) in [(Trouble::No, 69), (Trouble::Bad, 76), (Trouble::Ends, 75)] {
            for verb in ["search", "sort", "get all", "get one"] {
                scope.spawn(move || {
                    let folder = tempfile::tempdir().unwrap();
                    let path = folder.path().to_str().unwrap();
                    let arguments = match verb {
                        "search" => &["search", "INBOX"][..],
                        "sort" => &["sort", "INBOX", "size"],
                        "get all" => &["get", "INBOX", "1:8", "-o", path],
                        _ => &["get", "INBOX", "4"],
                    };
                    let run = peer("", &[1, 2, 3, 4, 5, 6, 7, 8], trouble).run(arguments);
                    assert_eq!(run.code, code, "{verb} {trouble:?}: {run:?}");
                });
            }
        }
    });
}

#[test]
fn a_connection_that_is_lost_once_costs_nothing() {
    let peer = Peer::start("", MAILBOXES, |asked| match (asked.name, asked.connection) {
        ("UID FETCH", 0) => fetch(asked, &[4], Trouble::Ends),
        _ => Answer::Usual,
    });
    let run = peer.run(&["search", "INBOX", "--json"]).ok();
    assert_eq!(uids(&run), [1, 2, 3, 4, 5, 6, 7, 8]);
    // A mailbox that is another one meanwhile is not mixed with it.
    let peer = Peer::start("", MAILBOXES, |asked| match (asked.name, asked.connection) {
        ("UID FETCH", 0) => fetch(asked, &[4], Trouble::Ends),
        ("EXAMINE", 1) => says("* 8 EXISTS\r\n* OK [UIDVALIDITY 8] x\r\n@ OK x\r\n"),
        _ => Answer::Usual,
    });
    let run = peer.run(&["search", "INBOX", "--json"]);
    assert_eq!((run.code, uids(&run).as_slice()), (75, &[1, 2, 3][..]), "{run:?}");
}

const MANY: Mailboxes = &[("INBOX", &[1, 2]), ("Public", &[1]), ("Sent", &[1]), ("user.bob", &[1]), ("Work", &[])];

#[test]
fn a_mailbox_without_figures_costs_itself_alone() {
    for capabilities in ["", "LIST-STATUS"] {
        for answer in ["@ NO [NOPERM] Permission denied\r\n", "@ BAD what\r\n", "ends"] {
            let peer = Peer::start(capabilities, MANY, move |asked| match asked.name {
                "STATUS" if ["Public", "user.bob"].contains(&asked.mailbox().as_str()) => match answer {
                    "ends" => Answer::Ends(String::new()),
                    _ => says(answer),
                },
                "LIST" if asked.arguments.contains("STATUS") => match answer {
                    "ends" => Answer::Ends(String::new()),
                    "@ BAD what\r\n" => says("@ NO one of them cannot be asked\r\n"),
                    // Of the two nothing is said.
                    _ => says(
                        "* LIST () \"/\" INBOX\r\n* STATUS INBOX (MESSAGES 2 UNSEEN 0)\r\n* LIST () \"/\" Public\r\n\
                         * LIST () \"/\" Sent\r\n* STATUS Sent (MESSAGES 1 UNSEEN 0)\r\n* LIST () \"/\" user.bob\r\n\
                         * LIST () \"/\" Work\r\n* STATUS Work (MESSAGES 0 UNSEEN 0)\r\n@ OK x\r\n",
                    ),
                },
                _ => Answer::Usual,
            });
            let run = peer.run(&["folders", "--status", "--json"]);
            let what = format!("{capabilities} {answer}: {run:?}");
            assert_eq!(run.code, 1, "{what}");
            let figures: Vec<(String, Option<u64>)> = run
                .json()
                .iter()
                .map(|object| (object["mailbox"].as_str().unwrap().to_owned(), object["messages"].as_u64()))
                .collect();
            let expected =
                [("INBOX", Some(2)), ("Public", None), ("Sent", Some(1)), ("user.bob", None), ("Work", Some(0))];
            assert_eq!(figures, expected.map(|(name, count)| (name.to_owned(), count)), "{what}");
            assert!(run.stderr.contains("Public: ") && run.stderr.contains("user.bob: "), "{what}");
            assert!(!run.stderr.contains("Sent"), "{what}");
        }
    }
}

#[test]
fn where_no_mailbox_has_figures_there_is_an_end() {
    let peer = Peer::start("", MANY, |asked| match asked.name {
        "STATUS" => Answer::Ends(String::new()),
        _ => Answer::Usual,
    });
    let run = peer.run(&["folders", "--status"]);
    assert!([1, 75].contains(&run.code) && run.stderr.contains("INBOX: "), "{run:?}");
    assert!(peer.count("LOGIN") <= 12, "{}", peer.count("LOGIN"));
}

#[test]
fn subscribed_mailboxes_keep_what_list_says_of_them() {
    let peer = Peer::start("", MANY, |asked| match asked.name {
        "LIST" => says("* LIST (\\Sent \\HasNoChildren) \"/\" Sent\r\n@ OK x\r\n"),
        "LSUB" => says("* LSUB () \"/\" Sent\r\n* LSUB () \"/\" Gone\r\n@ OK x\r\n"),
        _ => Answer::Usual,
    });
    let objects = peer.run(&["folders", "--subscribed", "--status", "--json"]);
    let sent = objects.json().into_iter().find(|object| object["mailbox"] == "Sent").unwrap();
    assert_eq!((&sent["special_use"][0], &sent["messages"]), (&"\\Sent".into(), &1.into()), "{objects:?}");
}

/// A server whose rows of message 5 are without the envelope, on the first `times` commands.
fn without_envelope(capabilities: &'static str, times: usize) -> Peer {
    let commands = std::sync::atomic::AtomicUsize::new(0);
    Peer::start(capabilities, MAILBOXES, move |asked| match asked.name {
        "UID FETCH" if asked.uids().contains(&5) && asked.arguments.contains("ENVELOPE") => {
            let lacks = commands.fetch_add(1, std::sync::atomic::Ordering::Relaxed) < times;
            let items = asked.arguments.split_once(' ').unwrap().1;
            let items_of = |uid| if uid == 5 && lacks { items.replace("ENVELOPE", "") } else { items.to_owned() };
            let uids = asked.uids().into_iter().filter(|uid| *uid <= 8);
            let rows: String = uids.map(|uid| row(uid as usize, uid, &items_of(uid))).collect();
            says(rows + "@ OK x\r\n")
        }
        "UID SORT" => says("* SORT 8 7 6 5 4 3 2 1\r\n@ OK x\r\n"),
        "UID THREAD" => says("* THREAD (1 2)(3 4)(5 6)(7 8)\r\n@ OK x\r\n"),
        _ => Answer::Usual,
    })
}

#[test]
fn a_row_that_lacks_an_item_is_asked_for_again_and_then_named() {
    for (capabilities, verb) in [
        ("", &["search", "INBOX"][..]),
        ("", &["sort", "INBOX", "-size"]),
        ("SORT", &["sort", "INBOX", "-size"]),
        ("THREAD=REFERENCES", &["thread", "INBOX"]),
    ] {
        let run = without_envelope(capabilities, 99).run(&[verb, &["--json"]].concat());
        assert_eq!((run.code, uids(&run).as_slice()), (1, &[1, 2, 3, 4, 5, 6, 7, 8][..]), "{verb:?}: {run:?}");
        assert!(run.stderr.contains("did not send all that was asked for of the message with UID 5"), "{run:?}");
        let peer = without_envelope(capabilities, 1);
        let run = peer.run(&[verb, &["--json"]].concat()).ok();
        let five = run.json().into_iter().find(|object| object["uid"] == 5).unwrap();
        assert_eq!((five["subject"].as_str(), run.stderr.as_str()), (Some("number 5"), ""), "{verb:?}");
    }
    // A row with nothing of what was asked for is none.
    let run = without_envelope("", 99).run(&["sort", "INBOX", "subject", "--json"]);
    assert_eq!((run.code, uids(&run).as_slice()), (1, &[1, 2, 3, 4, 6, 7, 8][..]), "{run:?}");
    assert!(run.stderr.contains("did not send the message with UID 5"), "{run:?}");
}

#[test]
fn a_change_of_flags_in_between_is_not_the_row() {
    let peer = Peer::start("", MAILBOXES, |asked| {
        if asked.name == "UID FETCH" {
            asked.send("* 5 FETCH (UID 5 FLAGS (\\Seen))\r\n");
        }
        Answer::Usual
    });
    let run = peer.run(&["search", "INBOX", "--json"]).ok();
    assert!(run.json().iter().all(|object| object["subject"].is_string()), "{run:?}");
    assert_eq!(peer.count("UID FETCH"), 1);
}

#[test]
fn where_the_server_cannot_sort_it_is_done_here() {
    let peer = Peer::start("SORT", MAILBOXES, |asked| match asked.name {
        "UID SORT" => says("@ NO [SERVERBUG] Internal error occurred\r\n"),
        "UID FETCH" => fetch(asked, &[5], Trouble::No),
        _ => Answer::Usual,
    });
    let run = peer.run(&["sort", "INBOX", "-subject", "--uids"]);
    assert_eq!((run.code, run.stdout.as_str()), (1, "8\n7\n6\n4\n3\n2\n1\n"), "{run:?}");
    assert!(run.stderr.contains("sorting here"), "{run:?}");
    let peer = Peer::start("SORT", MAILBOXES, |asked| match asked.name {
        "UID SORT" => says("@ NO [SERVERBUG] Internal error occurred\r\n"),
        _ => Answer::Usual,
    });
    assert_eq!(peer.run(&["sort", "INBOX", "-size,-subject", "--uids"]).ok().stdout, "8\n7\n6\n5\n4\n3\n2\n1\n");
}
