//! Answers that end with OK before all messages came, or whose literals have a wrong length: the others are asked for again.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, clippy::string_slice)]

mod support;

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use support::peer::{Answer, Command, Mailboxes, Peer, row, says, text};
use support::{Run, summary, tree};

const MAILBOXES: Mailboxes = &[(
    "INBOX",
    &[
        1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30,
        31, 32, 33, 34, 35, 36, 37, 38, 39, 40,
    ],
)];

/// What the server does at a bad message.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Trouble {
    /// It ends the answer with OK.
    EndsEarly,
    /// It leaves the message out.
    LeavesOut,
    /// It announces some bytes too many, which are those of the next row.
    TooLong,
}

/// Answers a FETCH in which these messages are bad.
fn fetch(asked: &Command<'_>, bad: &[u32], trouble: Trouble) -> Answer {
    let items = asked.arguments.split_once(' ').unwrap().1;
    let mut answer = String::new();
    for uid in asked.uids().into_iter().filter(|uid| *uid <= 40) {
        let good = row(uid as usize, uid, items);
        match trouble {
            _ if !bad.contains(&uid) => answer.push_str(&good),
            Trouble::EndsEarly => break,
            Trouble::LeavesOut => {}
            Trouble::TooLong => {
                let length = text(uid).len();
                answer.push_str(&good.replace(&format!("{{{length}}}"), &format!("{{{}}}", length + 20)));
            }
        }
    }
    says(answer + "@ OK x\r\n")
}

