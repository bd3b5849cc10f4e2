//! What the server does not send although it is there: it is named as such, and the run ends with 1.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod support;

use std::fs;

use support::peer::{Answer, Mailboxes, Peer, says};

const MAILBOXES: Mailboxes = &[("INBOX", &[5, 9])];

/// A server that answers FETCH so.
fn fetches(answer: &'static str) -> Peer {
    Peer::start("", MAILBOXES, move |command| match command.name {
        "UID FETCH" => says(format!("{answer}@ OK x\r\n")),
        _ => Answer::Usual,
    })
}

#[test]
fn a_message_without_a_row() {
    let peer = fetches("");
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().to_str().unwrap();
    for (arguments, what) in [
        (&["get", "INBOX", "5"][..], ""),
        (&["get", "INBOX", "5", "--headers"], "the header of "),
        (&["get", "INBOX", "5", "--part", "1.2"], "part 1.2 of "),
        (&["get", "INBOX", "5", "-o", output], ""),
        (&["get", "INBOX", "5", "-o", output, "--part", "2"], "part 2 of "),
        (&["show", "INBOX", "5"], ""),
    ] {
        let run = peer.run(arguments);
        let expected = format!("imap: the server did not send {what}the message with UID 5\n");
        assert_eq!((run.code, run.stdout.as_str(), run.stderr), (1, "", expected), "{arguments:?}");
    }
    for arguments in [["get", "INBOX", "6"], ["show", "INBOX", "6"]] {
        let run = peer.run(&arguments);
        assert_eq!((run.code, run.stdout.as_str()), (69, ""), "{arguments:?}");
        assert!(run.stderr.starts_with("imap: \"INBOX\" has no message with UID 6\n"), "{run:?}");
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_text_that_is_shorter_than_announced_is_kept_and_reported() {
    let short =
        "imap: shorter than the server announces (RFC822.SIZE), and perhaps not whole: the message with UID 5\n";
    for (row, code, kept, stderr) in [
        ("* 1 FETCH (UID 5 RFC822.SIZE 3 BODY[] {3}\r\nabc)\r\n", 0, Some("abc"), ""),
        ("* 1 FETCH (UID 5 RFC822.SIZE 4 BODY[] {3}\r\nabc)\r\n", 1, Some("abc"), short),
        // The line end behind the literal is the message's.
        ("* 1 FETCH (UID 5 RFC822.SIZE 5 BODY[] {3}\r\nabc\r\n)\r\n", 1, Some("abc"), short),
        // Some servers count two bytes for each line end, and send one.
        ("* 1 FETCH (UID 5 RFC822.SIZE 4 BODY[] {3}\r\nab\n)\r\n", 0, Some("ab\n"), ""),
        ("* 1 FETCH (UID 5 RFC822.SIZE 5 BODY[] {3}\r\nab\n)\r\n", 1, Some("ab\n"), short),
        ("* 1 FETCH (UID 5 RFC822.SIZE 1 BODY[] {3}\r\nabc)\r\n", 0, Some("abc"), ""),
        ("* 1 FETCH (UID 5 BODY[] {3}\r\nabc)\r\n", 0, Some("abc"), ""),
        ("* 1 FETCH (UID 5 RFC822.SIZE 9000 BODY[] {3}\r\nabc)\r\n", 1, Some("abc"), short),
        ("* 1 FETCH (UID 5 BODY[] {3}\r\nabc RFC822.SIZE 9000)\r\n", 1, Some("abc"), short),
        (
            "* 1 FETCH (UID 5 RFC822.SIZE 9 BODY[] {0}\r\n)\r\n",
            1,
            None,
            "imap: the server sent nothing of the text of the message with UID 5, which the server does not report as empty\n",
        ),
        ("* 1 FETCH (UID 5 RFC822.SIZE 0 BODY[] {0}\r\n)\r\n", 0, Some(""), ""),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let run = fetches(row).run(&["get", "INBOX", "5", "-o", folder.path().to_str().unwrap()]);
        assert_eq!((run.code, run.stderr.as_str()), (code, stderr), "{row}");
        let file = fs::read_to_string(folder.path().join("5.eml")).ok();
        assert_eq!(file.as_deref(), kept, "{row}");
        // The same on standard output, and what can be shown of it.
        for arguments in [&["get", "INBOX", "5"][..], &["get", "INBOX", "5", "--json"], &["show", "INBOX", "5"]] {
            let run = fetches(row).run(arguments);
            if stderr == short {
                assert!(
                    run.code == 1 && run.stderr.contains(short.trim_start_matches("imap: ").trim_end()),
                    "{run:?} {row}"
                );
            } else if kept == Some("abc") {
                assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{arguments:?} {row}");
            }
        }
    }
}

#[test]
fn a_figure_that_does_not_come_is_named() {
    let status = |figures: &'static str| {
        Peer::start("STATUS=SIZE", MAILBOXES, move |command| match command.name {
            "STATUS" => says(format!("* STATUS INBOX ({figures})\r\n@ OK x\r\n")),
            _ => Answer::Usual,
        })
    };
    for (figures, code, stdout, stderr) in [
        ("MESSAGES 2 UNSEEN 1 SIZE 2048", 0, "INBOX\t2\t1\t2.0K\t\n", ""),
        ("MESSAGES 2 UNSEEN 1", 1, "INBOX\t2\t1\t\t\n", "imap: INBOX: the server does not report the size\n"),
        (
            "MESSAGES 2",
            1,
            "INBOX\t2\t\t\t\n",
            "imap: INBOX: the server does not report the number of unread messages and the size\n",
        ),
        (
            "MESSAGES -1 UNSEEN 2 SIZE 1024",
            1,
            "INBOX\t\t2\t1.0K\t\n",
            "imap: INBOX: the server does not report the number of messages\n",
        ),
        (
            "MESSAGES 3 UNSEEN x SIZE 1024",
            1,
            "INBOX\t3\t\t1.0K\t\n",
            "imap: INBOX: the server does not report the number of unread messages\n",
        ),
        ("MESSAGES \"3\" UNSEEN 2 SIZE 1024", 0, "INBOX\t3\t2\t1.0K\t\n", ""),
    ] {
        let run = status(figures).run(&["folders", "--status"]);
        assert_eq!((run.code, run.stdout.as_str(), run.stderr.as_str()), (code, stdout, stderr), "{figures}");
    }
    // The same where the list has the figures.
    let peer = Peer::start("STATUS=SIZE LIST-STATUS LIST-EXTENDED", MAILBOXES, |command| match command.name {
        "LIST" => says("* LIST () \"/\" INBOX\r\n* STATUS INBOX (MESSAGES 2 UNSEEN 1)\r\n@ OK x\r\n"),
        "STATUS" => says("@ NO not now\r\n"),
        _ => Answer::Usual,
    });
    let run = peer.run(&["folders", "--status"]);
    assert_eq!((run.code, run.stdout.as_str()), (1, "INBOX\t2\t1\t\t\n"), "{run:?}");
    assert!(run.stderr.starts_with("imap: INBOX: the server refused: NO not now"), "{run:?}");
}
