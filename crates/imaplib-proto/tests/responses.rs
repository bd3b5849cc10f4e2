//! Every form of response that the grammar has, and those that real servers send besides: bytes and value.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

#[macro_use]
mod cases;

use bytes::Bytes;
use cases::Case;
use imaplib_proto::parse::{Context, read};
use imaplib_proto::types::{MailboxName, NameEncoding, Response, Untagged};

fn verify(cases: Vec<Case>) {
    let verify = |case: &Case| case.verify(&read(&Bytes::from_static(case.bytes), &Context::default()));
    // All that differ are shown.
    let wrong = cases.iter().filter(|case| std::panic::catch_unwind(|| verify(case)).is_err()).count();
    assert_eq!(wrong, 0);
}

#[test]
fn status_responses() {
    verify(cases::status());
}

#[test]
fn response_codes() {
    verify(cases::codes());
}

#[test]
fn mailbox_data() {
    verify(cases::mailboxes());
}

#[test]
fn search_results_and_sizes() {
    verify(cases::searches());
}

#[test]
fn fetch_items() {
    verify(cases::fetches());
}

#[test]
fn texts_of_messages() {
    verify(cases::sections());
}

#[test]
fn envelopes() {
    verify(cases::envelopes());
}

#[test]
fn what_real_servers_send() {
    verify(cases::peculiar());
}

#[test]
fn body_structures() {
    verify(cases::bodies());
    verify(cases::shifted_bodies());
}

#[test]
fn data_of_extensions() {
    verify(cases::extensions());
}

#[test]
fn unknown_responses() {
    verify(cases::unknowns());
}

#[test]
fn a_bare_line_feed_ends_a_response_as_well() {
    for case in cases::all() {
        let Some(line) = case.bytes.strip_suffix(b"\r\n").filter(|line| !line.ends_with(b"\r")) else { continue };
        let with_line_feed = [line, b"\n"].concat();
        let parsed = read(&with_line_feed.into(), &Context::default());
        if !matches!(parsed.response, Response::Untagged(Untagged::Unknown { .. })) {
            case.verify(&parsed);
        }
    }
}

#[test]
fn notes_say_where_and_of_which_item() {
    let frame = Bytes::from_static(b"* 1 FETCH (UID 9 MODSEQ (x) FLAGS ())\r\n");
    let parsed = read(&frame, &Context::default());
    let note = &parsed.diagnostics[0];
    assert_eq!((note.position, &note.item, &note.raw[..]), (25, &"MODSEQ".into(), &b"(x)"[..]));
}

#[test]
fn names_of_mailboxes_are_in_the_encoding_of_the_connection() {
    let frame = Bytes::from_static("* LIST () \"/\" \"Entwürfe & co\"\r\n".as_bytes());
    let context = Context::default().names(NameEncoding::Utf8);
    match read(&frame, &context).response {
        Response::Untagged(Untagged::List(list)) => {
            assert_eq!(list.name, MailboxName::new("Entwürfe & co").unwrap());
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn addresses_are_there_or_not() {
    let line = b"* 1 FETCH (ENVELOPE (NIL NIL ((\"A\" NIL \"a\" \"x.org\")) NIL NIL NIL NIL NIL NIL NIL))\r\n";
    let response = read(&Bytes::from_static(line), &Context::default()).response;
    let Response::Untagged(Untagged::Fetch(row)) = response else { panic!("{response:?}") };
    let envelope = row.envelope.unwrap();
    assert_eq!((envelope.from().len(), envelope.from().is_empty()), (1, false));
    assert_eq!((envelope.to().len(), envelope.to().is_empty()), (0, true));
}
