//! Messages of which fewer bytes come than the server announces: what came is kept, and is not taken for whole at once.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod support;

use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex};

use support::peer::{Answer, Mailboxes, Peer, says};
use support::{summary, tree};

const WHOLE: &str = "Subject: a\r\n\r\nthe whole text\r\n";

/// The UIDs from 1 on, each of a message with the size of [`WHOLE`].
const ONE: Mailboxes = &[("INBOX", &[1])];
const MANY: Mailboxes = &[("INBOX", &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10])];
const MORE: Mailboxes = &[("INBOX", &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]), ("new", &[1])];

/// A server that sends so many bytes of each text.
fn sends(mailboxes: Mailboxes, length: &Arc<Mutex<usize>>, listed: &Arc<Mutex<usize>>) -> Peer {
    let (length, listed) = (Arc::clone(length), Arc::clone(listed));
    Peer::start("", mailboxes, move |command| {
        let here = mailboxes.iter().find(|(name, _)| *name == command.selected).map_or(&[][..], |(_, uids)| uids);
        match command.name {
            "LIST" => {
                let lines = mailboxes.iter().take(*listed.lock().unwrap());
                says(lines.map(|(name, _)| format!("* LIST () \"/\" {name}\r\n")).collect::<String>() + "@ OK x\r\n")
            }
            "UID FETCH" => {
                let asked = command.uids();
                let text = WHOLE.get(..*length.lock().unwrap()).unwrap();
                let body = if command.arguments.contains("BODY") {
                    format!(" BODY[] {{{}}}\r\n{text}", text.len())
                } else {
                    String::new()
                };
                let row =
                    |uid: &u32| format!("* {uid} FETCH (UID {uid} FLAGS () RFC822.SIZE {}{body})\r\n", WHOLE.len());
                let rows = here.iter().filter(|uid| asked.contains(uid) || command.arguments.starts_with("1:*"));
                says(rows.map(row).collect::<String>() + "@ OK x\r\n")
            }
            _ => Answer::Usual,
        }
    })
}

fn texts(archive: &Path) -> Vec<String> {
    let paths = tree(archive);
    let files = paths.iter().filter(|path| path.contains("/cur/"));
    files.map(|path| fs::read_to_string(archive.join(path)).unwrap()).collect()
}

#[test]
fn a_short_text_is_asked_for_until_it_is_whole_or_the_same() {
    for before in [1, 10, WHOLE.len() - 2, WHOLE.len() - 1] {
        for (then, code, stored) in
            [(WHOLE.len(), 0, WHOLE.len()), (before, 0, before), (0, 1, before), (before / 2 + 1, 1, before)]
        {
            let folder = tempfile::tempdir().unwrap();
            let archive = folder.path().join("archive");
            let length = Arc::new(Mutex::new(before));
            let peer = sends(ONE, &length, &Arc::new(Mutex::new(1)));
            let backup = |more: &[&str]| peer.run(&[&["backup", archive.to_str().unwrap()], more].concat());
            let run = backup(&[]);
            assert_eq!(run.code, 1, "{before}: {run:?}");
            assert!(run.stderr.contains("shorter than the server announces"), "{before}: {run:?}");
            assert!(run.stdout.contains("1 new, 1 shorter than announced, 1 failed"), "{before}: {run:?}");
            assert_eq!(texts(&archive), [WHOLE.get(..before).unwrap()]);
            *length.lock().unwrap() = then;
            let run = backup(&[]);
            let code = if then == before { 0 } else { code };
            assert_eq!(
                (run.code, texts(&archive)),
                (code, vec![WHOLE.get(..stored).unwrap().to_owned()]),
                "{before}, {then}: {run:?}"
            );
            assert_eq!(tree(&archive).iter().filter(|path| path.contains("/cur/")).count(), 1);
            if code == 1 {
                continue;
            }
            // It is not asked for any more, but to be verified.
            let fetched = peer.count("UID FETCH 1 ");
            let run = backup(&["--json"]);
            // It is settled, and stays counted.
            assert_eq!((run.code, &summary(&run)["short_before"]), (0, &u64::from(then == before).into()), "{run:?}");
            assert_eq!(peer.count("UID FETCH 1 "), fetched);
            *length.lock().unwrap() = WHOLE.len();
            let run = backup(&["--verify", "--json"]);
            assert_eq!((run.code, texts(&archive)), (0, vec![WHOLE.to_owned()]), "{run:?}");
            assert_eq!(run.stdout.contains("\"completed\":1"), then == before, "{run:?}");
        }
    }
}

