//! A server that says too little, or two things at once: a backup takes nothing for gone, stores nothing for what it is not,
//! and says so.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod support;

use std::fs;
use std::path::Path;

use support::script::Script;
use support::{Run, tree};

const SELECTED: &[&str] = &["* 2 EXISTS", "* OK [UIDVALIDITY 7] x", "* OK [UIDNEXT 3] x"];
const LISTED: &[&str] = &["* 1 FETCH (UID 1 FLAGS ())", "* 2 FETCH (UID 2 FLAGS ())"];
const TEXTS: &[&str] = &[
    "* 1 FETCH (UID 1 FLAGS () INTERNALDATE \"17-Jul-1996 02:44:25 -0700\" BODY[] \"one\")",
    "* 2 FETCH (UID 2 FLAGS () INTERNALDATE \"17-Jul-1996 02:44:25 -0700\" BODY[] \"two\")",
];

fn backup(archive: &Path, selected: &[&str], listed: &[&str], texts: &[&str]) -> Run {
    let script =
        Script::new("", &[("EXAMINE", selected), ("UID FETCH 1:\\* ", listed), ("UID FETCH", texts), ("NOOP", &[])]);
    script.run(&["backup", "--adopt", "--prune", archive.to_str().unwrap()])
}

/// What the archive holds, sorted.
fn contents(archive: &Path) -> Vec<String> {
    let mut texts: Vec<String> = tree(archive)
        .iter()
        .filter(|path| path.contains("/cur/"))
        .map(|path| fs::read_to_string(archive.join(path)).unwrap())
        .collect();
    texts.sort();
    texts
}

#[test]
fn nothing_is_gone_unless_the_server_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let archive = folder.path().join("archive");
    backup(&archive, SELECTED, LISTED, TEXTS).ok();
    assert_eq!(contents(&archive), ["one", "two"]);
    let without = &SELECTED[1..];
    let garbled = [&["* 99999999999999 EXISTS"], without].concat();
    for selected in [without, &garbled] {
        let run = backup(&archive, selected, LISTED, TEXTS);
        assert!(run.code == 1 && run.stderr.contains("does not say how many messages"), "{run:?}");
        assert_eq!(contents(&archive), ["one", "two"], "{run:?}");
    }
    for row in [
        "",
        "* 2 FETCH",
        "* 2 FETCH garbage",
        "* 2 FETCH NIL",
        "* 2 FETCH ()",
        "* 99999999999 FETCH (UID 2 FLAGS ())",
        "* 0 FETCH (UID 2 FLAGS ())",
        "* x FETCH (UID 2 FLAGS ())",
        "* 2 FETCHX (UID 2 FLAGS ())",
        "2 FETCH (UID 2 FLAGS ())",
        "* 2 FETCH UID 2 FLAGS ()",
        "* 2 FETCH (UID 0 FLAGS ())",
        "* 2 FETCH (FLAGS ())",
        "* 1 FETCH (UID 1 FLAGS ())",
    ] {
        let run = backup(&archive, SELECTED, &[LISTED[0], row], TEXTS);
        assert!(run.code == 1 && run.stderr.contains("UIDs of 1 of its messages"), "{row:?}: {run:?}");
        assert_eq!(contents(&archive), ["one", "two"], "{row:?}: {run:?}");
    }
    // And what it says to be gone is.
    let run = backup(&archive, SELECTED, &[LISTED[0], "* 2 EXPUNGE"], TEXTS).ok();
    assert_eq!(contents(&archive), ["one"], "{run:?}");
}

#[test]
fn a_message_that_does_not_come_is_missed() {
    let folder = tempfile::tempdir().unwrap();
    for (number, texts) in [
        &TEXTS[..1],
        &[TEXTS[0], "* 2 FETCH (FLAGS () BODY[] \"two\")"],
        &[TEXTS[0], "* 2 FETCH (UID 2 FLAGS () BODY[HEADER] \"two\")"],
        &[TEXTS[0], "* 2 FETCH (UID 2 FLAGS () BODY[]<1> \"two\")"],
        &[TEXTS[0], "* 2 FETCH (UID 2 FLAGS () BODY[] NIL)"],
        &[TEXTS[0], "* 2 FETCH (UID 2 FLAGS () RFC822.SIZE 5758 BODY[] {0}\r\n)"],
        &[TEXTS[0], "* 2 FETCH (UID 2 FLAGS () BODY[] \"\" RFC822.SIZE 5758)"],
        &[TEXTS[0], "* 2 FETCH (UID 2 FLAGS () BODY[] \"two\" UID 3)"],
    ]
    .iter()
    .enumerate()
    {
        let archive = folder.path().join(number.to_string());
        let run = backup(&archive, SELECTED, LISTED, texts);
        assert!(run.code == 1 && run.stderr.contains("did not send the message with UID 2"), "{texts:?}: {run:?}");
        assert_eq!(contents(&archive), ["one"], "{texts:?}");
    }
}

