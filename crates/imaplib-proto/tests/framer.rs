//! Responses end where they end, however their bytes arrive, and large literals stream where the caller wants it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

use bytes::Bytes;
use imaplib_proto::wire::{FrameError, FrameLimits, Framer, Piece};

/// All pieces of the input, given in parts of `step` bytes.
fn frame(input: &[u8], step: usize, threshold: usize) -> Result<Vec<Piece>, FrameError> {
    let limits = FrameLimits::default().response(1000).line(1000).numbers(1000).stream_threshold(threshold);
    let mut framer = Framer::new(limits);
    let mut pieces: Vec<Piece> = Vec::new();
    for part in input.chunks(step) {
        framer.receive(part);
        while let Some(piece) = framer.next()? {
            if let Piece::Head(head, _) = &piece {
                if !head.windows(5).any(|word| word == b"BODY[") {
                    continue;
                }
                framer.stream();
            }
            match (piece, pieces.last_mut()) {
                (Piece::Chunk(more), Some(Piece::Chunk(before))) => *before = [&before[..], &more[..]].concat().into(),
                (piece, _) => pieces.push(piece),
            }
        }
    }
    assert!(framer.is_empty(), "left over: {:?}", framer.take_unread());
    Ok(pieces)
}

fn response(bytes: &'static [u8]) -> Piece {
    Piece::Response(Bytes::from_static(bytes))
}

#[test]
fn responses_end_where_they_end_at_every_split() {
    let cases: &[&[&'static [u8]]] = &[
        &[b"* OK\r\n", b"+\r\n", b"a1 OK done\r\n"],
        &[b"* LIST () NIL {3}\r\na\r\n\r\n", b"* 1 EXISTS\r\n"],
        &[b"* LIST () NIL \"x {3}\"\r\n", b"* LIST () NIL \"x \\\" {3}\r\nabc\r\n", b"* 1 EXISTS\r\n"],
        &[b"* OK text ends in {5}\r\n", b"a1 NO too {5}\r\n", b"+ {5}\r\n", b"* bye {5}\r\n"],
        &[b"* [ALERT] text ends in {5}\r\n", b"* NO \"quoted\" {5}\r\n", b"* 1 EXISTS\r\n"],
        &[b"* LIST () NIL foo{5}\r\n", b"* 2 EXISTS\n"],
        &[b"* 1 FETCH (BODY[] ~{4}\r\n\0\r\n\n UID 2)\r\n"],
        &[b"* 1 FETCH (BODY[] {012}\r\n123456789012)\r\n"],
        &[b"* 1 FETCH (BODY[] {3+}\r\nabc X {0}\r\n Y {2} \r\nab)\r\n"],
        &[b"* 1 FETCH (BODY[] {-1}\r\n UID 3)\r\n"],
        &[b"* 1 FETCH (BODY[HEADER.FIELDS ({4}\r\nDate)] {2}\r\nxy)\r\n"],
        &[b"* 1 FETCH (ENVELOPE (\"a\" \"b\\\\\" {1}\r\nx \"{5}\" {2}\r\nyz))\r\n"],
    ];
    for case in cases {
        let input = case.concat();
        let expected: Vec<Piece> = case.iter().map(|bytes| response(bytes)).collect();
        for step in 1..=input.len() {
            assert_eq!(frame(&input, step, 100).unwrap(), expected, "{} by {step}", input.escape_ascii());
        }
    }
}

#[test]
fn a_large_literal_is_streamed_if_it_may() {
    let input = b"* 1 FETCH (UID 2 BODY[] {9}\r\n12345678\n BODY[1] {9}\r\n123456789 FLAGS ())\r\n* LIST () NIL {9}\r\n123456789\r\n";
    let expected = [
        Piece::Head(Bytes::from_static(b"* 1 FETCH (UID 2 BODY[] {9}\r\n"), 9),
        Piece::Chunk(Bytes::from_static(b"12345678\n")),
        Piece::Head(Bytes::from_static(b" BODY[1] {9}\r\n"), 9),
        Piece::Chunk(Bytes::from_static(b"123456789")),
        response(b" FLAGS ())\r\n"),
        response(b"* LIST () NIL {9}\r\n123456789\r\n"),
    ];
    for step in 1..=input.len() {
        assert_eq!(frame(input, step, 8).unwrap(), expected, "by {step}");
    }
}

#[test]
fn limits_hold_before_the_bytes_come() {
    let too_long = Err(FrameError::TooLong { limit: 1000 });
    assert_eq!(frame(b"* LIST () NIL {500000000}\r\n", 7, 100), too_long);
    assert_eq!(frame(&[b'x'; 1001], 100, 100), too_long);
    assert_eq!(frame(b"* X {9223372036854775808}\r\n", 7, 100), Err(FrameError::LiteralLength));
    assert_eq!(frame(b"* X {99999999999999999999999999999999}\r\n", 7, 100), Err(FrameError::LiteralLength));
}

#[test]
fn lists_of_numbers_may_be_longer_than_other_lines() {
    let limits = FrameLimits::default().response(1000).line(100).numbers(500).stream_threshold(100);
    for (begin, length, fits) in
        [("* LIST ", 90, true), ("* LIST ", 200, false), ("* search ", 200, true), ("* SEARCH ", 600, false)]
    {
        let mut framer = Framer::new(limits);
        framer.receive(format!("{begin}{}\r\n", "1".repeat(length)).as_bytes());
        assert_eq!(framer.next().is_ok(), fits, "{begin}{length}");
    }
}

#[test]
fn an_announcement_reserves_nothing() {
    let mut framer = Framer::new(
        FrameLimits::default().response(usize::MAX).line(usize::MAX).numbers(usize::MAX).stream_threshold(10),
    );
    framer.receive(b"* LIST () NIL {5000000000}\r\n");
    assert!(matches!(framer.next(), Ok(Some(Piece::Head(_, 5_000_000_000)))));
    assert_eq!(framer.next(), Ok(None));
    assert!(framer.room().len() <= 8 << 10);
}
