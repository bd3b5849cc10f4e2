//! Commands are values: each knows how it is written, which responses are its own, and what comes out.
//!
//! [`Command`] is open: a command that this library does not have is a type of its own, or, for a quick try,
//! [`Raw`].

mod authenticate;
mod cancel_update;
mod catenate;
mod change;
mod conduct;
mod connection;
mod fetch;
mod fetch_flags;
mod fetch_item;
mod limited;
mod list;
mod mailbox;
mod metadata;
mod multi_append;
mod multi_search;
mod notify;
mod raw;
mod search;
mod search_argument;
mod search_key;
mod search_text;
mod select;
mod server;
mod sharing;
mod sort;
mod store_more;
mod tag;
mod uid_batches;
mod url_auth;

use std::any::Any;
use std::fmt;

use zeroize::Zeroizing;

use crate::sasl::SaslError;
use crate::types::{self, Diagnostic, ImapString, ResponseCode, StatusResponse, Untagged};
use crate::wire::Encoder;

pub use authenticate::{Authenticate, Login, ProxyAuth};
pub use cancel_update::CancelUpdate;
pub use catenate::{Catenate, CatenatePart};
pub use change::{Append, Check, Close, Copy, Expunge, FlagChange, Move, Store, StoreOutcome, UidExpunge, Unselect};
pub use conduct::{Conduct, Effect, Numbering, Selection};
pub use connection::{Capability, Compress, Enable, Id, Idle, Logout, Namespace, Noop, StartTls, Unauthenticate};
pub use fetch::{Fetch, FetchAll, FetchOutcome, MessageSet, PartialFetch, RowFilter};
pub(crate) use fetch_flags::{FetchFlags, FlagsFound};
pub use fetch_item::{FetchItem, FetchItems};
pub(crate) use limited::{Limited, NOT_BY_UID, below, stopped_at};
pub use list::{List, ListExtended, ListReturn, ListSelection, Lsub, RList, RLsub, XList};
pub use mailbox::{Create, CreateSpecialUse, Delete, Rename, Status, Subscribe, Unsubscribe};
pub use metadata::{GetAnnotation, GetMetadata, MetadataDepth, SetAnnotation, SetMetadata};
pub use multi_append::{MultiAppend, Replace};
pub use multi_search::{MultiSearch, SearchedMailboxes};
pub use notify::{NotifiedMailboxes, Notify, NotifyEvent};
pub use raw::Raw;
pub(crate) use search::OTHER_KIND;
pub use search::{Matches, ResultRange, SearchReturn, SeqSearch, UidSearch, UidSearchReturn};
pub use search_argument::{AnnotationMatch, FlagScope, SearchArgument};
pub use search_key::Search;
pub use select::{Resync, Select, Selected};
pub use server::{GetJmapAccess, Language, SetComparator};
pub use sharing::{AclChange, DeleteAcl, GetAcl, GetQuota, GetQuotaRoot, ListRights, MyRights, SetAcl, SetQuota};
pub use sort::{SeqSort, SeqThread, SortBy, SortKey, ThreadAlgorithm, UidSort, UidSortReturn, UidThread};
pub use store_more::{LabelChange, StoreAnnotation, StoreLabels};
pub use tag::Tag;
pub use uid_batches::UidBatches;
pub use url_auth::{GenUrlAuth, ResetKey, UrlFetch};

/// A command: what is sent, what is collected, what comes out.
///
/// Most commands need no more than these four methods. One whose answer is rows has [`Rows`], one during which the server
/// asks back has [`Dialog`].
pub trait Command: Send + Sync + 'static {
    /// What the command returns when the server answers OK.
    type Output: Send;

    /// Writes the name and the arguments; tag and line end are added by the engine.
    fn encode(&self, encoder: &mut Encoder);

    /// What the command does to the connection, and which commands it can share it with.
    ///
    /// It is held against what the command [encodes](Self::encode): one that sends SELECT, EXAMINE, CLOSE, UNSELECT, ENABLE,
    /// NOTIFY or LOGOUT has their effect whatever is stated here, one that does not has none of these effects, and one that sends STARTTLS,
    /// COMPRESS, AUTHENTICATE, LOGIN, UNAUTHENTICATE, IDLE or APPEND and does not say so is refused.
    fn conduct(&self) -> Conduct {
        Conduct::new()
    }

    /// Receives an untagged response that came while the command ran, which was sent with this tag; returns what is not its
    /// own. With [`Conduct::outlives_completion`], it also receives those that come later.
    fn collect(&mut self, response: Untagged, _tag: Tag) -> Option<Untagged> {
        Some(response)
    }

    /// Makes the output when the server said OK, or a refusal that the command [accepts](Rows::accepts_refusal).
    ///
    /// # Errors
    /// If the server said OK without the data that the command is about, or the data prove the server wrong.
    fn finish(self, completion: &StatusResponse) -> Result<Self::Output, Incomplete>;

    /// The command as one whose answer is rows, if it is.
    fn rows(&mut self) -> Option<&mut dyn Rows> {
        None
    }

    /// The command as one during which the server asks back, if it is.
    fn dialog(&mut self) -> Option<&mut dyn Dialog> {
        None
    }
}

/// A command whose answer is rows of FETCH.
pub trait Rows {
    /// Whether a row is part of the answer. Those of a command that [streams rows](Conduct::streams_rows) go to the caller;
    /// one that does not receives them in [`Command::collect`].
    fn matches_row(&self, _row: &types::Fetch) -> bool {
        false
    }

    /// Which rows surely match, if that is easily said: it is compared before [`matches_row`](Self::matches_row) is asked.
    fn row_filter(&self) -> Option<RowFilter> {
        None
    }

