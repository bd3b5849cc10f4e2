//! The ledger of what is copied from one account to another: a file that has of each message whether it was sent, and where it is.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OptionalExtension as _};

use crate::error::{ArchiveError, Result};
use crate::index::schema::SENT;
use crate::private;
use crate::restore::ledger::Ledger;

/// The version of the tables that this program writes.
const VERSION: i64 = 1;

const TABLES: &str = "
CREATE TABLE IF NOT EXISTS accounts (from_account TEXT NOT NULL, to_account TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS mailboxes (id INTEGER PRIMARY KEY, wire BLOB NOT NULL UNIQUE);
";

/// A ledger of what is copied from one account to another. No other process can open it until it is dropped.
///
/// What is in it decides what is sent: without it, everything is looked up on the target by size, date and Message-ID.
#[derive(Debug)]
pub struct CopyLedger {
    connection: Connection,
    path: PathBuf,
    to: String,
}

impl CopyLedger {
    /// Opens the ledger in a file, which is made where there is none.
    ///
    /// `from` and `to` are whose mail it is: any texts that are the same in each run.
    ///
    /// # Errors
    /// If the file cannot be read or written or is not a ledger, another process has it open
    /// ([`ArchiveError::LedgerInUse`]), or it is that of other accounts ([`ArchiveError::OtherLedger`]).
    pub fn open(path: impl AsRef<Path>, from: &str, to: &str) -> Result<Self> {
        let path = path.as_ref();
        let explain = |error| ArchiveError::io("write", path, error);
        match private::create_file(path) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(explain(error)),
            _ => {}
        }
        // A FIFO would be waited for, for ever.
        if !std::fs::metadata(path).map_err(explain)?.is_file() {
            return Err(ArchiveError::NotAFile { path: path.to_owned(), is_link: false });
        }
        let connection = Connection::open(path)?;
        connection.busy_timeout(Duration::ZERO)?;
        let set_up = "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
                      PRAGMA foreign_keys = ON; BEGIN EXCLUSIVE; COMMIT;";
        connection.execute_batch(set_up).map_err(|error| match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
                ArchiveError::LedgerInUse { path: path.to_owned() }
            }
            _ => error.into(),
        })?;
        let version: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
        if version > VERSION {
            return Err(ArchiveError::NewerFormat { database: path.to_owned() });
        }
        let transaction = connection.unchecked_transaction()?;
        transaction.execute_batch(TABLES)?;
        transaction.execute_batch(SENT)?;
        transaction.pragma_update(None, "user_version", VERSION)?;
        let read = |row: &rusqlite::Row<'_>| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?));
        let sql = "SELECT from_account, to_account FROM accounts";
        match transaction.query_row(sql, [], read).optional()? {
            Some((own_from, own_to)) if own_from != from || own_to != to => {
                return Err(ArchiveError::OtherLedger { path: path.to_owned(), from: own_from, to: own_to });
            }
            Some(_) => {}
            None => {
                let sql = "INSERT INTO accounts (from_account, to_account) VALUES (?1, ?2)";
                transaction.execute(sql, [from, to])?;
            }
        }
        transaction.commit()?;
        Ok(Self { connection, path: path.to_owned(), to: to.to_owned() })
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whose the target is.
    pub(crate) fn target(&self) -> &str {
        &self.to
    }

    /// The ID of a mailbox of the account from which messages are copied.
    pub(crate) fn mailbox(&self, wire: &[u8]) -> Result<i64> {
        let sql = "SELECT id FROM mailboxes WHERE wire = ?1";
        if let Some(id) = self.connection.query_row(sql, [wire], |row| row.get(0)).optional()? {
            return Ok(id);
        }
        self.connection.execute("INSERT INTO mailboxes (wire) VALUES (?1)", [wire])?;
        Ok(self.connection.last_insert_rowid())
    }
}

impl Ledger for CopyLedger {
    fn connection(&self) -> &Connection {
        &self.connection
    }

    fn note(&self, change: &mut dyn FnMut(&Connection) -> Result<()>) -> Result<()> {
        let transaction = self.connection.unchecked_transaction()?;
        change(&transaction)?;
        Ok(transaction.commit()?)
    }
}
