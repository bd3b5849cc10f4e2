//! Responses as servers send them, each with the value that comes out and the diagnostics that come with it.

#![allow(dead_code, unreachable_pub)]

#[macro_use]
mod make;

pub mod body;
pub mod code;
pub mod envelope;
pub mod extension;
pub mod fetch;
pub mod mailbox;
pub mod peculiar;
pub mod search;
pub mod section;
pub mod shifted;
pub mod status;
pub mod unknown;

use bytes::Bytes;
use imaplib_proto::parse::Parsed;
use imaplib_proto::types::{
    Fetch, ImapString, MailboxName, NameEncoding, Response, ResponseCode, SeqNum, StatusKind, StatusResponse, Untagged,
};

/// A note: its reason, and the bytes that it is about.
pub type Expected = (&'static str, &'static [u8]);

pub struct Case {
    pub bytes: &'static [u8],
    pub expected: Response,
    pub diagnostics: Vec<Expected>,
}

impl Case {
    /// Compares what was read with what is expected; says what differs.
    pub fn verify(&self, parsed: &Parsed) {
        let shown = self.bytes.escape_ascii();
        assert_eq!(parsed.response, self.expected, "\nresponse: {shown}\nnotes: {:?}", parsed.diagnostics);
        let diagnostics: Vec<_> =
            parsed.diagnostics.iter().map(|note| (note.reason, note.raw.escape_ascii().to_string())).collect();
        let expected: Vec<_> =
            self.diagnostics.iter().map(|(reason, raw)| (*reason, raw.escape_ascii().to_string())).collect();
        assert_eq!(diagnostics, expected, "\nresponse: {shown}");
    }
}

/// Every case of every family. The names of mailboxes are in modified UTF-7, the depth is the default.
pub fn all() -> Vec<Case> {
    let families = [
        status(),
        codes(),
        mailboxes(),
        searches(),
        fetches(),
        sections(),
        envelopes(),
        bodies(),
        shifted_bodies(),
        extensions(),
        unknowns(),
        peculiar(),
    ];
    families.into_iter().flatten().collect()
}

pub use body::cases as bodies;
pub use code::cases as codes;
pub use envelope::cases as envelopes;
pub use extension::cases as extensions;
pub use fetch::cases as fetches;
pub use mailbox::cases as mailboxes;
pub use peculiar::cases as peculiar;
pub use search::cases as searches;
pub use section::cases as sections;
pub use shifted::cases as shifted_bodies;
pub use status::cases as status;
pub use unknown::cases as unknowns;

/// A response that obeys the grammar.
pub fn good(bytes: &'static [u8], expected: Response) -> Case {
    Case { bytes, expected, diagnostics: Vec::new() }
}

/// A response in which something is repaired or left out.
pub fn noted(bytes: &'static [u8], expected: Response, diagnostics: &[Expected]) -> Case {
    Case { bytes, expected, diagnostics: diagnostics.to_vec() }
}

pub fn text(text: &str) -> ImapString {
    ImapString::from(text)
}

pub fn some(text: &str) -> Option<ImapString> {
    Some(ImapString::from(text))
}

pub fn bytes(bytes: &'static [u8]) -> Bytes {
    Bytes::from_static(bytes)
}

pub fn name(bytes: &'static [u8]) -> MailboxName {
    MailboxName::from_wire(Bytes::from_static(bytes), NameEncoding::ModifiedUtf7)
}

pub fn untagged(kind: StatusKind, code: Option<ResponseCode>, message: &str) -> Response {
    Response::Untagged(Untagged::Status(StatusResponse::new(kind, code, text(message))))
}

pub fn tagged(tag: &str, kind: StatusKind, code: Option<ResponseCode>, message: &str) -> Response {
    Response::Tagged(text(tag), StatusResponse::new(kind, code, text(message)))
}

/// A row of the message with this number.
pub fn row(seq: u32, fill: impl FnOnce(&mut Fetch)) -> Response {
    let mut fetch = Fetch::default();
    fetch.seq = SeqNum::new(seq);
    fill(&mut fetch);
    Response::Untagged(Untagged::Fetch(fetch))
}

pub fn unknown(number: Option<u32>, keyword: &str, raw: &'static [u8]) -> Response {
    Response::Untagged(Untagged::Unknown { number, keyword: text(keyword), raw: bytes(raw) })
}
