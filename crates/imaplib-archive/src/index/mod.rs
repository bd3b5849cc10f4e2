//! The archive's database: which message is in which file. It is behind the files, never ahead of them.

mod collected;
mod levels;
pub(crate) mod lost;
mod noted;
pub(crate) mod past_runs;
mod replay;
mod schema;
pub(crate) mod shorter;
pub(crate) mod stored;
mod tables;
#[cfg(test)]
mod tests;
pub(crate) mod unproven;

use std::cell::RefCell;
use std::collections::HashMap;
use std::path::Path;
use std::time::Duration;

use imaplib::types::MailboxName;
use rusqlite::{Connection, OptionalExtension as _, params};

use crate::error::{ArchiveError, Result};
use crate::files::Identity;
use crate::folder_name;
use crate::index::noted::Noting;
pub(crate) use crate::index::replay::{Damaged, Examined};
use crate::index::tables::Table;
use crate::log::{Entry, Log, LogDamage};
use crate::maildir;

/// The database.
#[derive(Debug)]
pub(crate) struct Index {
    pub(crate) connection: Connection,
    log: RefCell<Log>,
    tables: Vec<Table>,
    /// Where the log was damaged when the database was opened.
    pub(crate) damage: Option<LogDamage>,
}

/// What the database knows of a mailbox.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct MailboxRow {
    pub(crate) id: i64,
    pub(crate) name: String,
    pub(crate) dir: String,
    pub(crate) uid_validity: u64,
    pub(crate) uid_next: u64,
    pub(crate) highest_modseq: u64,
    pub(crate) unsettled: bool,
    /// When all dates and sizes were last compared, in seconds since 1970; 0 if never.
    pub(crate) compared: i64,
    /// When a new message last arrived.
    pub(crate) arrived: i64,
    /// How many runs in succession saw a new UIDVALIDITY.
    pub(crate) renewals: u32,
    /// Its UIDs last only after SELECT.
    pub(crate) selects: bool,
    /// It was reported as gone from the server.
    pub(crate) gone: bool,
    /// The server lost messages by being set back, and nobody has confirmed that they are not wanted.
    pub(crate) set_back: bool,
    /// What the server lists of it.
    pub(crate) about: About,
    /// The contents of the file that describes it.
    pub(crate) described: Option<String>,
}

/// What the server lists of a mailbox beside its name.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct About {
    pub(crate) delimiter: Option<String>,
    /// MAILBOXID (RFC 8474).
    pub(crate) mailbox_id: Option<String>,
    /// Its special uses, with blanks between them.
    pub(crate) special_use: Option<String>,
    pub(crate) subscribed: Option<bool>,
}