#[test]
fn only_the_whole_text_is_the_message() {
    let folder = tempfile::tempdir().unwrap();
    let texts = [TEXTS[0], "* 2 FETCH (UID 2 BODY[HEADER] \"hdr\" FLAGS () BODY[]<0> \"par\" BODY[] \"two\")"];
    let run = backup(folder.path(), SELECTED, LISTED, &texts).ok();
    assert_eq!(contents(folder.path()), ["one", "two"], "{run:?}");
}

/// Long texts stream, and what is wrong with their row is said behind them.
#[test]
fn a_row_of_two_messages_is_none() {
    let folder = tempfile::tempdir().unwrap();
    let long = "x".repeat(100_000);
    let text = format!("* 2 FETCH (UID 2 FLAGS () BODY[] {{100000}}\r\n{long} UID 3)");
    let run = backup(folder.path(), SELECTED, LISTED, &[TEXTS[0], &text]);
    assert!(run.code == 1 && run.stderr.contains("did not send the message with UID 2"), "{:.500?}", run);
    assert_eq!(contents(folder.path()), ["one"]);
}

#[test]
fn numbers_that_do_not_last_are_not_noted() {
    let folder = tempfile::tempdir().unwrap();
    for selected in
        [&["* 2 EXISTS", "* OK [UIDNEXT 3] x"][..], &["* 2 EXISTS", "* OK [UIDVALIDITY 7] x", "* OK [UIDNOTSTICKY] x"]]
    {
        let run = backup(&folder.path().join("a"), selected, LISTED, TEXTS);
        assert!(run.code == 1 && run.stderr.contains("UIDVALIDITY"), "{run:?}");
        assert!(contents(&folder.path().join("a")).is_empty());
    }
}

#[test]
fn a_mailbox_that_is_made_anew_meanwhile_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let anew = "* OK [UIDVALIDITY 8] made anew";
    let run = backup(&folder.path().join("a"), SELECTED, LISTED, &[TEXTS[0], anew, TEXTS[1]]);
    assert!(run.code == 1 && run.stderr.contains("UIDVALIDITY changed"), "{run:?}");
    assert_eq!(contents(&folder.path().join("a")), ["one"]);
    let run = backup(&folder.path().join("b"), SELECTED, &[LISTED[0], LISTED[1], anew], TEXTS);
    assert!(run.code == 1 && run.stderr.contains("UIDVALIDITY changed"), "{run:?}");
    assert!(contents(&folder.path().join("b")).is_empty());
}

/// What follows may be the rest of the name, and no response.
#[test]
fn a_mailbox_whose_name_does_not_end_ends_the_connection() {
    let folder = tempfile::tempdir().unwrap();
    let script = Script::new(
        "",
        &[("LIST", &["* LIST () \"/\" INBOX", "* LIST () \"/\" \"unterminated"]), ("EXAMINE", SELECTED)],
    );
    let path = folder.path().to_str().unwrap();
    for verb in [&["backup", path, "--longest-pause", "1"][..], &["folders"]] {
        let run = script.run(verb);
        assert_eq!((run.code, run.stdout.as_str()), (76, ""), "{verb:?}: {run:?}");
        assert!(run.stderr.contains("does not end where it should"), "{verb:?}: {run:?}");
    }
}

#[test]
fn a_mailbox_whose_name_cannot_be_read_is_missed() {
    for line in ["* LIST ( \"/\" Foo", "* LIST"] {
        let folder = tempfile::tempdir().unwrap();
        let script = Script::new(
            "",
            &[
                ("LIST", &["* LIST () \"/\" INBOX", line]),
                ("EXAMINE", SELECTED),
                ("UID FETCH 1:\\* ", LISTED),
                ("UID FETCH", TEXTS),
            ],
        );
        let run = script.run(&["backup", folder.path().to_str().unwrap()]);
        assert!(
            run.code == 1 && run.stderr.contains("a mailbox is listed in a way that cannot be read"),
            "{line}: {run:?}"
        );
        assert_eq!(contents(folder.path()), ["one", "two"], "{line}");
        let run = script.run(&["folders"]);
        assert!(
            run.code == 1 && run.stdout.contains("INBOX") && run.stderr.contains("cannot be read"),
            "{line}: {run:?}"
        );
    }
}

#[test]
fn an_empty_message_is_stored_and_a_short_one_is_reported() {
    let folder = tempfile::tempdir().unwrap();
    let texts = [
        "* 1 FETCH (UID 1 FLAGS () RFC822.SIZE 0 BODY[] {0}\r\n)",
        "* 2 FETCH (UID 2 FLAGS () RFC822.SIZE 5758 BODY[] \"two\")",
    ];
    let run = backup(folder.path(), SELECTED, LISTED, &texts);
    assert_eq!((run.code, contents(folder.path())), (1, vec![String::new(), "two".to_owned()]), "{run:?}");
    assert!(
        run.stderr.contains("shorter than the server announces (RFC822.SIZE), to be asked for again: UID 2"),
        "{run:?}"
    );
}
