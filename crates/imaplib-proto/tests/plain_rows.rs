//! The short way of plain rows gives what the long way gives, whatever comes between them and however it is cut.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

mod peer;

use imaplib_proto::command::{self, FetchItem};
use imaplib_proto::engine::{Event, Step};
use imaplib_proto::types::{Fetch, UidSet};
use peer::Peer;

const LINES: &[&str] = &[
    "* 1 FETCH (UID 11 FLAGS (\\Seen))",
    "* 2 FETCH (FLAGS () UID 12)",
    "* 3 FETCH (UID 13 FLAGS (\\Seen $Label1 NonJunk))",
    "* 4 FETCH (UID 14 FLAGS (\\seen \\Answered))",
    "* 5 FETCH (UID 15 FLAGS (\\Seen NIL))",
    "* 6 FETCH (UID 16)",
    "* 7 FETCH (FLAGS (\\Seen))",
    "* 8 FETCH (UID 18 FLAGS (\\Seen) MODSEQ (7))",
    "* 9 FETCH (UID 19 FLAGS (\"\\\\Seen\"))",
    "* 10 FETCH (UID 0 FLAGS (\\Seen))",
    "* 11 FETCH (UID 21 FLAGS (\\Seen)) ",
    "* 12 FETCH (UID 22 FLAGS (\\Seen \\*))",
    "* 13 FETCH (UID 99 FLAGS (\\Seen))",
    "* 0 FETCH (UID 23 FLAGS (\\Seen))",
    "* 14 FETCH (UID 24 X-LIT {5}\r\n* 1 F FLAGS (\\Seen))",
    "* 15 FETCH (UID 25 FLAGS ({5}))",
    "* 16 FETCH (UID 26 FLAGS (a\\b))",
    "* 20 EXISTS",
    "* 3 EXPUNGE",
    "* OK still here",
    "* 17 FETCH (UID 4294967295 FLAGS ())",
    "* 18 FETCH (UID 4294967296 FLAGS ())",
    "* 00000018 FETCH (UID 000000028 FLAGS (\\Recent \\Deleted \\Draft \\Flagged))",
];

/// Everything that the engine gives for the bytes, in parts of `step`.
fn played(wire: &[u8], step: usize, uids: &UidSet, short: bool) -> (Vec<Fetch>, Vec<Event>) {
    let mut peer = Peer::selected("");
    peer.says("* 30 EXISTS\r\n");
    peer.steps();
    while peer.engine.next_event().is_some() {}
    let ticket = peer.start(command::Fetch::new(uids.clone(), [FetchItem::Uid, FetchItem::Flags]));
    peer.out();
    let mut rows = Vec::new();
    for bytes in wire.chunks(step) {
        peer.engine.push(bytes);
        loop {
            if short && let Some(row) = peer.engine.try_next_row_fast(&ticket) {
                rows.push((*row).clone());
                peer.engine.reuse_row(row);
                continue;
            }
            match peer.engine.poll().unwrap() {
                Step::Row(row) => {
                    assert!(!row.open && !row.continues);
                    rows.push((*row.fetch).clone());
                    peer.engine.reuse_row(row.fetch);
                }
                Step::Blocked => break,
                _ => {}
            }
        }
    }
    assert!(peer.engine.take(&ticket).unwrap().is_ok());
    (rows, std::iter::from_fn(|| peer.engine.next_event()).collect())
}

#[test]
fn plain_rows_take_it() {
    let mut peer = Peer::selected("");
    let ticket = peer.start(command::Fetch::new(UidSet::all(), [FetchItem::Flags]));
    peer.out();
    peer.says("* 1 FETCH (UID 11 FLAGS (\\Seen))\r\n* 2 FETCH (UID 12 FLAGS (a))\r\n* 3 FETCH (UID 13 FLAGS ())\r\nA2 OK x\r\n");
    // The first row makes what was received a block.
    assert!(peer.engine.try_next_row_fast(&ticket).is_none());
    assert!(matches!(peer.engine.poll(), Ok(Step::Row(_))));
    for uid in [12, 13] {
        let row = peer.engine.try_next_row_fast(&ticket).unwrap();
        assert_eq!(row.uid.unwrap().get(), uid);
        peer.engine.reuse_row(row);
    }
    assert!(peer.engine.try_next_row_fast(&ticket).is_none());
    assert!(matches!(peer.engine.poll(), Ok(Step::Finished(_))));
}

#[test]
fn the_short_way_is_the_long_way() {
    let sets: [UidSet; 4] = ["1:*", "1:50", "11:13,15:30", "13"].map(|set| set.parse().unwrap());
    for shift in 0..LINES.len() {
        let lines = (0..LINES.len() * 2).map(|at| LINES[(shift + at * 5) % LINES.len()]);
        let wire: String = lines.map(|line| format!("{line}\r\n")).collect::<String>() + "A2 OK done\r\n";
        for set in &sets {
            let long = played(wire.as_bytes(), wire.len(), set, false);
            assert!(!long.0.is_empty());
            for step in [1, 2, 7, 64, 333, wire.len()] {
                assert_eq!(played(wire.as_bytes(), step, set, true), long, "{set} by {step}, from {shift}");
            }
        }
    }
}
