//! Servers that accept a change and do not carry it out, or end the connection at it: what was not done is named, everything
//! else is done, and the exit code says so.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod support;

use support::Run;
use support::peer::{Answer, Mailboxes, Peer, says};

const MAILBOXES: Mailboxes = &[("INBOX", &[3, 5, 8]), ("Trash", &[])];

/// The messages that were reported as done, and what was said.
fn done(run: &Run) -> (String, String) {
    let object = run.json().pop().unwrap_or_default();
    (object["uids"].as_str().unwrap_or_default().to_owned(), run.stderr.clone())
}

#[test]
fn what_a_move_leaves_is_named() {
    let copied = "* OK [COPYUID 9 3,5,8 1:3] x\r\n";
    for (answer, left, expected) in [
        ("@ OK moved\r\n".to_owned(), "3 5 8", ""),
        (format!("{copied}@ OK moved\r\n"), "3 5 8", ""),
        (format!("{copied}* 1 EXPUNGE\r\n@ OK moved\r\n"), "5 8", "3"),
        ("* 1 EXPUNGE\r\n* 1 EXPUNGE\r\n@ OK moved\r\n".to_owned(), "8", "3,5"),
        // It says so at the next command only.
        ("@ OK moved\r\n".to_owned(), "", "3,5,8"),
        ("* 3 EXPUNGE\r\n* 2 EXPUNGE\r\n* 1 EXPUNGE\r\n@ OK moved\r\n".to_owned(), "", "3,5,8"),
        // As many have gone, and others than these.
        ("* 3 EXPUNGE\r\n* 2 EXPUNGE\r\n* 1 EXPUNGE\r\n@ OK moved\r\n".to_owned(), "5", "3,8"),
        (format!("{copied}* 3 EXPUNGE\r\n* 2 EXPUNGE\r\n* 1 EXPUNGE\r\n@ OK moved\r\n"), "not asked for", "3,5,8"),
    ] {
        for verb in [&["move", "INBOX", "3,5,8", "Trash", "--json"][..], &["delete", "INBOX", "3,5,8", "--json"]] {
            let (answer, found) = (answer.clone(), left.to_owned());
            let peer = Peer::start("MOVE UIDPLUS", MAILBOXES, move |asked| match asked.name {
                "UID MOVE" => says(answer.clone()),
                "UID SEARCH" if asked.arguments.contains("3:8") => says(format!("* SEARCH {found}\r\n@ OK x\r\n")),
                _ => Answer::Usual,
            });
            let run = peer.run(verb);
            let (moved, said) = done(&run);
            assert_eq!((run.code, moved.as_str()), (i32::from(expected != "3,5,8"), expected), "{verb:?}: {run:?}");
            assert_eq!(said.contains("still has the message"), expected != "3,5,8", "{run:?}");
        }
    }
}

#[test]
fn what_a_move_by_copy_leaves_is_named() {
    let peer = Peer::start("UIDPLUS", MAILBOXES, |asked| match asked.name {
        "UID EXPUNGE" => says("* 1 EXPUNGE\r\n@ OK done\r\n"),
        "UID SEARCH" if asked.arguments.contains("3:8") => says("* SEARCH 5 8\r\n@ OK x\r\n"),
        _ => Answer::Usual,
    });
    let run = peer.run(&["move", "INBOX", "3,5,8", "Trash", "--json"]);
    assert_eq!((run.code, done(&run).0.as_str()), (1, "3"), "{run:?}");
    assert!(run.stderr.contains("messages with UIDs 5,8") || run.stderr.contains("5,8"), "{run:?}");
    let run = peer.run(&["delete", "INBOX", "3,5,8", "--expunge", "--json"]);
    assert!(run.code == 1 && run.stderr.contains("did not remove"), "{run:?}");
}

#[test]
fn a_refused_expunge_names_the_marks_that_stay() {
    let peer = Peer::start("UIDPLUS", MAILBOXES, |asked| match asked.name {
        "UID COPY" => says("@ OK [COPYUID 9 3,5,8 1:3] x\r\n"),
        "UID EXPUNGE" => says("@ NO cannot\r\n"),
        _ => Answer::Usual,
    });
    for verb in [&["delete", "INBOX", "3,5,8", "--expunge"][..], &["move", "INBOX", "3,5,8", "Trash"]] {
        let run = peer.run(verb);
        assert!(run.code == 69 && run.stderr.contains("may be marked as deleted"), "{run:?}");
    }
    // Nothing was marked where the mark was refused, and nothing was sent after it.
    let peer = Peer::start("UIDPLUS", MAILBOXES, |asked| match asked.name {
        "UID STORE" => says("@ NO cannot\r\n"),
        _ => Answer::Usual,
    });
    let run = peer.run(&["delete", "INBOX", "3,5,8", "--expunge"]);
    assert!(run.code == 69 && !run.stderr.contains("marked as deleted"), "{run:?}");
}

