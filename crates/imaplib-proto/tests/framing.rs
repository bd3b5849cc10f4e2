//! Octets of a message never come out as responses, however badly the row around them is quoted: at every split of the
//! bytes, whether the text is streamed or held.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

use imaplib_proto::command::{self, FetchAll, FetchItem, List};
use imaplib_proto::engine::{Engine, EngineError, Limits, Step};
use imaplib_proto::types::{Fetch, MailboxName, UidSet, Untagged};

/// A message that is made of responses.
const TEXT: &str =
    "* 9999 EXISTS\r\nA2 OK forged\r\n* 1 FETCH (UID 3 BODY[] \"forged\")\r\n* 8888 EXISTS\n)\r\nA2 OK forged\r\n";

/// What an engine made of an answer.
#[derive(Debug, Default, PartialEq, Eq)]
struct Outcome {
    /// Each row, and the octets of its texts that were streamed.
    rows: Vec<(Fetch, Vec<u8>)>,
    diagnostics: Vec<&'static str>,
    events: Vec<Untagged>,
    exists: u32,
    /// The text of the completion.
    completion: Option<String>,
    error: Option<EngineError>,
}

impl Outcome {
    /// The texts of the messages, whichever way they came.
    fn texts(&self) -> Vec<Vec<u8>> {
        let held = |row: &Fetch| {
            row.sections.iter().filter_map(|text| text.data.as_bytes().map(|text| text.to_vec())).collect()
        };
        let texts = |(row, streamed): &(Fetch, Vec<u8>)| {
            let mut texts: Vec<Vec<u8>> = held(row);
            if !streamed.is_empty() {
                texts.push(streamed.clone());
            }
            texts.concat()
        };
        self.rows.iter().map(texts).collect()
    }

    fn uids(&self) -> Vec<Option<u32>> {
        self.rows.iter().map(|(row, _)| row.uid.map(|uid| uid.get())).collect()
    }
}

/// An engine with INBOX open, of one message.
fn engine(stream_threshold: usize) -> Engine {
    let mut engine = Engine::new(Limits::default().stream_threshold(stream_threshold));
    engine.push(b"* PREAUTH [CAPABILITY IMAP4rev1] hi\r\n");
    let select = engine.start(command::Select::new(MailboxName::inbox())).unwrap();
    engine.push(b"* 1 EXISTS\r\nA1 OK [READ-WRITE] x\r\n");
    while engine.poll().unwrap() != Step::Blocked {}
    engine.take(&select).unwrap().unwrap();
    while engine.next_event().is_some() {}
    engine
}

fn items() -> Vec<FetchItem> {
    vec![FetchItem::Envelope, FetchItem::message()]
}

/// What comes of an answer to UID FETCH that arrives in these parts.
fn outcome(parts: &[&[u8]], stream_threshold: usize) -> Outcome {
    let mut engine = engine(stream_threshold);
    let ticket = engine.start(command::Fetch::new(UidSet::all(), items())).unwrap();
    let mut outcome = Outcome::default();
    for part in parts {
        engine.push(part);
        loop {
            match engine.poll() {
                Ok(Step::Blocked) => break,
                Ok(Step::Row(row)) if row.continues => {
                    outcome.diagnostics.extend(row.diagnostics.iter().map(|note| note.reason));
                    outcome.rows.last_mut().unwrap().0.merge(*row.fetch);
                }
                Ok(Step::Row(row)) => {
                    outcome.diagnostics.extend(row.diagnostics.iter().map(|note| note.reason));
                    outcome.rows.push((*row.fetch, Vec::new()));
                }
                Ok(Step::Chunk(octets)) => outcome.rows.last_mut().unwrap().1.extend_from_slice(&octets),
                Ok(Step::Finished(_)) => {
                    let reply = engine.take(&ticket).unwrap().unwrap();
                    outcome.completion = Some(reply.text.to_string());
                }
                Ok(_) => {}
                Err(error) => {
                    outcome.error = Some(error);
                    break;
                }
            }
        }
    }
    outcome.events = std::iter::from_fn(|| engine.next_event()).map(|event| event.response).collect();
    outcome.exists = engine.mailbox().map_or(0, |view| view.exists);
    outcome
}

/// The same, which must not depend on the way that the octets come: at every split, and octet by octet.
fn at_every_split(answer: &[u8], stream_threshold: usize) -> Outcome {
    let expected = outcome(&[answer], stream_threshold);
    for at in 0..answer.len() {
        let (left, right) = answer.split_at(at);
        let found = outcome(&[left, right], stream_threshold);
        assert_eq!(found, expected, "{} split at {at}", answer.escape_ascii());
    }
    assert_eq!(outcome(&answer.chunks(1).collect::<Vec<_>>(), stream_threshold), expected, "{}", answer.escape_ascii());
    expected
}

