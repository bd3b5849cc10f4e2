//! What a client decides, without I/O and without a clock.
//!
//! | part | what it is |
//! |---|---|
//! | [`Error`] | the error of a client: whose fault it is, and what to do |
//! | [`Timeouts`], [`Watchdog`] | how long to wait, and the one owner of time |
//! | [`Procedure`] | several commands with decisions between them, advanced by whoever owns the stream |
//! | [`ReceiveGreeting`], [`LearnCapabilities`], [`UpgradeToTls`], [`StartCompression`], [`LogIn`], [`LogOut`] | the start and the end of a connection |
//! | [`Revision`] | IMAP4rev1 or IMAP4rev2 |
//! | [`can_run`], [`can_run_before_login`] | which commands can be run by themselves |
//! | [`mechanism`], [`mechanism_names`] | the login mechanisms that are known by name |
//! | [`ListWithStatus`], [`ListSubscribed`], [`ListSpecialUse`] | mailboxes by name |
//! | [`SelectOrCreate`], [`SelectWith`] | the mailbox to open |
//! | [`SearchMessages`], [`FetchMessages`], [`StoreMessages`], [`CopyMessages`], [`MoveMessages`], [`ExpungeUids`] | the messages of a [`Selection`] |
//! | [`ServerOrder`] | orders of messages on servers with SORT and THREAD |
//! | [`LiveSearch`] | the result of a search that the server keeps up to date |
//! | `SortMessages`, `ThreadMessages` | orders of messages on servers without SORT and THREAD (feature `mime`) |
//! | [`Isolation`] | which messages a server cannot send |
//! | [`AppendMessages`] | messages whose bytes the caller has |
//! | [`FindChanges`], [`KnownMailbox`], [`Changes`] | what changed since a client saw a mailbox last |
//! | [`WatchMailboxes`] | what changes in mailboxes, over many connections |
//! | [`AwaitEvents`] | IDLE, renewed on time |
//!
//! The clients of the crate `imaplib` are this with sockets, TLS and a clock; so can be another runtime, or another language.

mod append;
mod change;
mod changes;
#[cfg(feature = "mime")]
mod collecting;
mod error;
mod fetch;
mod find_changes;
mod idle;
mod isolation;
mod kind;
mod known_bytes;
mod known_mailbox;
mod list;
mod live_search;
mod login;
mod mechanisms;
mod move_messages;
#[cfg(feature = "mime")]
mod order;
mod parts;
mod procedure;
mod revision;
mod runnable;
mod search;
mod select;
mod server_order;
mod start;
mod timeouts;
mod watch;
mod watchdog;

use std::time::{Duration, Instant};

pub use append::AppendMessages;
pub use change::{CopyMessages, ExpungeUids, StoreMessages};
pub use changes::{Changes, Restart, SetBack, SyncWay, Synced};
pub use error::{Error, Result, TruncatedLiteral};
pub use fetch::{FetchMessages, FetchPlan, rest_of_fetch};
pub use find_changes::FindChanges;
pub use idle::{AwaitEvents, EndIdle, NextEvent};
pub use isolation::Isolation;
pub use kind::{BadArgument, ErrorKind, ExternalFailure};
pub use known_bytes::InvalidKnown;
pub use known_mailbox::{KnownMailbox, MailboxIdentity};
pub use list::{ListSpecialUse, ListSubscribed, ListWithStatus, StatusItems};
pub use live_search::LiveSearch;
pub use login::LogIn;
pub use mechanisms::{mechanism, mechanism_names};
pub use move_messages::{MoveMessages, Moved};
#[cfg(feature = "mime")]
pub use order::{SortMessages, ThreadMessages};
pub use procedure::{Advance, Procedure, Single};
pub use revision::Revision;
pub use runnable::{can_run, can_run_before_login};
pub use search::{SearchMessages, batches, missing_for_search, missing_for_sort, missing_to_sort};
pub use select::{SelectOptions, SelectOrCreate, SelectWith, Selection};
pub use server_order::ServerOrder;
pub use start::{LearnCapabilities, LogOut, ReceiveGreeting, StartCompression, UpgradeToTls};
pub use timeouts::{TimeoutPhase, Timeouts};
pub use watch::{MailboxChange, NextChange, WatchMailboxes};
pub use watchdog::{Wait, Watchdog};

/// Longer than any program runs, and short enough for every clock.
const FOREVER: Duration = Duration::from_secs(1 << 29);

/// The time that lies this far ahead.
#[must_use]
pub fn after(now: Instant, span: Duration) -> Instant {
    now + span.min(FOREVER)
}
