//! Commands are values: each knows how it is written, which responses are its own, and what comes out.
//!
//! [`Command`] is open: a command that this library does not have is a type of its own, or, for a quick try,
//! [`Raw`].

mod acl;
mod append;
mod authenticate;
mod connection;
mod copy;
mod expunge;
mod fetch;
mod fetch_item;
mod idle;
mod list;
mod mailbox;
mod metadata;
mod proxy;
mod quota;
mod raw;
mod search;
mod search_key;
mod search_text;
mod select;
mod sort;
mod store;

use std::any::Any;
use std::fmt;

use zeroize::Zeroizing;

use crate::engine::Limits;
use crate::sasl::SaslError;
use crate::types::{Diagnostic, Fetch, ImapString, ResponseCode, StatusResponse, Untagged};
use crate::wire::Encoder;

pub use acl::{AclChange, DeleteAcl, GetAcl, ListRightsCommand, MyRightsCommand, SetAcl};
pub use append::Append;
pub use authenticate::{Authenticate, Login};
pub use connection::{CapabilityCommand, Compress, Enable, IdCommand, Logout, NamespaceCommand, Noop, StartTls};
pub use copy::{Copy, Move};
pub use expunge::{Check, Close, Expunge, UidExpunge, Unselect};
pub use fetch::{FetchAll, FetchCommand, MessageSet, PartialFetch, RowFilter};
pub use fetch_item::{FetchItem, FetchItems};
pub use idle::Idle;
pub use list::{List, ListExtended, ListReturn, ListSelection, Lsub};
pub use mailbox::{Create, Delete, Rename, Status, Subscribe, Unsubscribe};
pub use metadata::{GetAnnotation, GetMetadata, MetadataDepth, SetAnnotation, SetMetadata};
pub use proxy::ProxyAuth;
pub use quota::{GetQuota, GetQuotaRoot, SetQuota};
pub use raw::Raw;
pub use search::{Matches, SearchReturn, SeqSearch, UidSearch, UidSearchReturn};
pub use search_key::Search;
pub use select::Select;
pub use sort::{SeqSort, SeqThread, SortBy, SortKey, ThreadAlgorithm, UidSort, UidThread};
pub use store::{Store, StoreCommand};

/// A command: what is sent, what is collected, what comes out.
pub trait Command: Send + Sync + 'static {
    /// What the command gives when the server says OK.
    type Output: Send;

    /// Writes the name and the arguments; tag and line end are added by the engine.
    fn encode(&self, encoder: &mut Encoder);

    /// Takes note of the limits of the connection, before anything is sent.
    fn limit(&mut self, _limits: &Limits) {}

    /// What the command does to the connection, and which commands it can share it with.
    ///
    /// It is held against what the command [encodes](Self::encode): one that sends SELECT, EXAMINE, CLOSE, UNSELECT, ENABLE
    /// or LOGOUT has their role whatever it says here, one that does not cannot have it, and one that sends STARTTLS,
    /// COMPRESS, AUTHENTICATE, LOGIN, IDLE or APPEND and does not say so is refused.
    fn role(&self) -> Role {
        Role::Plain
    }

    /// Offers an untagged response that came while the command ran; gives back what is not its own.
    fn collect(&mut self, response: Untagged) -> Option<Untagged> {
        Some(response)
    }

    /// Whether a row is part of the answer, for commands with [`Role::Rows`], and for those that collect rows.
    fn matches_row(&self, _row: &Fetch) -> bool {
        false
    }

    /// Which rows surely match, if that is easily said: it is compared before [`matches_row`](Self::matches_row) is asked.
    fn row_filter(&self) -> Option<RowFilter> {
        None
    }

    /// Answers a continuation request. Only asked when no literal of the command waits for one.
    fn on_continuation(&mut self, _text: &ImapString) -> Continue {
        Continue::Unexpected
    }

    /// Goes on with an answer that was [not ready](Continue::InProgress), for about a millisecond.
    fn compute_more(&mut self) -> Continue {
        Continue::Unexpected
    }

    /// Texts that must not show in what is told of a refusal, should the server repeat them.
    fn secrets(&self) -> Vec<Zeroizing<String>> {
        Vec::new()
    }

    /// Whether the server has proved what it must prove before its OK is believed. Only asked when it says OK.
    fn server_verified(&self) -> bool {
        true
    }

    /// Why the client itself made the command fail, if it did.
    fn failure(&self) -> Option<SaslError> {
        None
    }

    /// Whether this refusal leaves the command with an output, as where some of the messages are gone.
    fn accepts_refusal(&self, _refusal: &StatusResponse) -> bool {
        false
    }

    /// The rows that were collected so far, taken out: the caller gets them where the command fails.
    fn take_rows(&mut self) -> Vec<Fetch> {
        Vec::new()
    }

    /// What the server's OK says, though it did not say so in a response of its own. Only asked when it says OK.
    fn implied_response(&self) -> Option<Untagged> {
        None
    }

    /// Makes the output when the server said OK, or a refusal that the command [accepts](Self::accepts_refusal).
    ///
    /// # Errors
    /// If the server said OK without the data that the command is about, or the data prove the server wrong.
    fn finish(self, completion: &StatusResponse) -> Result<Self::Output, Incomplete>;
}

