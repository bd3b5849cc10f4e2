//! Messages made readable: headers decoded, the text found, the attachments listed.
//!
//! This module is all that the tool knows of MIME. Libraries decode charsets and make text of HTML; finding the parts and
//! reading the fields is ours, because mail that real programs write has to be read in bounded memory and without loss.
//! Each file has one subject; `structure` makes of a message what a server sends as BODYSTRUCTURE.

pub(crate) mod address;
pub(crate) mod attachment;
pub(crate) mod charset;
pub(crate) mod date;
mod header;
mod parameters;
pub(crate) mod structure;
mod text;
pub(crate) mod transfer_encoding;
mod words;

use std::io;

use imaplib::types::{Addresses, BodyStructure, Envelope, SinglePart, Text};

use address::Person;
use attachment::Attachment;
use charset::Charset;
use header::Field;
use transfer_encoding::Outcome;

/// So much of a message is read for people, in bytes.
pub(crate) const MAX_PARSED: usize = 1 << 20;

/// Nobody reads more headers.
const MAX_HEADERS: usize = 5_000;

/// So many bytes around each part of a multipart are its boundary and its header.
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
    /// The charset that the text is in, if it says so.
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
    let texts = scanned.structure.texts();
    let hint = texts.iter().find_map(|(_, part)| text::charset_of(part));
    let (headers, has_more) = headers(raw, all_headers, hint);
    let mut out =
        Readable { headers, charset: hint, is_cut: is_cut || scanned.is_cut || has_more, ..Readable::default() };
    let leaves = scanned.structure.leaves();
    let body = |at: usize| {
        let place = scanned.places.get(at).cloned().unwrap_or_default();
        let to_usize = |place| usize::try_from(place).unwrap_or(usize::MAX);
        raw.get(to_usize(place.start)..to_usize(place.end)).unwrap_or_default()
    };
    for (at, (number, part)) in leaves.iter().enumerate() {
        if texts.iter().any(|(text, _)| text == number) {
            out.add_text(part, body(at));
        }
        if part.is_attachment() {
            let mut attachment = Attachment::new(number.clone(), part);
            attachment.size = decoded_size(&attachment, body(at));
            out.attachments.push(attachment);
        }
    }
    out
}

impl Readable {
    /// Takes these for the text of the message, and no others.
    pub(crate) fn set_texts(&mut self, texts: &[(&SinglePart, Vec<u8>)]) {
        (self.text, self.from_html) = (String::new(), false);
        self.charset = texts.iter().find_map(|(part, _)| text::charset_of(part)).or(self.charset);
        for (part, body) in texts {
            self.add_text(part, body);
        }
    }

    /// Adds the text of a part to that of the message.
    fn add_text(&mut self, part: &SinglePart, body: &[u8]) {
        let read = text::read(part, body, self.charset);
        self.from_html |= read.from_html;
        if !self.text.is_empty() && !self.text.ends_with('\n') {
            self.text.push('\n');
        }
        self.text.push_str(&read.text);
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
    let mut lines = raw.split_inclusive(|byte| *byte == b'\n');
    lines
        .any(|line| line.ends_with(b"\n") && matches!(header::classify(line), header::Line::Blank | header::Line::Body))
}

/// Whether a structure that a server sent can be that of a message with this header: what the header says of the message
/// as a whole is not to be missed in the structure.
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

/// A header's text, decoded.
pub(crate) fn decode(raw: &Text) -> String {
    words::decode(raw.as_bytes(), None)
}

/// The first of some addresses, for a table: its name, else the address itself.
pub(crate) fn first_name(addresses: Addresses<'_>) -> String {
    let Some(email) = addresses.emails().next() else { return String::new() };
    let name = email.name.as_ref().map(decode).filter(|name| !name.trim().is_empty());
    name.unwrap_or_else(|| email.address())
}

/// The moment of the Date field, in seconds since 1970; `None` if it cannot be read.
pub(crate) fn date(envelope: &Envelope) -> Option<i64> {
    date::parse(envelope.date()?.as_bytes())
}