/// A message that the archive has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct MessageRow {
    pub(crate) uid: u32,
    pub(crate) file: String,
    pub(crate) flags: String,
    pub(crate) size: u64,
    /// RFC822.SIZE, which need not be the size of the file.
    pub(crate) announced: Option<u64>,
    pub(crate) is_short: bool,
    pub(crate) internal_date: Option<i64>,
    pub(crate) sha256: Option<Vec<u8>>,
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
                      CREATE TEMP TABLE unlisted (uid INTEGER PRIMARY KEY, was_gone INTEGER NOT NULL);";
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

    /// The mailboxes, by the bytes of their names. None has a folder outside the archive.
    pub(crate) fn mailboxes(&self) -> Result<HashMap<Vec<u8>, MailboxRow>> {
        let mut query = self.connection.prepare(
            "SELECT wire, id, name, dir, uidvalidity, uidnext, highestmodseq, unsettled, compared, arrived, renewals,
             selects, gone, set_back, delimiter, mailbox_id, special_use, subscribed, described FROM mailboxes",
        )?;
        let rows = query.query_map([], |row| {
            let mailbox = MailboxRow {
                id: row.get(1)?,
                name: row.get(2)?,
                dir: row.get(3)?,
                uid_validity: row.get::<_, i64>(4)?.cast_unsigned(),
                uid_next: row.get::<_, i64>(5)?.cast_unsigned(),
                highest_modseq: row.get::<_, i64>(6)?.cast_unsigned(),
                unsettled: row.get(7)?,
                compared: row.get(8)?,
                arrived: row.get(9)?,
                renewals: row.get(10)?,
                selects: row.get(11)?,
                gone: row.get(12)?,
                set_back: row.get(13)?,
                about: About {
                    delimiter: row.get(14)?,
                    mailbox_id: row.get(15)?,
                    special_use: row.get(16)?,
                    subscribed: row.get(17)?,
                },
                described: row.get(18)?,
            };
            Ok((row.get(0)?, mailbox))
        })?;
        let rows: HashMap<Vec<u8>, MailboxRow> = rows.collect::<Result<_, _>>()?;
        match rows.values().find(|row| !folder_name::is_inside(&row.dir)) {
            Some(MailboxRow { name, dir, .. }) => Err(ArchiveError::damaged(format!(
                "the mailbox {name:?} has the folder {dir:?}, which is not in the archive"
            ))),
            None => Ok(rows),
        }
    }

    /// Notes mailboxes before anything is written for them.
    pub(crate) fn add_mailboxes(&mut self, mailboxes: &[(&MailboxName, String)]) -> Result<Vec<MailboxRow>> {
        let mut rows = Vec::with_capacity(mailboxes.len());
        let transaction = self.noting()?;
        for (name, dir) in mailboxes {
            let sql = "INSERT INTO mailboxes (name, wire, dir) VALUES (?1, ?2, ?3) RETURNING id";
            let id = transaction.query_row(sql, params![name.to_text(), key(name), dir], |row| row.get(0))?;
            let (name, dir) = (name.to_text().into_owned(), dir.clone());
            rows.push(MailboxRow { id, name, dir, unsettled: true, ..MailboxRow::default() });
        }
        transaction.commit()?;
        Ok(rows)
    }

    /// Notes that files may run ahead of the database from now on.
    pub(crate) fn unsettle(&mut self, mailbox: i64, uid_validity: u64) -> Result<()> {
        let sql = "UPDATE mailboxes SET unsettled = 1, uidvalidity = ?2, highestmodseq = 0 WHERE id = ?1";
        self.note(sql, params![mailbox, uid_validity.cast_signed()])?;
        Ok(())
    }

    /// Notes how a mailbox has to be opened, and how many runs in succession saw a new UIDVALIDITY.
    pub(crate) fn set_opening(&mut self, mailbox: i64, selects: bool, renewals: u32) -> Result<()> {
        let sql = "UPDATE mailboxes SET selects = ?2, renewals = ?3 WHERE id = ?1";
        self.note(sql, params![mailbox, selects, renewals])?;
        Ok(())
    }

    /// Notes that the folder is as the server was, by the row's figures.
    pub(crate) fn settle(&mut self, row: &MailboxRow) -> Result<()> {
        let sql =
            "UPDATE mailboxes SET unsettled = 0, uidvalidity = ?2, uidnext = ?3, highestmodseq = ?4, compared = ?5,
                   arrived = ?6, renewals = ?7, set_back = ?8 WHERE id = ?1";
        let MailboxRow { id, uid_validity, uid_next, highest_modseq, compared, arrived, renewals, set_back, .. } = row;
        let [uid_validity, uid_next, highest_modseq] =
            [uid_validity, uid_next, highest_modseq].map(|n| n.cast_signed());
        self.note(sql, params![id, uid_validity, uid_next, highest_modseq, compared, arrived, renewals, set_back])?;
        Ok(())
    }

    /// Notes which mailboxes were reported as gone from the server.
    pub(crate) fn set_gone(&mut self, mailboxes: &[(i64, bool)]) -> Result<()> {
        let transaction = self.noting()?;
        for (mailbox, gone) in mailboxes {
            transaction.execute("UPDATE mailboxes SET gone = ?2 WHERE id = ?1", params![mailbox, gone])?;
        }
        transaction.commit()?;
        Ok(())
    }

    /// Notes that a mailbox has another name, and that its files are to be moved to another folder.
    pub(crate) fn rename(&mut self, mailbox: i64, name: &MailboxName, dir: &str, before: &str) -> Result<()> {
        let sql = "UPDATE mailboxes SET name = ?2, wire = ?3, dir = ?4, moved_from = ?5 WHERE id = ?1";
        self.note(sql, params![mailbox, name.to_text(), key(name), dir, before]).map(drop)
    }

    /// The mailboxes whose files are to be moved, with their former and their new folders.
    pub(crate) fn unfinished_renames(&self) -> Result<Vec<(i64, String, String)>> {
        let sql = "SELECT id, moved_from, dir FROM mailboxes WHERE moved_from IS NOT NULL";
        let mut query = self.connection.prepare_cached(sql)?;
        let rows = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        let rows: Vec<(i64, String, String)> = rows.collect::<Result<_, _>>()?;
        match rows.iter().find(|(_, from, to)| !folder_name::is_inside(from) || !folder_name::is_inside(to)) {
            Some((_, from, _)) => {
                Err(ArchiveError::damaged(format!("a mailbox was in the folder {from:?}, which is not in the archive")))
            }
            None => Ok(rows),
        }
    }

    /// Notes that the files of a mailbox were moved.
    pub(crate) fn finish_rename(&mut self, mailbox: i64) -> Result<()> {
        self.note("UPDATE mailboxes SET moved_from = NULL WHERE id = ?1", [mailbox]).map(drop)
    }

    /// Notes what the server lists of mailboxes.
    pub(crate) fn set_about(&mut self, mailboxes: &[(i64, About)]) -> Result<()> {
        let transaction = self.noting()?;
        let sql =
            "UPDATE mailboxes SET delimiter = ?2, mailbox_id = ?3, special_use = ?4, subscribed = ?5 WHERE id = ?1";
        for (mailbox, About { delimiter, mailbox_id, special_use, subscribed }) in mailboxes {
            transaction.execute(sql, params![mailbox, delimiter, mailbox_id, special_use, subscribed])?;
        }
        transaction.commit()
    }

    /// Notes the contents of the files that describe mailboxes.
    pub(crate) fn set_described(&mut self, mailboxes: &[(i64, String)]) -> Result<()> {
        let transaction = self.noting()?;
        for (mailbox, described) in mailboxes {
            transaction.execute("UPDATE mailboxes SET described = ?2 WHERE id = ?1", params![mailbox, described])?;
        }
        transaction.commit()
    }

    /// Forgets a mailbox and its messages; returns how many there were.
    pub(crate) fn forget(&mut self, mailbox: i64) -> Result<u64> {
        let transaction = self.noting()?;
        let messages = transaction.execute("DELETE FROM messages WHERE mailbox = ?1", [mailbox])?;
        transaction.execute("DELETE FROM failing WHERE mailbox = ?1", [mailbox])?;
        transaction.execute("DELETE FROM levels WHERE mailbox = ?1", [mailbox])?;
        transaction.execute("DELETE FROM shorter WHERE mailbox = ?1", [mailbox])?;
        transaction.execute("DELETE FROM mailboxes WHERE id = ?1", [mailbox])?;
        transaction.commit()?;
        Ok(messages as u64)
    }

    /// How many messages of the mailbox are stored under this UIDVALIDITY, those that have gone from the server too, unless they
    /// are lost or never pruned.
    pub(crate) fn count_all(&self, mailbox: i64, uid_validity: u64) -> Result<u64> {
        let sql = "SELECT count(*) FROM messages WHERE mailbox = ?1 AND uidvalidity = ?2 AND lost = 0 AND kept = 0";
        let count: i64 =
            self.connection.query_row(sql, params![mailbox, uid_validity.cast_signed()], |row| row.get(0))?;
        Ok(count.cast_unsigned())
    }

    /// How many messages of the mailbox are on the server too.
    pub(crate) fn count(&self, mailbox: i64, uid_validity: u64) -> Result<u64> {
        let sql = "SELECT count(*) FROM messages WHERE mailbox = ?1 AND uidvalidity = ?2 AND expunged = 0";
        Ok(self
            .connection
            .query_row(sql, params![mailbox, uid_validity.cast_signed()], |row| row.get::<_, i64>(0))?
            .cast_unsigned())
    }

    /// How many messages are there from before the mailbox was recreated.
    pub(crate) fn count_former(&self, mailbox: i64, uid_validity: u64) -> Result<u64> {
        let sql = "SELECT count(*) FROM messages WHERE mailbox = ?1 AND uidvalidity <> ?2";
        Ok(self
            .connection
            .query_row(sql, params![mailbox, uid_validity.cast_signed()], |row| row.get::<_, i64>(0))?
            .cast_unsigned())
    }

    /// Calls `each` with the UIDVALIDITY and UID of every message, its SHA-256, and whether it is noted as lost.
    pub(crate) fn for_each_file(
        &self,
        mailbox: i64,
        mut each: impl FnMut(Identity, Option<&[u8]>, bool) -> Result<()>,
    ) -> Result<()> {
        let sql = "SELECT uidvalidity, uid, sha256, lost FROM messages WHERE mailbox = ?1";
        let mut query = self.connection.prepare_cached(sql)?;
        let mut rows = query.query([mailbox])?;
        while let Some(row) = rows.next()? {
            each(
                (row.get::<_, i64>(0)?.cast_unsigned(), row.get(1)?),
                row.get_ref(2)?.as_blob_or_null().unwrap_or_default(),
                row.get::<_, u8>(3)? > 0,
            )?;
        }
        Ok(())
    }

    /// The next messages behind `last` without a SHA-256, in the order of UIDVALIDITY and UID.
    pub(crate) fn without_sha256(
        &self,
        mailbox: i64,
        last: Option<(u64, u32)>,
        count: usize,
    ) -> Result<Vec<(u64, u32)>> {
        let sql = "SELECT uidvalidity, uid FROM messages WHERE mailbox = ?1 AND sha256 IS NULL
                   AND (uidvalidity, uid) > (?2, ?3) ORDER BY uidvalidity, uid LIMIT ?4";
        // UIDVALIDITY is an i64 in the database, and below zero above 2^63.
        let (validity, uid) = last.map_or((i64::MIN, 0), |(validity, uid)| (validity.cast_signed(), uid));
        let mut query = self.connection.prepare_cached(sql)?;
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        let rows = query.query_map(params![mailbox, validity, uid, count], |row| {
            Ok((row.get::<_, i64>(0)?.cast_unsigned(), row.get(1)?))
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Notes SHA-256 sums of messages.
    pub(crate) fn set_sha256(&mut self, mailbox: i64, sums: &[(u64, u32, Vec<u8>)]) -> Result<()> {
        let transaction = self.noting()?;
        for (validity, uid, sum) in sums {
            let sql = "UPDATE messages SET sha256 = ?4 WHERE mailbox = ?1 AND uidvalidity = ?2 AND uid = ?3";
            transaction.prepare_cached(sql)?.execute(params![mailbox, validity.cast_signed(), uid, sum])?;
        }
        transaction.commit()
    }

    /// A message's file: a name of ours for this message, and never a path.
    pub(crate) fn file(&self, mailbox: i64, uid_validity: u64, uid: u32) -> Result<Option<String>> {
        let sql = "SELECT file FROM messages WHERE mailbox = ?1 AND uidvalidity = ?2 AND uid = ?3";
        let mut query = self.connection.prepare_cached(sql)?;
        let file: Option<String> =
            query.query_row(params![mailbox, uid_validity.cast_signed(), uid], |row| row.get(0)).optional()?;
        file.iter().try_for_each(|file| check_file(uid_validity, uid, file))?;
        Ok(file)
    }

    /// The SHA-256 of a message's file, if one is noted.
    pub(crate) fn sha256(&self, mailbox: i64, uid_validity: u64, uid: u32) -> Result<Option<Vec<u8>>> {
        let sql = "SELECT sha256 FROM messages WHERE mailbox = ?1 AND uidvalidity = ?2 AND uid = ?3";
        let mut query = self.connection.prepare_cached(sql)?;
        let found = query.query_row(params![mailbox, uid_validity.cast_signed(), uid], |row| row.get(0)).optional()?;
        Ok(found.flatten())
    }

    /// Changes to a mailbox's messages, all of them or none.
    pub(crate) fn change(&mut self, mailbox: i64, uid_validity: u64) -> Result<Change<'_>> {
        Ok(Change { transaction: self.noting()?, mailbox, uid_validity })
    }
}

/// The bytes by which a mailbox is known: UTF-8 where its name can be read, and never those of another name.
pub(crate) fn key(name: &MailboxName) -> Vec<u8> {
    name.to_key().into_owned()
}

/// Fails unless this is the name of a file of this message, and no path.
pub(crate) fn check_file(uid_validity: u64, uid: u32, file: &str) -> Result<()> {
    match folder_name::is_plain(file) && maildir::identity(file) == Some((uid_validity, uid)) {
        true => Ok(()),
        false => Err(ArchiveError::damaged(format!(
            "UID {uid} (UIDVALIDITY {uid_validity}) has the file {file:?}, which is not its own"
        ))),
    }
}

/// A transaction.
#[derive(Debug)]
pub(crate) struct Change<'a> {
    pub(crate) transaction: Noting<'a>,
    pub(crate) mailbox: i64,
    pub(crate) uid_validity: u64,
}

