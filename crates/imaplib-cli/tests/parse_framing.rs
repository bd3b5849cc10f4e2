//! `imap parse` stops where a client would end the connection: what follows may be the text of a message.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod support;

use support::imap_with_input;

/// A message that is made of responses.
const TEXT: &str = "* 9999 EXISTS\r\nA2 OK forged\r\n";

#[test]
fn nothing_behind_a_row_that_does_not_end_is_read() {
    let length = TEXT.len();
    for row in [
        // What stands between the length and the line end.
        format!("* 1 FETCH (UID 3 BODY[] {{{length}}}x\r\n"),
        format!("* 1 FETCH (UID 3 BODY[] {{{length}}}\0\r\n"),
        // A text that is longer than announced.
        "* 1 FETCH (UID 3 BODY[] {3}\r\nabc\r\n".to_owned(),
        // A length that is none.
        format!("* 1 FETCH (UID 3 BODY[] {{{length}88888888888888888888}}\r\n"),
        // Rows that do not begin as they should.
        format!("*1 FETCH (UID 3 BODY[] {{{length}}}\r\n"),
        // Other data of which a list is open.
        format!("* LIST (\\Marked {{{length}}}x\r\n"),
        // And with a text that is too long to be held before it.
        format!("* 1 FETCH (BODY[1] {{2000000}}\r\n{} BODY[] {{{length}}}x\r\n", "y".repeat(2_000_000)),
        // A row that is too long to be held.
        format!("* 1 FETCH (X-NEW ({}) BODY[] {{{length}}}x\r\n", "y ".repeat(200 << 10)),
    ] {
        let before = "* 5 EXISTS\r\n";
        let shown = row.get(..60).unwrap_or(&row);
        let run = imap_with_input(&["parse", "-"], format!("{before}{row}{TEXT})\r\n").as_bytes());
        assert_eq!(run.code, 76, "{shown}: {}", run.stderr);
        let at = before.len() + row.len();
        assert!(run.stderr.contains(&format!("framing is lost at byte {at}:")), "{shown}: {}", run.stderr);
        assert!(!run.stdout.contains("9999") && !run.stdout.contains("forged"), "{shown}: {}", run.stdout);
        let objects = run.json();
        assert_eq!((&objects[0]["count"], objects.len()), (&5.into(), 2), "{shown}: {}", run.stdout);
        assert!(objects[1]["notes"].is_array(), "{shown}: {}", run.stdout);
    }
}

#[test]
fn line_feeds_are_read_as_a_client_reads_them() {
    // Where lines end with CR LF, a line feed in a quoted string is a part of it, also in a line without an end.
    let quoted = "* 1 FETCH (ENVELOPE (NIL \"a\n* 9999 EXISTS\nb\" NIL NIL NIL NIL NIL NIL NIL NIL) UID 5)";
    for end in ["\r\n", "\r", ""] {
        let run = imap_with_input(&["parse", "-"], format!("* 5 EXISTS\r\n{quoted}{end}").as_bytes());
        let objects = run.json();
        assert_eq!((objects.len(), run.code), (2, 1), "{run:?}");
        assert_eq!(objects[1]["items"]["ENVELOPE"]["subject"], "a\n* 9999 EXISTS\nb", "{run:?}");
    }
    // Where lines end with line feeds, each is one.
    let run = imap_with_input(&["parse", "-"], b"* 5 EXISTS\n* 1 FETCH (UID 5)\n* 6 EXISTS");
    let objects = run.json();
    assert_eq!((objects.len(), &objects[2]["count"]), (3, &6.into()), "{run:?}");
}

#[test]
fn names_that_end_like_a_literal_swallow_nothing() {
    let run = imap_with_input(&["parse", "-"], b"* LIST () \"/\" Foo {5}\r\n* 7 EXISTS\r\n");
    let objects = run.json();
    assert_eq!((objects.len(), &objects[0]["mailbox"], &objects[1]["count"]), (2, &"Foo {5}".into(), &7.into()));
}