#[test]
fn a_server_whose_sizes_are_wrong_is_asked_twice() {
    let folder = tempfile::tempdir().unwrap();
    let archive = folder.path().join("archive");
    let (length, listed) = (Arc::new(Mutex::new(10)), Arc::new(Mutex::new(1)));
    let peer = sends(MORE, &length, &listed);
    let backup = |more: &[&str]| peer.run(&[&["backup", archive.to_str().unwrap()], more].concat());
    assert_eq!(backup(&[]).code, 1);
    let run = backup(&[]);
    assert!(run.code == 0 && run.stdout.contains("10 fetched again and unchanged, 10 shorter"), "{run:?}");
    // Ten proofs: what is new is reported, and no failure.
    *listed.lock().unwrap() = MORE.len();
    let run = backup(&["--json"]);
    assert!(run.code == 0 && run.stdout.contains("\"short\":1"), "{run:?}");
    assert!(run.stderr.contains("new: stored, but shorter"), "{run:?}");
    let run = backup(&[]);
    assert!(run.code == 0 && run.stdout.contains("1 fetched again and unchanged"), "{run:?}");
    let run = backup(&["--verify", "--json"]);
    assert!(run.code == 0 && run.stdout.contains("\"short\":11"), "{run:?}");
}

#[test]
fn a_text_that_is_another_one_each_time_is_not_asked_for_for_ever() {
    let folder = tempfile::tempdir().unwrap();
    let archive = folder.path().join("archive");
    let length = Arc::new(Mutex::new(10));
    let peer = sends(MANY, &length, &Arc::new(Mutex::new(1)));
    for (number, code) in [(11, 1), (12, 1), (13, 1), (14, 0), (15, 0)] {
        *length.lock().unwrap() = number;
        let run = peer.run(&["backup", archive.to_str().unwrap()]);
        assert_eq!(run.code, code, "{number}: {run:?}");
    }
    assert_eq!(texts(&archive), [WHOLE.get(..14).unwrap(); 10]);
}

/// Another message that has the UID of one that was settled is asked for again, too.
#[test]
fn what_is_known_of_a_short_text_is_not_of_the_next_message_with_its_uid() {
    let folder = tempfile::tempdir().unwrap();
    let archive = folder.path().join("archive");
    let message = Arc::new(Mutex::new((100, "Subject: a\r\n\r\nshort\r\n")));
    let sent = Arc::clone(&message);
    let peer = Peer::start("", ONE, move |command| match command.name {
        "UID FETCH" => {
            let (size, text) = *sent.lock().unwrap();
            let asks = command.arguments.contains("BODY");
            let body = if asks { format!(" BODY[] {{{}}}\r\n{text}", text.len()) } else { String::new() };
            says(format!("* 1 FETCH (UID 1 FLAGS () RFC822.SIZE {size}{body})\r\n@ OK x\r\n"))
        }
        _ => Answer::Usual,
    });
    let backup = || peer.run(&["backup", archive.to_str().unwrap()]);
    assert_eq!([backup().code, backup().code, backup().code], [1, 0, 0]);
    *message.lock().unwrap() = (200, "Subject: b\r\n\r\nshort, too\r\n");
    let run = backup();
    assert!(run.code == 1 && run.stderr.contains("to be asked for again: UID 1"), "{run:?}");
    assert_eq!(texts(&archive).len(), 2);
    assert_eq!([backup().code, backup().code], [0, 0]);
    // The same bytes under another size: they have come twice.
    *message.lock().unwrap() = (201, "Subject: b\r\n\r\nshort, too\r\n");
    let run = backup();
    assert!(run.code == 0 && texts(&archive).len() == 2, "{run:?}");
}

/// The server announces a size in the list only: with a text of no bytes it is known of none that it is whole.
#[test]
fn a_text_of_no_bytes_is_asked_for_again() {
    let folder = tempfile::tempdir().unwrap();
    let archive = folder.path().join("archive");
    let sent = Arc::new(Mutex::new(""));
    let text = Arc::clone(&sent);
    let peer = Peer::start("", ONE, move |command| match command.name {
        "UID FETCH" if command.arguments.contains("BODY") => {
            let text = *text.lock().unwrap();
            says(format!("* 1 FETCH (UID 1 FLAGS () BODY[] {{{}}}\r\n{text})\r\n@ OK x\r\n", text.len()))
        }
        "UID FETCH" => says(format!("* 1 FETCH (UID 1 FLAGS () RFC822.SIZE {})\r\n@ OK x\r\n", WHOLE.len())),
        _ => Answer::Usual,
    });
    let run = peer.run(&["backup", archive.to_str().unwrap()]);
    assert!(run.code == 1 && run.stderr.contains("to be asked for again: UID 1"), "{run:?}");
    *sent.lock().unwrap() = WHOLE;
    let run = peer.run(&["backup", archive.to_str().unwrap()]);
    assert_eq!((run.code, texts(&archive)), (0, vec![WHOLE.to_owned()]), "{run:?}");
}
