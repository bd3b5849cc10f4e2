//! Texts behind items that are quoted badly.

use imaplib_proto::command::{self, FetchAll};
use imaplib_proto::engine::Step;
use imaplib_proto::types::UidSet;

use crate::lost::is_lost;
use crate::support::{TEXT, THRESHOLDS, at_every_split, engine, is_not_forged, items, outcome};

/// Items before the text: quoted well and badly.
const BEFORE: &[&str] = &[
    "ENVELOPE (NIL \"good\" NIL NIL NIL NIL NIL NIL NIL \"<9@l>\") ",
    "ENVELOPE (NIL \"a 5\" disk\" NIL NIL NIL NIL NIL NIL NIL \"<9@l>\") ",
    "ENVELOPE (NIL \"from\" ((NIL NIL \"a\" \"qq.com\\\")) NIL NIL NIL NIL NIL NIL NIL) ",
    "ENVELOPE (NIL \"ends in a backslash\\\" NIL NIL NIL NIL NIL NIL NIL \"<9@l>\") ",
    "ENVELOPE (NIL \"\"\" NIL NIL NIL NIL NIL NIL NIL \"<9@l>\") ",
    "ENVELOPE (NIL \"x {5}\" NIL NIL NIL NIL NIL NIL NIL \"<9@l>\") ",
    "ENVELOPE (NIL \"a\n* 7777 EXISTS\nb\" NIL NIL NIL NIL NIL NIL NIL \"<9@l>\") ",
    "ENVELOPE (NIL \"a 5\" disk\n* 7777 EXISTS\nA2 OK forged\nb\" NIL NIL NIL NIL NIL NIL NIL \"<9@l>\") ",
    "ENVELOPE (NIL \"a {40}\n* 7777 EXISTS\nb :)\n* 7777 EXISTS\n\" NIL NIL NIL NIL NIL NIL NIL \"<9@l>\") ",
    "BODYSTRUCTURE (\"TEXT\" \"PLAIN\" (\"NAME\" \"a 5\" disk\") NIL NIL \"7BIT\" 1 2) ",
    "BODY (\"TEXT\" \"PLAIN\" (\"NAME\" \"C:\\\") NIL NIL \"7BIT\" 1 2) ",
    "X-GM-LABELS (\"a\"b\" \"c\") ",
    "FLAGS (\"a) ",
    "X-NEW \"open ",
];

/// The text's name, and how its literal is announced.
const NAMES: &[&str] = &[
    "BODY[]",
    "BODY[TEXT]",
    "BODY[HEADER.FIELDS (DATE)]",
    "BODY[1.MIME]",
    "BODY[]<0>",
    "BODY.PEEK[]",
    "body[]",
    "BINARY[1]",
    "RFC822",
    "RFC822.HEADER",
    "rfc822.text",
];

const ANNOUNCEMENTS: &[&str] = &[" {@}", "{@}", " ~{@}", "~{@}", " {@+}", "{@+}", "  {@}", " {0@} ", " {@}\r"];

const BEHIND: &[&str] = &[")", " FLAGS (\\Seen))", "\r\n)"];

fn answer(before: &str, name: &str, announcement: &str, behind: &str) -> String {
    let announcement = announcement.replace('@', &TEXT.len().to_string());
    format!("* 1 FETCH (UID 3 {before}{name}{announcement}\r\n{TEXT}{behind}\r\nA2 OK done\r\n")
}

#[test]
fn a_text_behind_bad_quotes_is_a_text() {
    for before in BEFORE {
        for name in NAMES {
            for announcement in ANNOUNCEMENTS {
                for behind in BEHIND {
                    let answer = answer(before, name, announcement, behind);
                    for threshold in THRESHOLDS {
                        let found = outcome(&[answer.as_bytes()], threshold);
                        is_not_forged(&found, &answer);
                        assert_eq!(found.error, None, "{}", answer.escape_debug());
                        assert_eq!(found.uids(), [Some(3)], "{}: {found:?}", answer.escape_debug());
                    }
                }
            }
        }
    }
}

#[test]
fn the_text_is_there_at_every_split() {
    for before in BEFORE {
        for announcement in [" {@}", "{@}"] {
            let answer = answer(before, "BODY[]", announcement, " FLAGS (\\Seen))");
            for threshold in THRESHOLDS {
                let found = at_every_split(answer.as_bytes(), threshold);
                is_not_forged(&found, &answer);
                // What does not end may have any end: then the text is kept with it.
                if !before.starts_with("FLAGS") && !before.starts_with("X-NEW") {
                    assert_eq!(found.texts(), [TEXT.as_bytes()], "{}", answer.escape_debug());
                    assert!(found.rows[0].0.flags.is_some(), "{}", answer.escape_debug());
                }
            }
        }
    }
}

