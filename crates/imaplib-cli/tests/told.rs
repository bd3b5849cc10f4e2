//! What a server does not do, hides or repeats is reported.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod support;

use serde_json::json;
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
        let object = peer.run(&["flag", "INBOX", "1", change, "--json"]).json().remove(0);
        let flag = if change.ends_with("seen") { "\\Seen" } else { "work" };
        let (done, not_kept) = if code == 0 { (json!([flag]), json!([])) } else { (json!([]), json!([flag])) };
        let (added, removed) = if change.starts_with('+') { (done, json!([])) } else { (json!([]), done) };
        assert_eq!(
            (&object["added"], &object["removed"], &object["not_kept"]),
            (&added, &removed, &not_kept),
            "{object}"
        );
    }
}

#[test]
fn messages_that_do_not_keep_a_flag_are_named() {
    let peer = Peer::start("", &[("INBOX", &[1, 2, 3])], |asked| match asked.name {
        "UID FETCH" => says(
            "* 1 FETCH (UID 1 FLAGS (\\Flagged))\r\n* 2 FETCH (UID 2 FLAGS (\\Flagged))\r\n\
             * 3 FETCH (UID 3 FLAGS ())\r\n@ OK x\r\n",
        ),
        _ => Answer::Usual,
    });
    let run = peer.run(&["flag", "INBOX", "1:3", "+flagged", "--json"]);
    assert!(run.code == 1 && run.stderr.contains("\\Flagged; at the message with UID 3"), "{run:?}");
    assert_eq!(run.json()[0]["not_kept_uids"], "3", "{run:?}");
    let run = peer.run(&["flag", "INBOX", "1:2", "+flagged", "--json"]).ok();
    assert_eq!(run.json()[0]["not_kept_uids"], "", "{run:?}");
    assert_eq!(run.json()[0]["unchecked_uids"], "", "{run:?}");
}

