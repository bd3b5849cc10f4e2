//! How each kind of response is read: one whole response in, one typed value out.
//!
//! A response that is not understood is never an error: it comes out as [`Untagged::Unknown`] with its octets, a
//! malformed item of a FETCH row costs that item alone, and whatever was repaired or left out is said in a [`Note`].
//!
//! ```
//! use imaplib_proto::parse::{Context, Response, Untagged, read};
//!
//! let line = bytes::Bytes::from_static(b"* 7 FETCH (UID 12 INTERNALDATE \"yesterday\" FLAGS (\\Seen))\r\n");
//! let parsed = read(&line, &Context::default());
//! let Response::Untagged(Untagged::Fetch(row)) = parsed.response else { panic!("no row") };
//! assert_eq!(row.uid.map(|uid| uid.get()), Some(12));
//! assert!(row.flags.is_some() && row.internal_date.is_none());
//! assert_eq!(parsed.notes[0].item, "INTERNALDATE"); // and what was wrong with it
//! ```

mod acl;
mod body;
mod capability;
mod code;
mod complaint;
mod cursor;
mod digits;
mod envelope;
mod extension;
mod fetch;
mod flags;
mod id;
mod labels;
mod list;
mod mailbox_name;
mod metadata;
mod namespace;
mod part_shape;
mod quota;
mod read;
mod search;
mod section;
mod seen;
mod set;
mod skip;
mod status_item;
mod status_response;
mod string;
mod thread;
mod usual_part;

use std::fmt;

use bytes::Bytes;

use crate::types::{
    Acl, Annotation, Capabilities, ExtendedSearch, Fetch, Flags, Id, ListRights, Listing, MailboxStatus, Metadata,
    MyRights, NameEncoding, Namespaces, Quota, QuotaRoots, ResponseCode, SearchResult, SeqNum, Text, Threads, UidSet,
};

pub use complaint::Complaint;
pub(crate) use cursor::Frame;
pub use read::{Tail, read, read_head, read_tail};
pub(crate) use read::{read_frame, read_plain_row, read_rest, read_row};

/// One response of the server (RFC 9051, section 7).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Response {
    /// `+ …`: the server waits for the rest of a command; the text behind the `+`.
    Continuation(Text),
    /// The completion of the command with this tag. A refusal whose tag the server forgot has an empty one.
    Tagged(Text, StatusResponse),
    /// `* …`: data, or news.
    Untagged(Untagged),
}

/// What an untagged response says.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[allow(clippy::large_enum_variant)] // The greatest variant is the one that comes most often.
pub enum Untagged {
    /// OK, NO, BAD, BYE or PREAUTH.
    Status(StatusResponse),
    /// CAPABILITY
    Capability(Capabilities),
    /// ENABLED: the extensions that were switched on.
    Enabled(Capabilities),
    /// FLAGS: the flags that the mailbox knows.
    Flags(Flags),
    /// LIST (and XLIST).
    List(Listing),
    /// LSUB (RFC 3501).
    Lsub(Listing),
    /// STATUS
    MailboxStatus(Box<MailboxStatus>),
    /// SEARCH (RFC 3501).
    Search(SearchResult),
    /// ESEARCH
    ESearch(Box<ExtendedSearch>),
    /// EXISTS: the number of messages in the mailbox.
    Exists(u32),
    /// RECENT (RFC 3501).
    Recent(u32),
    /// EXPUNGE: this message is gone, all behind it move up.
    Expunge(SeqNum),
    /// VANISHED: these messages are gone (RFC 7162).
    Vanished {
        /// They went before the mailbox was selected: EXISTS does not change.
        earlier: bool,
        /// Which.
        uids: UidSet,
    },
    /// FETCH, UIDFETCH, and STORE of RFC 1730.
    Fetch(Fetch),
    /// NAMESPACE
    Namespace(Namespaces),
    /// ID
    Id(Id),
    /// SORT: numbers in the order that was asked for (RFC 5256).
    Sort(SearchResult),
    /// THREAD (RFC 5256).
    Thread(Threads),
    /// ACL (RFC 4314).
    Acl(Acl),
    /// LISTRIGHTS (RFC 4314).
    ListRights(ListRights),
    /// MYRIGHTS (RFC 4314).
    MyRights(MyRights),
    /// METADATA (RFC 5464).
    Metadata(Metadata),
    /// ANNOTATION (a draft before RFC 5464).
    Annotation(Annotation),
    /// QUOTA (RFC 9208).
    Quota(Quota),
    /// QUOTAROOT (RFC 9208).
    QuotaRoots(QuotaRoots),
    /// A response that this library does not know, or could not read.
    Unknown {
        /// The number that stands before the keyword, if there is one.
        number: Option<u32>,
        /// The keyword, as sent; empty if there is none.
        keyword: Text,
        /// The whole response, with its line end.
        raw: Bytes,
    },
}

/// A status response: tagged, it completes a command; untagged, it is news (RFC 9051, section 7.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusResponse {
    /// Which of the five.
    pub kind: StatusKind,
    /// The machine-readable part.
    pub code: Option<ResponseCode>,
    /// The part for people; may be empty.
    pub text: Text,
}

/// The five status responses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StatusKind {
    /// Success, or information.
    Ok,
    /// Failure, or a warning.
    No,
    /// The server did not understand.
    Bad,
    /// The server closes the connection.
    Bye,
    /// The greeting of a connection that is authenticated already.
    PreAuth,
}

impl fmt::Display for StatusKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Ok => "OK",
            Self::No => "NO",
            Self::Bad => "BAD",
            Self::Bye => "BYE",
            Self::PreAuth => "PREAUTH",
        })
    }
}

/// A response, and what was repaired or not understood in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parsed {
    /// The response.
    pub response: Response,
    /// What was repaired or not understood; empty for a response that obeys the grammar and holds nothing unknown that
    /// the values have no place for.
    pub notes: Vec<Note>,
    /// About how many octets the values take, beside the octets of the response.
    pub(crate) weight: usize,
    /// Whether what follows on the connection may be a part of the response.
    pub(crate) in_doubt: bool,
}

/// A remark about a response that does not obey the grammar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// Where in the response it is, in octets from its beginning.
    pub position: usize,
    /// What is wrong with it, and what was made of it.
    pub reason: &'static str,
    /// The item that it is about, such as `ENVELOPE`; empty for the response as a whole.
    pub item: Text,
    /// The octets that were not understood or were repaired.
    pub raw: Bytes,
}

/// What must be known of the connection to read a response.
#[derive(Clone, Copy, Debug)]
pub struct Context {
    /// How mailbox names are encoded.
    pub names: NameEncoding,
    /// How deep lists may be nested; what lies deeper is kept raw.
    pub max_depth: usize,
}

impl Default for Context {
    fn default() -> Self {
        Self { names: NameEncoding::default(), max_depth: 64 }
    }
}