/// What a command does to the connection (RFC 9051, section 5.5).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Role {
    /// Nothing that another command could not bear beside it.
    Plain,
    /// As `Plain`, but the answer cannot be told from the answer to another command of the same name.
    Named(&'static str),
    /// It names messages by sequence number, and while it runs no message is expunged: FETCH, STORE, SEARCH.
    SequenceNumbers(&'static str),
    /// It names messages by sequence number, and messages may be expunged while it runs: COPY, MOVE.
    SequenceNumbersExpunging,
    /// The answer is a stream of rows that the caller takes one by one.
    Rows {
        /// The messages are named by sequence number.
        by_sequence: bool,
    },
    /// It brings octets of the caller: a message. It can be run only by who has them.
    Brings,
    /// It bears no other command beside it.
    Alone,
    /// It selects a mailbox.
    Select {
        /// Which.
        mailbox: crate::types::MailboxName,
        /// Without writing to it.
        read_only: bool,
    },
    /// It leaves the selected mailbox.
    Unselect,
    /// It logs in.
    Authenticate,
    /// It begins TLS.
    StartTls,
    /// It begins compression.
    Compress,
    /// It switches extensions on.
    Enable,
    /// It waits for news until it is told to stop.
    Idle,
    /// It ends the connection.
    Logout,
}

impl Role {
    /// Whether nothing else may be in flight together with the command.
    pub(crate) fn is_exclusive(&self) -> bool {
        matches!(
            self,
            Self::Alone
                | Self::Select { .. }
                | Self::Unselect
                | Self::Authenticate
                | Self::StartTls
                | Self::Compress
                | Self::Enable
                | Self::Idle
                | Self::Logout
        )
    }

    /// Whether the command can run while `earlier` runs.
    pub(crate) fn may_follow(&self, earlier: &Self) -> bool {
        if self.is_exclusive() || earlier.is_exclusive() {
            return false;
        }
        match (self, earlier) {
            // Only these cannot have a message expunged under them (RFC 9051, section 5.5).
            (Self::SequenceNumbers(name), Self::SequenceNumbers(other)) => name != other || *name == "STORE",
            (Self::SequenceNumbers(_), Self::Rows { by_sequence: true })
            | (Self::Rows { by_sequence: true }, Self::SequenceNumbers(_) | Self::Rows { by_sequence: true }) => true,
            (Self::SequenceNumbers(_) | Self::SequenceNumbersExpunging | Self::Rows { by_sequence: true }, _) => false,
            (Self::Named(name), Self::Named(other)) => name != other,
            (Self::Named(name), Self::SequenceNumbers(other)) => name != other,
            _ => true,
        }
    }
}

/// How a command answers a continuation request.
#[derive(Clone, PartialEq, Eq)]
pub enum Continue {
    /// The command waits for none.
    Unexpected,
    /// The request itself is what it waited for.
    Ready,
    /// A line to send, without its line end. It is secret.
    Send(Vec<u8>),
    /// The answer takes more time: [`Command::compute_more`] goes on with it.
    InProgress,
}

impl fmt::Debug for Continue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unexpected => "Unexpected",
            Self::Ready => "Ready",
            Self::Send(_) => "Send(…)",
            Self::InProgress => "InProgress",
        })
    }
}

