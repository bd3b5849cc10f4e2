//! What a server sends and nobody can read: a warning, and the run goes on with the rest.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod support;

use support::script::Script;
use support::tree;

const SELECTED: &[&str] = &["* 3 EXISTS", "* OK [UIDVALIDITY 7] x", "* OK [UIDNEXT 4] x"];

/// Three messages, of which something cannot be read in the second.
fn listing(malformed: &str) -> Script {
    let row = |number: u32| {
        format!(
            "* {number} FETCH (UID {number} FLAGS (\\Seen) INTERNALDATE \"17-Jul-1996 02:44:25 -0700\" RFC822.SIZE 9 \
             ENVELOPE (NIL \"subject {number}\" NIL NIL NIL NIL NIL NIL NIL NIL))"
        )
    };
    let (first, last) = (row(1), row(3));
    Script::new(
        "",
        &[
            ("EXAMINE", SELECTED),
            ("UID SEARCH", &["* SEARCH 1 2 3"]),
            ("UID FETCH", &[first.as_str(), malformed, last.as_str()]),
        ],
    )
}

#[test]
fn a_search_shows_the_rest_of_the_message_and_the_other_messages() {
    let script = listing(
        "* 2 FETCH (UID 2 FLAGS (\\Seen) INTERNALDATE \"yesterday\" RFC822.SIZE 9 ENVELOPE (NIL \"subject 2\" NIL NIL NIL NIL NIL NIL NIL NIL))",
    );
    for verb in [&["search", "INBOX", "ALL"][..], &["sort", "INBOX", "subject", "ALL"]] {
        let run = script.run(verb);
        assert_eq!(run.code, 1, "{run:?}");
        let lines: Vec<&str> = run.stdout.lines().collect();
        assert_eq!(lines.len(), 3, "{run:?}");
        for (number, line) in (1..).zip(lines) {
            assert!(line.contains(&format!("subject {number}")), "{run:?}");
        }
        let expected =
            "imap: warning: the message with UID 2: INTERNALDATE cannot be read (no date and time): \\\"yesterday\\\"";
        assert!(run.stderr.lines().any(|line| line == expected), "{run:?}");
        assert!(!run.stderr.contains("UID 1") && !run.stderr.contains("UID 3"), "{run:?}");
    }
}

#[test]
fn a_repaired_item_is_no_matter_for_a_warning() {
    let script = listing(
        "* 2 FETCH (UID 2 FLAGS (\\Seen NIL) INTERNALDATE \"17-Jul-1996 02:44:25 -0700\" RFC822.SIZE 1.86931e+06 ENVELOPE (NIL \"subject 2\" NIL NIL NIL NIL NIL NIL))",
    );
    let run = script.run(&["search", "INBOX", "ALL"]).ok();
    assert!(run.stdout.contains("subject 2") && !run.stderr.contains("warning"), "{run:?}");
}

#[test]
fn an_address_that_is_left_out_is_named() {
    let others = "FLAGS () INTERNALDATE \"17-Jul-1996 02:44:25 -0700\" RFC822.SIZE 9";
    let good = "(NIL NIL \"ann\" \"a.example\")";
    for (from, expected, named) in [
        (format!("(5{good})"), "ann@a.example", Some("a part of ENVELOPE is left out (no address): 5")),
        (format!("({good} \"x\" )"), "ann@a.example", Some("a part of ENVELOPE is left out (no address): \\\"x\\\"")),
        (
            format!("({good}(NIL (1 2) \"bob\" \"b.example\"))"),
            "bob@b.example",
            Some("a part of ENVELOPE is left out (a list where a string belongs): (1 2)"),
        ),
        ("\"ann@a.example\"".to_owned(), "", Some("a part of ENVELOPE is left out (no list of addresses)")),
        (format!("(NIL {good})"), "ann@a.example", None),
        (format!("({good} (\"Bob\" NIL \"bob\"))"), "Bob", None),
    ] {
        let row = format!("* 2 FETCH (UID 2 {others} ENVELOPE (NIL \"subject 2\" {from} NIL NIL NIL NIL NIL NIL NIL))");
        let run = listing(&row).run(&["search", "INBOX", "ALL", "--json"]);
        assert_eq!(run.code, i32::from(named.is_some()), "{from}: {run:?}");
        let row = run.json().into_iter().find(|object| object["uid"] == 2).unwrap();
        assert!(row["from"].to_string().contains(expected) && row["subject"] == "subject 2", "{from}: {run:?}");
        let warned = run.diagnostics();
        let warned: Vec<&str> = warned.iter().filter_map(|object| object["message"].as_str()).collect();
        match named {
            Some(named) => assert!(warned.len() == 1 && warned[0].contains(named), "{from}: {warned:?}"),
            None => assert!(warned.is_empty(), "{from}: {warned:?}"),
        }
    }
}

#[test]
fn many_warnings_are_counted() {
    let others = "FLAGS () INTERNALDATE \"17-Jul-1996 02:44:25 -0700\" RFC822.SIZE 9";
    let row = |number| format!("* {number} FETCH (UID {number} {others} ENVELOPE 5)");
    let rows: Vec<String> = (1..=50).map(row).collect();
    let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
    let numbers: Vec<String> = (1..=50).map(|number| number.to_string()).collect();
    let found = format!("* SEARCH {}", numbers.join(" "));
    let script =
        Script::new("", &[("EXAMINE", &["* 50 EXISTS"]), ("UID SEARCH", &[found.as_str()]), ("UID FETCH", &rows)]);
    let run = script.run(&["search", "INBOX", "ALL"]);
    assert_eq!(run.code, 1, "{run:?}");
    assert_eq!(run.stderr.matches("ENVELOPE cannot be read").count(), 20, "{run:?}");
    assert!(run.stderr.contains("warning: 30 more items of messages cannot be read"), "{run:?}");
}

