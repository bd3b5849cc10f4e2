//! Responses of a server that is broken or hostile: always a value, never a panic, in time that is linear.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

#[macro_use]
mod cases;

use std::time::{Duration, Instant};

use bytes::Bytes;
use imaplib_proto::parse::{Context, Parsed, read, read_head, read_tail};
use imaplib_proto::types::{Fetch, Response, SeqNum, Uid, Untagged};
use proptest::prelude::*;

/// Far more than linear time takes without optimisation on a busy machine, far less than quadratic time.
const PROMPT: Duration = Duration::from_secs(3);

fn read_default(bytes: impl Into<Bytes>) -> Parsed {
    read(&bytes.into(), &Context::default())
}

fn row(parsed: &Parsed) -> &Fetch {
    match &parsed.response {
        Response::Untagged(Untagged::Fetch(fetch)) => fetch,
        other => panic!("{other:?}"),
    }
}

/// How long the reading takes.
fn time(bytes: Vec<u8>) -> (Duration, Parsed) {
    let bytes = Bytes::from(bytes);
    let start = Instant::now();
    let parsed = read(&bytes, &Context::default());
    (start.elapsed(), parsed)
}

const ITEMS: [&str; 8] =
    ["ENVELOPE ", "BODYSTRUCTURE ", "BODY ", "FLAGS ", "X-NEW ", "BODY[", "BODY[HEADER.FIELDS ", "MODSEQ "];

#[test]
fn a_hundred_thousand_parentheses_cost_their_item_alone() {
    let nested = ["(".repeat(100_000), ")".repeat(100_000)].concat();
    for item in ["ENVELOPE", "BODYSTRUCTURE", "BODY", "FLAGS", "X-NEW", "MODSEQ"] {
        let line = format!("* 1 FETCH (UID 5 {item} {nested} RFC822.SIZE 6)\r\n");
        let (elapsed, parsed) = time(line.into_bytes());
        let fetch = row(&parsed);
        assert_eq!((fetch.uid, fetch.size), (Uid::new(5), Some(6)), "{item}");
        assert!(elapsed < PROMPT, "{item}: {elapsed:?}");
    }
}

#[test]
fn open_parentheses_without_end_are_fast() {
    for item in ITEMS {
        for unit in ["(", "((", "(\"a\" ", "(NIL", "(\"a\" \"b\" (", "\"a\"b ", "\"a\\\"", "{", "{1}", "~{", "[", "a("]
        {
            let line = format!("* 1 FETCH ({item}{}\r\n", unit.repeat(100_000 / unit.len()));
            let (elapsed, _) = time(line.into_bytes());
            assert!(elapsed < PROMPT, "{item}{unit}: {elapsed:?}");
        }
    }
}

#[test]
fn long_lines_of_every_kind_are_fast() {
    for (begin, unit) in [
        ("* SEARCH", " 7"),
        ("* SEARCH", " x"),
        ("* SEARCH", " (MODSEQ"),
        ("* VANISHED 9999999", ",7"),
        ("* VANISHED ", "9,7:8,"),
        ("* ESEARCH (", "TAG a "),
        ("* ESEARCH ", "a "),
        ("* ESEARCH ", ")"),
        ("* CAPABILITY", " ("),
        ("* FLAGS (", "a "),
        ("* FLAGS (", "NIL "),
        ("* LIST (", "\\x"),
        ("* LIST () \"/\" ", "\"a\"b "),
        ("* LIST () \"/\" x (", "a b "),
        ("* STATUS x (", "MESSAGES x "),
        ("* STATUS ", "x ("),
        ("* ID (", "a b "),
        ("* ID (", ","),
        ("* NAMESPACE ", "((\"\" NIL)"),
        ("* OK [CAPABILITY", " a"),
        ("* OK [BADCHARSET (", "a "),
        ("* OK [REFERRAL ", "["),
        ("* OK [PERMANENTFLAGS (", "\" "),
        ("* OK [", "]"),
        ("a", "a"),
        ("", "\0"),
        ("* 1 FETCH ", "("),
        ("* 1 FETCH (", "UID 5) "),
        ("* 1 FETCH (", "\" UID"),
        ("* 1 FETCH (ENVELOPE (NIL NIL (", "(NIL NIL \"a\" NIL)"),
        ("* 1 FETCH (ENVELOPE (NIL NIL ((", "\"a\" "),
        ("* 1 FETCH (ENVELOPE (NIL NIL (", "(NIL NIL \"a\" \"b\\\")"),
        ("* 1 FETCH (BODY (", "(\"a\" \"b\")"),
        ("* 1 FETCH (BODY (\"a\" \"b\" (", "a b "),
        ("* 1 FETCH (BODY[HEADER.FIELDS (", "a "),
        ("* 1 FETCH (BODY[", "1."),
        ("* 1 FETCH (RFC822.SIZE ", "1"),
        ("* 1 FETCH (RFC822.SIZE 1.", "1"),
    ] {
        let line = format!("{begin}{}\r\n", unit.repeat(100_000 / unit.len()));
        let (elapsed, _) = time(line.into_bytes());
        assert!(elapsed < PROMPT, "{begin}{unit}: {elapsed:?}");
    }
}

