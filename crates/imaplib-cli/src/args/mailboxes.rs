//! The arguments of the verbs about mailboxes themselves, who may use them, and how much may be in them.

use clap::{Args, ValueEnum};

use super::{Access, InMailbox};

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

/// Show and change who may do what with a mailbox
///
/// Without a CHANGE, shows your own rights and, where you may see them, those of everybody:
///
/// imap acl work Team set bob read
///
/// imap acl work Team remove anyone w
///
/// imap acl work Team delete carol
///
/// RIGHTS are letters: l see the mailbox, r read, s mark as read, w set other flags, i add messages, p post by mail, k make
/// mailboxes below, x remove or rename the mailbox, t mark as deleted, e expunge, a change rights. Or a word: read (lrs),
/// write (lrswite), all.
#[derive(Debug, Args)]
pub(crate) struct Acl {
    #[command(flatten)]
    pub(crate) at: InMailbox,
    /// What to do
    #[arg(value_name = "CHANGE", requires = "who")]
    pub(crate) change: Option<AclVerb>,
    /// A user, anyone, or what else the server knows; -USER for rights that are withheld
    #[arg(value_name = "WHO", allow_hyphen_values = true)]
    pub(crate) who: Option<String>,
    /// Letters, or a word
    #[arg(value_name = "RIGHTS")]
    pub(crate) rights: Option<String>,
}

/// A change of an access control list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum AclVerb {
    /// WHO has these RIGHTS and no others
    Set,
    /// WHO gets these RIGHTS too
    Add,
    /// WHO loses these RIGHTS
    Remove,
    /// WHO is taken off the list
    Delete,
}

/// Show how much room there is
///
/// Prints what the mailbox's quota limits, how much of it is used, and how much there may be: STORAGE as a size (with
/// --json in bytes), the others, such as MESSAGE, as numbers. A quota is usually one for the whole account.
#[derive(Debug, Args)]
pub(crate) struct Quota {
    #[command(flatten)]
    pub(crate) access: Access,
    /// The mailbox
    #[arg(value_name = "MAILBOX", default_value = "INBOX")]
    pub(crate) mailbox: String,
    /// Set a limit, where you may: storage=2G, message=10000, message=none; others stay; can be repeated
    #[arg(long, value_name = "RESOURCE=LIMIT")]
    pub(crate) set: Vec<String>,
    /// Which quota --set changes, where the mailbox has several
    #[arg(long, value_name = "NAME", requires = "set")]
    pub(crate) root: Option<String>,
}
