//! No input makes the core take memory beyond a multiple of its length, recurse without bound, or go on for ever: real
//! responses, changed in ways that look like chance and are the same in every run.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

#[macro_use]
mod cases;
mod peer;
mod random;

use std::hint::black_box;
use std::time::{Duration, Instant};

use allocation_counter::{AllocationInfo, measure};
use bytes::Bytes;
use imaplib_proto::command::{self, FetchAll, FetchItem, List, Search, Select, UidSearch};
use imaplib_proto::engine::{Engine, Limits, Step};
use imaplib_proto::parse::{Context, read, read_head, read_tail};
use imaplib_proto::types::{Fetch, MailboxName, Response, SeqSet, Uid, UidSet, Untagged};
use peer::Peer;
use random::Random;

/// So many bytes of memory at most for each byte of a response. A multipart of one part takes the most, of which
/// `((a b)a)` is the shortest.
const FOR_EACH_BYTE: u64 = 384;

/// And so many for what a response of any length takes: diagnostics, of which a thousand are kept, and room for bytes to
/// come.
const FOR_ANY: u64 = 512 << 10;

/// So many bytes at most for the longest line of any kind.
const FOR_THE_LONGEST: u64 = 40 << 20;

/// So many allocations at most for each byte of a response.
const CALLS_FOR_EACH_BYTE: u64 = 4;

/// A stack that is small beside those of threads.
const STACK: usize = 512 << 10;

const CASES: usize = 6_000;

/// What responses are made of.
const PIECES: [&str; 40] = [
    "(",
    ")",
    "((",
    "))",
    "\"",
    "\\",
    "{",
    "}",
    "[",
    "]",
    "<",
    ">",
    " ",
    "  ",
    "\r\n",
    "\n",
    "\0",
    "*",
    "+",
    "~",
    "{5}\r\n",
    "{0}\r\n",
    "{-1}\r\n",
    "{99999999999}\r\n",
    "~{2}\r\n",
    "NIL",
    "NIL ",
    "\"a\" ",
    "(\"a\" \"b\")",
    "()",
    "(() ",
    "1",
    "0",
    "-1",
    "99999999999999999999",
    "FLAGS ",
    "UID ",
    "BODY[",
    "ENVELOPE (",
    "\u{fc}",
];

fn real() -> Vec<&'static [u8]> {
    cases::all().iter().map(|case| case.bytes).collect()
}

/// A real response with pieces put in, taken out, doubled and repeated many times.
fn changed(random: &mut Random, real: &[&[u8]]) -> Vec<u8> {
    let mut line = random.of(real).to_vec();
    for _ in 0..=random.below(4) {
        let at = random.below(line.len() + 1);
        let piece = random.of(&PIECES).as_bytes();
        match random.below(6) {
            0 => drop(line.splice(at..at, piece.iter().copied())),
            1 => line.truncate(at),
            2 => {
                let end = at + random.below(line.len() + 1 - at);
                drop(line.splice(at..end, piece.iter().copied()));
            }
            3 => {
                let end = at + random.below(line.len() + 1 - at);
                let again = line[at..end].to_vec();
                drop(line.splice(at..at, again));
            }
            4 => {
                let times = 1 << random.below(9);
                drop(line.splice(at..at, piece.repeat(times)));
            }
            _ => {
                // The whole of another response in the middle of this one.
                let other = random.of(real).to_vec();
                drop(line.splice(at..at, other));
            }
        }
    }
    line
}

#[track_caller]
fn within_bounds(counted: &AllocationInfo, length: usize, what: &[u8]) {
    let length = length as u64;
    let shown = || what.get(..what.len().min(300)).unwrap_or_default().escape_ascii().to_string();
    assert!(
        counted.bytes_max <= FOR_EACH_BYTE * length + FOR_ANY,
        "{} bytes for {length}: {}",
        counted.bytes_max,
        shown()
    );
    let calls = CALLS_FOR_EACH_BYTE * length + 2_000;
    assert!(counted.count_total <= calls, "{} allocations for {length}: {}", counted.count_total, shown());
}

/// Runs on a small stack, which only bounded recursion bears.
fn on_a_small_stack(run: impl FnOnce() + Send + 'static) {
    std::thread::Builder::new().stack_size(STACK).spawn(run).unwrap().join().unwrap();
}