#[test]
fn what_is_not_copied_is_named_and_a_report_that_cannot_be_read_too() {
    for (report, code, copied, words) in [
        ("", 0, "3,5,8", ""),
        (" [COPYUID 9 3,5,8 1:3]", 0, "3,5,8", ""),
        (" [COPYUID 9 3,8 1:2]", 1, "3,8", "does not report the message with UID 5 as copied"),
        (" [COPYUID 9 3,x 1:2]", 0, "3,5,8", "(COPYUID) cannot be read"),
        (" [COPYUID x]", 0, "3,5,8", "(COPYUID) cannot be read"),
        (" [COPYUID 9 3,5,8 1:2]", 76, "", "contradicts itself"),
    ] {
        let answer = format!("@ OK{report} done\r\n");
        let peer = Peer::start("UIDPLUS", MAILBOXES, move |asked| match asked.name {
            "UID COPY" => says(answer.clone()),
            _ => Answer::Usual,
        });
        let run = peer.run(&["copy", "INBOX", "3,5,8", "Trash", "--json"]);
        assert_eq!((run.code, done(&run).0.as_str()), (code, copied), "{report}: {run:?}");
        assert!(if words.is_empty() { run.stderr.is_empty() } else { run.stderr.contains(words) }, "{report}: {run:?}");
    }
}

/// Files with these names, in a folder.
fn files(names: &[&str]) -> (tempfile::TempDir, Vec<String>) {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &&str| {
        let path = folder.path().join(name);
        std::fs::write(&path, format!("Subject: {name}\r\n\r\nx\r\n")).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let paths = names.iter().map(file).collect();
    (folder, paths)
}

#[test]
fn a_message_that_costs_the_connection_costs_no_other_one() {
    let (_folder, paths) = files(&["m1", "bad", "m3", "m4"]);
    let peer = Peer::start("UIDPLUS LITERAL+", MAILBOXES, |asked| match asked.name {
        "APPEND" if asked.arguments.contains("Subject: bad") => Answer::Ends(String::new()),
        "APPEND" if asked.arguments.contains("Subject: m3") => says("@ OK [APPENDUID 9 x] done\r\n"),
        "APPEND" => says("@ OK [APPENDUID 9 7] done\r\n"),
        _ => Answer::Usual,
    });
    let arguments: Vec<&str> =
        ["append", "INBOX", "--json"].into_iter().chain(paths.iter().map(String::as_str)).collect();
    let run = peer.run(&arguments);
    let appended: Vec<_> = run.json().iter().map(|object| (object["file"].clone(), object["uid"].clone())).collect();
    let expected = [(&paths[0], Some(7)), (&paths[2], None), (&paths[3], Some(7))];
    let expected = expected.map(|(path, uid)| (path.as_str().into(), uid.map_or(serde_json::Value::Null, Into::into)));
    assert_eq!((run.code, appended), (1, expected.to_vec()), "{run:?}");
    assert!(run.stderr.contains("bad") && run.stderr.contains("it is not known whether the server did it"), "{run:?}");
    assert!(run.stderr.contains("m3: appended, and the server's report of its UID"), "{run:?}");
    assert_eq!((peer.count("LOGIN"), peer.count("APPEND")), (2, 4), "{:?}", peer.heard());
}

#[test]
fn where_each_message_costs_the_connection_the_rest_is_named() {
    let (_folder, paths) = files(&["m1", "m2", "m3", "m4", "m5"]);
    let peer = Peer::start("LITERAL+", MAILBOXES, |asked| match asked.name {
        "APPEND" => Answer::Ends(String::new()),
        _ => Answer::Usual,
    });
    let arguments: Vec<&str> = ["append", "INBOX"].into_iter().chain(paths.iter().map(String::as_str)).collect();
    let run = peer.run(&arguments);
    assert!(run.code == 1 && run.stderr.contains("not tried: "), "{run:?}");
    assert!(run.stderr.contains("/m4, ") && run.stderr.contains("/m5"), "{run:?}");
    assert_eq!(peer.count("APPEND"), 3);
}

#[test]
fn a_mailbox_that_costs_the_connection_costs_no_other_one() {
    let peer = Peer::start("", MAILBOXES, |asked| match asked.name {
        "CREATE" | "SUBSCRIBE" | "DELETE" if asked.mailbox() == "INBOX" || asked.mailbox() == "a" => {
            Answer::Ends(String::new())
        }
        _ => Answer::Usual,
    });
    for (verb, names) in [("create", ["a", "b", "c"]), ("subscribe", ["INBOX", "Trash", "Trash"])] {
        let run = peer.run(&[&[verb], &names[..], &["--json"]].concat());
        let changed: Vec<_> = run.json().iter().map(|object| object["mailbox"].clone()).collect();
        assert_eq!((run.code, changed), (1, names[1..].iter().map(|name| (*name).into()).collect()), "{verb}: {run:?}");
        assert!(run.stderr.contains(names[0]), "{run:?}");
    }
}
