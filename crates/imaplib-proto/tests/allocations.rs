//! What reading costs in allocations, so that nobody makes it dearer unseen.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

mod peer;

use std::fmt::Write;
use std::hint::black_box;

use allocation_counter::measure;
use bytes::Bytes;
use imaplib_proto::command::{self, FetchItem};
use imaplib_proto::engine::Step;
use imaplib_proto::parse::{Context, read};
use imaplib_proto::types::UidSet;
use peer::Peer;

const ROWS: u32 = 10_000;

const ENVELOPE: &str = "ENVELOPE (\"Wed, 17 Jul 1996 02:23:25 -0700 (PDT)\" \"IMAP4rev1 WG mtg summary and minutes\" \
    ((\"Terry Gray\" NIL \"gray\" \"cac.washington.edu\")) ((\"Terry Gray\" NIL \"gray\" \"cac.washington.edu\")) \
    ((\"Terry Gray\" NIL \"gray\" \"cac.washington.edu\")) ((NIL NIL \"imap\" \"cac.washington.edu\")) \
    ((NIL NIL \"minutes\" \"CNRI.Reston.VA.US\")(\"John Klensin\" NIL \"KLENSIN\" \"MIT.EDU\")) NIL NIL \
    \"<B27397-0100000@cac.washington.edu>\")";

const STRUCTURE: &str = "BODYSTRUCTURE ((\"text\" \"plain\" (\"charset\" \"utf-8\") NIL NIL \"7bit\" 1152 23 NIL NIL NIL \
    NIL)(\"text\" \"html\" (\"charset\" \"utf-8\") NIL NIL \"base64\" 4554 73 NIL NIL NIL NIL)(\"application\" \"pdf\" \
    (\"name\" \"report.pdf\") NIL NIL \"base64\" 190322 NIL (\"attachment\" (\"filename\" \"report.pdf\")) NIL NIL) \
    \"mixed\" (\"boundary\" \"----=_Part_1234\") NIL NIL NIL)";

/// How many allocations one response costs, read alone.
fn of_reading(line: &str) -> u64 {
    let frame = Bytes::copy_from_slice(format!("{line}\r\n").as_bytes());
    // As bytes from a connection are, these are shared from the beginning.
    let _block = frame.clone();
    let context = Context::default();
    measure(|| drop(black_box(read(&frame, &context)))).count_total
}

#[test]
fn reading_one_response() {
    assert_eq!(of_reading("* 172 EXISTS"), 0);
    assert_eq!(of_reading("* 12 FETCH (UID 34 FLAGS (\\Seen $Junk))"), 0);
    assert_eq!(of_reading("* 12 FETCH (FLAGS () UID 34 RFC822.SIZE 4242 MODSEQ (7))"), 0);
    assert_eq!(of_reading("* LIST (\\HasNoChildren \\Sent) \"/\" \"Archive/2024/Sent Messages\""), 0);
    assert_eq!(of_reading("* SEARCH"), 0);
    // The envelope, its addresses, and the block that its longer texts share.
    assert!(of_reading(&format!("* 12 FETCH (UID 34 {ENVELOPE})")) <= 3);
    // The whole and the list of its parts.
    assert!(of_reading(&format!("* 12 FETCH (UID 34 {STRUCTURE})")) <= 2);
}

/// How many allocations a row costs on its way through the engine, when each is given back.
fn of_streaming(item: FetchItem, row: impl Fn(u32) -> String) -> f64 {
    let mut peer = Peer::selected("");
    let ticket = peer.start(command::Fetch::new(UidSet::all(), [item]));
    peer.out();
    let mut wire = String::new();
    for number in 1..=ROWS {
        write!(wire, "* {number} FETCH (UID {number} {})\r\n", row(number)).unwrap();
    }
    wire.push_str("A2 OK done\r\n");
    let mut rows = 0;
    let counted = measure(|| {
        for bytes in wire.as_bytes().chunks(16 << 10) {
            let mut bytes = bytes;
            while !bytes.is_empty() {
                let room = peer.engine.recv_buffer();
                let count = room.len().min(bytes.len());
                room[..count].copy_from_slice(&bytes[..count]);
                peer.engine.advance(count);
                bytes = &bytes[count..];
            }
            loop {
                match peer.engine.poll().unwrap() {
                    Step::Row(row) => {
                        rows += u32::from(!row.continues);
                        peer.engine.reuse_row(row.fetch);
                    }
                    Step::Chunk(bytes) => assert!(!bytes.is_empty()),
                    Step::Blocked | Step::Finished(_) => break,
                    step => panic!("{step:?}"),
                }
            }
        }
    });
    assert_eq!(rows, ROWS);
    peer.ends(&ticket).unwrap();
    f64::from(u32::try_from(counted.count_total).unwrap()) / f64::from(ROWS)
}

#[test]
fn streaming_rows() {
    // What is made for a whole block of rows counts little.
    assert!(of_streaming(FetchItem::Flags, |_| "FLAGS (\\Seen \\Answered)".into()) < 0.02);
    assert!(of_streaming(FetchItem::Flags, |number| format!("MODSEQ ({number}) FLAGS (\\Seen $Junk)")) < 0.02);
    assert!(of_streaming(FetchItem::Envelope, |_| ENVELOPE.into()) < 2.1);
    assert!(of_streaming(FetchItem::BodyStructure, |_| STRUCTURE.into()) < 2.1);
    assert!(of_streaming(FetchItem::message(), |_| format!("BODY[] {{500}}\r\n{}", "x".repeat(500))) < 0.2);
}

#[test]
fn streaming_a_long_text() {
    let mut peer = Peer::selected("");
    let ticket = peer.start(command::Fetch::new(UidSet::all(), FetchItem::message()));
    peer.out();
    const CHUNKS: usize = 1000;
    const CHUNK: usize = 16 << 10;
    peer.says(&format!("* 1 FETCH (UID 1 BODY[] {{{}}}\r\n", CHUNKS * CHUNK));
    assert!(matches!(&peer.steps()[..], [Step::Row(row)] if row.open));
    let bytes = vec![b'x'; CHUNK];
    let mut received = 0;
    let counted = measure(|| {
        for _ in 0..CHUNKS {
            let mut left = &bytes[..];
            while !left.is_empty() {
                let room = peer.engine.recv_buffer();
                let count = room.len().min(left.len());
                room[..count].copy_from_slice(&left[..count]);
                peer.engine.advance(count);
                left = &left[count..];
            }
            while let Step::Chunk(chunk) = peer.engine.poll().unwrap() {
                received += chunk.len();
            }
        }
    });
    assert_eq!(received, CHUNKS * CHUNK);
    // A small one for each block, which counts those who share it.
    let blocks = (CHUNKS * CHUNK) as u64 >> 14;
    assert!(counted.count_total < blocks + 20, "{} allocations", counted.count_total);
    assert!(counted.bytes_max < 1 << 20, "{} bytes", counted.bytes_max);
    peer.says(")\r\nA2 OK done\r\n");
    peer.steps();
    peer.ends(&ticket).unwrap();
}
