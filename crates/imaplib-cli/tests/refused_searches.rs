//! `imap search` and `imap sort` where the server refuses to search because of one message: the others are found, and it is
//! named.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod support;

use imaplib::types::{Uid, UidSet};
use support::peer::{Answer, Command, Mailboxes, Peer, says};

const HERE: [u32; 10] = [1, 2, 3, 5, 7, 8, 9, 12, 13, 40];
const MAILBOXES: Mailboxes = &[("INBOX", &HERE)];

/// The messages that a search is about.
fn searched(command: &Command<'_>) -> Vec<u32> {
    let words: Vec<&str> = command.arguments.split(' ').collect();
    let set = words.iter().position(|word| *word == "UID").map(|at| words[at + 1].parse::<UidSet>().unwrap());
    let is_in = |uid: &u32| set.as_ref().is_none_or(|set| set.contains(Uid::new(*uid).unwrap()));
    HERE.into_iter().filter(is_in).collect()
}

/// A server that cannot read the text of some messages, and refuses each search that has to.
fn refuses(capabilities: &'static str, bad: &'static [u32]) -> Peer {
    Peer::start(capabilities, MAILBOXES, move |command| match command.name {
        "UID SEARCH" if command.arguments.contains("BODY") => {
            let searched = searched(command);
            let found: String = searched.iter().map(|uid| format!(" {uid}")).collect();
            match searched.iter().any(|uid| bad.contains(uid)) {
                true => says("* SEARCH 1\r\n@ NO [SERVERBUG] cannot read a message\r\n"),
                false => says(format!("* SEARCH{found}\r\n@ OK x\r\n")),
            }
        }
        "UID SORT" => says("@ NO [SERVERBUG] cannot read a message\r\n"),
        _ => Answer::Usual,
    })
}

fn but(bad: &[u32]) -> Vec<u32> {
    HERE.into_iter().filter(|uid| !bad.contains(uid)).collect()
}

fn uids(stdout: &str) -> Vec<u32> {
    stdout.lines().map(|line| line.split('\t').next().unwrap().parse().unwrap()).collect()
}

#[test]
fn a_message_that_cannot_be_searched_costs_itself_alone() {
    for bad in [&[7][..], &[1], &[40], &[1, 2, 40], &[3, 9, 12]] {
        let peer = refuses("", bad);
        let run = peer.run(&["search", "INBOX", "--body", "x", "--uids"]);
        assert_eq!((run.code, uids(&run.stdout)), (1, but(bad)), "{bad:?}: {run:?}");
        for uid in HERE {
            let text = format!(
                "imap: the message with UID {uid} is left out: search: the server refused: NO [SERVERBUG] cannot read a message\n"
            );
            assert_eq!(run.stderr.matches(&text).count(), usize::from(bad.contains(&uid)), "{uid}: {run:?}");
        }
        assert_eq!(run.stderr.matches("; searching in parts\n").count(), 1, "{run:?}");
        assert!(peer.count("UID SEARCH") <= 6 + 16 * bad.len(), "{:?}", peer.heard());
    }
    let run = refuses("", &[7]).run(&["search", "INBOX", "--body", "x"]);
    assert_eq!((run.code, uids(&run.stdout)), (1, but(&[7])), "{run:?}");
    let run = refuses("SORT", &[7]).run(&["sort", "INBOX", "arrival", "--body", "x", "--uids"]);
    assert_eq!((run.code, uids(&run.stdout)), (1, but(&[7])), "{run:?}");
}

#[test]
fn a_search_that_is_refused_as_such_is_not_tried_for_each_message() {
    for (refusal, code) in [("@ NO [CANNOT] no full text search\r\n", 69), ("@ BAD no\r\n", 76)] {
        let peer = Peer::start("", MAILBOXES, move |command| match command.name {
            "UID SEARCH" if command.arguments.contains("BODY") => says(refusal),
            _ => Answer::Usual,
        });
        let run = peer.run(&["search", "INBOX", "--body", "x"]);
        assert_eq!((run.code, run.stdout.as_str(), peer.count("UID SEARCH")), (code, "", 2), "{run:?}");
    }
    // Every message fails.
    let run = refuses("", &HERE).run(&["search", "INBOX", "--body", "x"]);
    assert_eq!((run.code, run.stdout.as_str()), (69, ""), "{run:?}");
}
