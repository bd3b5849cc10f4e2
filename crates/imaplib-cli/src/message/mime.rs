//! Messages made readable: headers decoded, the text found, the attachments listed.
//!
//! `imaplib::mime` reads the parts; what is shown of them, and in which order, is decided here.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::io;

use imaplib::mime::address::{self, Person};
use imaplib::mime::attachment::{self, Attachment};
use imaplib::mime::charset::Charset;
use imaplib::mime::header::{self, Field};
use imaplib::mime::transfer_encoding::{self, Encoding, Outcome};
use imaplib::mime::{date, parameters, structure, text, words};
use imaplib::types::{Addresses, BodyStructure, DateTime, Envelope, Part, SinglePart};

/// So much of a message is read for people, in bytes.
pub(crate) const MAX_PARSED: usize = 1 << 20;

/// So often another alternative is looked for.
const MAX_CHOICES: u32 = 5;

/// Nobody reads more headers.
const MAX_HEADERS: usize = 5_000;

/// This many bytes around each part of a multipart are its boundary and its header.
const MAX_AROUND: u64 = 8 << 10;

/// A message as a person wants to see it.
#[derive(Debug, Default)]
pub(crate) struct Readable {
    pub(crate) headers: Vec<Header>,
    pub(crate) text: String,
    /// True if the text was made from HTML.
    pub(crate) from_html: bool,
    pub(crate) attachments: Vec<Attachment>,
    /// True if not all of the message was read.
    pub(crate) is_cut: bool,
    /// True if its parts may be others to another reader.
    pub(crate) is_odd: bool,
    /// The transfer encodings of the texts that are not known, and in which they are shown as they were sent.
    pub(crate) unknown_encodings: Vec<String>,
    /// The charset of the text, if the message names it.
    charset: Option<Charset>,
}

/// A field of a message's header, decoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) name: String,
    pub(crate) value: Value,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Value {
    Text(String),
    People(Vec<Person>),
    /// The text, and the moment in seconds since 1970 if it can be read.
    Date(String, Option<i64>),
}

impl Header {
    /// The value on one line.
    pub(crate) fn text(&self) -> String {
        match &self.value {
            Value::Text(text) | Value::Date(text, _) => text.clone(),
            Value::People(people) => people.iter().map(Person::to_string).collect::<Vec<_>>().join(", "),
        }
    }
}

const USUAL: [&str; 7] = ["Date", "From", "To", "Cc", "Reply-To", "Subject", "Message-ID"];

const PEOPLE: [&str; 12] = [
    "From",
    "To",
    "Cc",
    "Bcc",
    "Reply-To",
    "Sender",
    "Resent-From",
    "Resent-To",
    "Resent-Cc",
    "Resent-Bcc",
    "Resent-Sender",
    "Disposition-Notification-To",
];

/// Reads a message, or as much of its beginning as can be read with little memory.
pub(crate) fn readable(raw: &[u8], all_headers: bool) -> Readable {
    let is_cut = raw.len() > MAX_PARSED;
    let raw = raw.get(..MAX_PARSED).unwrap_or(raw);
    // Reading from memory does not fail.
    let scanned = structure::scan(raw).unwrap_or_default();
    let leaves = scanned.structure.leaves();
    let body = |at: usize| {
        let place = scanned.places.get(at).cloned().unwrap_or_default();
        let to_usize = |place| usize::try_from(place).unwrap_or(usize::MAX);
        raw.get(to_usize(place.start)..to_usize(place.end)).unwrap_or_default()
    };
    let Ok(texts) = written(&scanned.structure, |texts| {
        let is_blank = |number: &Part, part: &SinglePart| {
            let at = leaves.binary_search_by(|(other, _)| other.cmp(number));
            at.is_ok_and(|at| is_blank(part, body(at)))
        };
        let blank = texts.iter().filter(|(number, part)| is_blank(number, part));
        Ok::<BTreeSet<Part>, Infallible>(blank.map(|(number, _)| number.clone()).collect())
    });
    let hint = texts.iter().find_map(|(_, part)| text::charset_of(part));
    let (headers, has_more) = headers(raw, all_headers, hint);
    let mut out =
        Readable { headers, charset: hint, is_cut: is_cut || scanned.is_cut || has_more, ..Readable::default() };
    out.is_odd = scanned.is_odd;
    let texts: BTreeSet<&Part> = texts.iter().map(|(number, _)| number).collect();
    for (at, (number, part)) in leaves.iter().enumerate() {
        if texts.contains(number) {
            out.add_text(part, body(at));
        }
        if part.is_attachment() {
            let mut attachment = Attachment::new(number.clone(), part);
            attachment.size = decoded_size(&attachment, body(at));
            out.attachments.push(attachment);
            out.add_inner(body(at), 0);
        }
    }
    out
}

