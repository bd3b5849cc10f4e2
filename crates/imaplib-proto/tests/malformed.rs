//! One malformed row between two good ones: it costs what is malformed in it and nothing else, wherever its bytes are
//! split. Every item of FETCH and every kind of response has its entries.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

mod peer;

use imaplib_proto::command::{self, FetchAll, FetchItem, FlagChange};
use imaplib_proto::engine::{Event, Step, Ticket};
use imaplib_proto::types::{Diagnostic, Fetch, Flag, ImapString, Part, Section, Uid, UidSet, Untagged};
use peer::Peer;

/// The variants of an enum that is public.
fn variants(of: &str) -> Vec<String> {
    let items = concat!(env!("CARGO_MANIFEST_DIR"), "/public-items.txt");
    let items = std::fs::read_to_string(items).unwrap();
    let names = items.lines().filter_map(|line| line.strip_prefix(of)?.strip_prefix("::")?.strip_suffix(" (variant)"));
    let names: Vec<String> = names.map(String::from).collect();
    assert!(names.len() > 10, "{of}: {names:?}");
    names
}

/// The name of a value's variant.
fn variant(value: &impl std::fmt::Debug) -> String {
    let shown = format!("{value:?}");
    shown.chars().take_while(char::is_ascii_alphanumeric).collect()
}

/// Gives the engine the text in parts that end at each of the places in turn, and lastly byte by byte.
fn at_every_split(text: &str, mut run: impl FnMut(&[&[u8]])) {
    let text = text.as_bytes();
    for at in 0..text.len() {
        let (left, right) = text.split_at(at);
        run(&[left, right]);
    }
    run(&text.chunks(1).collect::<Vec<_>>());
}

