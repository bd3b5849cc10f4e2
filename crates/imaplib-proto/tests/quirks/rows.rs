//! FETCH rows without envelopes and structures.

use imaplib_proto::command::{self, FetchAll, FetchItem, Noop};
use imaplib_proto::engine::Step;
use imaplib_proto::parse::{Context, read as read_response};
use imaplib_proto::types::{
    Fetch, Flag, Part, Response, Section, SectionBody, SectionName, SectionText, Uid, Untagged,
};

use super::{Feed, Row, decided, does, read};
use crate::cases::section::{data, part};
use crate::cases::{Case, Expected, bytes, good, noted, row, text, unknown};

pub fn rows() -> Vec<Row> {
    let mut rows = items();
    rows.extend(texts());
    rows.extend([
        does(20, "old Exchange, Tencent Exmail", a_whole_text_for_a_part_of_it),
        does(33, "Gmail", labels),
        does(58, "Dovecot", a_part_that_cannot_be_decoded),
        decided(
            58,
            "Dovecot",
            "BINARY is asked for only by callers that name it, and NIL or the refusal tells them: to hand them BODY in its \
             place would give encoded bytes for decoded ones",
        ),
        does(68, "several", conversations),
        does(85, "James, Twake", a_row_behind_the_completion),
        decided(
            85,
            "James, Twake",
            "a text that comes empty beside another is not fetched again by itself: many parts are empty",
        ),
    ]);
    rows
}

fn with_uid(fill: impl FnOnce(&mut Fetch)) -> Response {
    row(1, |row| {
        row.uid = Uid::new(5);
        fill(row);
    })
}

fn malformed(name: &str, wire: &'static [u8], raw: &'static [u8], reason: &'static str) -> Case {
    noted(wire, with_uid(|row| row.other = vec![(text(name), bytes(raw))]), &[(reason, raw)])
}

fn items() -> Vec<Row> {
    let none = |wire: &'static [u8], raw: &'static [u8]| {
        noted(wire, with_uid(|row| row.absent = vec![text("MODSEQ")]), &[("no modification sequence", raw)])
    };
    vec![
        read(5, "Exchange", good(b"* 1 FETCH (UID 5) \r\n", with_uid(|_| ()))),
        read(32, "Gmail", none(b"* 1 FETCH (MODSEQ (0) UID 5)\r\n", b"(0)")),
        read(32, "Zoho", none(b"* 1 FETCH (MODSEQ (-1) UID 5)\r\n", b"(-1)")),
        read(
            43,
            "mail.ru",
            noted(
                b"* 1 FETCH (RFC822.SIZE 1.86931e+06 UID 5)\r\n",
                with_uid(|row| row.size = Some(1_869_310)),
                &[("a size in floating point, as mail.ru sends it", b"1.86931e+06")],
            ),
        ),
        read(
            44,
            "QQ",
            good(
                b"* 1 FETCH (INTERNALDATE \"7-Jul-1996 02:44:25 +0000\" UID 5)\r\n",
                with_uid(|row| row.internal_date = Some(" 7-Jul-1996 02:44:25 +0000".parse().unwrap())),
            ),
        ),
        read(
            48,
            "Domino",
            malformed(
                "INTERNALDATE",
                b"* 1 FETCH (INTERNALDATE \"00-Jan-0000 00:00:00 +0000\" UID 5)\r\n",
                b"\"00-Jan-0000 00:00:00 +0000\"",
                "no date and time",
            ),
        ),
        read(
            49,
            "Courier",
            noted(
                b"* 0 FETCH (UID 5)\r\n",
                unknown(Some(0), "FETCH", b"* 0 FETCH (UID 5)\r\n"),
                &[("0 is the number of no message", b" (UID 5)")],
            ),
        ),
        read(
            55,
            "several",
            noted(
                b"* 1 FETCH (FLAGS (\"\\Seen\" NIL) UID 5)\r\n",
                with_uid(|row| row.flags = Some(Flag::Seen.into())),
                &[("NIL, a bare * or a quoted string in a list of flags", b"(\"\\Seen\" NIL)")],
            ),
        ),
        read(
            69,
            "Zimbra before 5.0.8",
            noted(
                b"* 1 FETCH (UID 5MODSEQ (2))\r\n",
                with_uid(|row| row.mod_seq = Some(2)),
                &[("no space between two items", b"5")],
            ),
        ),
        read(
            70,
            "AOL",
            good(b"* 1 FETCH (XAOL-X v UID 5)\r\n", with_uid(|row| row.other = vec![(text("XAOL-X"), bytes(b"v"))])),
        ),
    ]
}