/// The texts of a message: of alternatives one that has more to it than blanks. The closure returns which of some texts
/// are known to be blank.
pub(crate) fn written<E>(
    structure: &BodyStructure,
    mut blanks: impl FnMut(&[(Part, &SinglePart)]) -> Result<BTreeSet<Part>, E>,
) -> Result<Vec<(Part, &SinglePart)>, E> {
    let mut blank = BTreeSet::new();
    let mut texts = structure.texts();
    // Alternatives may stand within alternatives, and each may have nothing to it.
    for _ in 0..MAX_CHOICES {
        let before = blank.len();
        blank.extend(blanks(&texts)?);
        if blank.len() == before {
            break;
        }
        texts = structure.texts_besides(&blank);
    }
    Ok(texts)
}

/// Whether nobody sees anything of a part's body.
pub(crate) fn is_blank(part: &SinglePart, body: &[u8]) -> bool {
    text::read(part, body, None).text.trim().is_empty()
}

impl Readable {
    /// Makes these the text of the message, and no others.
    pub(crate) fn set_texts(&mut self, texts: &[(&SinglePart, Vec<u8>)]) {
        (self.text, self.from_html) = (String::new(), false);
        self.unknown_encodings.clear();
        self.charset = texts.iter().find_map(|(part, _)| text::charset_of(part)).or(self.charset);
        for (part, body) in texts {
            self.add_text(part, body);
        }
    }

    /// Adds the text of a part to that of the message.
    fn add_text(&mut self, part: &SinglePart, body: &[u8]) {
        let read = text::read(part, body, self.charset);
        self.from_html |= read.from_html;
        let label = part.encoding.as_bytes();
        if Encoding::for_label(label) == Encoding::Unknown {
            self.unknown_encodings.push(attachment::encoding_label(label));
        }
        if !self.text.is_empty() && !self.text.ends_with('\n') {
            self.text.push('\n');
        }
        self.text.push_str(&read.text);
    }
}

impl Readable {
    /// Adds the attachments inside of the last one, if that is a message which is encoded.
    fn add_inner(&mut self, body: &[u8], depth: usize) {
        let Some(outer) = self.attachments.last().filter(|last| last.is_encoded_message()).cloned() else { return };
        let (decoded, outcome) = transfer_encoding::decode(body, outer.encoding);
        if outcome == Outcome::NotEncoded || depth == attachment::MAX_ENCODED_DEPTH {
            return;
        }
        let scanned = structure::scan(decoded.as_slice()).unwrap_or_default();
        self.is_cut |= scanned.is_cut;
        for (mut inner, place) in outer.inner(&scanned.structure, &scanned.places) {
            let to_usize = |place| usize::try_from(place).unwrap_or(usize::MAX);
            let body = decoded.get(to_usize(place.start)..to_usize(place.end)).unwrap_or_default();
            inner.size = decoded_size(&inner, body);
            self.attachments.push(inner);
            self.add_inner(body, depth + 1);
        }
    }
}

