//! The texts of messages in FETCH rows.

use imaplib_proto::types::{BodySection, Part, Section, SectionBody, SectionName, SectionText, Uid};

use super::{Case, bytes, good, noted, row, text};

pub fn part(numbers: &[u32], text: SectionText) -> SectionName {
    SectionName::Body(Section { part: Part::new(numbers), text })
}

pub fn data(name: SectionName, origin: Option<u64>, bytes: SectionBody) -> BodySection {
    BodySection::new(name, origin, bytes)
}

pub fn cases() -> Vec<Case> {
    let message = || SectionName::Body(Section::message());
    let hi = || SectionBody::Here(bytes(b"hi"));
    let fields = |names: &[&str]| SectionText::HeaderFields(names.iter().map(|name| text(name)).collect());
    let not_fields = |names: &[&str]| SectionText::HeaderFieldsNot(names.iter().map(|name| text(name)).collect());
    let mut cases: Vec<Case> = vec![
        (&b"BODY[] {2}\r\nhi"[..], message(), None, hi()),
        (b"BODY[] \"hi\"", message(), None, hi()),
        (b"BODY[] ~{2}\r\nhi", message(), None, hi()),
        (b"BODY[] {2+}\r\nhi", message(), None, hi()),
        (b"BODY[] {002}\r\nhi", message(), None, hi()),
        // Domino.
        (b"BODY[] {2} \r\nhi", message(), None, hi()),
        (b"BODY[] {2}\nhi", message(), None, hi()),
        (b"BODY[] NIL", message(), None, SectionBody::Nil),
        (b"body[] nil", message(), None, SectionBody::Nil),
        (b"BODY[] \"NIL\"", message(), None, SectionBody::Here(bytes(b"NIL"))),
        (b"BODY[] \"\"", message(), None, SectionBody::Here(bytes(b""))),
        (b"BODY[] {0}\r\n", message(), None, SectionBody::Here(bytes(b""))),
        (b"BODY[] \"{5}\"", message(), None, SectionBody::Here(bytes(b"{5}"))),
        (b"BODY[] \"a \\\"b\\\" \\\\ \\c\"", message(), None, SectionBody::Here(bytes(b"a \"b\" \\ \\c"))),
        (b"BODY[] {6}\r\n) \"\r\n\xff", message(), None, SectionBody::Here(bytes(b") \"\r\n\xff"))),
        (b"BODY[]<0> {2}\r\nhi", message(), Some(0), hi()),
        (b"BODY[]<4294967296> {2}\r\nhi", message(), Some(1 << 32), hi()),
        (b"BODY[]<7.2> {2}\r\nhi", message(), Some(7), hi()),
        (b"BODY[HEADER] {2}\r\nhi", part(&[], SectionText::Header), None, hi()),
        (b"BODY[TEXT]<3> {2}\r\nhi", part(&[], SectionText::Text), Some(3), hi()),
        (b"BODY[1] {2}\r\nhi", part(&[1], SectionText::All), None, hi()),
        (b"BODY[0] {2}\r\nhi", part(&[0], SectionText::All), None, hi()),
        (b"BODY[1.2.MIME] {2}\r\nhi", part(&[1, 2], SectionText::Mime), None, hi()),
        (b"BODY[3.header] {2}\r\nhi", part(&[3], SectionText::Header), None, hi()),
        (b"BODY[HEADER.FIELDS (Date \"From\")] {2}\r\nhi", part(&[], fields(&["Date", "From"])), None, hi()),
        (b"BODY[HEADER.FIELDS ({4}\r\nDate)] {2}\r\nhi", part(&[], fields(&["Date"])), None, hi()),
        (b"BODY[HEADER.FIELDS ()] {2}\r\nhi", part(&[], fields(&[])), None, hi()),
        (b"BODY[1.HEADER.FIELDS.NOT (X)]<1> {2}\r\nhi", part(&[1], not_fields(&["X"])), Some(1), hi()),
        (
            b"BINARY[1.2] ~{3}\r\n\0\r\n",
            SectionName::Binary(Part::new([1, 2])),
            None,
            SectionBody::Here(bytes(b"\0\r\n")),
        ),
        (b"BINARY[]<2> \"hi\"", SectionName::Binary(Part::default()), Some(2), hi()),
        // Dovecot cannot decode the part.
        (b"BINARY[1] NIL", SectionName::Binary(Part::new([1])), None, SectionBody::Nil),
        (b"RFC822 {2}\r\nhi", SectionName::Rfc822, None, hi()),
        (b"RFC822.HEADER \"hi\"", SectionName::Rfc822Header, None, hi()),
        (b"RFC822.TEXT NIL", SectionName::Rfc822Text, None, SectionBody::Nil),
    ]
    .into_iter()
    .map(|(item, name, origin, bytes)| {
        let line = [b"* 3 FETCH (", item, b" UID 5)\r\n"].concat().leak() as &'static [u8];
        good(
            line,
            row(3, |row| {
                row.uid = Uid::new(5);
                row.sections = vec![data(name, origin, bytes)];
            }),
        )
    })
    .collect();
    cases.extend([
        good(
            b"* 3 FETCH (BODY[1] {1}\r\na BODY[2] \"b\" RFC822.TEXT {1}\r\nc)\r\n",
            row(3, |row| {
                row.sections = vec![
                    data(part(&[1], SectionText::All), None, SectionBody::Here(bytes(b"a"))),
                    data(part(&[2], SectionText::All), None, SectionBody::Here(bytes(b"b"))),
                    data(SectionName::Rfc822Text, None, SectionBody::Here(bytes(b"c"))),
                ];
            }),
        ),
        // Some servers leave a line end between the literal and the parenthesis.
        noted(
            b"* 3 FETCH (BODY[1] {1}\r\na\r\n UID 5)\r\n",
            row(3, |row| {
                row.uid = Uid::new(5);
                row.sections = vec![data(part(&[1], SectionText::All), None, SectionBody::Here(bytes(b"a")))];
            }),
            &[("a line end within the row", b"\r\n")],
        ),
        // Others forget the parenthesis: what comes next shows it.
        noted(
            b"* 3 FETCH (BODY[1] {1}\r\na\r\n",
            row(3, |row| row.sections = vec![data(part(&[1], SectionText::All), None, SectionBody::Here(bytes(b"a")))]),
            &[("a row that is not closed", b"")],
        ),
        // Free.fr.
        noted(
            b"* 3 FETCH (BODY[1] {-1}\r\n UID 5)\r\n",
            row(3, |row| {
                row.uid = Uid::new(5);
                row.sections = vec![data(part(&[1], SectionText::All), None, SectionBody::Here(bytes(b"")))];
            }),
            &[("a literal of negative length is empty", b"{-1}\r\n")],
        ),
        // Yandex and Xeams.
        noted(
            b"* 3 FETCH (UID 4 BODY[2] )\r\n",
            row(3, |row| {
                row.uid = Uid::new(4);
                row.sections = vec![data(part(&[2], SectionText::All), None, SectionBody::Nil)];
            }),
            &[("a section without a value", b"BODY[2] ")],
        ),
        noted(
            b"* 3 FETCH (BODY[])\r\n",
            row(3, |row| row.sections = vec![data(message(), None, SectionBody::Nil)]),
            &[("a section without a value", b"BODY[]")],
        ),
        noted(
            b"* 3 FETCH (BODY[] \"a \"b\"c\" UID 1)\r\n",
            row(3, |row| {
                row.uid = Uid::new(1);
                row.sections = vec![data(message(), None, SectionBody::Here(bytes(b"a \"b\"c")))];
            }),
            &[("quotes in a quoted string that are not escaped", b"\"a \"b\"c\"")],
        ),
    ]);
    cases
}