/// Each item with values that it cannot have, and the name under which servers send it.
fn items() -> Vec<(FetchItem, &'static str, &'static [&'static str])> {
    const LIST: &[&str] = &["5", "\"x\"", "NIL", "garbage (more \"garbage\")"];
    const TEXT: &[&str] = &["(x)", "5", "(\"x\" (y))"];
    let part = || Part::new([1]);
    let lines = || vec!["Date".to_owned()];
    vec![
        (FetchItem::Uid, "UID", &["x", "0", "-1", "4294967296", "(5)", "\"5\""]),
        (FetchItem::Flags, "FLAGS", &["5", "\"x\" (\"y\")", "((", "(\\Seen ("]),
        (
            FetchItem::InternalDate,
            "INTERNALDATE",
            &["NIL", "5", "\"yesterday\"", "\"00-Jan-0000 00:00:00 +0000\"", "(x)"],
        ),
        (FetchItem::Size, "RFC822.SIZE", &["x", "-1", "NIL", "18446744073709551616", "(5)"]),
        (FetchItem::ModSeq, "MODSEQ", &["x", "()", "(5 6)", "(99999999999999999999)"]),
        (FetchItem::Envelope, "ENVELOPE", LIST),
        (FetchItem::Envelope, "ENVELOPE", &["(\"d\" \"s\" ((\"x\"", "(\"d\" \"s"]),
        (FetchItem::Body, "BODY", &["5", "\"x\"", "((\"a\"))", "(\"a\" \"b\" NIL NIL NIL \"7bit\" x)"]),
        (FetchItem::BodyStructure, "BODYSTRUCTURE", &["5", "\"x\"", "((\"a\"))", "(((((("]),
        (FetchItem::message(), "BODY[]", TEXT),
        (FetchItem::message(), "BODY[]<x>", &["\"x\""]),
        (FetchItem::body_peek(Section::part(part())), "BODY[1]", TEXT),
        (FetchItem::Binary { part: part(), peek: true, partial: None }, "BINARY[1]", TEXT),
        (FetchItem::Binary { part: part(), peek: true, partial: None }, "BINARY[1.TEXT]", &["\"x\""]),
        (FetchItem::BinarySize(part()), "BINARY.SIZE[1]", &["NIL", "x", "(5)"]),
        (FetchItem::Rfc822, "RFC822", TEXT),
        (FetchItem::Rfc822Peek, "RFC822", TEXT),
        (FetchItem::Rfc822Header, "RFC822.HEADER", TEXT),
        (FetchItem::Rfc822HeaderLines(lines()), "RFC822.HEADER", TEXT),
        (FetchItem::Rfc822HeaderLinesNot(lines()), "RFC822.HEADER", TEXT),
        (FetchItem::Rfc822Text, "RFC822.TEXT", TEXT),
        (FetchItem::Rfc822TextPeek, "RFC822.TEXT", TEXT),
        // These are read only when somebody asks for them.
        (FetchItem::Preview, "PREVIEW", &["((", "(\"x"]),
        (FetchItem::PreviewLazy, "PREVIEW", &["((", "(\"x"]),
        (FetchItem::EmailId, "EMAILID", &["((", "(\"x"]),
        (FetchItem::ThreadId, "THREADID", &["((", "(\"x"]),
        (FetchItem::ObjectIds, "OBJECTID", &["((", "(\"x"]),
        (FetchItem::SaveDate, "SAVEDATE", &["((", "(\"x"]),
        (FetchItem::GmailMessageId, "X-GM-MSGID", &["((", "(\"x"]),
        (FetchItem::GmailThreadId, "X-GM-THRID", &["((", "(\"x"]),
        (FetchItem::GmailLabels, "X-GM-LABELS", &["((", "(\"x"]),
        (FetchItem::Annotation { entries: lines(), attributes: lines() }, "ANNOTATION", &["((", "(\"x"]),
        // Nothing is known of its values, so that only what ends nowhere is malformed.
        (FetchItem::Other("X-NEW".into()), "X-NEW", &["((", "(\"x"]),
    ]
}

#[test]
fn every_item_has_an_entry() {
    let listed: Vec<String> = items().iter().map(|(item, ..)| variant(item)).collect();
    for name in variants("imaplib_proto::command::FetchItem") {
        assert!(listed.contains(&name), "{name}");
    }
}

/// The three rows, with an item between two others in the one in the middle.
struct Rows {
    answer: String,
    /// Whether the value ends, so that what stands behind it is known.
    ends: bool,
    by_size: bool,
}

fn rows(item: &FetchItem, name: &str, value: &str) -> Rows {
    let ends = value.matches('(').count() == value.matches(')').count() && value.matches('"').count().is_multiple_of(2);
    let by_size = *item != FetchItem::Size;
    let (good, behind) = if by_size { ("RFC822.SIZE 7", "RFC822.SIZE 8") } else { ("RFC822.SIZE 7", "X-GOOD 8") };
    let before = if *item == FetchItem::Uid { "" } else { "UID 2 " };
    let answer = format!(
        "* 1 FETCH (UID 1 {good})\r\n* 2 FETCH ({before}{name} {value} {behind})\r\n* 3 FETCH (UID 3 {good})\r\n\
         A2 OK done\r\n"
    );
    Rows { answer, ends, by_size }
}

fn verify(item: &FetchItem, name: &str, value: &str, found: &[Fetch], diagnostics: &[Diagnostic]) {
    let expected = rows(item, name, value);
    let shown = format!("{name} {value}");
    let [first, malformed, last] = found else { panic!("{shown}: {found:?}") };
    assert_eq!((first.uid, first.size), (Uid::new(1), Some(7)), "{shown}");
    assert_eq!((last.uid, last.size), (Uid::new(3), Some(7)), "{shown}");
    assert_eq!(malformed.seq.map(|seq| seq.get()), Some(2), "{shown}");
    if *item != FetchItem::Uid {
        assert_eq!(malformed.uid, Uid::new(2), "{shown}");
    }
    let note = diagnostics.first().unwrap_or_else(|| panic!("{shown}: no note"));
    assert!(note.item.eq_ignore_ascii_case(name) && !note.reason.is_empty(), "{shown}: {note:?}");
    if !expected.ends {
        // All that follows is in the note.
        assert!(note.raw.starts_with(name.as_bytes()), "{shown}: {note:?}");
        return;
    }
    assert_eq!(note.raw, value.as_bytes(), "{shown}");
    assert_eq!(diagnostics.len(), 1, "{shown}: {diagnostics:?}");
    assert_eq!((malformed.other[0].0.clone(), &malformed.other[0].1[..]), (name.into(), value.as_bytes()), "{shown}");
    match expected.by_size {
        true => assert_eq!(malformed.size, Some(8), "{shown}"),
        false => assert!(malformed.other[1].0.eq_ignore_ascii_case("X-GOOD"), "{shown}"),
    }
    // Nothing else came of it.
    let mut bare = malformed.clone();
    (bare.uid, bare.seq, bare.size) = (None, None, None);
    bare.other.clear();
    assert_eq!(bare, Fetch::default(), "{shown}");
}

fn all() -> UidSet {
    UidSet::all()
}

#[test]
fn a_malformed_item_costs_itself_alone() {
    for (item, name, values) in items() {
        for value in values {
            at_every_split(&rows(&item, name, value).answer, |parts| {
                let mut peer = Peer::selected("");
                let ticket = peer.start(command::Fetch::new(all(), [item.clone(), FetchItem::Size]));
                peer.out();
                let (mut found, mut diagnostics) = (Vec::new(), Vec::new());
                for part in parts {
                    peer.engine.push(part);
                    for step in peer.steps() {
                        if let Step::Row(row) = step {
                            found.push(*row.fetch);
                            diagnostics.extend(row.diagnostics);
                        }
                    }
                }
                verify(&item, name, value, &found, &diagnostics);
                peer.ends(&ticket).unwrap();
            });
        }
    }
}

#[test]
fn the_same_in_an_answer_that_is_collected() {
    for (item, name, values) in items() {
        for value in values {
            let mut peer = Peer::selected("");
            let ticket = peer.start(FetchAll::from(command::Fetch::new(all(), [item.clone(), FetchItem::Size])));
            peer.out();
            peer.says(&rows(&item, name, value).answer);
            peer.steps();
            let reply = peer.engine.take(&ticket).unwrap().unwrap();
            verify(&item, name, value, &reply.value, &reply.diagnostics);
        }
    }
}

#[test]
fn a_row_of_nothing_but_a_malformed_item_is_a_row() {
    for (item, name, values) in items() {
        // A modification sequence is not what its row is about; where a value does not end, neither is known what it was.
        for value in values.iter().filter(|value| item != FetchItem::ModSeq && rows(&item, name, value).ends) {
            let mut peer = Peer::selected("");
            peer.start(command::Fetch::new(all(), item.clone()));
            peer.out();
            let before = if item == FetchItem::Uid { "" } else { "UID 2 " };
            peer.says(&format!("* 2 FETCH ({before}{name} {value})\r\n"));
            let steps = peer.steps();
            assert!(matches!(&steps[..], [Step::Row(row)] if row.diagnostics.len() == 1), "{name} {value}: {steps:?}");
        }
    }
}

/// Each item with the name under which it is answered, and those that are read only when somebody asks for them.
fn named_items() -> Vec<(FetchItem, &'static str)> {
    let rare = ["EMAILID", "THREADID", "PREVIEW", "X-GM-LABELS"].map(|name| (FetchItem::Other(name.into()), name));
    items().into_iter().map(|(item, name, _)| (item, name)).chain(rare).collect()
}

#[test]
fn an_item_without_a_value_is_an_answer() {
    for (item, name) in named_items() {
        // These also come unasked: without the UID, nobody knows whose they are.
        let befores: &[&str] = match item {
            FetchItem::Uid => &[""],
            FetchItem::Flags | FetchItem::ModSeq => &["UID 2 "],
            _ => &["UID 2 ", ""],
        };
        for (value, before) in ["NIL", "()"].into_iter().flat_map(|value| befores.iter().map(move |&b| (value, b))) {
            let mut peer = Peer::selected("");
            peer.start(command::Fetch::new(Uid::new(2).unwrap(), item.clone()));
            peer.out();
            let row = format!("* 2 FETCH ({before}{name} {value})\r\n");
            peer.says(&row);
            let steps = peer.steps();
            let [Step::Row(found)] = &steps[..] else { panic!("{row}: {steps:?}") };
            assert_eq!(found.fetch.seq.map(|seq| seq.get()), Some(2), "{row}");
            assert_eq!(peer.events(), [], "{row}");
        }
    }
}

#[test]
fn an_item_without_a_value_is_a_complete_answer() {
    let is_name = |name: &str| !name.contains('[') && !name.starts_with("RFC822.") && name != "RFC822" && name != "UID";
    for (item, name) in named_items().into_iter().filter(|(_, name)| is_name(name)) {
        for value in ["NIL", "()"] {
            let mut peer = Peer::selected("");
            let fetch = || FetchAll::from(command::Fetch::new(Uid::new(2).unwrap(), item.clone()));
            let (one, two) = (peer.start(fetch()), peer.start(fetch()));
            peer.out();
            let row = format!("* 2 FETCH (UID 2 {name} {value})\r\n");
            peer.says(&format!("{row}{row}A2 OK x\r\nA3 OK x\r\n"));
            let mut rows = |ticket: &Ticket<FetchAll>| peer.ends(ticket).unwrap().len();
            assert_eq!((rows(&one), rows(&two)), (1, 1), "{row}");
        }
    }
}

#[test]
fn a_store_is_answered_by_flags_that_cannot_be_read() {
    for item in ["FLAGS 5", "FLAGS NIL", "MODSEQ (0)", "MODSEQ NIL"] {
        let mut peer = Peer::selected("");
        let ticket = peer.start(command::Store::new(Uid::new(2).unwrap(), FlagChange::add(Flag::Seen)));
        peer.out();
        peer.says(&format!("* 2 FETCH (UID 2 {item})\r\nA2 OK x\r\n"));
        assert_eq!(peer.ends(&ticket).unwrap().rows.len(), 1, "{item}");
        assert_eq!(peer.events(), [], "{item}");
    }
}

#[test]
fn a_structure_without_a_value_is_named() {
    let mut peer = Peer::selected("");
    let items = [FetchItem::Body, FetchItem::BodyStructure, FetchItem::ModSeq];
    let ticket = peer.start(FetchAll::from(command::Fetch::new(all(), items)));
    peer.out();
    peer.says("* 2 FETCH (UID 2 BODY () BODYSTRUCTURE NIL MODSEQ (0) body NIL)\r\nA2 OK x\r\n");
    let rows = peer.ends(&ticket).unwrap();
    let absent: Vec<&ImapString> = rows[0].absent.iter().collect();
    assert_eq!(absent, ["BODY", "BODYSTRUCTURE", "MODSEQ"]);
    assert_eq!((&rows[0].body, &rows[0].body_structure, rows[0].mod_seq), (&None, &None, None));
}

/// What is left of a malformed response.
enum Left {
    /// Its bytes alone.
    Raw,
    /// The response without what is malformed in it.
    Rest,
}

/// Each kind of response: a good one, and a malformed one.
fn kinds() -> Vec<(&'static str, &'static str, Left)> {
    use Left::{Raw, Rest};
    vec![
        ("* OK [UIDNEXT 5] text", "* OK [UIDNEXT x] text", Rest),
        ("* NO text", "* NO [open text", Rest),
        ("* CAPABILITY IMAP4rev1", "* CAPABILITY (IMAP4rev1 \"x\"", Rest),
        ("* ENABLED QRESYNC", "* ENABLED \"QRESYNC\"", Rest),
        ("* FLAGS (\\Seen)", "* FLAGS (a (b)", Raw),
        ("* FLAGS (\\Seen)", "* FLAGS (a (b))", Rest),
        ("* LIST () \"/\" x", "* LIST (5 \"/\" x", Raw),
        ("* LIST () \"/\" x", "* LIST () \"/\" x (OLDNAME 5)", Rest),
        ("* LSUB () \"/\" x", "* LSUB 5", Raw),
        ("* STATUS x (MESSAGES 1)", "* STATUS x (MESSAGES -1 RECENT 2)", Rest),
        ("* STATUS x (MESSAGES 1)", "* STATUS (", Raw),
        ("* SEARCH 1 2", "* SEARCH 1 x 3", Rest),
        ("* ESEARCH (TAG \"A9\") COUNT 1", "* ESEARCH (TAG \"A9\") MIN x MAX 5", Rest),
        ("* 5 EXISTS", "* 4294967296 EXISTS", Raw),
        ("* 5 RECENT", "* -5 RECENT", Raw),
        ("* 1 EXPUNGE", "* 0 EXPUNGE", Raw),
        ("* VANISHED 5", "* VANISHED 1:*", Raw),
        ("* 1 FETCH (FLAGS ())", "* 1 FETCH (FLAGS 5)", Rest),
        ("* 1 FETCH (FLAGS ())", "* 1 FETCH 5", Raw),
        ("* NAMESPACE NIL NIL NIL", "* NAMESPACE ((5)) NIL NIL", Rest),
        ("* NAMESPACE NIL NIL NIL", "* NAMESPACE ((", Raw),
        ("* ID (\"name\" \"x\")", "* ID 5", Raw),
        ("* SORT 3 1", "* SORT 3 x 1", Rest),
        ("* THREAD (1 2)", "* THREAD (1 x)", Raw),
        ("* ACL x ann lr", "* ACL x (", Raw),
        ("* LISTRIGHTS x ann l r", "* LISTRIGHTS x (", Raw),
        ("* MYRIGHTS x lr", "* MYRIGHTS (", Raw),
        ("* METADATA x (/shared/a \"b\")", "* METADATA x (/shared/a (5))", Raw),
        ("* ANNOTATION x /comment (value.priv \"b\")", "* ANNOTATION x /comment 5", Raw),
        ("* QUOTA \"\" (STORAGE 1 2)", "* QUOTA \"\" (STORAGE x 2)", Rest),
        ("* QUOTAROOT x \"\"", "* QUOTAROOT (", Raw),
        ("* XNEW 5", "XNEW 5", Raw),
    ]
}

#[test]
fn every_kind_of_response_has_an_entry() {
    let mut listed = Vec::new();
    for (good, ..) in kinds() {
        listed.push(variant(&alone(good).response));
    }
    for name in variants("imaplib_proto::types::Untagged") {
        assert!(listed.contains(&name), "{name}");
    }
}

fn alone(line: &str) -> Event {
    let mut peer = Peer::selected("");
    peer.says(&format!("{line}\r\n"));
    peer.steps();
    peer.engine.next_event().unwrap()
}

#[test]
fn a_malformed_response_costs_itself_alone() {
    for (good, malformed, left) in kinds() {
        // Numbers of messages change by what comes before: each is looked at by itself.
        let expected = alone(good);
        assert_eq!(expected.diagnostics, [], "{good}");
        at_every_split(&format!("{good}\r\n{malformed}\r\n{good}\r\n"), |parts| {
            let mut peer = Peer::selected("");
            for part in parts {
                peer.engine.push(part);
                peer.steps();
            }
            let events: Vec<Event> = std::iter::from_fn(|| peer.engine.next_event()).collect();
            let [before, event, after] = &events[..] else { panic!("{malformed}: {events:?}") };
            assert_eq!((&before.response, &after.response), (&expected.response, &expected.response), "{malformed}");
            assert!(
                (&before.diagnostics, &after.diagnostics) == (&expected.diagnostics, &expected.diagnostics),
                "{malformed}"
            );
            let line = format!("{malformed}\r\n");
            for note in &event.diagnostics {
                let raw = String::from_utf8_lossy(&note.raw);
                assert!(!note.reason.is_empty() && line.contains(raw.as_ref()), "{malformed}: {note:?}");
            }
            match (&left, &event.response) {
                (Left::Raw, Untagged::Unknown { raw, .. }) => assert_eq!(raw, line.as_bytes()),
                (Left::Rest, response) => assert_eq!(variant(response), variant(&expected.response), "{malformed}"),
                (_, other) => panic!("{malformed}: {other:?}"),
            }
            assert!(!event.diagnostics.is_empty(), "{malformed}: {event:?}");
        });
    }
}