/// The server said OK, but what came with it does not make an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Incomplete(pub &'static str);

impl fmt::Display for Incomplete {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// Whether this is an answer of one of these names that could not be read: a command that waits for such has none then,
/// and not an empty one.
pub(crate) fn is_unreadable(response: &Untagged, names: &[&str]) -> bool {
    match response {
        Untagged::Unknown { number: None, keyword, .. } => names.iter().any(|name| keyword.eq_ignore_ascii_case(name)),
        _ => false,
    }
}

/// The answer to a command that succeeded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply<T> {
    /// What the command gave.
    pub value: T,
    /// The response code of the completion.
    pub code: Option<ResponseCode>,
    /// The text of the completion, for people.
    pub text: ImapString,
    /// What was repaired or not understood in the responses that belong to the answer; of rows that were streamed, each
    /// has its own.
    pub diagnostics: Vec<Diagnostic>,
}

/// A command whose type is not known any more.
pub(crate) trait ErasedCommand: Send + Sync {
    fn collect(&mut self, response: Untagged) -> Option<Untagged>;
    fn matches_row(&self, row: &Fetch) -> bool;
    fn on_continuation(&mut self, text: &ImapString) -> Continue;
    fn compute_more(&mut self) -> Continue;
    fn failure(&self) -> Option<SaslError>;
    fn accepts_refusal(&self, refusal: &StatusResponse) -> bool;
    fn take_rows(&mut self) -> Vec<Fetch>;
    fn implied_response(&self) -> Option<Untagged>;
    fn server_verified(&self) -> bool;
    fn secrets(&self) -> Vec<Zeroizing<String>>;
    fn into_any(self: Box<Self>) -> Box<dyn Any>;
}

impl<C: Command> ErasedCommand for C {
    fn collect(&mut self, response: Untagged) -> Option<Untagged> {
        Command::collect(self, response)
    }

    fn matches_row(&self, row: &Fetch) -> bool {
        Command::matches_row(self, row)
    }

    fn on_continuation(&mut self, text: &ImapString) -> Continue {
        Command::on_continuation(self, text)
    }

    fn compute_more(&mut self) -> Continue {
        Command::compute_more(self)
    }

    fn failure(&self) -> Option<SaslError> {
        Command::failure(self)
    }

    fn accepts_refusal(&self, refusal: &StatusResponse) -> bool {
        Command::accepts_refusal(self, refusal)
    }

    fn take_rows(&mut self) -> Vec<Fetch> {
        Command::take_rows(self)
    }

    fn implied_response(&self) -> Option<Untagged> {
        Command::implied_response(self)
    }

    fn server_verified(&self) -> bool {
        Command::server_verified(self)
    }

    fn secrets(&self) -> Vec<Zeroizing<String>> {
        Command::secrets(self)
    }

    fn into_any(self: Box<Self>) -> Box<dyn Any> {
        self
    }
}

/// Commands that are a word, and give nothing but their completion.
macro_rules! word_commands {
    ($($(#[$doc:meta])* $name:ident = $word:literal $(, $role:expr)?;)*) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
            pub struct $name;

            impl $crate::command::Command for $name {
                type Output = ();

                fn encode(&self, encoder: &mut $crate::wire::Encoder) {
                    encoder.raw($word);
                }

                $(fn role(&self) -> $crate::command::Role {
                    $role
                })?

                fn finish(
                    self,
                    _completion: &$crate::types::StatusResponse,
                ) -> Result<(), $crate::command::Incomplete> {
                    Ok(())
                }
            }
        )*
    };
}
pub(crate) use word_commands;
