//! What real servers send against the grammar, each kind by its number in one table, as it comes in, at every split
//! point of its bytes; and what is made of it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

#[macro_use]
mod cases;
mod peer;
#[path = "quirks/mod.rs"]
mod quirks;

use bytes::Bytes;
use imaplib_proto::parse::{Context, read};
use imaplib_proto::wire::{FrameLimits, Framer, Piece};
use quirks::{Feed, Kept, table};

/// How many kinds there are.
const ROWS: u8 = 86;

#[test]
fn every_row_is_kept() {
    let mut missing: Vec<u8> = (1..=ROWS).collect();
    for (row, server, _) in table() {
        assert!((1..=ROWS).contains(&row) && !server.is_empty(), "{row} {server}");
        missing.retain(|other| *other != row);
    }
    assert_eq!(missing, []);
}

#[test]
fn only_these_are_decided_otherwise() {
    let mut decided: Vec<u8> = table()
        .into_iter()
        .filter_map(|(row, _, kept)| match kept {
            Kept::Decided(reason) => Some((row, reason)),
            _ => None,
        })
        .inspect(|(row, reason)| assert!(!reason.is_empty(), "{row}"))
        .map(|(row, _)| row)
        .collect();
    decided.sort_unstable();
    assert_eq!(decided, [58, 74, 85]);
}

#[test]
fn what_needs_a_whole_client_is_tested_with_one() {
    let tests = concat!(env!("CARGO_MANIFEST_DIR"), "/../imaplib/tests/clients/cases/quirks.rs");
    let tests = std::fs::read_to_string(tests).unwrap();
    for (row, server, kept) in table() {
        if let Kept::ByClient(test) = kept {
            assert!(tests.contains(&format!("async fn {test}()")), "{row} {server}: {test}");
        }
    }
}

/// The responses of the input, which arrives in these parts.
fn frames<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> Vec<Bytes> {
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
    frames
}

#[test]
fn responses_at_every_split() {
    let (before, after) = (b"* 1 EXISTS\r\n", b"A1 OK done\r\n");
    for (row, server, kept) in table() {
        let Kept::Response(case) = kept else { continue };
        let input = [before, case.bytes, after].concat();
        let check = |frames: Vec<Bytes>| {
            assert_eq!(frames, [&before[..], case.bytes, after], "{row} {server}");
            case.verify(&read(&frames[1], &Context::default()));
        };
        for at in 0..input.len() {
            let (left, right) = input.split_at(at);
            check(frames([left, right]));
        }
        check(frames(input.chunks(1)));
    }
}

#[test]
fn behaviour_at_every_split() {
    for (row, server, kept) in table() {
        let Kept::Behaviour(run) = kept else { continue };
        println!("{row} {server}");
        let mut whole = Feed::whole();
        run(&mut whole);
        for at in 1..whole.heard() {
            run(&mut Feed::cut_at(at));
        }
        run(&mut Feed::one_by_one());
    }
}
