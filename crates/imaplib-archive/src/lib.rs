//! An archive of an IMAP account on disk: a folder of Maildirs that is brought up to date, verified and read.
//!
//! [`Archive::open`] opens it, [`Archive::backup`] brings it up to date over connections from a [`Source`], and
//! [`Archive::messages`] and [`Archive::read`] show what is in it.
//!
//! - A message is a file in a Maildir, as mail programs read them: those that the server has in the mailbox's folder, those that
//!   it has no more below `.gone`. A log, which is behind the files and never ahead of them, records which message is in which file,
//!   with its flags and its SHA-256; a database is made from it. `docs/archive.md` describes the format.
//! - An archive is read by [`Archive::mailboxes`], [`Archive::messages`] (page by page) and [`Archive::read`] (a file from its
//!   beginning, wherever it is now). These three are what restores and exports are built on, and they stay as they are.
//!   [`Reader`] reads an archive without its lock, while another program may work on it.
//! - [`Archive::export_mbox`], [`Archive::export_eml`] and [`Archive::export_tar`] write the messages for other programs.
//! - A run that breaks off at any moment loses nothing that was noted and stores nothing twice; the next one continues from there.
//! - What a server shows by mistake removes nothing: messages that are gone are kept, unless
//!   [`Options::prune`] is set, and then no mass of them is removed.
//! - [`Archive::plan_restore`] plans to send messages to another account, and [`Plan::run`] does it: each once, noted before it is
//!   sent and once it is there. [`CopyLedger::plan`] does the same with the messages of a server.
//! - One message or mailbox that fails costs itself alone. What happens is reported to an [`Observer`] as it happens, and counted
//!   in a [`Report`].
//! - What is held in memory does not grow with the mailbox.
//!
//! ```no_run
//! use imaplib::blocking::Client;
//! use imaplib::{ConnectOptions, Endpoint};
//! use imaplib_archive::{Archive, Cancel, Event, Options};
//!
//! # fn main() -> Result<(), imaplib_archive::ArchiveError> {
//! let mut source = || {
//!     Client::connect_with(&Endpoint::tls("mail.example.org", 993), &ConnectOptions::new())?.login("alice", "secret")
//! };
//! let mut archive = Archive::open("/backup/alice", "alice@mail.example.org")?;
//! let report = archive.backup(&mut source, &Options::new(), &|event: &Event<'_>| eprintln!("{event}"), &Cancel::new())?;
//! println!("{} new messages", report.total().new);
//! # Ok(())
//! # }
//! ```

pub mod announced_size;
mod archive;
mod check;
mod error;
mod export;
pub mod file_system;
mod files;
mod folder_name;
mod index;
pub mod isolation;
mod log;
mod maildir;
mod messages;
mod observer;
mod options;
mod owner;
pub mod pattern;
mod private;
mod reader;
mod repair;
mod report;
mod restore;
mod source;
mod survey;
mod sync;
mod verify;

pub use archive::Archive;
pub use check::{Check, FaultyFile, FileFault};
pub use error::{ArchiveError, DatabaseFault, ExportFault, Implausible, MailboxFault, Result};
pub use export::{ExportOptions, ExportReport};
pub use log::{LogDamage, LogFault};
pub use messages::{ArchivedMailbox, ArchivedMessage};
pub use observer::{Event, Finding, LeftOut, Observer};
pub use options::{Cancel, Options, Selection};
pub use private::Exposure;
pub use reader::{Figures, Reader, Shelf};
pub use repair::Repaired;
pub use report::{MailboxReport, Report};
pub use restore::ledger_file::CopyLedger;
pub use restore::options::RestoreOptions;
pub use restore::plan::{Plan, PlannedMailbox};
pub use restore::report::{Change, RestoreFinding, RestoreReport, RestoredMailbox};
pub use restore::target::Room;
pub use source::{Source, SourceError};

/// For the fuzz targets alone: what reads what anybody may have changed.
#[doc(hidden)]
pub mod fuzz;
