//! The arguments of `imap export`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// Write the messages of an archive for other programs
///
/// As an mbox file for each mailbox, as a file for each message, or as one tar file. Nothing is asked of a server, and nothing in
/// the archive is changed. Run again, it writes what is new: `imap export ~/mail-backup mbox -o ~/mbox`, each night behind
/// `imap backup`. A message whose file is missing, cannot be read, or is not as it was stored is named and left out, and the
/// command ends with 1.
#[derive(Debug, Args)]
pub(crate) struct Export {
    /// The archive
    #[arg(value_name = "DIR")]
    pub(crate) dir: PathBuf,
    /// The form
    #[arg(value_name = "FORMAT")]
    pub(crate) format: ExportFormat,
    /// The folder, new or of an earlier run, for mbox and eml; the file for tar, or - for standard output
    #[arg(short, long, value_name = "OUT")]
    pub(crate) output: PathBuf,
    /// Only the mailboxes that match; * stands for anything, % for anything within one level. Can be repeated
    #[arg(long, value_name = "PATTERN")]
    pub(crate) mailbox: Vec<String>,
    /// Only messages that arrived on this day or later (in UTC), such as 2026-03-14 or 30d; those without a date are not left out
    #[arg(long, value_name = "DATE")]
    pub(crate) since: Option<String>,
    /// Also what has left the server: below .gone, as in the archive
    #[arg(long)]
    pub(crate) gone: bool,
    /// In an mbox, add the headers Status, X-Status and X-Keywords to each message, in which mail programs keep its flags.
    /// Without it, messages have the bytes of the archive
    #[arg(long)]
    pub(crate) status: bool,
}

/// The form of an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ExportFormat {
    /// A file for each mailbox, NAME.mbox (mboxrd), which is always as the archive is
    Mbox,
    /// A file for each message, NAME/UIDVALIDITY-UID.eml, dated as it arrived; nothing is ever removed
    Eml,
    /// The same files as one tar stream
    Tar,
}
