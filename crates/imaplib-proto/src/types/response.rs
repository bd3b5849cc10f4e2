//! The responses of a server (RFC 9051, section 7), and what is wrong with one.

use std::fmt;

use bytes::Bytes;

use super::{
    Acl, Annotation, Capabilities, ExtendedSearch, Fetch, Flags, Id, ImapString, ListRights, Listing, MailboxStatus,
    Metadata, MyRights, Namespaces, Quota, QuotaRoots, ResponseCode, SearchResult, SeqNum, Threads, UidSet,
};

/// One response of the server (RFC 9051, section 7).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Response {
    /// `+ …`: the server waits for the rest of a command; the text behind the `+`.
    Continuation(ImapString),
    /// The completion of the command with this tag. A refusal whose tag the server forgot has an empty one.
    Tagged(ImapString, StatusResponse),
    /// `* …`: data, or an unsolicited response.
    Untagged(Untagged),
}

/// What an untagged response contains.
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
        keyword: ImapString,
        /// The whole response, with its line end.
        raw: Bytes,
    },
}

impl Untagged {
    /// The whole line of a response to LIST, LSUB or XLIST that could not be read: a mailbox which is missing in the result.
    #[must_use]
    pub fn unreadable_listing(&self) -> Option<&Bytes> {
        let Self::Unknown { number: None, keyword, raw } = self else { return None };
        ["LIST", "LSUB", "XLIST"].iter().any(|name| keyword.eq_ignore_ascii_case(name)).then_some(raw)
    }
}

/// A status response: tagged, it completes a command; untagged, it is unsolicited (RFC 9051, section 7.1).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct StatusResponse {
    /// Which of the five.
    pub kind: StatusKind,
    /// The machine-readable part.
    pub code: Option<ResponseCode>,
    /// The part for people; may be empty.
    pub text: ImapString,
}

impl StatusResponse {
    /// A status response.
    #[must_use]
    pub fn new(kind: StatusKind, code: Option<ResponseCode>, text: ImapString) -> Self {
        Self { kind, code, text }
    }
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

/// What is wrong with one part of a response, and what was made of it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Diagnostic {
    /// Where in the response it is, in bytes from its beginning.
    pub position: usize,
    /// What is wrong, and how it was read all the same.
    pub reason: &'static str,
    /// The item that it is about, such as `ENVELOPE`; empty for the response as a whole.
    pub item: ImapString,
    /// The bytes that were not understood or were repaired.
    pub raw: Bytes,
    /// Whether something is left out of a value that was read otherwise, such as one address of a list. It is false where the
    /// value was repaired, and where the whole item is kept as it came because it cannot be read.
    pub is_loss: bool,
}

impl Diagnostic {
    /// Whether it is about something that is missing in this row: an item that cannot be read and stands among
    /// [`Fetch::other`], or a part that is left out. The other diagnostics of a row are about what was repaired.
    #[must_use]
    pub fn is_unreadable_in(&self, row: &Fetch) -> bool {
        self.is_loss || row.other.iter().any(|(name, _)| name.eq_ignore_ascii_case(&self.item))
    }

    /// A diagnostic for the bytes `raw` of an item.
    #[must_use]
    pub fn new(position: usize, reason: &'static str, item: ImapString, raw: Bytes) -> Self {
        Self { position, reason, item, raw, is_loss: false }
    }
}