fn texts() -> Vec<Row> {
    let here = |bytes: &'static [u8]| SectionBody::Here(bytes::Bytes::from_static(bytes));
    let message = || SectionName::Body(Section::message());
    let with = |wire: &'static [u8], name: SectionName, found: SectionBody, diagnostics: &[Expected]| {
        let expected = with_uid(|row| row.sections = vec![data(name, None, found)]);
        if diagnostics.is_empty() { good(wire, expected) } else { noted(wire, expected, diagnostics) }
    };
    let second = || part(&[2], SectionText::All);
    vec![
        read(
            42,
            "Yandex",
            with(
                b"* 1 FETCH (UID 5 BODY[2] )\r\n",
                second(),
                SectionBody::Nil,
                &[("a section without a value", b"BODY[2] ")],
            ),
        ),
        read(48, "Domino", with(b"* 1 FETCH (BODY[] {2} \r\nhi UID 5)\r\n", message(), here(b"hi"), &[])),
        read(
            53,
            "unknown",
            with(
                b"* 1 FETCH (UID 5 BODY[] {2}\r\nhi\r\n)\r\n",
                message(),
                here(b"hi"),
                &[("a line end within the row", b"\r\n")],
            ),
        ),
        read(
            53,
            "unknown",
            with(
                b"* 1 FETCH (BODY[] {2}\r\nhi\r\n UID 5)\r\n",
                message(),
                here(b"hi"),
                &[("a line end within the row", b"\r\n")],
            ),
        ),
        does(53, "unknown", a_line_end_behind_a_streamed_text),
        read(
            75,
            "Free.fr",
            with(
                b"* 1 FETCH (BODY[2] {-1}\r\n UID 5)\r\n",
                second(),
                here(b""),
                &[("a literal of negative length is empty", b"{-1}\r\n")],
            ),
        ),
        read(
            81,
            "Xeams",
            with(
                b"* 1 FETCH (UID 5 BODY[])\r\n",
                message(),
                SectionBody::Nil,
                &[("a section without a value", b"BODY[]")],
            ),
        ),
        read(
            58,
            "Dovecot",
            with(b"* 1 FETCH (UID 5 BINARY[1] NIL)\r\n", SectionName::Binary(Part::new([1])), SectionBody::Nil, &[]),
        ),
        read(86, "several", with(b"* 1 FETCH (BODY[] {002}\r\nhi UID 5)\r\n", message(), here(b"hi"), &[])),
    ]
}

