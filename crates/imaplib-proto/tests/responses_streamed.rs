//! FETCH rows of which large literals are not held: the heads and the rests of rows.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

use bytes::Bytes;
use imaplib_proto::parse::{Context, Tail, read, read_head, read_tail};
use imaplib_proto::types::{Fetch, Response, Section, SectionBody, SectionName, Untagged};

fn head(piece: &'static [u8]) -> Option<Fetch> {
    read_head(&Bytes::from_static(piece), &Context::default()).map(|head| head.row)
}

fn tail(piece: &'static [u8], fetch: &mut Fetch) -> Tail {
    read_tail(&Bytes::from_static(piece), fetch, &Context::default()).end
}

/// The row that the whole response gives.
fn whole(frame: &'static [u8]) -> Fetch {
    match read(&Bytes::from_static(frame), &Context::default()).response {
        Response::Untagged(Untagged::Fetch(fetch)) => fetch,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_row_with_two_streams_is_the_row_with_two_texts() {
    let mut fetch = head(b"* 5 FETCH (UID 3 BODY[] {100000}\r\n").unwrap();
    assert_eq!(fetch.sections[0].name, SectionName::Body(Section::message()));
    assert_eq!(fetch.sections[0].data, SectionBody::Streamed(100_000));
    assert_eq!(tail(b" FLAGS (\\Seen) BINARY[1]<7> ~{9}\r\n", &mut fetch), Tail::Streamed(9));
    assert_eq!((fetch.sections[1].origin, &fetch.sections[1].data), (Some(7), &SectionBody::Streamed(9)));
    assert_eq!(tail(b" RFC822.SIZE 5)\r\n", &mut fetch), Tail::Complete);
    let mut expected = whole(b"* 5 FETCH (UID 3 BODY[] \"x\" FLAGS (\\Seen) BINARY[1]<7> \"y\" RFC822.SIZE 5)\r\n");
    expected.sections[0].data = SectionBody::Streamed(100_000);
    expected.sections[1].data = SectionBody::Streamed(9);
    assert_eq!(fetch, expected);
}

#[test]
fn what_can_be_streamed() {
    for (piece, length) in [
        (&b"* 5 FETCH (BODY[] {7}\r\n"[..], 7),
        (b"* 5 fetch (body[]<0> {7}\n", 7),
        (b"* 5 FETCH (BODY[1.HEADER.FIELDS (A {1}\r\nB)] {7+}\r\n", 7),
        (b"* 5 FETCH (BODY[1] {1}\r\n) BODY[2] {007} \r\n", 7),
        (b"* 5 FETCH (BINARY[1] ~{9223372036854775807}\r\n", i64::MAX as u64),
        (b"* 5 FETCH (RFC822 {7}\r\n", 7),
        (b"* 5 FETCH (RFC822.HEADER {7}\r\n", 7),
        (b"* 5 FETCH (FLAGS garbage RFC822.TEXT {7}\r\n", 7),
        (b"* 5 UIDFETCH (BODY[] {7}\r\n", 7),
        (b"* 5 STORE (BODY[] {7}\r\n", 7),
    ] {
        let fetch = head(piece).unwrap_or_else(|| panic!("{}", piece.escape_ascii()));
        assert_eq!(fetch.sections.last().unwrap().data, SectionBody::Streamed(length), "{}", piece.escape_ascii());
    }
}

#[test]
fn what_must_be_held() {
    for piece in [
        &b"* LIST () NIL {7}\r\n"[..],
        b"* 5 XFETCH (BODY[] {7}\r\n",
        b"* 0 FETCH (BODY[] {7}\r\n",
        b"* 5 FETCH (X-GM-LABELS ({7}\r\n",
        b"* 5 FETCH (PREVIEW {7}\r\n",
        b"* 5 FETCH (ENVELOPE (NIL {7}\r\n",
        b"* 5 FETCH (BODY[HEADER.FIELDS ({7}\r\n",
        b"* 5 FETCH (BODY[X] {7}\r\n",
        b"* 5 FETCH (BODY ({7}\r\n",
        b"* 5 FETCH (UID 3)\r\n",
        b"* 5 FETCH {7}\r\n",
        b"* OK [ALERT] {7}\r\n",
        b"a1 OK {7}\r\n",
        b"* {7}\r\n",
        b"",
    ] {
        assert_eq!(head(piece), None, "{}", piece.escape_ascii());
    }
}

#[test]
fn a_tail_that_must_be_held_changes_nothing() {
    let before = head(b"* 5 FETCH (BODY[] {7}\r\n").unwrap();
    for piece in [
        &b" BODY[1] \"x\" X-A 1 BINARY.SIZE[1] 5 PREVIEW {7}\r\n"[..],
        b" ENVELOPE (NIL {7}\r\n",
        b" BODY[X] {7}\r\n",
        b" \"open quote {7}\r\n",
    ] {
        let mut fetch = before.clone();
        assert_eq!(tail(piece, &mut fetch), Tail::Buffer, "{}", piece.escape_ascii());
        assert_eq!(fetch, before, "{}", piece.escape_ascii());
    }
    let mut fetch = before.clone();
    assert_eq!(tail(b" X-A 1 PREVIEW {2}\r\nab UID 4)\r\n", &mut fetch), Tail::Complete);
    assert_eq!((fetch.other.len(), fetch.uid.unwrap().get()), (2, 4));
}

#[test]
fn a_tail_that_does_not_end_is_complete_and_noted() {
    let mut fetch = head(b"* 5 FETCH (BODY[] {7}\r\n").unwrap();
    let tail = read_tail(&Bytes::from_static(b" UID 4\r\n"), &mut fetch, &Context::default());
    assert_eq!((tail.end, fetch.uid.unwrap().get(), tail.diagnostics.len()), (Tail::Complete, 4, 1));
    let tail = read_tail(&Bytes::from_static(b"\r\n"), &mut fetch, &Context::default());
    assert_eq!((tail.end, tail.diagnostics.len()), (Tail::Complete, 1));
}

#[test]
fn a_whole_response_never_streams() {
    let fetch = whole(b"* 5 FETCH (UID 3 BODY[] {7}\r\n");
    assert!(fetch.sections.is_empty() && fetch.uid.is_some());
}
