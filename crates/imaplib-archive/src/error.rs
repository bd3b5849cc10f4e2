//! What can go wrong with an archive, and what remains usable after it.

use std::error::Error;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crate::source::SourceError;

/// Why an archive cannot be used or brought up to date. The cause is kept as the [`source`](Error::source).
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum ArchiveError {
    /// Another process works on the archive.
    Locked {
        /// The file by which it is locked.
        path: PathBuf,
    },
    /// The archive is that of another account.
    OtherAccount {
        /// The archive's folder.
        archive: PathBuf,
        /// Whose it is.
        owner: String,
        /// For whom it was opened.
        account: String,
    },
    /// The folder has other contents than an archive.
    NotAnArchive {
        /// The folder.
        folder: PathBuf,
        /// The name of one of the things in it.
        entry: String,
    },
    /// The folder holds no archive: see [`Archive::open_existing`](crate::Archive::open_existing).
    NoArchive {
        /// The folder.
        folder: PathBuf,
    },
    /// A newer version of this crate has written the archive.
    NewerFormat {
        /// The archive's database.
        database: PathBuf,
    },
    /// An older version of this crate has written the archive, which is read as it is.
    OlderFormat {
        /// The archive's database.
        database: PathBuf,
    },
    /// One of the archive's own files is not a regular file.
    NotAFile {
        /// What stands in its place.
        path: PathBuf,
        /// Whether that is a link.
        is_link: bool,
    },
    /// The archive's database contains what cannot be true.
    Damaged {
        /// What is wrong.
        what: String,
    },
    /// The database's row of one message cannot be true.
    BadRow {
        /// What is wrong with which.
        what: String,
    },
    /// A file or folder of the archive cannot be used.
    Io {
        /// What was to be done with it: "read", "write".
        action: &'static str,
        /// Which.
        path: PathBuf,
        /// The error of the operating system.
        source: Arc<io::Error>,
    },
    /// The archive's database cannot be used.
    Database {
        /// Why, as far as a caller can do something about it.
        fault: DatabaseFault,
        /// The database's error.
        source: Arc<dyn Error + Send + Sync>,
    },
    /// The server refused something, or the connection failed.
    Server(Arc<imaplib::Error>),
    /// The mailboxes cannot be listed.
    List(Arc<imaplib::Error>),
    /// None of a mailbox's messages can be listed. The connection can be used.
    NothingListed(Arc<imaplib::Error>),
    /// What the server reports of a mailbox does not suffice to know its messages again.
    Mailbox(MailboxFault),
    /// No connection can be made.
    Connect(Arc<SourceError>),
    /// What the server shows of the whole account is more likely its mistake than the truth.
    NotBelieved(Implausible),
    /// The archive has no mailbox of this name.
    NoMailbox(String),
    /// The server did not send a message that it lists.
    NotSent,
    /// The file of a message is not as it was stored.
    DamagedFile {
        /// The file.
        path: PathBuf,
    },
    /// Another process has a ledger open.
    LedgerInUse {
        /// The file.
        path: PathBuf,
    },
    /// A ledger is that of messages between other accounts.
    OtherLedger {
        /// The file.
        path: PathBuf,
        /// Whose messages it is about.
        from: String,
        /// To whom they are sent.
        to: String,
    },
    /// The server sent two different texts of one message.
    Contradiction,
    /// The choice of mailboxes failed: see [`Selection::by`](crate::Selection::by).
    Selection(Arc<dyn Error + Send + Sync>),
    /// No mailbox is selected.
    NothingSelected,
    /// The file of a message is not as it was stored.
    Changed {
        /// Which.
        path: PathBuf,
    },
    /// An export cannot be written there.
    Export {
        /// Where.
        path: PathBuf,
        /// Why.
        fault: ExportFault,
    },
    /// The run was [cancelled](crate::Cancel).
    Cancelled,
}

/// Why the archive's database cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum DatabaseFault {
    /// The disk is full.
    DiskFull,
    /// Another program uses it.
    InUse,
    /// The disk fails, or is full.
    Io,
    /// Something else.
    Other,
}

