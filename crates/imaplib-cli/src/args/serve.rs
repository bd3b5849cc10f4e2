//! The arguments of `imap serve`.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;

/// Serve an archive of `imap backup` over IMAP on this machine, to be looked at with a mail program
///
/// Nothing can be changed. A backup may run at the same time: what it adds is seen. The connection is in clear text, so that
/// the server listens on this machine alone; from another one, use ssh -L. Where no password is given, one is made and printed.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  imap serve ~/mail-backup
  imap serve ~/mail-backup --listen 127.0.0.1:0 --password-file ~/.serve-password --gone
  curl --user archive imap://127.0.0.1:1143/INBOX -X 'UID SEARCH SUBJECT invoice'")]
pub(crate) struct Serve {
    /// Where to listen: an address of this machine's own, 127.0.0.1 or ::1; with port 0, at any free port
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:1143")]
    pub(crate) listen: SocketAddr,
    /// The name to log in with
    #[arg(long, value_name = "NAME", default_value = "archive")]
    pub(crate) user: String,
    /// Take the password to log in with from the first line that this command prints
    #[arg(long, value_name = "CMD", conflicts_with = "password_file")]
    pub(crate) password_command: Option<String>,
    /// Take the password to log in with from the first line of this file
    #[arg(long, value_name = "FILE")]
    pub(crate) password_file: Option<PathBuf>,
    /// Serve also what the server has no more, below the name Gone
    #[arg(long)]
    pub(crate) gone: bool,
    /// The archive
    #[arg(value_name = "DIR")]
    pub(crate) dir: PathBuf,
}