#[test]
fn a_line_of_many_capabilities_is_linear() {
    let names: Vec<String> = (0..50_000).map(|index| format!("X{index}")).collect();
    let (elapsed, _) = time(format!("* CAPABILITY {}\r\n", names.join(" ")).into_bytes());
    assert!(elapsed < PROMPT, "{elapsed:?}");
}

#[test]
fn the_depth_is_the_callers() {
    let part = "(\"A\" \"B\" NIL NIL NIL \"7BIT\" 5)";
    let nested = |depth: usize| format!("{}{part}{}", "(".repeat(depth), " \"MIXED\")".repeat(depth));
    for (depth, max_depth, fits) in
        [(0, 1, true), (0, 0, false), (5, 6, true), (5, 5, false), (63, 64, true), (64, 64, false)]
    {
        let line = format!("* 1 FETCH (BODYSTRUCTURE {} UID 5)\r\n", nested(depth));
        let context = Context::default().max_depth(max_depth);
        let parsed = read(&line.into(), &context);
        let fetch = row(&parsed);
        assert_eq!(fetch.body_structure.is_some(), fits, "{depth} in {max_depth}");
        assert_eq!(fetch.uid, Uid::new(5));
        assert_eq!((fetch.other.len(), parsed.diagnostics.len()), if fits { (0, 0) } else { (1, 1) });
    }
}

#[test]
fn every_beginning_of_every_response_gives_a_value() {
    for case in cases::all() {
        for end in 0..case.bytes.len() {
            let piece = Bytes::from_static(&case.bytes[..end]);
            let _ = read_default(piece.clone());
            let _ = read_head(&piece, &Context::default());
            let _ = read_tail(&piece, &mut Fetch::default(), &Context::default());
        }
    }
}

/// A real response in which some bytes are replaced, left out, or doubled.
fn mutated() -> impl Strategy<Value = Vec<u8>> {
    let lines: Vec<&'static [u8]> = cases::all().iter().map(|case| case.bytes).collect();
    let change =
        (any::<prop::sample::Index>(), 0..4u8, prop::sample::select(b"() \"\\{}[]~*+\r\n\0<>:,.09aN\xff".to_vec()));
    (prop::sample::select(lines), prop::collection::vec(change, 1..5)).prop_map(|(line, changes)| {
        let mut line = line.to_vec();
        for (index, kind, byte) in changes {
            if line.is_empty() {
                break;
            }
            let at = index.index(line.len());
            match kind {
                0 => line[at] = byte,
                1 => line.insert(at, byte),
                2 => drop(line.remove(at)),
                _ => line.truncate(at),
            }
        }
        line
    })
}

/// Something that obeys no grammar, but which one generic value can be skipped over.
fn garbage() -> impl Strategy<Value = String> {
    let atom = "[a-zA-Z0-9.:$+-]{1,8}";
    let string = "\"[a-z (){}\\[\\]]{0,8}\"";
    let leaf = prop_oneof![atom.prop_map(String::from), string.prop_map(String::from)];
    leaf.prop_recursive(4, 16, 4, |inner| {
        prop::collection::vec(inner, 0..4).prop_map(|values| format!("({})", values.join(" ")))
    })
}

proptest! {
    #[test]
    fn any_bytes_give_a_value(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let bytes = Bytes::from(bytes);
        let parsed = read_default(bytes.clone());
        for note in &parsed.diagnostics {
            prop_assert!(note.position <= bytes.len());
        }
        let _ = read_head(&bytes, &Context::default());
        let _ = read_tail(&bytes, &mut Fetch::default(), &Context::default());
    }

    #[test]
    fn any_protocol_like_bytes_give_a_value(text in "(\\* |a1 |\\+ )?([0-9]{1,2} )?(FETCH|LIST|STATUS|ESEARCH|OK|ID) [()\"{}\\[\\] a-z0-9\\\\\r\n~<>]{0,60}") {
        let _ = read_default(text.into_bytes());
    }

    #[test]
    fn mutated_responses_give_a_value(bytes in mutated()) {
        let bytes = Bytes::from(bytes);
        let _ = read_default(bytes.clone());
        let _ = read_head(&bytes, &Context::default());
        let _ = read_tail(&bytes, &mut Fetch::default(), &Context::default());
    }

    #[test]
    fn garbage_between_good_items_costs_itself_alone(value in garbage(), item in prop::sample::select(vec![
        "ENVELOPE", "BODYSTRUCTURE", "BODY", "FLAGS", "MODSEQ", "INTERNALDATE", "X-NEW", "BODY[1]", "BINARY.SIZE[1]",
    ])) {
        let line = format!("* 7 FETCH (UID 5 {item} {value} RFC822.SIZE 6)\r\n");
        let parsed = read_default(line);
        let fetch = row(&parsed);
        prop_assert_eq!((fetch.seq, fetch.uid, fetch.size), (SeqNum::new(7), Uid::new(5), Some(6)));
    }

    #[test]
    fn what_is_not_understood_is_kept(value in garbage()) {
        let line = format!("* 7 FETCH (INTERNALDATE {value})\r\n");
        let parsed = read_default(line);
        let fetch = row(&parsed);
        prop_assert_eq!(&fetch.other[0].1[..], value.as_bytes());
        prop_assert_eq!(&parsed.diagnostics[0].raw[..], value.as_bytes());
    }
}
