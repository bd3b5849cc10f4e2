//! The arguments of `imap watch`.

use clap::Args;

use super::Access;

/// Wait for changes and print a line for each
///
/// One connection a mailbox; lost connections are made again. Ends with Ctrl-C.
///
/// The changes are: new (a message has arrived), expunged (one has gone), flags (a message's flags have changed) and
/// alert (the server has a message for its users); and about the watch itself: watching, and lost.
///
/// Each has the message's UID, if it is known: always for new, and for the others in mailboxes of up to 100,000
/// messages, unless several changes arrived at once and it is not clear which message the server meant.
#[derive(Debug, Args)]
pub(crate) struct Watch {
    #[command(flatten)]
    pub(crate) access: Access,
    /// The mailboxes to watch
    #[arg(value_name = "MAILBOX", default_value = "INBOX")]
    pub(crate) mailboxes: Vec<String>,
    /// Run this program for each change
    ///
    /// The command is split into words and run without a shell. It gets the change in the environment variables
    /// IMAP_ACCOUNT, IMAP_EVENT, IMAP_MAILBOX, IMAP_UID, IMAP_SEQ, IMAP_COUNT, IMAP_FLAGS, and as last arguments: the
    /// event and the mailbox.
    #[arg(long, value_name = "CMD")]
    pub(crate) exec: Option<String>,
    /// Stop after this many changes
    #[arg(long, value_name = "N")]
    pub(crate) count: Option<u64>,
    /// Stop after this many seconds
    #[arg(long = "for", value_name = "SECONDS")]
    pub(crate) duration: Option<u64>,
}
