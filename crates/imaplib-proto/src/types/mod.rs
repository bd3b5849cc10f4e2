//! The values of the protocol, one file a value.
//!
//! A value that exists is legal on the wire. Values from a server are slices of the block that was received: owned,
//! `Send`, and cheap to clone; one that is kept for long keeps its block in memory.
//!
//! | values | about |
//! |---|---|
//! | [`Uid`], [`SeqNum`], [`UidSet`], [`SeqSet`], [`UidRanges`] | which messages |
//! | [`Flag`], [`Flags`], [`DateTime`], [`Date`] | what is known of a message |
//! | [`Fetch`], [`Envelope`], [`BodyStructure`], [`Section`], [`Part`] | what a FETCH gives and asks for |
//! | [`MailboxName`], [`Listing`], [`MailboxStatus`], [`Namespaces`] | mailboxes |
//! | [`Response`], [`Untagged`], [`StatusResponse`], [`Diagnostic`] | what the server sends, and what is wrong with it |
//! | [`Capabilities`], [`ResponseCode`], [`Id`] | the server |
//! | [`ExtendedSearch`], [`Threads`], [`Acl`], [`Quota`] | what other commands give |
//! | [`ImapString`] | bytes that stand for text |

mod acl;
mod address_list;
mod attachments;
mod body;
mod capability;
mod code;
mod date;
mod diagnostic;
mod envelope;
mod fetch;
mod flag;
mod id;
mod invalid;
mod listing;
mod mailbox;
mod metadata;
mod namespace;
mod number;
mod parameters;
mod place;
mod quota;
mod refusal;
mod response;
mod search_result;
mod section;
mod set;
mod status;
mod string;
mod thread;
pub mod utf7;

pub use acl::{Acl, ListRights, MyRights, Rights};
pub use address_list::Addresses;
pub(crate) use address_list::Entry;
pub use body::{BodyStructure, Disposition, EmbeddedMessage, Extension, MultiPart, SinglePart};
pub use capability::{Capabilities, Capability};
pub use code::{AppendUid, CopyUid, OtherCode, ResponseCode};
pub use date::{Date, DateTime};
pub use diagnostic::Diagnostic;
pub use envelope::{Address, EmailAddress, Envelope};
pub use fetch::{BodySection, Fetch, SectionBody, SectionName};
pub(crate) use flag::BLANK;
pub use flag::{Flag, Flags, Keyword};
pub use id::Id;
pub use invalid::InvalidValue;
pub use listing::{ListedMailbox, Listing, MailboxAttribute, MailboxAttributes};
pub use mailbox::{IntoMailboxName, MailboxName, NameEncoding};
pub use metadata::{Annotation, Metadata};
pub use namespace::{Namespace, Namespaces};
pub use number::{SeqNum, Uid};
pub use parameters::Parameters;
pub(crate) use place::{Place, unescape};
pub use quota::{MailboxQuotas, Quota, QuotaResource, QuotaRoots};
pub use refusal::RefusalHint;
pub use response::{Response, StatusKind, StatusResponse, Untagged};
pub use search_result::{ExtendedSearch, SearchResult};
pub use section::{Part, Section, SectionText};
pub use set::{SeqSet, UidRanges, UidSet};
pub use status::{MailboxStatus, StatusItem};
pub use string::ImapString;
pub(crate) use string::SHORT;
pub use thread::{ThreadNode, Threads};
