//! The arguments of the verbs that read, add, change, copy and remove messages.

use std::path::PathBuf;

use clap::Args;

use super::{InMailbox, Messages};

/// Show a message: its headers and its text
///
/// Does not mark the message as read.
#[derive(Debug, Args)]
pub(crate) struct Show {
    #[command(flatten)]
    pub(crate) at: InMailbox,
    /// The message's UID, as `imap search` prints it
    #[arg(value_name = "UID")]
    pub(crate) uid: String,
    /// Show every header, not only the usual ones
    #[arg(long)]
    pub(crate) all_headers: bool,
}

/// Get messages, byte for byte
///
/// A single message goes to standard output, several go into the folder given with -o as UID.eml. Files are never
/// overwritten: a number is added to the name.
#[derive(Debug, Args)]
pub(crate) struct Get {
    #[command(flatten)]
    pub(crate) at: Messages,
    /// Write files into this folder; it is made if it is not there
    #[arg(short, long, value_name = "DIR")]
    pub(crate) output: Option<PathBuf>,
    /// Only this MIME part, as the server holds it, such as 2 or 1.2
    #[arg(long, value_name = "N", conflicts_with_all = ["headers", "attachments"])]
    pub(crate) part: Option<String>,
    /// Only the headers
    #[arg(long, conflicts_with = "attachments")]
    pub(crate) headers: bool,
    /// Only the attachments, decoded, under their own names (with -o)
    ///
    /// An attachment is a part that its sender calls one, that has a file name, or that is not text to be read; a forwarded
    /// message is one, and so are its attachments. A message without any is named on standard error, and is not an error.
    /// What is not in the encoding that it is said to be in is saved as it was sent, and named. One that is damaged in its
    /// encoding is saved as far as it can be read, named, and the command ends with 1.
    #[arg(long, requires = "output")]
    pub(crate) attachments: bool,
    /// Save at most this many attachments of each message; those left are counted, and the command ends with 1
    #[arg(long, value_name = "N", default_value_t = 1000, requires = "attachments")]
    pub(crate) max_attachments: usize,
}

/// Add messages to a mailbox
///
/// A PATH is a file with one message, an mbox file (which begins with `From `), a Maildir, or a folder with .eml and .mbox files.
/// Flags and dates are kept: those of an mbox and in the names of a Maildir, and the dates of files in folders. Line ends are made
/// CR LF where they are not. A message that is refused is named, and the others are added. Where a connection is lost, it is
/// looked in the mailbox what has arrived: nothing is sent twice, and what may be there is named.
#[derive(Debug, Args)]
pub(crate) struct Append {
    #[command(flatten)]
    pub(crate) at: InMailbox,
    /// Files, mbox files, Maildirs and folders; - is a message from standard input
    #[arg(value_name = "PATH", required = true)]
    pub(crate) files: Vec<PathBuf>,
    /// Also what is in the folders within a folder, but for .gone
    #[arg(long)]
    pub(crate) recursive: bool,
    /// Set this flag: seen, flagged, answered, draft, or a keyword
    #[arg(long, value_name = "FLAG")]
    pub(crate) flag: Vec<String>,
    /// Refuse a message that is longer, such as 500M; also one that is longer than the server accepts (APPENDLIMIT)
    ///
    /// A message from standard input is held in memory.
    #[arg(long, value_name = "SIZE", default_value = "100M", allow_negative_numbers = true)]
    pub(crate) max_size: String,
    /// The date of arrival, such as 2026-03-14 or 2026-03-14T09:26:53Z; else that of the message, where it is known, or now
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