#[test]
fn reading_takes_a_multiple_of_what_is_read() {
    on_a_small_stack(|| {
        let (mut random, real) = (Random(1), real());
        for _ in 0..CASES {
            let bytes = Bytes::from(changed(&mut random, &real));
            let context = Context::default();
            let counted = measure(|| {
                drop(black_box(read(&bytes, &context)));
                drop(black_box(read_head(&bytes, &context)));
                drop(black_box(read_tail(&bytes, &mut Fetch::default(), &context)));
            });
            within_bounds(&counted, bytes.len(), &bytes);
        }
    });
}

/// The forms in which a little text makes much of a value: what they begin with, what they repeat, how they end.
const DENSE: &[(&str, &str, &str)] = &[
    ("* 1 FETCH (BODYSTRUCTURE (", "(\"\" \"\")", "\"\"))"),
    ("* 1 FETCH (BODYSTRUCTURE (", "(a b)", "\"\"))"),
    ("* 1 FETCH (BODYSTRUCTURE (", "(\"\"\"\")", "\"\"))"),
    ("* 1 FETCH (BODYSTRUCTURE (", "(a())", "\"\"))"),
    ("* 1 FETCH (BODYSTRUCTURE (", "((a b)a)", "\"\"))"),
    ("* 1 FETCH (BODYSTRUCTURE (", "((\"\" \"\")\"\")", "\"\"))"),
    ("* 1 FETCH (BODYSTRUCTURE (\"a\" \"b\" (", "\"\" \"\"", ")))"),
    ("* 1 FETCH (BODYSTRUCTURE ", "(", ""),
    (
        "* 1 FETCH (BODYSTRUCTURE (\"MESSAGE\" \"RFC822\" NIL NIL NIL NIL 5 () ",
        "(\"MESSAGE\" \"RFC822\" NIL NIL NIL NIL 5 () ",
        "",
    ),
    ("* 1 FETCH (ENVELOPE (NIL NIL (", "(a)", ") NIL NIL NIL NIL NIL NIL NIL))"),
    ("* 1 FETCH (ENVELOPE (NIL NIL (", "(NIL NIL NIL \"\")", ") NIL NIL NIL NIL NIL NIL NIL))"),
    ("* 1 FETCH (", "A ", ")"),
    ("* 1 FETCH (", "BODY[] ", ")"),
    ("* 1 FETCH (", "BODY[]NIL ", ")"),
    ("* 1 FETCH (", "BINARY.SIZE[1]1 ", ")"),
    ("* 1 FETCH (FLAGS (", "a ", "))"),
    ("* 1 FETCH (MODSEQ (", "(", ""),
    ("* SEARCH", " 7", ""),
    ("* SEARCH", " x", ""),
    ("* SORT", " 7 1", ""),
    ("* THREAD ", "(1)", ""),
    ("* THREAD ", "(", ""),
    ("* ESEARCH ", "a b ", ""),
    ("* ESEARCH ALL 1", ",1", ""),
    ("* VANISHED 1", ",1", ""),
    ("* VANISHED 1", ",3:2", ""),
    ("* CAPABILITY", " a", ""),
    ("* CAPABILITY", " (", ""),
    ("* LIST (", "\\a", ") NIL x"),
    ("* LIST () NIL x (", "a b ", ")"),
    ("* NAMESPACE (", "(\"\" NIL)", ") NIL NIL"),
    ("* STATUS x (", "A 1 ", ")"),
    ("* ID (", "a b ", ")"),
    ("* QUOTA x (", "a 1 1 ", ")"),
    ("* QUOTAROOT x", " a", ""),
    ("* ACL x", " a l", ""),
    ("* LISTRIGHTS x y \"\"", " l", ""),
    ("* METADATA x (", "a NIL ", ")"),
    ("* METADATA x", " a", ""),
    ("* OK [COPYUID 1 1", ",1", " 1] x"),
    ("* OK [BADCHARSET (", "a ", ")] x"),
    ("* OK [REFERRAL", " a", "] x"),
    ("* OK [CAPABILITY", " a", "] x"),
];

fn dense(form: &(&str, &str, &str), length: usize) -> Bytes {
    let (begin, unit, end) = form;
    Bytes::from(format!("{begin}{}{end}\r\n", unit.repeat(length / unit.len())))
}

#[test]
fn dense_values_take_no_more() {
    on_a_small_stack(|| {
        for form in DENSE {
            let bytes = dense(form, 60_000);
            let began = Instant::now();
            let counted = measure(|| drop(black_box(read(&bytes, &Context::default()))));
            within_bounds(&counted, bytes.len(), &bytes);
            assert!(began.elapsed() < Duration::from_secs(3), "{form:?}");
        }
    });
}

