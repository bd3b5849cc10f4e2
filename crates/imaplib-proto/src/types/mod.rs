//! The values of the protocol, one file a subject.
//!
//! A value that exists is legal on the wire. Values from a server are slices of the block that was received: owned,
//! `Send`, and cheap to clone; one that is kept for long keeps its block in memory.
//!
//! | values | about |
//! |---|---|
//! | [`Uid`], [`SeqNum`], [`UidSet`], [`SeqSet`], [`UidRanges`] | which messages |
//! | [`Flag`], [`Flags`], [`DateTime`], [`Date`] | what is known of a message |
//! | [`MessageFlags`] | the flags of many messages |
//! | [`Fetch`], [`Envelope`], [`BodyStructure`], [`Section`], [`Part`] | what a FETCH returns and asks for |
//! | [`MailboxName`], [`Listing`], [`MailboxStatus`], [`Namespaces`] | mailboxes |
//! | [`Response`], [`Untagged`], [`StatusResponse`], [`Diagnostic`] | what the server sends, and what is wrong with it |
//! | [`Capabilities`], [`ResponseCode`], [`Id`] | the server |
//! | [`MessageUrl`], [`FetchedUrl`] | messages by URL |
//! | [`ExtendedSearch`], [`Threads`], [`Acl`], [`Quota`] | what other commands give |
//! | [`ImapString`] | bytes that stand for text |

mod attachments;
mod body;
mod capability;
mod code;
mod copy_uid;
mod date;
mod envelope;
mod fetch;
mod flag;
mod flags;
#[cfg(any(feature = "chrono", feature = "jiff", feature = "time", feature = "serde"))]
mod foreign;
mod listing;
mod mailbox;
mod message_flags;
mod message_number;
mod object_ids;
mod ranges;
mod refusal;
mod reported;
mod response;
mod search_result;
mod section;
mod set;
mod set_algebra;
mod sharing;
mod string;
mod url;
pub mod utf7;

use std::fmt;

pub use body::{BodyStructure, Disposition, EmbeddedMessage, Extension, MultiPart, Parameters, SinglePart};
pub use capability::{Capabilities, Capability, Id};
pub use code::{AppendUid, OtherCode, ResponseCode};
pub use copy_uid::CopyUid;
pub(crate) use copy_uid::paired;
pub use date::{Date, DateTime};
pub use envelope::{Address, Addresses, EmailAddress, Envelope};
pub(crate) use envelope::{Entry, StrRef, unescape};
pub use fetch::{BodySection, Fetch, SectionBody, SectionName};
pub use flag::{Flag, Keyword};
pub(crate) use flags::BLANK;
pub use flags::Flags;
pub use listing::{
    ListedMailbox, Listing, MailboxAttribute, MailboxAttributes, MailboxStatus, Namespace, Namespaces, StatusItem,
};
pub use mailbox::{IntoMailboxName, MailboxName, NameEncoding};
pub use message_flags::MessageFlags;
pub(crate) use message_flags::{FlagCollector, FlagRuns};
pub use message_number::{SeqNum, Uid};
pub use object_ids::ObjectIds;
pub use refusal::RefusalHint;
pub use reported::Reported;
pub use response::{Diagnostic, Response, StatusKind, StatusResponse, Untagged};
pub use search_result::{ExtendedSearch, ResultChange, SearchResult, ThreadNode, Threads};
pub use section::{Part, Section, SectionText};
pub use set::{SeqSet, UidRanges, UidSet};
pub use set_algebra::Numbers;
pub use sharing::{
    Acl, Annotation, ListRights, MailboxQuotas, MessageAnnotation, Metadata, MetadataEntry, MyRights, Quota,
    QuotaResource, QuotaRoots, Rights,
};
pub use string::ImapString;
pub(crate) use string::SHORT;
pub use url::{Comparator, FetchedUrl, MessageUrl};

/// A value was refused before anything was sent: it has no legal form in the protocol, or is not what it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidValue {
    what: &'static str,
    value: String,
}

impl InvalidValue {
    /// `what` names the kind of value, `value` is what was given. Never pass a secret.
    #[must_use]
    pub fn new(what: &'static str, value: impl AsRef<[u8]>) -> Self {
        let shown: Vec<u8> = value.as_ref().iter().copied().take(80).collect();
        Self { what, value: shown.escape_ascii().to_string() }
    }

    /// The kind of value that was expected.
    #[must_use]
    pub fn what(&self) -> &'static str {
        self.what
    }
}

impl fmt::Display for InvalidValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not a valid {}: \"{}\"", self.what, self.value)
    }
}

impl std::error::Error for InvalidValue {}