/// The row of the report: a quote that is not escaped, then the UID, then the text.
#[test]
fn items_behind_a_bad_quote_are_read() {
    let text = "* 9999 EXISTS\r\na1 OK forged\r\n............";
    let answer = format!(
        "* 1 FETCH (ENVELOPE (NIL \"a 5\" disk\" NIL NIL NIL NIL NIL NIL NIL \"<9@l>\") UID 3 FLAGS (\\Seen) RFC822.SIZE 40 \
         INTERNALDATE \"17-Jul-1996 02:44:25 -0700\" BODY[] {{{}}}\r\n{text})\r\nA2 OK done\r\n",
        text.len()
    );
    for threshold in THRESHOLDS {
        let found = at_every_split(answer.as_bytes(), threshold);
        assert_eq!((found.error.clone(), found.completion.as_deref()), (None, Some("done")));
        assert_eq!((found.events.len(), found.exists), (0, 1));
        let row = &found.rows[0].0;
        assert_eq!((found.uids(), row.size), (vec![Some(3)], Some(40)));
        assert!(row.flags.is_some() && row.internal_date.is_some(), "{row:?}");
        assert_eq!(found.texts(), [text.as_bytes()]);
    }
}

/// What a subject says cannot be taken for items of the row.
#[test]
fn a_subject_brings_no_items_about() {
    for subject in [
        "x\") UID 9 FLAGS (\\Deleted) X \"",
        "x\") UID 9 BODY[] \"forged\" X (\"",
        "x 5\" disk) UID 9 BODY[] {3}",
        "\") UID 9 X (\"",
    ] {
        for behind in ["UID 3 BODY[] {2}\r\nhi)", "BODY[] {2}\r\nhi UID 3)"] {
            let answer = format!(
                "* 1 FETCH (ENVELOPE (NIL \"{subject}\" NIL NIL NIL NIL NIL NIL NIL \"<9@l>\") {behind}\r\nA2 OK done\r\n"
            );
            let found = outcome(&[answer.as_bytes()], 64 << 10);
            assert!(!found.uids().contains(&Some(9)), "{}: {found:?}", answer.escape_debug());
        }
    }
}

#[test]
fn second_and_third_literals_are_literals() {
    let length = TEXT.len();
    let answer = |second: &str, third: &str| {
        format!(
            "* 1 FETCH (UID 3 ENVELOPE (NIL \"a 5\" disk\" NIL NIL NIL NIL NIL NIL NIL NIL) BODY[]{{{length}}}\r\n{TEXT}\
             {second}{length}}}\r\n{TEXT}{third}{length}}}\r\n{TEXT})\r\nA2 OK done\r\n"
        )
    };
    for threshold in THRESHOLDS {
        for (second, third) in
            [(" BODY[1] {", " BODY[2] {"), (" BODY[1]{", " BINARY[2]~{"), (" RFC822.HEADER {", " RFC822.TEXT{")]
        {
            let found = at_every_split(answer(second, third).as_bytes(), threshold);
            assert_eq!((found.events.len(), found.exists, found.error.clone()), (0, 1, None), "{found:?}");
            assert_eq!(found.completion.as_deref(), Some("done"), "{found:?}");
            assert_eq!(found.texts().concat(), TEXT.repeat(3).as_bytes(), "{found:?}");
        }
        // What is between them may be anything.
        for (second, third) in
            [(" \"BODY[1] {", " \"BODY[2] {"), (" )BODY[1] {", " \\\"RFC822{"), (" (BODY[1] {", " (RFC822.TEXT {")]
        {
            let answer = answer(second, third);
            let found = at_every_split(answer.as_bytes(), threshold);
            assert_eq!((found.events.len(), found.exists), (0, 1), "{found:?}");
            assert!(found.error.is_some() || found.completion.as_deref() == Some("done"), "{found:?}");
        }
    }
}

#[test]
fn texts_of_an_envelope_behind_a_bad_quote_are_literals() {
    let length = TEXT.len();
    for (open, close) in [
        ("(NIL \"a 5\" disk\" ((", " NIL \"a\" \"b\")) NIL NIL NIL NIL NIL NIL NIL)"),
        ("(\"d\\\" ", " NIL NIL NIL NIL NIL NIL NIL \"<9@l>\")"),
    ] {
        for announcement in ["{", " {", "~{"] {
            let answer = format!(
                "* 1 FETCH (UID 3 ENVELOPE {open}{announcement}{length}}}\r\n{TEXT}{close} BODY[] {{{length}}}\r\n{TEXT})\r\n\
                 A2 OK done\r\n"
            );
            for threshold in THRESHOLDS {
                let found = at_every_split(answer.as_bytes(), threshold);
                is_not_forged(&found, &answer);
            }
        }
    }
}

#[test]
fn a_quoted_parenthesis_closes_no_row() {
    let length = TEXT.len();
    is_lost(&format!("* NO (UID 3 ENVELOPE (NIL \"a))\" {{{length}}}\r\n{TEXT})\r\nA2 OK done\r\n"));
    is_lost(&format!("* NO (UID 3 ENVELOPE (NIL \"a)) b\") BODY[] {{{length}}}\r\n{TEXT})\r\nA2 OK done\r\n"));
}

#[test]
fn collected_rows_are_held_to_the_same() {
    for before in BEFORE {
        let mut engine = engine(64 << 10);
        let ticket = engine.start(FetchAll::from(command::Fetch::new(UidSet::all(), items()))).unwrap();
        engine.push(answer(before, "BODY[]", " {@}", ")").as_bytes());
        while engine.poll().unwrap() != Step::Blocked {}
        let reply = engine.take(&ticket).unwrap().unwrap();
        assert_eq!((reply.text.to_string(), reply.value.len()), ("done".to_owned(), 1), "{before}");
        assert!(engine.next_event().is_none() && engine.mailbox().unwrap().exists == 1, "{before}");
    }
}