/// However much of one thing comes, there is an end to what is made of it: the longest lines take no more than this.
#[test]
fn the_longest_lines_have_a_bound() {
    let limits = Limits::default();
    for form in DENSE {
        let is_numbers = ["SEARCH", "SORT", "THREAD", "VANISHED"].iter().any(|word| form.0.contains(word));
        let bytes = dense(form, if is_numbers { limits.number_list_line } else { limits.line });
        let counted = measure(|| drop(black_box(read(&bytes, &Context::default()))));
        assert!(counted.bytes_max <= FOR_THE_LONGEST, "{} bytes for {form:?}", counted.bytes_max);
    }
}

/// What one command collects counts by what it takes in memory, not by its bytes alone.
#[test]
fn what_is_collected_is_bounded_by_its_memory() {
    const LIMIT: usize = 1 << 20;
    for form in
        DENSE.iter().filter(|form| ["* 1 FETCH", "* LIST", "* SEARCH"].iter().any(|word| form.0.starts_with(word)))
    {
        let line = dense(form, 5_000);
        let counted = measure(|| {
            let mut peer = Peer { engine: Engine::new(Limits::default().collected(LIMIT).event_bytes(LIMIT)) };
            peer.says("* PREAUTH hi\r\n");
            peer.steps();
            let select = peer.start(Select::new(MailboxName::inbox()));
            peer.out();
            peer.says("* 100000 EXISTS\r\nA1 OK x\r\n");
            peer.ends(&select).unwrap();
            let name = |text| MailboxName::new(text).unwrap();
            let fetch = command::Fetch::new(SeqSet::all(), FetchItem::Envelope);
            match form.0.get(2..3).unwrap() {
                "1" => drop(peer.start(FetchAll::from(fetch))),
                "L" => drop(peer.start(List::new(name(""), name("*")))),
                _ => drop(peer.start(UidSearch::new(Search::all()))),
            }
            peer.out();
            // What makes no value ends among the events, the oldest of which give way.
            'all: for _ in 0..2 * LIMIT / line.len() {
                peer.engine.push(&line);
                loop {
                    match peer.engine.poll() {
                        Ok(Step::Blocked) => break,
                        Ok(_) => {}
                        Err(_) => break 'all,
                    }
                }
            }
        });
        // Vectors grow by doubling.
        assert!(counted.bytes_max < 5 * LIMIT as u64 / 2, "{} bytes for {form:?}", counted.bytes_max);
    }
}

#[test]
fn a_body_structure_has_a_greatest_number_of_parts() {
    for (parts, fits) in [(9_999, true), (10_000, false), (200_000, false)] {
        let line = format!("* 1 FETCH (BODYSTRUCTURE ({}a) UID 5)\r\n", "(a b)".repeat(parts));
        let bytes = Bytes::from(line);
        let mut row = None;
        let counted = measure(|| row = Some(read(&bytes, &Context::default()).response));
        let Some(Response::Untagged(Untagged::Fetch(row))) = row else { panic!("no row") };
        assert_eq!((row.body_structure.is_some(), row.other.len()), (fits, usize::from(!fits)), "{parts}");
        assert_eq!(row.uid, Uid::new(5), "{parts}");
        assert!(counted.bytes_max < 32 << 20, "{parts}: {}", counted.bytes_max);
    }
}

#[test]
fn a_connection_takes_a_multiple_of_what_it_received() {
    on_a_small_stack(|| {
        let (mut random, real) = (Random(2), real());
        for round in 0..150 {
            let mut stream = Vec::new();
            for _ in 0..20 {
                stream.extend_from_slice(&changed(&mut random, &real));
                stream.extend_from_slice(b"\r\n");
            }
            let step = 1 + random.below(4096);
            let counted = measure(|| {
                let mut peer = Peer::selected("");
                let name = |text| MailboxName::new(text).unwrap();
                match round % 4 {
                    0 => drop(peer.engine.start(command::Fetch::new(UidSet::all(), FetchItem::message()))),
                    1 => {
                        drop(peer.engine.start(FetchAll::from(command::Fetch::new(UidSet::all(), FetchItem::Envelope))))
                    }
                    2 => drop(peer.engine.start(List::new(name(""), name("*")))),
                    _ => drop(peer.engine.start(UidSearch::new(Search::all()))),
                }
                peer.out();
                // Each call of `poll` takes something of what was received, so there are no more of them than bytes.
                let mut calls = 0;
                'all: for part in stream.chunks(step) {
                    peer.engine.push(part);
                    loop {
                        calls += 1;
                        assert!(calls <= 2 * stream.len() + 100, "poll goes on for ever");
                        match peer.engine.poll() {
                            Ok(Step::Blocked) => break,
                            Ok(_) => {}
                            Err(_) => break 'all,
                        }
                    }
                }
            });
            within_bounds(&counted, stream.len(), &stream);
        }
    });
}

