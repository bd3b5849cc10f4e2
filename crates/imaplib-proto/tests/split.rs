//! Every form of response at every split point of its bytes: what comes out does not depend on how it came in.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

#[macro_use]
mod cases;

use bytes::Bytes;
use imaplib_proto::parse::{Context, read};
use imaplib_proto::wire::{FrameLimits, Framer, Piece};

/// The responses of the input, which arrives in these parts; none if the last one is not complete.
fn frames<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> Option<Vec<Bytes>> {
    let mut framer = Framer::new(FrameLimits::default());
    let mut frames = Vec::new();
    for part in parts {
        framer.receive(part);
        while let Some(piece) = framer.next().unwrap() {
            match piece {
                Piece::Response(frame) => frames.push(frame),
                other => panic!("{other:?}"),
            }
        }
    }
    framer.is_empty().then_some(frames)
}

#[test]
fn every_response_at_every_split() {
    // A response before and one behind, to see that the ends are found.
    let (before, after) = (b"* 1 EXISTS\r\n", b"A1 OK done\r\n");
    let mut incomplete = Vec::new();
    for case in cases::all() {
        if frames([case.bytes, after]).is_none_or(|frames| frames != [case.bytes, &after[..]]) {
            incomplete.push(case.bytes.escape_ascii().to_string());
            continue;
        }
        let input = [before, case.bytes, after].concat();
        let expected = [&before[..], case.bytes, after];
        let check = |frames: Option<Vec<Bytes>>, how: usize| {
            let frames = frames.unwrap_or_default();
            assert_eq!(frames, expected, "split at {how}: {}", case.bytes.escape_ascii());
            case.verify(&read(&frames[1], &Context::default()));
        };
        for at in 0..input.len() {
            let (left, right) = input.split_at(at);
            check(frames([left, right]), at);
        }
        check(frames(input.chunks(1)), 1);
    }
    // These announce a literal that is not there: on a connection the rest would be waited for.
    let known = [r#"* LIST () \"/\" {9}\r\nabc\r\n"#, r"* 1 FETCH (UID 9 BODY[] {9999}\r\nx RFC822.SIZE 8)\r\n"];
    assert_eq!(incomplete, known);
}