    /// Whether there is room for one more row that matches, of a command that collects its rows: one that finds none is
    /// dropped, and the command counts it.
    fn has_room(&mut self) -> bool {
        true
    }

    /// Whether this refusal leaves the command with an output, as where some of the messages are gone.
    fn accepts_refusal(&self, _refusal: &StatusResponse) -> bool {
        false
    }

    /// The rows that were collected so far, taken out: the caller gets them where the command fails.
    fn take_rows(&mut self) -> Vec<types::Fetch> {
        Vec::new()
    }
}

/// A command during which the server asks back: a login, or IDLE. No other can be in flight meanwhile: its conduct must be
/// [exclusive](Conduct::is_exclusive).
pub trait Dialog {
    /// Accepts the greatest number of iterations for which a server may have a password hashed, before anything is sent.
    fn limit_iterations(&mut self, _most: u32) {}

    /// Answers a continuation request. Only asked when no literal of the command waits for one.
    fn on_continuation(&mut self, _text: &ImapString) -> Continue {
        Continue::Unexpected
    }

    /// Computes an answer that is [in progress](Continue::InProgress), for about a millisecond.
    fn compute_more(&mut self) -> Continue {
        Continue::Unexpected
    }

    /// Texts that must not be shown, should the server repeat them.
    fn secrets(&self) -> Vec<Zeroizing<String>> {
        Vec::new()
    }

    /// Whether the server has proved what it must prove before its OK is believed. Only asked when it answers OK.
    fn server_verified(&self) -> bool {
        true
    }

    /// What the server sent to explain its refusal, before it completed the command.
    fn server_reason(&self) -> Option<&[u8]> {
        None
    }

    /// Why the client itself made the command fail, if it did.
    fn failure(&self) -> Option<SaslError> {
        None
    }
}

/// How a command answers a continuation request.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Continue {
    /// The command waits for none.
    Unexpected,
    /// The request itself is what it waited for.
    Ready,
    /// A line to send, without its line end. It is secret.
    Send(Zeroizing<Vec<u8>>),
    /// The answer needs more time: [`Dialog::compute_more`] continues it.
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

impl std::error::Error for Incomplete {}

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
#[non_exhaustive]
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
    fn collect(&mut self, response: Untagged, tag: Tag) -> Option<Untagged>;
    fn matches_row(&mut self, row: &types::Fetch) -> bool;
    fn rows(&mut self) -> Option<&mut dyn Rows>;
    fn dialog(&mut self) -> Option<&mut dyn Dialog>;
    fn as_any_mut(&mut self) -> &mut dyn Any;
    fn into_any(self: Box<Self>) -> Box<dyn Any>;
}

impl<C: Command> ErasedCommand for C {
    fn collect(&mut self, response: Untagged, tag: Tag) -> Option<Untagged> {
        Command::collect(self, response, tag)
    }

    fn matches_row(&mut self, row: &types::Fetch) -> bool {
        Command::rows(self).is_some_and(|rows| rows.matches_row(row))
    }

    fn rows(&mut self) -> Option<&mut dyn Rows> {
        Command::rows(self)
    }

    fn dialog(&mut self) -> Option<&mut dyn Dialog> {
        Command::dialog(self)
    }

    fn as_any_mut(&mut self) -> &mut dyn Any {
        self
    }

    fn into_any(self: Box<Self>) -> Box<dyn Any> {
        self
    }
}

impl dyn ErasedCommand {
    /// Texts that must not be shown, should the server repeat them.
    pub(crate) fn secrets(&mut self) -> Vec<Zeroizing<String>> {
        self.dialog().map(|dialog| dialog.secrets()).unwrap_or_default()
    }

    /// Whether this refusal leaves the command with an output.
    pub(crate) fn accepts_refusal(&mut self, refusal: &StatusResponse) -> bool {
        self.rows().is_some_and(|rows| rows.accepts_refusal(refusal))
    }

    /// Whether there is room for one more row.
    pub(crate) fn has_room(&mut self) -> bool {
        self.rows().is_none_or(Rows::has_room)
    }

    /// The rows that were collected so far, taken out.
    pub(crate) fn take_rows(&mut self) -> Vec<types::Fetch> {
        self.rows().map(|rows| rows.take_rows()).unwrap_or_default()
    }
}

/// Commands that are a word, and give nothing but their completion.
macro_rules! word_commands {
    ($($(#[$doc:meta])* $name:ident = $word:literal $(, $effect:expr)?;)*) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
            pub struct $name;

            impl $crate::command::Command for $name {
                type Output = ();

                fn encode(&self, encoder: &mut $crate::wire::Encoder) {
                    encoder.raw($word);
                }

                $(fn conduct(&self) -> $crate::command::Conduct {
                    $crate::command::Conduct::with_effect($effect)
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

/// What a command sends before anything is known of the server; `|+|` is where it waits, `<n>` what the caller sends.
#[cfg(test)]
pub(crate) fn sent<C: Command>(command: &C) -> Result<String, types::InvalidValue> {
    use crate::wire::{Encoding, Fragment};
    let mut encoder = Encoder::new(Encoding::default());
    command.encode(&mut encoder);
    let shown = |fragment: Fragment| match fragment {
        Fragment::Bytes(bytes, _) => {
            String::from_utf8_lossy(bytes.strip_suffix(b"\r\n").unwrap_or(&bytes)).into_owned()
        }
        Fragment::GoAhead => "|+|".to_owned(),
        Fragment::Stream(length) => format!("<{length}>"),
    };
    Ok(encoder.finish()?.into_iter().map(shown).collect())
}
