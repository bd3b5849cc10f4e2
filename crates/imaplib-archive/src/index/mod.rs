//! The archive's database: which message is in which file. It is behind the files, never ahead of them.

pub(crate) mod bad_rows;
mod collected;
pub(crate) mod copies;
mod levels;
pub(crate) mod lost;
mod mailboxes;
mod messages;
mod noted;
pub(crate) mod past_runs;
mod replay;
pub(crate) mod schema;
pub(crate) mod shorter;
pub(crate) mod stored;
mod tables;
#[cfg(test)]
mod tests;
pub(crate) mod unproven;

use std::cell::RefCell;
use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OptionalExtension as _};

use crate::error::{ArchiveError, Result};
pub(crate) use crate::index::mailboxes::{About, MailboxRow, key, mailboxes};
pub(crate) use crate::index::messages::{After, Change, MessageRow, check_file};
use crate::index::noted::Noting;
pub(crate) use crate::index::replay::{Damaged, Examined};
use crate::index::tables::Table;
use crate::log::{Entry, Log, LogDamage};

/// The database.
#[derive(Debug)]
pub(crate) struct Index {
    pub(crate) connection: Connection,
    log: RefCell<Log>,
    tables: Vec<Table>,
    /// Where the log was damaged when the database was opened.
    pub(crate) damage: Option<LogDamage>,
}

impl Index {
    pub(crate) fn open(path: &Path) -> Result<Self> {
        Self::open_as(path, Damaged::Continue)
    }

    /// The same; a log that is damaged is continued, or left as it is.
    pub(crate) fn open_as(path: &Path, damaged: Damaged) -> Result<Self> {
        let mut connection = Connection::open(path)?;
        connection.busy_timeout(Duration::from_secs(5))?;
        let version: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
        if version > schema::VERSION {
            return Err(ArchiveError::NewerFormat { database: path.to_owned() });
        }
        // What REPLACE removes is collected only where triggers are recursive. Each commit waits for the disk once, for the log; at
        // rest there is one file. What a power failure takes from the database comes back from the log.
        let set_up = "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON;
                      PRAGMA recursive_triggers = ON;
                      CREATE TEMP TABLE unlisted (uid INTEGER PRIMARY KEY, was_gone INTEGER NOT NULL);
                      CREATE TEMP TABLE departed (mailbox INTEGER NOT NULL, sha256 BLOB NOT NULL, are_removed INTEGER NOT NULL);";
        connection.execute_batch(set_up)?;
        if version < schema::VERSION {
            schema::bring_up(&mut connection, version)?;
        }
        let tables = tables::tables(&connection)?;
        let root = path.parent().unwrap_or(Path::new("."));
        let replay::Recovered { log, damage } = replay::recover(&mut connection, &tables, root, damaged)?;
        noted::collect_changes(&connection, &tables)?;
        Ok(Self { connection, log: RefCell::new(log), tables, damage })
    }

    /// Begins a transaction: every change of the database is made in one.
    pub(crate) fn noting(&self) -> Result<Noting<'_>> {
        Noting::begin(&self.connection, &self.log, &self.tables)
    }

    /// Makes one change.
    fn note(&self, sql: &str, values: impl rusqlite::Params) -> Result<usize> {
        let noting = self.noting()?;
        let changed = noting.prepare_cached(sql)?.execute(values)?;
        noting.commit()?;
        Ok(changed)
    }

    /// Reads the whole log and checks its chain.
    pub(crate) fn examine_log(&self, root: &Path) -> Result<Examined> {
        replay::examine(root)
    }

    /// Adds a line to the log about the archive, with what is noted next.
    pub(crate) fn remark(&self, remark: Entry) {
        self.log.borrow_mut().remark(remark);
    }

    /// Writes what is left to the database's file, and closes it.
    pub(crate) fn close(self) -> Result<()> {
        self.connection.close().map_err(|(_, error)| error.into())
    }

    /// Whose archive this is, and whether that was noted with the port; `None` if it was never noted.
    pub(crate) fn identity(&self) -> Result<Option<(String, bool)>> {
        let sql = "SELECT identity, has_port FROM archive";
        Ok(self.connection.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?))).optional()?)
    }

    /// Makes the archive somebody's. What another server said of its changes counts no more.
    pub(crate) fn set_identity(&mut self, identity: &str) -> Result<()> {
        let transaction = self.noting()?;
        transaction.execute("DELETE FROM archive", [])?;
        transaction.execute("INSERT INTO archive (identity, has_port) VALUES (?1, 1)", [identity])?;
        transaction.execute("UPDATE mailboxes SET highestmodseq = 0", [])?;
        transaction.commit()?;
        Ok(())
    }
}