#[test]
fn a_message_is_shown_though_its_flags_cannot_be_read() {
    let text = "Subject: hello";
    let row = format!("* 2 FETCH (UID 2 FLAGS 5 BODY[]<0> \"{text}\")");
    let script = Script::new("", &[("EXAMINE", SELECTED), ("UID FETCH", &[row.as_str()])]);
    let run = script.run(&["show", "INBOX", "2"]);
    assert_eq!(run.code, 1, "{run:?}");
    assert!(run.stdout.contains("Subject: hello") && run.stderr.contains("FLAGS cannot be read"), "{run:?}");
    let script =
        Script::new("", &[("EXAMINE", SELECTED), ("UID FETCH", &["* 2 FETCH (UID 2 FLAGS () BODY[]<0> (x))"])]);
    let run = script.run(&["show", "INBOX", "2"]);
    assert!(run.code == 76 && run.stderr.contains("BODY[]<0> cannot be read"), "{run:?}");
}

#[test]
fn a_part_of_an_envelope_that_cannot_be_read_is_a_loss() {
    let others = "FLAGS () INTERNALDATE \"17-Jul-1996 02:44:25 -0700\" RFC822.SIZE 9";
    for (envelope, shown) in [
        ("(NIL (1 2) NIL NIL NIL NIL NIL NIL NIL NIL)", "a part of ENVELOPE is left out"),
        ("((x) \"s\" NIL NIL NIL NIL NIL NIL NIL NIL)", "a part of ENVELOPE is left out"),
        ("(NIL \"s\" NIL NIL NIL NIL NIL NIL NIL (\"<1@x>\" 2))", "a part of ENVELOPE is left out"),
        ("(NIL \"s\" 7 NIL NIL NIL NIL NIL NIL NIL)", "a part of ENVELOPE is left out"),
        ("5", "ENVELOPE cannot be read"),
        ("\"x\"", "ENVELOPE cannot be read"),
    ] {
        let row = format!("* 2 FETCH (UID 2 {others} ENVELOPE {envelope})");
        for verb in
            [&["search", "INBOX", "ALL", "--json"][..], &["sort", "INBOX", "size", "--json"], &["thread", "INBOX"]]
        {
            let run = listing(&row).run(verb);
            assert!(run.code == 1 && run.stderr.contains(shown), "{envelope} {verb:?}: {run:?}");
        }
    }
}

#[test]
fn of_two_texts_the_first_is_shown_and_the_other_is_named() {
    let row = |text: &str| format!("* 2 FETCH (UID 2 FLAGS () BODY[]<0> \"Subject: {text}\")");
    for (second, code) in [("one", 0), ("two", 1)] {
        let (first, second) = (row("one"), row(second));
        let script = Script::new("", &[("EXAMINE", SELECTED), ("UID FETCH", &[first.as_str(), second.as_str()])]);
        for verb in [&["show", "INBOX", "2"][..], &["show", "INBOX", "2", "--json"]] {
            let run = script.run(verb);
            assert_eq!((run.code, run.stderr.contains("sent two texts")), (code, code == 1), "{run:?}");
            assert!(run.stdout.contains("one") && !run.stdout.contains("two"), "{run:?}");
        }
    }
}

#[test]
fn a_backup_takes_what_can_be_read_and_loses_nothing() {
    let body = "BODY[] \"Subject: x\"";
    let transfer = [
        format!("* 1 FETCH (UID 1 FLAGS () INTERNALDATE \"17-Jul-1996 02:44:25 -0700\" {body})"),
        format!("* 2 FETCH (UID 2 FLAGS () INTERNALDATE 5 {body})"),
        "* 3 FETCH (UID 3 FLAGS () BODY[] (x))".to_owned(),
    ];
    let transfer: Vec<&str> = transfer.iter().map(String::as_str).collect();
    let good = ["* 1 FETCH (UID 1 FLAGS ())", "* 2 FETCH (UID 2 FLAGS (\\Seen))", "* 3 FETCH (UID 3 FLAGS ())"];
    let answers = |list: &[&str]| {
        Script::new(
            "",
            &[
                ("EXAMINE", SELECTED),
                ("UID SEARCH", &["* SEARCH 3"]),
                ("UID FETCH 1:\\*", list),
                ("UID FETCH", &transfer),
            ],
        )
    };
    let folder = tempfile::tempdir().unwrap();
    let archive = folder.path().join("archive");
    let run = answers(&good).run(&["backup", archive.to_str().unwrap()]);
    assert_eq!(run.code, 1, "{run:?}");
    assert!(
        run.stderr.contains("INTERNALDATE cannot be read") && run.stderr.contains("BODY[] cannot be read"),
        "{run:?}"
    );
    assert!(run.stderr.contains("did not send the message with UID 3"), "{run:?}");
    let files = tree(&archive);
    assert_eq!(files.len(), 2, "{files:?}");
    // A list that cannot be read to its end makes nobody believe that messages are gone.
    for list in [
        ["* 1 FETCH (UID 1 FLAGS 5)", "* 2 FETCH (UID 2 FLAGS 5)"],
        ["* 1 FETCH (UID 1 FLAGS ())", "* 2 FETCH (UID x FLAGS ())"],
    ] {
        let run = answers(&list).run(&["backup", "--adopt", "--prune", archive.to_str().unwrap()]);
        assert!(run.stderr.contains("cannot be read"), "{run:?}");
        assert!(run.code == 1 && run.stderr.contains("does not tell the UIDs of"), "{run:?}");
        assert_eq!(tree(&archive), files, "{run:?}");
    }
}