fn peer(capabilities: &'static str, bad: &'static [u32], trouble: Trouble, is_bad: fn(&Command<'_>) -> bool) -> Peer {
    Peer::start(capabilities, MAILBOXES, move |asked| match asked.name {
        "UID FETCH" if is_bad(asked) => fetch(asked, bad, trouble),
        "UID SORT" => {
            says(format!("* SORT{}\r\n@ OK x\r\n", (1..=40).map(|uid| format!(" {uid}")).collect::<String>()))
        }
        _ => Answer::Usual,
    })
}

fn is_text(asked: &Command<'_>) -> bool {
    asked.arguments.contains("BODY.PEEK[]")
}

/// The UIDs of the messages in the archive, each with its own text.
fn archived(archive: &Path) -> Vec<u32> {
    let folder = archive.join("INBOX");
    let mut uids = Vec::new();
    for file in tree(&folder) {
        let uid: u32 = file.split_once("V7U").unwrap().1.split_once('.').unwrap().0.parse().unwrap();
        assert_eq!(fs::read_to_string(folder.join(&file)).unwrap(), text(uid), "{file}");
        uids.push(uid);
    }
    uids.sort_unstable();
    uids
}

fn all_but(bad: &[u32]) -> Vec<u32> {
    (1..=40).filter(|uid| !bad.contains(uid)).collect()
}

#[test]
fn a_backup_has_all_others() {
    for (trouble, bad) in [
        (Trouble::EndsEarly, &[1][..]),
        (Trouble::EndsEarly, &[10]),
        (Trouble::EndsEarly, &[10, 11, 30, 40]),
        (Trouble::LeavesOut, &[3, 20]),
        (Trouble::TooLong, &[2]),
    ] {
        let peer = peer("", bad, trouble, is_text);
        let folder = tempfile::tempdir().unwrap();
        let archive = folder.path().to_str().unwrap();
        let run = peer.run(&["backup", archive, "--json", "--timeout", "1", "--longest-pause", "10"]);
        let (new, failed) = (40 - bad.len(), bad.len());
        assert_eq!((run.code, &summary(&run)["failed"]), (1, &failed.into()), "{trouble:?} {bad:?}: {run:?}");
        assert_eq!(summary(&run)["new"], new, "{trouble:?} {bad:?}: {run:?}");
        assert_eq!(archived(folder.path()), all_but(bad), "{trouble:?} {bad:?}");
        // Alone, a text that is too long has no end.
        let reason =
            if trouble == Trouble::TooLong { "with UID 2 is left out: timed out" } else { "did not send the message" };
        assert!(run.stderr.contains(reason), "{run:?}");
        assert!(peer.count("UID FETCH") <= 6 + 4 * bad.len(), "{trouble:?} {bad:?}: {:?}", peer.heard());
        // They are tried again, and last.
        let before = peer.count("UID FETCH");
        let run = peer.run(&["backup", archive, "--json", "--timeout", "1", "--longest-pause", "10"]);
        assert_eq!((run.code, &summary(&run)["failed"]), (1, &failed.into()), "{trouble:?} {bad:?}: {run:?}");
        assert!(peer.count("UID FETCH") - before <= 4 + 2 * bad.len(), "{trouble:?} {bad:?}: {:?}", peer.heard());
        let peer = Peer::start("", MAILBOXES, |_| Answer::Usual);
        let run = peer.run(&["backup", archive, "--json", "--adopt"]);
        assert_eq!((run.code, &summary(&run)["new"]), (0, &failed.into()), "{trouble:?} {bad:?}: {run:?}");
        assert_eq!(archived(folder.path()), all_but(&[]));
    }
}

/// Thirty messages are expunged between the list and the texts.
#[test]
fn messages_that_are_gone_cost_one_search() {
    let is_gone = Arc::new(AtomicBool::new(false));
    let peer = Peer::start("", MAILBOXES, move |asked| {
        if is_text(asked) {
            is_gone.store(true, Ordering::SeqCst);
            asked.send(&"* 11 EXPUNGE\r\n".repeat(30));
        }
        match asked.name {
            _ if !is_gone.load(Ordering::SeqCst) => Answer::Usual,
            "UID SEARCH" => says("* SEARCH 1 2 3 4 5 6 7 8 9 10\r\n@ OK x\r\n"),
            "UID FETCH" => {
                let items = asked.arguments.split_once(' ').unwrap().1;
                let rows = asked.uids().into_iter().filter(|uid| *uid <= 10);
                says(rows.map(|uid| row(uid as usize, uid, items)).collect::<String>() + "@ OK x\r\n")
            }
            _ => Answer::Usual,
        }
    });
    let folder = tempfile::tempdir().unwrap();
    let run = peer.run(&["backup", folder.path().to_str().unwrap(), "--json"]);
    assert_eq!((run.code, &summary(&run)["new"]), (0, &10.into()), "{run:?}");
    assert!(peer.count("UID FETCH") <= 4 && peer.count("UID SEARCH") <= 2, "{:?}", peer.heard());
}

fn uids(run: &Run) -> Vec<u32> {
    run.json().iter().filter_map(|object| u32::try_from(object["uid"].as_u64()?).ok()).collect()
}

#[test]
fn lists_and_files_have_all_others() {
    for (trouble, bad) in
        [(Trouble::EndsEarly, &[10][..]), (Trouble::EndsEarly, &[1, 10, 11, 40]), (Trouble::LeavesOut, &[3, 20])]
    {
        for (capabilities, verb) in [
            ("", &["search", "INBOX", "--json"][..]),
            ("", &["sort", "INBOX", "size", "--json"]),
            ("SORT", &["sort", "INBOX", "size", "--json"]),
            ("", &["thread", "INBOX", "--json"]),
        ] {
            let peer = peer(capabilities, bad, trouble, |_| true);
            let run = peer.run(verb);
            let mut came = uids(&run);
            came.sort_unstable();
            assert_eq!((run.code, came), (1, all_but(bad)), "{trouble:?} {bad:?} {verb:?}: {run:?}");
            assert!(run.stderr.contains("found and did not send the message"), "{verb:?}: {run:?}");
        }
    }
    for (trouble, bad) in
        [(Trouble::EndsEarly, &[10][..]), (Trouble::EndsEarly, &[1, 10, 11, 40]), (Trouble::TooLong, &[2])]
    {
        let folder = tempfile::tempdir().unwrap();
        let peer = peer("", bad, trouble, |_| true);
        let run = peer.run(&["get", "INBOX", "1:40", "-o", folder.path().to_str().unwrap()]);
        let written: Vec<u32> = (1..=40).filter(|uid| folder.path().join(format!("{uid}.eml")).is_file()).collect();
        assert_eq!((run.code, written), (1, all_but(bad)), "{trouble:?} {bad:?}: {run:?}");
        assert!(run.stderr.contains("the server did not send the message"), "{run:?}");
    }
}