/// Why the messages of a mailbox cannot be known again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum MailboxFault {
    /// The server does not say how many messages there are.
    NoCount,
    /// The UIDs do not last: there is no UIDVALIDITY, or the server declares it.
    NoUidValidity,
    /// The UIDVALIDITY is another one again and again.
    UidValidityDoesNotLast,
    /// The UIDVALIDITY changed while the mailbox was read.
    Recreated,
    /// It is read-only, and messages are to be put into it.
    ReadOnly,
    /// The server refused one message after another.
    AllRefused,
    /// The mailbox from which messages come cannot be read.
    Origin,
}

/// Why an export cannot be written somewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ExportFault {
    /// It is in the archive itself.
    InsideArchive,
    /// The folder is not empty and holds no export: the name of one of the things in it.
    NotEmpty(String),
    /// The file that is there is not an export.
    OtherFile,
    /// It is the export of another archive, or one in another form.
    OtherExport {
        /// Whose mail it is.
        account: String,
        /// Its form.
        format: String,
    },
}

/// What a server shows of a whole account and is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Implausible {
    /// No mailbox that can be opened is listed, not even INBOX.
    NothingListed,
    /// All mailboxes that had mail are empty, listed no more, or recreated.
    Changed {
        /// How many are empty or not listed.
        empty: usize,
        /// Whether any of these is not listed.
        is_unlisted: bool,
        /// How many have another UIDVALIDITY.
        recreated: usize,
        /// How many messages the archive has of them.
        messages: u64,
    },
}

/// A result of this crate.
pub type Result<T, E = ArchiveError> = std::result::Result<T, E>;

/// What an error leaves usable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Leaves {
    /// Everything but one item.
    Others,
    /// The connection: the server refused one command.
    Connection,
    /// The archive: the connection cannot be used any more.
    Archive,
    /// Nothing: the disk or the database fails.
    Nothing,
}

impl ArchiveError {
    pub(crate) fn io(action: &'static str, path: &Path, error: io::Error) -> Self {
        Self::Io { action, path: path.to_owned(), source: Arc::new(error) }
    }

    pub(crate) fn damaged(what: impl fmt::Display) -> Self {
        Self::Damaged { what: what.to_string() }
    }

    pub(crate) fn bad_row(what: impl fmt::Display) -> Self {
        Self::BadRow { what: what.to_string() }
    }

    pub(crate) fn leaves(&self) -> Leaves {
        match self {
            Self::Server(error) | Self::List(error) => leaves(error),
            Self::Damaged { .. } | Self::Database { .. } | Self::NewerFormat { .. } | Self::OlderFormat { .. } => {
                Leaves::Nothing
            }
            Self::Io { source, .. } if is_storage_failure(source) => Leaves::Nothing,
            _ => Leaves::Others,
        }
    }

    /// Whether the disk or the database fails, so that nothing more can be stored.
    #[must_use]
    pub fn is_storage(&self) -> bool {
        self.leaves() == Leaves::Nothing
    }

    /// Whether the connection is over.
    #[must_use]
    pub fn is_connection(&self) -> bool {
        self.leaves() == Leaves::Archive
    }

    /// How long the server asks to wait, if it was asked for too much.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Server(error) | Self::List(error) | Self::NothingListed(error) => error.retry_after(),
            Self::Connect(error) => error.retry_after(),
            _ => None,
        }
    }
}

/// After anything but the refusal of a command, or a call that sent none, the connection is over.
pub(crate) fn leaves(error: &imaplib::Error) -> Leaves {
    if error.is_no() || error.is_bad() {
        Leaves::Connection
    } else if error.is_bad_argument() || error.is_unsupported() || error.is_read_only() || error.is_caller_io() {
        Leaves::Others
    } else {
        Leaves::Archive
    }
}

/// True for a full disk and a full quota.
fn is_disk_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}

/// True if the disk as a whole cannot be used, and not only one file or folder.
fn is_storage_failure(error: &io::Error) -> bool {
    // A pipe is that between the halves of a transfer: the other one has ended. A folder can be mounted read-only alone: where
    // everything is, the database fails.
    use io::ErrorKind::{BrokenPipe, StaleNetworkFileHandle};
    /// `EIO` and `ENODEV`, which have no kind of their own.
    const FAILING_DEVICE: [i32; 2] = [5, 19];
    is_disk_full(error)
        || matches!(error.kind(), BrokenPipe | StaleNetworkFileHandle)
        || cfg!(unix) && error.raw_os_error().is_some_and(|code| FAILING_DEVICE.contains(&code))
}