#[test]
fn messages_of_which_a_change_is_not_checked_are_named() {
    for (answer, unchecked) in
        [("* 1 FETCH (UID 1 FLAGS (\\Flagged))\r\n@ OK x\r\n", "2:3"), ("@ NO cannot\r\n", "1:3")]
    {
        let peer = Peer::start("", &[("INBOX", &[1, 2, 3])], move |asked| match asked.name {
            "UID FETCH" => says(answer),
            _ => Answer::Usual,
        });
        let run = peer.run(&["flag", "INBOX", "1:3", "+flagged", "--json"]);
        assert_eq!((run.code, &run.json()[0]["unchecked_uids"]), (1, &unchecked.into()), "{run:?}");
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

#[test]
fn check_prints_what_it_learns_and_names_what_fails() {
    for (name, answer, code, said) in [
        ("ID", "@ NO no\r\n", 1, "imap: ID: "),
        ("ID", "@ OK x\r\n", 0, ""),
        ("NAMESPACE", "@ OK x\r\n", 1, "imap: NAMESPACE: "),
        ("NAMESPACE", "@ BAD x\r\n", 1, "imap: NAMESPACE: "),
        ("NAMESPACE", "* NAMESPACE foo\r\n@ OK x\r\n", 1, "imap: NAMESPACE: "),
        ("NOOP", "@ NO no\r\n", 1, "imap: NOOP: "),
        ("NOOP", "* BYE x\r\n", 75, "imap: NOOP: "),
    ] {
        let peer = Peer::start("ID NAMESPACE", &[("INBOX", &[])], move |asked| match asked.name {
            word if word == name && answer.contains("BYE") => Answer::Ends(answer.to_owned()),
            word if word == name => says(answer),
            "ID" => says("* ID NIL\r\n@ OK x\r\n"),
            "NAMESPACE" => says("* NAMESPACE ((\"\" \"/\")) NIL NIL\r\n@ OK x\r\n"),
            _ => Answer::Usual,
        });
        let run = peer.run(&["check"]);
        assert_eq!(
            (run.code, run.stderr.starts_with(said), said.is_empty()),
            (code, true, run.stderr.is_empty()),
            "{run:?}"
        );
        for (line, is_there) in [
            ("After login:   IMAP4rev1 ID NAMESPACE\n", true),
            ("Own mail:      prefix \"\", levels separated by \"/\"\n", name != "NAMESPACE"),
            ("Round trip:    ", name != "NOOP"),
        ] {
            assert_eq!(run.stdout.contains(line), is_there, "{name} {answer}: {run:?}");
        }
    }
}

/// A message of three parts: text, an empty one, and one that the server counts 10 bytes of and sends nothing.
const PARTS: &str = "((\"TEXT\" \"PLAIN\" NIL NIL NIL \"7BIT\" 4 1)(\"TEXT\" \"PLAIN\" NIL NIL NIL \"7BIT\" 0 0)\
    ((\"TEXT\" \"PLAIN\" NIL NIL NIL \"7BIT\" 10 1) \"MIXED\") \"MIXED\")";

#[test]
fn a_part_that_is_not_there_is_no_empty_file() {
    for nothing in ["\"\"", "NIL", "{0}\r\n"] {
        for (part, structure, code, said) in [
            ("9", PARTS, 1, "there is no part 9 in the message with UID 1"),
            ("3.2", PARTS, 1, "there is no part 3.2"),
            ("2", PARTS, 0, ""),
            ("3", PARTS, 1, "sent nothing of the part 3"),
            ("3.1", PARTS, 1, "sent nothing of the part 3.1"),
            ("9", "NIL", 1, "sent nothing of the part 9"),
        ] {
            let peer = Peer::start("", &[("INBOX", &[1])], move |asked| match asked.name {
                "UID FETCH" if asked.arguments.contains("STRUCTURE") => {
                    says(format!("* 1 FETCH (UID 1 RFC822.SIZE 99 BODYSTRUCTURE {structure})\r\n@ OK x\r\n"))
                }
                "UID FETCH" => says(format!("* 1 FETCH (UID 1 BODY[{part}] {nothing})\r\n@ OK x\r\n")),
                _ => Answer::Usual,
            });
            let run = peer.run(&["get", "INBOX", "1", "--part", part]);
            assert_eq!((run.code, run.stdout.as_str()), (code, ""), "{part} {nothing}: {run:?}");
            assert!(run.stderr.contains(said), "{part} {nothing}: {run:?}");
            let run = peer.run(&["get", "INBOX", "1", "--part", part, "--json"]);
            let data: Vec<_> = run.json().iter().map(|object| object["data"].clone()).collect();
            assert_eq!((run.code, data), (code, if code == 0 { vec![json!("")] } else { vec![] }), "{run:?}");
            let folder = tempfile::tempdir().unwrap();
            let run = peer.run(&["get", "INBOX", "1", "--part", part, "-o", folder.path().to_str().unwrap()]);
            let files = std::fs::read_dir(folder.path()).unwrap().count();
            assert_eq!((run.code, files), (code, usize::from(code == 0)), "{part} {nothing}: {run:?}");
            assert!(run.stderr.contains(said), "{part} {nothing}: {run:?}");
        }
    }
    // The whole message is empty only if its size is 0; and a text that comes costs no second look.
    for (size, code) in [(0, 0), (99, 1)] {
        let peer = Peer::start("", &[("INBOX", &[1, 2])], move |asked| match asked.name {
            "UID FETCH" if asked.arguments.contains("STRUCTURE") => {
                says(format!("* 1 FETCH (UID 1 RFC822.SIZE {size} BODYSTRUCTURE NIL)\r\n@ OK x\r\n"))
            }
            "UID FETCH" if asked.uids() == [1] => says("* 1 FETCH (UID 1 BODY[] \"\")\r\n@ OK x\r\n"),
            _ => Answer::Usual,
        });
        assert_eq!(peer.run(&["get", "INBOX", "1"]).code, code);
        peer.run(&["get", "INBOX", "2"]).ok();
        assert_eq!(peer.count("UID FETCH"), 3);
    }
}

#[test]
fn check_shows_no_greeting_of_before_tls() {
    let server = imaplib_testserver::Server::builder().user("alice", PASSWORD).start().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let authority = folder.path().join("ca.pem");
    std::fs::write(&authority, server.ca_pem()).unwrap();
    let (plain, tls) = (server.plain_addr().port(), server.tls_addr().port());
    for (url, is_shown) in [
        (format!("imap://alice@localhost:{plain}"), false),
        (format!("imaps://alice@localhost:{tls}"), true),
        (format!("imap+insecure://alice@localhost:{plain}"), true),
    ] {
        let check = |form: &[&str]| {
            let arguments = [&["check", &url, "--ca-file", authority.to_str().unwrap()], form].concat();
            support::finish(support::command(&arguments).env("IMAP_PASSWORD", PASSWORD), b"").ok()
        };
        assert_eq!(check(&["--json"]).json()[0]["greeting"].is_string(), is_shown, "{url}");
        assert_eq!(check(&[]).stdout.contains("not shown: it came before TLS"), !is_shown, "{url}");
    }
}

#[test]
fn a_refusal_that_may_pass_is_temporary() {
    for (answer, code) in [
        ("@ NO [TEMPFAIL] x\r\n", 75),
        ("@ NO [LIMIT] x\r\n", 75),
        ("@ NO [UNAVAILABLE] x\r\n", 75),
        ("@ NO Request is throttled. Suggested Backoff Time: 10 milliseconds\r\n", 75),
        ("@ NO [CANNOT] x\r\n", 69),
        ("@ NO x\r\n", 69),
    ] {
        let peer = Peer::start("", &[("INBOX", &[])], move |asked| match asked.name {
            "CREATE" => says(answer),
            _ => Answer::Usual,
        });
        let run = peer.run(&["create", "Foo"]);
        assert_eq!(run.code, code, "{answer}: {run:?}");
    }
}

#[test]
fn a_server_that_always_asks_for_time_is_not_waited_for_without_end() {
    let peer = Peer::start("", &[("INBOX", &[1]), ("Foo", &[])], |asked| match asked.name {
        "STATUS" if asked.mailbox() == "Foo" => {
            says("@ NO Request is throttled. Suggested Backoff Time: 10 milliseconds\r\n")
        }
        "STATUS" => says("* STATUS INBOX (MESSAGES 1 UNSEEN 1)\r\n@ OK x\r\n"),
        _ => Answer::Usual,
    });
    let run = peer.run(&["folders", "--status"]);
    assert_eq!((run.code, run.stderr.matches("continuing in").count()), (1, 3), "{run:?}");
}

#[test]
fn a_row_that_is_refused_the_second_time_is_missed() {
    let row = |uid: u32, rest: &str| {
        let date = "17-Jul-2024 02:44:25 +0000";
        format!("* {uid} FETCH (UID {uid} FLAGS () RFC822.SIZE 7 INTERNALDATE \"{date}\"{rest})\r\n")
    };
    let envelope = " ENVELOPE (NIL \"one\" NIL NIL NIL NIL NIL NIL NIL NIL)";
    let rows = row(1, envelope) + &row(2, "") + "@ OK x\r\n";
    let whole = row(2, envelope) + "@ OK x\r\n";
    for (second, code, count) in [("@ NO not this one\r\n", 1, 1), (whole.as_str(), 0, 2)] {
        let (rows, second) = (rows.clone(), second.to_owned());
        let peer = Peer::start("", &[("INBOX", &[1, 2])], move |asked| match asked.name {
            "UID FETCH" if asked.arguments.starts_with("2 ") => says(second.clone()),
            "UID FETCH" => says(rows.clone()),
            _ => Answer::Usual,
        });
        let run = peer.run(&["search", "INBOX"]);
        assert_eq!((run.code, run.stdout.lines().count()), (code, count), "{run:?}");
    }
}
