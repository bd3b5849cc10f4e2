//! The arguments of the verbs that add, change, copy and remove messages.

use std::path::PathBuf;

use clap::Args;

use super::{InMailbox, Messages};

/// Add messages to a mailbox
///
/// The files hold one message each. Line ends are made CR LF where they are not.
#[derive(Debug, Args)]
pub(crate) struct Append {
    #[command(flatten)]
    pub(crate) at: InMailbox,
    /// Message files; - is standard input
    #[arg(value_name = "FILE", required = true)]
    pub(crate) files: Vec<PathBuf>,
    /// Set this flag: seen, flagged, answered, draft, or a keyword
    #[arg(long, value_name = "FLAG")]
    pub(crate) flag: Vec<String>,
    /// The date of arrival, such as 2026-03-14 or 2026-03-14T09:26:53Z; else now
    #[arg(long, value_name = "DATE")]
    pub(crate) date: Option<String>,
}

/// Set and remove flags
///
/// imap flag work INBOX 17 +Seen -Flagged '+$Junk'
#[derive(Debug, Args)]
pub(crate) struct Flag {
    #[command(flatten)]
    pub(crate) at: Messages,
    /// +FLAG sets, -FLAG removes: seen, flagged, answered, draft, deleted, or a keyword
    #[arg(value_name = "±FLAG")]
    pub(crate) changes: Vec<String>,
    /// What -FLAG is rewritten to before the options are read
    #[arg(long, value_name = "FLAG", hide = true)]
    pub(crate) remove: Vec<String>,
}

/// Copy messages to another mailbox
#[derive(Debug, Args)]
pub(crate) struct Copy {
    #[command(flatten)]
    pub(crate) at: Messages,
    /// Where to
    #[arg(value_name = "TARGET")]
    pub(crate) target: String,
}

/// Move messages to another mailbox
#[derive(Debug, Args)]
pub(crate) struct Move {
    #[command(flatten)]
    pub(crate) at: Messages,
    /// Where to
    #[arg(value_name = "TARGET")]
    pub(crate) target: String,
}

/// Delete messages: move them to the Trash, or remove them
#[derive(Debug, Args)]
pub(crate) struct Delete {
    #[command(flatten)]
    pub(crate) at: Messages,
    /// Remove them for good in place of moving them to the Trash
    #[arg(long)]
    pub(crate) expunge: bool,
}
