//! The arguments of the verbs about mailboxes themselves.

use clap::Args;

use super::Access;

/// List the mailboxes
///
/// PATTERN is a mailbox name in which * stands for anything and % for anything within one level.
#[derive(Debug, Args)]
pub(crate) struct Folders {
    #[command(flatten)]
    pub(crate) access: Access,
    /// Only mailboxes that match, such as 'Archive*' or '%'
    #[arg(value_name = "PATTERN", default_value = "*")]
    pub(crate) pattern: String,
    /// Only those that the user subscribes to, also if they are not there any more
    #[arg(long)]
    pub(crate) subscribed: bool,
    /// Show the number of messages and of unread ones, and the size where the server knows it
    #[arg(long)]
    pub(crate) status: bool,
}

/// Make mailboxes
///
/// A name is typed as `imap folders` shows it, with the account's character between levels: Archive/2026. Levels above
/// that are not there are made by most servers.
#[derive(Debug, Args)]
pub(crate) struct Create {
    #[command(flatten)]
    pub(crate) access: Access,
    /// The new mailboxes
    #[arg(value_name = "MAILBOX", required = true)]
    pub(crate) mailboxes: Vec<String>,
}

/// Give a mailbox another name
///
/// Mailboxes below it go with it. Subscriptions of most servers stay with the old name: `imap subscribe` and `imap
/// unsubscribe` change them.
#[derive(Debug, Args)]
pub(crate) struct Rename {
    #[command(flatten)]
    pub(crate) access: Access,
    /// The mailbox
    #[arg(value_name = "OLD")]
    pub(crate) from: String,
    /// Its new name, with all levels
    #[arg(value_name = "NEW")]
    pub(crate) to: String,
}

/// Remove mailboxes for good
///
/// A mailbox that holds messages is left alone unless --with-messages is given: they do not go to the Trash. Mailboxes
/// below it stay. INBOX cannot be removed. To delete messages and keep the mailbox, use `imap delete`.
#[derive(Debug, Args)]
pub(crate) struct RemoveMailbox {
    #[command(flatten)]
    pub(crate) access: Access,
    /// The mailboxes
    #[arg(value_name = "MAILBOX", required = true)]
    pub(crate) mailboxes: Vec<String>,
    /// Remove the messages in them too
    #[arg(long)]
    pub(crate) with_messages: bool,
}

/// Subscribe to mailboxes: mark them as those that mail programs show
///
/// `imap folders --subscribed` lists them.
#[derive(Debug, Args)]
pub(crate) struct Subscribe {
    #[command(flatten)]
    pub(crate) access: Access,
    /// The mailboxes
    #[arg(value_name = "MAILBOX", required = true)]
    pub(crate) mailboxes: Vec<String>,
}

/// Take subscriptions to mailboxes away
///
/// The mailboxes and their messages stay. A subscription can be to a mailbox that is not there any more.
#[derive(Debug, Args)]
pub(crate) struct Unsubscribe {
    #[command(flatten)]
    pub(crate) access: Access,
    /// The mailboxes
    #[arg(value_name = "MAILBOX", required = true)]
    pub(crate) mailboxes: Vec<String>,
}
