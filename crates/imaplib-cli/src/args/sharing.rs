//! The arguments of the verbs about who may use a mailbox, and how much may be in it.

use clap::{Args, ValueEnum};

use super::{Access, InMailbox};

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