fn decoded_size(attachment: &Attachment, body: &[u8]) -> u64 {
    /// Counts what is written to it.
    struct Size(u64);

    impl io::Write for Size {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0 += bytes.len() as u64;
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    let mut size = Size(0);
    let mut decoder = transfer_encoding::Decoder::new(&mut size, attachment.encoding);
    // What only counts does not fail.
    let outcome = io::Write::write_all(&mut decoder, body).and_then(|()| decoder.finish());
    if matches!(outcome, Ok(Outcome::NotEncoded)) { body.len() as u64 } else { size.0 }
}

fn headers(raw: &[u8], all: bool, hint: Option<Charset>) -> (Vec<Header>, bool) {
    let (fields, has_more) = header::fields(raw, MAX_HEADERS);
    let position = |field: &Field<'_>| USUAL.iter().position(|usual| field.is(usual));
    let mut shown: Vec<&Field<'_>> = fields.iter().filter(|field| all || position(field).is_some()).collect();
    if !all {
        shown.sort_by_key(|field| position(field));
    }
    (shown.into_iter().map(|field| decoded(field, hint)).collect(), has_more)
}

fn decoded(field: &Field<'_>, hint: Option<Charset>) -> Header {
    let value = if PEOPLE.iter().any(|name| field.is(name)) {
        Value::People(address::parse(field.value, hint))
    } else if field.is("Date") {
        Value::Date(words::decode(field.value, hint), date::parse(&header::unfold(field.value)))
    } else {
        Value::Text(words::decode(field.value, hint))
    };
    Header { name: String::from_utf8_lossy(field.name).into_owned(), value }
}

/// Whether the header of the message ends within its beginning.
pub(crate) fn has_whole_header(raw: &[u8]) -> bool {
    let mut at = 0;
    raw.split_inclusive(|byte| *byte == b'\n').any(|line| {
        at += line.len();
        let is_bad = || header::goes_on(line, raw.get(at..).unwrap_or_default());
        line.ends_with(b"\n")
            && match header::classify(line) {
                header::Line::Blank => true,
                header::Line::Body => !is_bad(),
                _ => false,
            }
    })
}

/// Whether a structure that a server sent can be that of a message with this header: the structure must have what the
/// header declares of the message as a whole.
pub(crate) fn fits(structure: &BodyStructure, header: &[u8], size: Option<u64>) -> bool {
    let header = header.get(..MAX_PARSED).unwrap_or(header);
    let (fields, _) = header::fields(header, MAX_HEADERS);
    let Some(field) = fields.iter().find(|field| field.is("Content-Type")) else {
        // A message without the field is text, but what a server sends in place of its header may be anything.
        return fields.is_empty() || matches!(structure, BodyStructure::Single(_));
    };
    let (media_type, _) = parameters::parse(field.value);
    let is_multipart = media_type.get(..10).is_some_and(|start| start.eq_ignore_ascii_case(b"multipart/"));
    match structure {
        BodyStructure::Multi(_) if is_multipart => {
            let leaves = structure.leaves();
            let inside: u64 = leaves.iter().filter_map(|(_, part)| part.size).sum();
            let around = size.map_or(0, |size| size.saturating_sub(header.len() as u64 + inside));
            // Boundaries and headers of parts are short; what is much longer was not found.
            let is_known = leaves.iter().all(|(_, part)| part.size.is_some());
            !leaves.is_empty()
                && (inside > 0 || !is_known)
                && (around < MAX_AROUND * (leaves.len() as u64 + 1) || !is_known)
        }
        BodyStructure::Single(part) => {
            let slash = media_type.iter().position(|byte| *byte == b'/').unwrap_or(media_type.len());
            let said = media_type.get(..slash).unwrap_or_default().trim_ascii();
            !is_multipart
                && (part.media_type.is_empty() || said.is_empty() || part.media_type.eq_ignore_ascii_case(said))
        }
        _ => false,
    }
}

/// The first of some addresses, for a table: its name, else the address itself.
pub(crate) fn first_name(addresses: Addresses<'_>) -> String {
    let Some(email) = addresses.emails().next() else { return String::new() };
    email.display_name().unwrap_or_else(|| email.address())
}

/// The moment of the Date field, in seconds since 1970; `None` if it cannot be read.
pub(crate) fn date(envelope: &Envelope) -> Option<i64> {
    envelope.sent_at().map(DateTime::unix_timestamp)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The odd messages that the tests of the tool are about.
    fn odd_messages() -> Vec<Vec<u8>> {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/odd");
        let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        paths.retain(|path| path.extension().is_some_and(|extension| extension == "eml"));
        paths.sort();
        paths.iter().map(|path| std::fs::read(path).unwrap()).collect()
    }

    #[test]
    fn any_bytes_are_read() {
        let mut random = 1_u64;
        let mut next = |below: usize| {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            usize::try_from(random >> 33).unwrap() % below.max(1)
        };
        let odd: &[u8] = b"\r\n :;=?\"'()<>,-*%@_/\0\xff\x1b";
        for message in odd_messages() {
            for _ in 0..30 {
                let mut broken = message.clone();
                for _ in 0..next(20) {
                    let at = next(broken.len());
                    match next(4) {
                        0 => broken[at] = odd[next(odd.len())],
                        1 if broken.len() > 1 => drop(broken.remove(at)),
                        2 => broken.insert(at, odd[next(odd.len())]),
                        _ => broken.truncate(at.max(1)),
                    }
                }
                let read = readable(&broken, true);
                for header in &read.headers {
                    let _ = header.text();
                }
                let scanned = structure::scan(broken.as_slice()).unwrap();
                assert_eq!(scanned.places.len(), scanned.structure.leaves().len(), "{}", broken.escape_ascii());
                let length = broken.len() as u64;
                assert!(scanned.places.iter().all(|place| place.start <= place.end && place.end <= length));
            }
        }
    }

    #[test]
    fn headers_people_and_dates_are_apart() {
        let raw = b"From: CEO <ceo@bank.example> <evil@evil.example>\r\nX-Other: 1\r\nSubject: =?utf-8?q?=C3=9C?=\r\n\
            Date: Thu, 1 Jan 1970 00:00:10 GMT\r\nCC: Team: a@b;\r\n\r\nx\r\n";
        let message = readable(raw, false);
        let names: Vec<&str> = message.headers.iter().map(|header| header.name.as_str()).collect();
        assert_eq!(names, ["Date", "From", "CC", "Subject"]);
        let person = |name: Option<&str>, address: &str, group: Option<&str>| Person {
            name: name.map(str::to_owned),
            address: Some(address.to_owned()),
            group: group.map(str::to_owned),
        };
        let values: Vec<&Value> = message.headers.iter().map(|header| &header.value).collect();
        assert_eq!(*values[0], Value::Date("Thu, 1 Jan 1970 00:00:10 GMT".to_owned(), Some(10)));
        assert_eq!(*values[1], Value::People(vec![person(Some("CEO <ceo@bank.example>"), "evil@evil.example", None)]));
        assert_eq!(*values[2], Value::People(vec![person(None, "a@b", Some("Team"))]));
        assert_eq!(*values[3], Value::Text("Ü".to_owned()));
        assert!(!message.is_cut);
        assert!(readable(raw, true).headers.iter().any(|header| header.name == "X-Other" && header.text() == "1"));
        assert!(readable(&b"a: 1\n".repeat(MAX_HEADERS + 1), true).is_cut);
        assert!(!readable(&b"a: 1\n".repeat(MAX_HEADERS), true).is_cut);
        assert!(readable(&vec![b'x'; MAX_PARSED + 1], true).is_cut);
        assert!(!readable(&vec![b'x'; MAX_PARSED], true).is_cut);
    }

    #[test]
    fn the_alternative_with_something_in_it_is_read() {
        let part = |kind: &str, text: &str| format!("--B\r\nContent-Type: {kind}\r\n\r\n{text}\r\n");
        let related = "multipart/related; boundary=R";
        let image = "--R\r\nContent-Type: image/png\r\n\r\nx\r\n--R--";
        let in_related = format!("--R\r\nContent-Type: text/html\r\n\r\n<p>full</p>\r\n{image}");
        let empty_inside = "--R\r\n\r\n \r\n--R\r\nContent-Type: text/html\r\n\r\n<img src=x>\r\n--R--".to_owned();
        let html = || part("text/html", "<p>full</p>");
        for (parts, text) in [
            (vec![part("text/plain", ""), html()], "full\n"),
            (vec![part("text/plain", " \r\n\t\r\n"), html()], "full\n"),
            (vec![part("text/plain; charset=utf-8", "\u{a0}\r\n"), html()], "full\n"),
            (vec![part("text/plain\r\nContent-Transfer-Encoding: base64", "IA0KDQo="), html()], "full\n"),
            (vec![html(), part("text/plain", "")], "full\n"),
            (vec![part("text/plain", ""), part(related, &in_related)], "full\n"),
            (vec![part("text/plain", ""), part("text/plain", "second"), html()], "second"),
            (vec![part("multipart/alternative; boundary=R", &empty_inside), html()], "full\n"),
            (vec![part("text/plain", "plain"), html()], "plain"),
            (vec![part("text/plain", ""), part("text/html", "<img src=x>")], ""),
            (vec![part("text/plain", ""), part("image/png", "x")], ""),
        ] {
            let body = parts.concat();
            let raw = format!("Content-Type: multipart/alternative; boundary=B\r\n\r\n{body}--B--\r\n");
            let message = readable(raw.as_bytes(), false);
            assert_eq!(message.text, text, "{raw}");
            assert_eq!(message.from_html, text == "full\n", "{raw}");
        }
    }

    #[test]
    fn a_boundary_in_pieces_is_put_together() {
        for boundary in ["boundary*0=A; boundary*1=B", "boundary*=us-ascii''%41B", "boundary*1*=B; boundary*0*=''A"] {
            let raw = format!(
                "Content-Type: multipart/mixed;\r\n {boundary}\r\n\r\n--AB\r\n\r\ntext\r\n--AB\r\n\
                 Content-Type: application/pdf; name=a.pdf\r\n\r\nx\r\n--AB--\r\n"
            );
            let message = readable(raw.as_bytes(), false);
            assert_eq!((message.text.as_str(), message.attachments.len()), ("text", 1), "{raw}");
        }
    }

    #[test]
    fn structures_fit_or_do_not() {
        let part = |text: &str, size| {
            let (media_type, subtype) = text.split_once('/').unwrap();
            let (media_type, subtype) = (media_type.into(), subtype.into());
            let mut part = SinglePart::new(media_type, subtype);
            part.size = size;
            BodyStructure::Single(part)
        };
        let multi = |parts| BodyStructure::Multi(imaplib::types::MultiPart::new("mixed".into(), parts));
        let text = |size| part("text/plain", Some(size));
        let mixed = &b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"[..];
        for (structure, header, size, fit) in [
            (text(5), &b"Subject: x\r\n\r\n"[..], Some(19), true),
            (text(5), b"", None, true),
            (text(5), b"Content-Type: text/html\r\n\r\n", None, true),
            (text(5), b"content-type: IMAGE/png\r\n\r\n", None, false),
            (text(5), mixed, None, false),
            (part("/", None), b"Content-Type: image/png\r\n\r\n", None, true),
            (multi(vec![text(5)]), b"Subject: x\r\n\r\n", None, false),
            (multi(vec![text(5)]), b"Content-Type: text/plain\r\n\r\n", None, false),
            (multi(vec![text(5)]), mixed, None, true),
            (multi(vec![text(5)]), mixed, Some(100), true),
            (multi(vec![text(5)]), mixed, Some(16_000), true),
            (multi(vec![text(5)]), mixed, Some(17_000), false),
            (multi(vec![text(5), text(5), text(5)]), mixed, Some(17_000), true),
            (multi(vec![part("text/plain", None)]), mixed, Some(1 << 40), true),
            (multi(vec![text(0)]), mixed, Some(100), false),
            (multi(vec![]), mixed, Some(100), false),
        ] {
            assert_eq!(fits(&structure, header, size), fit, "{structure:?} {}", header.escape_ascii());
        }
    }

    #[test]
    fn the_end_of_a_header_is_seen() {
        for (raw, is_whole) in [
            (&b"a: 1\r\n\r\nx"[..], true),
            (b"a: 1\nno header\n", true),
            (b"a: 1\nbad line\nContent-Type: x/y\n", false),
            (b"a: 1\nbad line\nContent-Type: x/y\n\n", true),
            (b"a: 1\r\n b\r\n", false),
            (b"a: 1\r\nb", false),
            (b"", false),
        ] {
            assert_eq!(has_whole_header(raw), is_whole, "{}", raw.escape_ascii());
        }
    }
}
