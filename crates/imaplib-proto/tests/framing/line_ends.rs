//! What ends a line, and what only looks like it.

use imaplib_proto::command::List;
use imaplib_proto::engine::{Engine, Step};
use imaplib_proto::types::{MailboxName, Untagged};

use crate::support::{at_every_split, engine};

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