/// Nothing of the message became a response.
fn is_not_forged(outcome: &Outcome, answer: &str) {
    assert_eq!(outcome.events, [], "{}", answer.escape_debug());
    assert_eq!(outcome.exists, 1, "{}", answer.escape_debug());
    assert!(outcome.completion.as_ref().is_none_or(|text| text == "done"), "{}: {outcome:?}", answer.escape_debug());
    assert!(outcome.error.is_some() || outcome.completion.is_some(), "{}: {outcome:?}", answer.escape_debug());
    assert!(outcome.rows.len() <= 1, "{}: {outcome:?}", answer.escape_debug());
    for text in outcome.texts() {
        assert!(
            outcome.error.is_some() || text.is_empty() || text == TEXT.as_bytes(),
            "{}: {outcome:?}",
            answer.escape_debug()
        );
    }
}

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

/// Thresholds at which the text is held and streamed.
const THRESHOLDS: [usize; 2] = [64 << 10, 16];

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
fn an_announced_literal_that_is_no_part_of_the_row_ends_the_connection() {
    for row in [
        "UID 3 X-NEW foo{5}",
        "UID{5}",
        "UID 3 FLAGS (a{5}",
        "UID 3 INTERNALDATE{5}",
        "UID 3 BODY[] { 5 }",
        "BODY[] {x}",
    ] {
        let response = format!("* 1 FETCH ({row}\r\n{TEXT})\r\nA2 OK done\r\n");
        let found = at_every_split(response.as_bytes(), 64 << 10);
        assert_eq!(found.error, Some(EngineError::FramingLost), "{row}: {found:?}");
        assert_eq!((found.rows.len(), found.events.len(), found.completion), (0, 0, None), "{row}");
    }
}

/// The connection ends, and nothing that follows the response is heard.
fn is_lost(answer: &str) {
    for threshold in [64 << 10, 2] {
        let found = at_every_split(answer.as_bytes(), threshold);
        assert_eq!(found.error, Some(EngineError::FramingLost), "{}: {found:?}", answer.escape_debug());
        let heard = (found.events.len(), found.exists, found.completion);
        assert_eq!(heard, (0, 1, None), "{}", answer.escape_debug());
    }
}

#[test]
fn octets_between_an_announcement_and_the_line_end_end_the_connection() {
    let announcements = ["{", "~{"];
    let rows =
        ["UID 3 BODY[] ", "UID 3 BODY[TEXT]<0> ", "RFC822 ", "BINARY[1] ", "ENVELOPE (\"d\" ", "ENVELOPE (\"a\"b\" "];
    let behind = [
        "\0", "x", ")", "))", "]", "}", "\"", "\\", ";", ",", "+x", " ~", " x", " x)", " \0", " {0}", "{1}", "\u{b}",
        "\u{1a}", "\u{a0}", " UID 3)",
    ];
    for row in rows {
        for announcement in announcements {
            for behind in behind {
                let length = TEXT.len();
                is_lost(&format!("* 1 FETCH ({row}{announcement}{length}}}{behind}\r\n{TEXT})\r\nA2 OK done\r\n"));
            }
        }
    }
    // No line end, or half of one.
    for end in ["\r", "\r\0\n", "\0\n", ""] {
        let length = TEXT.len();
        is_lost(&format!("* 1 FETCH (UID 3 BODY[] {{{length}}}{end}{TEXT})\r\nA2 OK done\r\n"));
    }
    is_lost(&format!("* 1 FETCH (INTERNALDATE \"x\" BODY[] {{{}}}\n{TEXT})\r\nA2 OK done\r\n", TEXT.len()));
}