/// The rows that come, each as a whole, with the bytes that stream.
fn taken(steps: Vec<Step>) -> Vec<(Fetch, Vec<u8>, Vec<&'static str>)> {
    let mut rows: Vec<(Fetch, Vec<u8>, Vec<&'static str>)> = Vec::new();
    for step in steps {
        match step {
            Step::Row(row) => {
                let diagnostics = row.diagnostics.iter().map(|note| note.reason);
                match rows.last_mut() {
                    Some(last) if row.continues => {
                        last.2.extend(diagnostics);
                        last.0.merge(*row.fetch);
                    }
                    _ => rows.push((*row.fetch, Vec::new(), diagnostics.collect())),
                }
            }
            Step::Chunk(bytes) => rows.last_mut().unwrap().1.extend_from_slice(&bytes),
            _ => {}
        }
    }
    rows
}

/// So long a text has too many splits to try each: only those around its end are.
fn a_line_end_behind_a_streamed_text(_: &mut Feed) {
    const LENGTH: usize = 70_000;
    let answer =
        format!("* 1 FETCH (UID 5 BODY[] {{{LENGTH}}}\r\n{}\r\n FLAGS (\\Seen))\r\nA2 OK done\r\n", "x".repeat(LENGTH));
    let tail = answer.len() - "\r\n FLAGS (\\Seen))\r\nA2 OK done\r\n".len();
    for at in tail.saturating_sub(3)..answer.len() {
        let mut peer = crate::peer::Peer::selected("");
        peer.start(command::Fetch::new(Uid::new(5).unwrap(), FetchItem::message()));
        peer.out();
        let (left, right) = answer.split_at(at);
        peer.says(left);
        let mut steps = peer.steps();
        peer.says(right);
        steps.extend(peer.steps());
        let rows = taken(steps);
        assert_eq!((rows.len(), rows[0].1.len()), (1, LENGTH), "{at}");
        assert!(rows[0].0.flags.as_ref().unwrap().contains(&Flag::Seen));
        assert_eq!(rows[0].2, ["a line end within the row"]);
    }
}

fn a_whole_text_for_a_part_of_it(feed: &mut Feed) {
    feed.selected("");
    let item = FetchItem::Section { section: Section::part(Part::new([1])), peek: true, partial: Some((0, 4)) };
    let fetch =
        feed.sends(command::Fetch::new(Uid::new(5).unwrap(), item), "A2 UID FETCH 5 (UID BODY.PEEK[1]<0.4>)\r\n");
    let rows = taken(feed.hears("* 1 FETCH (UID 5 BODY[1] {6}\r\n123456)\r\nA2 OK done\r\n"));
    // That no origin was sent says that it is the whole.
    let section = &rows[0].0.sections[0];
    assert_eq!((section.origin, section.data.len()), (None, Some(6)));
    feed.ends(&fetch).unwrap();
}

fn fetched(line: &'static [u8]) -> Fetch {
    match read_response(&bytes(line), &Context::default()).response {
        Response::Untagged(Untagged::Fetch(fetch)) => fetch,
        other => panic!("{other:?}"),
    }
}

fn labels(_: &mut Feed) {
    for (line, expected) in [
        (
            &b"* 1 FETCH (X-GM-LABELS (+tag NIL \"a b\" \"\\\\Inbox\" &AMQ-))\r\n"[..],
            Some(vec!["+tag", "a b", "\\Inbox", "Ä"]),
        ),
        (b"* 1 FETCH (X-GM-LABELS ())\r\n", Some(vec![])),
        (b"* 1 FETCH (X-GM-LABELS ({3}\r\na)b))\r\n", Some(vec!["a)b"])),
        (b"* 1 FETCH (X-GM-LABELS 5)\r\n", None),
        (b"* 1 FETCH (UID 5)\r\n", None),
    ] {
        let labels = fetched(line).labels();
        let labels = labels.map(|labels| labels.iter().map(ToString::to_string).collect::<Vec<_>>());
        assert_eq!(labels, expected.map(|labels| labels.into_iter().map(String::from).collect()));
    }
}

fn conversations(_: &mut Feed) {
    for (line, email, thread) in [
        (&b"* 1 FETCH (EMAILID (M1) THREADID NIL)\r\n"[..], Some("M1"), None),
        (b"* 1 FETCH (EMAILID M1 THREADID (T-1))\r\n", Some("M1"), Some("T-1")),
        (b"* 1 FETCH (THREADID (a b))\r\n", None, None),
    ] {
        let row = fetched(line);
        assert_eq!((row.email_id(), row.thread_id()), (email.map(text), thread.map(text)));
    }
}

fn a_part_that_cannot_be_decoded(feed: &mut Feed) {
    feed.selected("BINARY");
    let item = || FetchItem::Binary { part: Part::new([1]), peek: true, partial: None };
    let fetch = FetchAll::from(command::Fetch::new(Uid::new(5).unwrap(), item()));
    let fetch = feed.sends(fetch, "A2 UID FETCH 5 (UID BINARY.PEEK[1])\r\n");
    feed.hears("* 1 FETCH (UID 5 BINARY[1] NIL)\r\nA2 OK done\r\n");
    assert_eq!(feed.ends(&fetch).unwrap()[0].sections[0].data, SectionBody::Nil);
    let fetch = FetchAll::from(command::Fetch::new(Uid::new(5).unwrap(), item()));
    let fetch = feed.sends(fetch, "A3 UID FETCH 5 (UID BINARY.PEEK[1])\r\n");
    feed.hears("A3 NO [PARSE] cannot be decoded\r\n");
    assert!(feed.ends(&fetch).is_err());
}

/// What comes too late belongs to no command, and least of all to the next one.
fn a_row_behind_the_completion(feed: &mut Feed) {
    feed.selected("");
    let part = |number| FetchItem::body_peek(Section::part(Part::new([number])));
    let first = feed.sends(command::Fetch::new(Uid::new(5).unwrap(), part(1)), "A2 UID FETCH 5 (UID BODY.PEEK[1])\r\n");
    feed.hears("A2 OK done\r\n");
    feed.ends(&first).unwrap();
    let second =
        feed.sends(command::Fetch::new(Uid::new(5).unwrap(), part(2)), "A3 UID FETCH 5 (UID BODY.PEEK[2])\r\n");
    let steps = feed.hears(
        "* 1 FETCH (UID 5 BODY[1] {4}\r\nlate)\r\n* 2 FETCH (UID 6 BODY[2] {5}\r\nother)\r\n\
         * 1 FETCH (UID 5 BODY[2] {5}\r\nright)\r\nA3 OK done\r\n",
    );
    let rows = taken(steps);
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].0.sections[0].data, SectionBody::Here(bytes(b"right")));
    feed.ends(&second).unwrap();
    assert_eq!(feed.peer.events().len(), 2);
    let noop = feed.sends(Noop, "A4 NOOP\r\n");
    feed.hears("A4 OK\r\n");
    feed.ends(&noop).unwrap();
}