/// Values that end elsewhere for the reader than for who steps over them, and letters that are no rights.
#[test]
fn what_cannot_be_read_is_not_looked_at_again_and_again() {
    let odd = r#"ENVELOPE (NIL NIL ((NIL NIL NIL " \") (((((((((")) ()()()()()()()()()()) "#;
    let rows = format!("* 1 FETCH ({})\r\n", odd.repeat(1_000_000 / odd.len()));
    let letters: String = (0x1_0000..0x2_0000).filter_map(char::from_u32).collect();
    // What looks like the beginning of a literal, with a quote far behind it.
    let literals = ["{1", "~{1", "{-1", "{1}", "{ 1"].map(|begin| begin.repeat(500_000 / begin.len()));
    let literals = literals.iter().flat_map(|odd| {
        let items = [format!("X {odd} Y"), format!("FLAGS ({odd}) Y"), format!("BODYSTRUCTURE (\"a\" {odd} \"c\") Y")];
        items.map(|items| format!("* 1 FETCH (UID 1 {items} \"q\")\r\n"))
    });
    let letters = [format!("* MYRIGHTS INBOX {letters}\r\n"), format!("* ACL INBOX ann {letters}\r\n")];
    for line in literals.chain(letters).chain([rows]) {
        let began = Instant::now();
        drop(black_box(read(&Bytes::from(line.clone()), &Context::default())));
        assert!(began.elapsed() < Duration::from_secs(3), "{:?}: {:.60}", began.elapsed(), line);
    }
}

/// A short text that is kept does not hold the long one that came before it.
#[test]
fn what_is_kept_holds_nothing_else() {
    let junk = format!("* X {}\r\n", "a".repeat(1_000_000));
    let notes = format!("Z9 OK [CAPABILITY {}] done\r\n", "\"".repeat(1_001));
    let long = "a text of more than thirty bytes, which is shared";
    for (line, times) in [
        (format!("{junk}* OK {long}\r\n"), 60),
        (format!("{junk}* LIST () \"/\" \"{long}\"\r\n"), 60),
        (format!("{junk}* STATUS \"{long}\" (MESSAGES 1)\r\n"), 60),
        (format!("{junk}* ENABLED {}\r\n", "X".repeat(40)), 60),
        (notes, 3_000),
    ] {
        let counted = measure(|| {
            let mut peer = Peer { engine: Engine::new(Limits::default().event_bytes(4 << 20)) };
            peer.says("* PREAUTH hi\r\n");
            peer.steps();
            let name = |text| MailboxName::new(text).unwrap();
            peer.start(List::new(name(""), name("*")));
            peer.out();
            for _ in 0..times {
                peer.says(&line);
                peer.steps();
            }
        });
        assert!(counted.bytes_max < 24 << 20, "{} bytes for {:.40}", counted.bytes_max, line);
    }
}

/// A row of which texts stream is held to the limits as a whole.
#[test]
fn a_row_without_an_end_is_refused() {
    let counted = measure(|| {
        let mut peer = Peer { engine: Engine::new(Limits::default().line(1 << 20).stream_threshold(64)) };
        peer.says("* PREAUTH hi\r\n");
        peer.steps();
        let select = peer.start(Select::new(MailboxName::inbox()));
        peer.out();
        peer.says("* 1 EXISTS\r\nA1 OK x\r\n");
        peer.ends(&select).unwrap();
        peer.start(command::Fetch::new(SeqSet::all(), FetchItem::message()));
        peer.out();
        let text = format!("{{65}}\r\n{}", "t".repeat(65));
        peer.says(&format!("* 1 FETCH (UID 1 BODY[] {text}"));
        for _ in 0..20 {
            peer.says(&format!(" XX \"{}\" BODY[1] {text}", "a".repeat(100_000)));
            loop {
                match peer.engine.poll() {
                    Ok(Step::Blocked) => break,
                    Ok(_) => {}
                    Err(error) => {
                        assert!(error.is_limit(), "{error}");
                        return;
                    }
                }
            }
        }
        panic!("there is no limit");
    });
    assert!(counted.bytes_max < 8 << 20, "{}", counted.bytes_max);
}