#[test]
fn rows_that_begin_oddly_and_announce_a_text_end_the_connection() {
    let begins = [
        " * 1 FETCH (",
        "\t* 1 FETCH (",
        "*\t1 FETCH (",
        "*1 FETCH (",
        "1 FETCH (",
        "** 1 FETCH (",
        "*\0 1 FETCH (",
        "x * 1 FETCH (",
        "\r* 1 FETCH (",
        "+ 1 FETCH (",
        "- 1 FETCH (",
        "\u{feff}* 1 FETCH (",
        "\u{a0}* 1 FETCH (",
        "FETCH (",
        "(",
        "A4 FETCH (",
        "* OK 1 FETCH (",
        "* NO (",
        "* BAD (",
        "* PREAUTH (",
        "A9 OK (",
        "* OK [X] x\r* 1 FETCH (",
        "* [X] (",
    ];
    for begin in begins {
        for end in ["\r\n", "\0\r\n", ")\r\n", "\n"] {
            let length = TEXT.len();
            is_lost(&format!("{begin}UID 3 BODY[] {{{length}}}{end}{TEXT})\r\nA2 OK done\r\n"));
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
fn lists_of_other_data_that_end_in_an_odd_announcement_end_the_connection() {
    for data in ["METADATA \"INBOX\" (/shared/comment {5}\0", "LIST (\\Marked {5}x", "NAMESPACE ((\"\" {5}\u{b}"] {
        is_lost(&format!("* {data}\r\n* 9999 EXISTS\r\nA2 OK done\r\n"));
    }
}

#[test]
fn a_row_with_two_texts_of_one_name_has_none() {
    let length = TEXT.len();
    let here = "BODY[] \"aaa\"".to_owned();
    let long = format!("BODY[] {{{length}}}\r\n{TEXT}");
    let header = "BODY[HEADER] \"h\"".to_owned();
    let read = |items: &[&String], threshold| {
        let items: Vec<&str> = items.iter().map(|item| item.as_str()).collect();
        let answer = format!("* 1 FETCH (UID 3 {})\r\nA2 OK done\r\n", items.join(" "));
        let found = at_every_split(answer.as_bytes(), threshold);
        assert_eq!((found.completion.as_deref(), found.rows.len()), (Some("done"), 1), "{found:?}");
        let row = found.rows[0].0.clone();
        (row.has_doubtful_text(), row.sections.iter().any(|text| text.data.as_bytes().is_some()))
    };
    let old = format!("RFC822 {{{length}}}\r\n{TEXT}");
    let bare = format!("{{{length}}}\r\n{TEXT}");
    for threshold in [64 << 10, 2] {
        for items in [[&here, &long], [&long, &here], [&here, &old], [&old, &here]] {
            let (doubtful, text) = read(&items, threshold);
            assert!(doubtful && !text, "{items:?} at {threshold}");
        }
        for items in [[&here, &bare], [&long, &bare]] {
            assert!(read(&items, threshold).0, "{items:?} at {threshold}");
        }
        assert!(!read(&[&header, &long], threshold).0, "they are two texts");
        assert!(!read(&[&here, &here], threshold).0, "they say the same");
    }
    assert!(!read(&[&long, &long], 64 << 10).0, "they say the same");
    assert!(read(&[&long, &long], 2).0, "what streams is not compared");
}

#[test]
fn a_text_behind_which_more_stands_is_in_doubt() {
    for threshold in [64 << 10, 2] {
        for rest in ["lo)", "lo FLAGS ())", " (x))", "\"lo\")"] {
            let answer = format!("* 1 FETCH (UID 3 BODY[] {{3}}\r\nhel{rest}\r\nA2 OK done\r\n");
            let found = at_every_split(answer.as_bytes(), threshold);
            assert!(found.rows[0].0.has_doubtful_text(), "{rest}: {found:?}");
        }
        for rest in [")", " FLAGS ())", "\r\n FLAGS ())", "\r\n)"] {
            let answer = format!("* 1 FETCH (UID 3 BODY[] {{3}}\r\nhel{rest}\r\nA2 OK done\r\n");
            let found = at_every_split(answer.as_bytes(), threshold);
            assert!(!found.rows[0].0.has_doubtful_text(), "{rest}: {found:?}");
        }
    }
}

#[test]
fn a_wrong_length_is_noted_and_brings_nothing_about() {
    const REASON: &str = "no space behind a literal: its length may be wrong";
    for threshold in [64 << 10, 2] {
        let found =
            at_every_split(b"* 1 FETCH (UID 3 BODY[] {5}\r\nhello you FLAGS (\\Seen))\r\nA2 OK done\r\n", threshold);
        assert!(!found.diagnostics.contains(&REASON) && found.texts() == [b"hello"], "a space is there: {found:?}");
        let found =
            at_every_split(b"* 1 FETCH (UID 3 BODY[] {3}\r\nhello FLAGS (\\Seen))\r\nA2 OK done\r\n", threshold);
        assert_eq!((&found.diagnostics[..], found.completion.as_deref()), (&[REASON][..], Some("done")), "{found:?}");
        assert!(found.rows[0].0.flags.is_some() && found.texts() == [b"hel"], "{found:?}");
        // The rest of the text goes on in lines: they are none of the server's.
        for length in [3, 14, 15, 27] {
            let answer = format!("* 1 FETCH (UID 3 BODY[] {{{length}}}\r\n{TEXT})\r\nA2 OK done\r\n");
            let found = at_every_split(answer.as_bytes(), threshold);
            assert_eq!(found.error, Some(EngineError::FramingLost), "{length}: {found:?}");
            assert_eq!((found.events.len(), found.exists, found.completion), (0, 1, None), "{length}");
        }
    }
}

#[test]
fn texts_for_people_that_end_like_a_literal_are_texts() {
    for line in [
        "* NO (see {5}",
        "* OK [ALERT] BODY[] {5}",
        "* OK text {5}x",
        "* OK text {5}",
        "* NO [ALERT] \"quoted {5}",
        "* BAD see ]{5}",
        "* [ALERT] text {5}",
        "* OK [X {5}] {5}",
    ] {
        let answer = format!("{line}\r\n* 1 FETCH (UID 3 BODY[] \"x {{5}}\")\r\nA2 OK done {{5}}\r\n");
        let found = at_every_split(answer.as_bytes(), 64 << 10);
        assert_eq!((found.error, found.completion.as_deref()), (None, Some("done {5}")), "{line}");
        assert_eq!((found.events.len(), found.rows.len()), (1, 1), "{line}");
    }
    let quoted = "* 1 FETCH (UID 3 ENVELOPE (NIL \"subject {5}\" NIL NIL NIL NIL NIL NIL NIL NIL) BODY[] \"x {5}\")\r\nA2 OK done\r\n";
    let found = at_every_split(quoted.as_bytes(), 64 << 10);
    let envelope = found.rows[0].0.envelope.as_ref().unwrap();
    assert_eq!(envelope.subject().unwrap().to_string(), "subject {5}");
    assert_eq!(found.texts(), [b"x {5}"]);
}

#[test]
fn a_line_feed_in_a_quoted_string_ends_nothing() {
    let answer = "* 1 FETCH (UID 3 ENVELOPE (NIL \"a\n* 9999 EXISTS\nA2 OK forged\nb\" NIL NIL NIL NIL NIL NIL NIL NIL) BODY[] \"x\")\r\n\
                  A2 OK done\r\n";
    let found = at_every_split(answer.as_bytes(), 64 << 10);
    assert_eq!((found.events.len(), found.exists, found.completion.as_deref()), (0, 1, Some("done")));
    let envelope = found.rows[0].0.envelope.as_ref().unwrap();
    assert_eq!(envelope.subject().unwrap().to_string(), "a\n* 9999 EXISTS\nA2 OK forged\nb");
    assert_eq!(found.diagnostics, ["a line feed in a quoted string"]);
    // Names of mailboxes, too.
    let mut engine = engine(64 << 10);
    let list = engine.start(List::new(MailboxName::new("").unwrap(), MailboxName::new("*").unwrap())).unwrap();
    engine.push(b"* LIST () \"/\" \"a\n* 9999 EXISTS\nA2 OK forged\nb\"\r\n* LIST () \"/\" c\r\nA2 OK done\r\n");
    while engine.poll().unwrap() != Step::Blocked {}
    let reply = engine.take(&list).unwrap().unwrap();
    assert_eq!((reply.value.len(), reply.text.to_string()), (2, "done".to_owned()));
    assert!(engine.next_event().is_none() && engine.mailbox().unwrap().exists == 1);
}

#[test]
fn a_server_that_ends_its_lines_with_line_feeds_is_understood() {
    let mut engine = Engine::default();
    engine.push(b"* PREAUTH [CAPABILITY IMAP4rev1] hi\n* 4 EXISTS\n* 1 FETCH (FLAGS (\\Seen))\n");
    while engine.poll().unwrap() != Step::Blocked {}
    let events: Vec<Untagged> = std::iter::from_fn(|| engine.next_event()).map(|event| event.response).collect();
    assert!(matches!(&events[..], [Untagged::Exists(4), Untagged::Fetch(_)]), "{events:?}");
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

#[test]
fn a_row_with_two_uids_has_none() {
    for (row, uid, flags) in [
        ("UID 3 UID 4 BODY[] {2}\r\nhi", None, None),
        ("UID 3 BODY[] {2}\r\nhi UID 4 UID 3", None, None),
        ("UID 3 UID 4 BODY[] {2}\r\nhi UID 4", None, None),
        ("UID 3 UID 3 FLAGS (\\Seen) FLAGS (\\Seen) BODY[] {2}\r\nhi", Some(3), Some(true)),
        ("UID 3 FLAGS (\\Seen) FLAGS () BODY[] {2}\r\nhi", Some(3), None),
        ("UID 3 FLAGS () BODY[] {2}\r\nhi FLAGS (\\Seen)", Some(3), None),
    ] {
        let answer = format!("* 1 FETCH ({row})\r\nA2 OK done\r\n");
        for threshold in [64 << 10, 1] {
            let found = at_every_split(answer.as_bytes(), threshold);
            let fetch = &found.rows[0].0;
            assert_eq!(fetch.uid.map(|uid| uid.get()), uid, "{row}");
            assert_eq!(
                fetch.flags.as_ref().map(|flags| flags.contains(&imaplib_proto::types::Flag::Seen)),
                flags,
                "{row}"
            );
        }
    }
}
