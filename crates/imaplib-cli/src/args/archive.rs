//! The arguments of what is done with an archive alone, without a server.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// Look after an archive of `imap backup`, without a server
#[derive(Debug, Args)]
pub(crate) struct ArchiveArgs {
    #[command(subcommand)]
    pub(crate) verb: ArchiveVerb,
}

/// What is done with the archive.
#[derive(Debug, Subcommand)]
pub(crate) enum ArchiveVerb {
    /// Make the archive's database from its log
    ///
    /// For a database that is damaged, or that nobody trusts. The one that was there is kept as DIR/.imap-backup.sqlite.old.
    /// A database that is missing is made by any command that opens the archive. Where the log is damaged, it is named, what
    /// can be read of it counts, and the next backup compares everything with the server: the exit code is 1.
    Rebuild {
        /// The archive
        #[arg(value_name = "DIR")]
        dir: PathBuf,
    },
}

/// Check an archive of `imap backup` against itself, without a server
///
/// Reads every file and compares it with its SHA-256, the files that are there with those of the archive's database, and the
/// archive's log with its chain. Prints what is missing, changed or extra, and exits with 1 if anything is. Nothing is
/// changed without --repair; `imap backup --verify` fetches again what the server still has.
#[derive(Debug, Args)]
pub(crate) struct Verify {
    /// Print the archive's seal, too: the number of the last batch of its log and its chain, a SHA-256 that stands for
    /// everything that was noted. Who has kept it can prove later that the log up to it is as it was
    #[arg(long)]
    pub(crate) seal: bool,
    /// First repair what can be repaired without a server: give files their own names and places again, find files by their
    /// contents under other names, make a damaged database from the log, continue a damaged log. Nothing is removed
    #[arg(long)]
    pub(crate) repair: bool,
    /// The archive
    #[arg(value_name = "DIR")]
    pub(crate) dir: PathBuf,
}