impl fmt::Display for ArchiveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Locked { path } => write!(f, "another process is working on this archive ({})", path.display()),
            Self::OtherAccount { archive, owner, account } => {
                write!(f, "{} is the archive of {owner}, not of {account}", archive.display())
            }
            Self::NotAnArchive { folder, entry } => {
                write!(f, "{} is not empty and holds no archive (it has {entry:?})", folder.display())
            }
            Self::NoArchive { folder } => write!(f, "{} holds no archive", folder.display()),
            Self::NewerFormat { database } => {
                write!(f, "{} was written by a newer version of this program", database.display())
            }
            Self::OlderFormat { database } => write!(
                f,
                "{} was written by an older version of this program: the next backup, or `imap verify`, brings it up to date",
                database.display()
            ),
            Self::NotAFile { path, is_link } => {
                let what = if *is_link { "a link, which is not followed" } else { "not a regular file" };
                write!(f, "{} is {what}", path.display())
            }
            Self::Damaged { what } => write!(f, "the archive's database is damaged: {what}"),
            Self::BadRow { what } => write!(f, "a row of the archive's database is damaged: {what}"),
            Self::Io { action, path, source } => write!(f, "cannot {action} {}: {source}", path.display()),
            Self::Database { fault: DatabaseFault::InUse, source } => {
                write!(f, "the archive's database is in use: {source}")
            }
            Self::Database { source, .. } => write!(f, "the archive's database: {source}"),
            Self::Server(error) | Self::NothingListed(error) => error.fmt(f),
            Self::List(error) => write!(f, "the list of mailboxes: {error}"),
            Self::Mailbox(fault) => fault.fmt(f),
            Self::Connect(error) => error.fmt(f),
            Self::NotBelieved(what) => what.fmt(f),
            Self::NoMailbox(name) => write!(f, "the archive has no mailbox {name:?}"),
            Self::NotSent => f.write_str("the server did not send it"),
            Self::DamagedFile { path } => write!(f, "{} is not as it was stored", path.display()),
            Self::LedgerInUse { path } => write!(f, "another process copies by this ledger ({})", path.display()),
            Self::OtherLedger { path, from, to } => {
                write!(f, "{} is the ledger of what is copied from {from} to {to}", path.display())
            }
            Self::Selection(error) => error.fmt(f),
            Self::Contradiction => f.write_str("the server sent two different texts of it"),
            Self::NothingSelected => f.write_str("no mailbox is selected"),
            Self::Changed { path } => write!(f, "{} is not as it was stored", path.display()),
            Self::Export { path, fault } => match fault {
                ExportFault::InsideArchive => write!(f, "{} is in the archive itself", path.display()),
                ExportFault::NotEmpty(entry) => {
                    write!(f, "{} is not empty and holds no export (it has {entry:?})", path.display())
                }
                ExportFault::OtherFile => write!(f, "{} is there, and is not an export", path.display()),
                ExportFault::OtherExport { account, format } => {
                    write!(
                        f,
                        "{} is the export of another archive or in another form ({account:?}, {format:?})",
                        path.display()
                    )
                }
            },
            Self::Cancelled => f.write_str("cancelled: what had arrived is kept"),
        }
    }
}

impl fmt::Display for MailboxFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoCount => "the server does not say how many messages there are",
            Self::NoUidValidity => "the server gives its messages no numbers that last (UIDVALIDITY)",
            Self::UidValidityDoesNotLast => {
                "the server makes the mailbox anew again and again (UIDVALIDITY does not last)"
            }
            Self::ReadOnly => "the server lets nobody put messages into it (READ-ONLY)",
            Self::AllRefused => "the server refuses one message after another",
            Self::Origin => "the mailbox from which messages come cannot be read",
            Self::Recreated => "the server made the mailbox anew while it was read (UIDVALIDITY changed)",
        })
    }
}