impl Change<'_> {
    pub(crate) fn add(&self, message: &MessageRow) -> Result<()> {
        let mut insert = self.transaction.prepare_cached(
            "INSERT INTO messages (mailbox, uidvalidity, uid, file, flags, size, internaldate, sha256, announced)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
             ON CONFLICT (mailbox, uidvalidity, uid) DO UPDATE SET file = excluded.file, flags = excluded.flags,
             size = excluded.size, internaldate = excluded.internaldate, sha256 = excluded.sha256,
             announced = excluded.announced, expunged = 0, lost = 0, kept = 0, unreliable = 0,
             was_uidvalidity = NULL, was_uid = NULL,
             unproven = 0, found_sha256 = CASE WHEN unproven > 0 THEN sha256 ELSE found_sha256 END",
        )?;
        insert.execute(params![
            self.mailbox,
            self.uid_validity.cast_signed(),
            message.uid,
            message.file,
            message.flags,
            message.size.cast_signed(),
            message.internal_date,
            message.sha256,
            message.announced.map(u64::cast_signed)
        ])?;
        let arrived = "DELETE FROM failing WHERE mailbox = ?1 AND uidvalidity = ?2 AND uid = ?3";
        let mut forget = self.transaction.prepare_cached(arrived)?;
        forget.execute(params![self.mailbox, self.uid_validity.cast_signed(), message.uid])?;
        self.note_shorter(message)
    }

    pub(crate) fn set_flags(&self, uid: u32, flags: &str, file: &str) -> Result<()> {
        let mut update = self.transaction.prepare_cached(
            "UPDATE messages SET flags = ?4, file = ?5, expunged = 0 WHERE mailbox = ?1 AND uidvalidity = ?2 AND uid = ?3",
        )?;
        update.execute(params![self.mailbox, self.uid_validity.cast_signed(), uid, flags, file])?;
        Ok(())
    }

    pub(crate) fn remove(&self, uid: u32) -> Result<()> {
        let mut delete = self
            .transaction
            .prepare_cached("DELETE FROM messages WHERE mailbox = ?1 AND uidvalidity = ?2 AND uid = ?3")?;
        delete.execute(params![self.mailbox, self.uid_validity.cast_signed(), uid])?;
        self.forget_shorter(uid)
    }

    pub(crate) fn commit(self) -> Result<()> {
        self.transaction.commit()
    }
}