impl fmt::Display for Implausible {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::Changed { empty, is_unlisted, recreated, messages } = self else {
            return f.write_str("the server lists no mailbox that can be opened, not even INBOX, which always exists: that is not believed");
        };
        f.write_str("the server shows ")?;
        match (empty, recreated) {
            (_, 0) if *is_unlisted => f.write_str("every mailbox empty or none at all")?,
            (_, 0) => f.write_str("every mailbox empty")?,
            (0, _) => f.write_str("every mailbox made anew (UIDVALIDITY changed)")?,
            _ => write!(
                f,
                "{empty} mailboxes empty or not at all and the other {recreated} made anew (UIDVALIDITY changed)"
            )?,
        }
        write!(f, ", and the archive has {messages} messages of them: that is not believed")
    }
}

impl Error for ArchiveError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Io { source, .. } => Some(&**source),
            Self::Database { source, .. } | Self::Selection(source) => Some(&**source),
            Self::Server(error) | Self::List(error) | Self::NothingListed(error) => Some(&**error),
            Self::Connect(error) => error.source(),
            _ => None,
        }
    }
}

impl From<imaplib::Error> for ArchiveError {
    fn from(error: imaplib::Error) -> Self {
        Self::Server(Arc::new(error))
    }
}

impl From<rusqlite::Error> for ArchiveError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::{Error, ErrorCode};
        if matches!(
            error,
            Error::InvalidColumnType(..) | Error::FromSqlConversionFailure(..) | Error::IntegralValueOutOfRange(..)
        ) {
            return Self::bad_row(error);
        }
        // Says only that a file did not grow, and keeps the reason to itself.
        let did_not_grow =
            error.sqlite_error().is_some_and(|error| error.extended_code == rusqlite::ffi::SQLITE_IOERR_SHMSIZE);
        let fault = match error.sqlite_error_code() {
            code if did_not_grow || code == Some(ErrorCode::DiskFull) => {
                let source = Arc::new(io::Error::from(io::ErrorKind::StorageFull));
                return Self::Database { fault: DatabaseFault::DiskFull, source };
            }
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => DatabaseFault::InUse,
            Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => return Self::damaged(error),
            Some(ErrorCode::SystemIoFailure) => DatabaseFault::Io,
            _ => DatabaseFault::Other,
        };
        Self::Database { fault, source: Arc::new(error) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn database(code: i32) -> ArchiveError {
        rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(code), None).into()
    }

    #[test]
    fn only_a_disk_or_a_database_that_fails_is_about_storage() {
        let io = |kind: io::ErrorKind| ArchiveError::io("write", Path::new("x"), kind.into());
        for (error, expected) in [
            (database(rusqlite::ffi::SQLITE_FULL), true),
            (database(rusqlite::ffi::SQLITE_CORRUPT), true),
            (io(io::ErrorKind::StorageFull), true),
            (io(io::ErrorKind::NotFound), false),
            (io(io::ErrorKind::ReadOnlyFilesystem), false),
            (ArchiveError::Mailbox(MailboxFault::Recreated), false),
            (ArchiveError::NoMailbox("x".to_owned()), false),
        ] {
            assert_eq!(error.is_storage(), expected, "{error}");
        }
    }

    #[test]
    fn the_error_of_the_database_is_the_source() {
        let source = |error: &ArchiveError| error.source().map(ToString::to_string);
        let full = io::Error::from(io::ErrorKind::StorageFull).to_string();
        assert_eq!(source(&database(rusqlite::ffi::SQLITE_FULL)), Some(full));
        assert_eq!(source(&ArchiveError::Mailbox(MailboxFault::Recreated)), None);
    }

    #[test]
    fn what_is_not_believed_is_named() {
        let shown = |empty, is_unlisted, recreated| {
            Implausible::Changed { empty, is_unlisted, recreated, messages: 7 }.to_string()
        };
        let end = ", and the archive has 7 messages of them: that is not believed";
        for (text, expected) in [
            (shown(2, true, 0), "every mailbox empty or none at all"),
            (shown(2, false, 0), "every mailbox empty"),
            (shown(0, false, 3), "every mailbox made anew (UIDVALIDITY changed)"),
            (shown(2, false, 3), "2 mailboxes empty or not at all and the other 3 made anew (UIDVALIDITY changed)"),
        ] {
            assert_eq!(text, format!("the server shows {expected}{end}"));
        }
    }
}
