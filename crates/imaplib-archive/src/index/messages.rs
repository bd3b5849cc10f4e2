//! The messages of a mailbox in the database: their files, their sums, and how they are changed, all of them or none.

use rusqlite::{OptionalExtension as _, params};

use crate::error::{ArchiveError, Result};
use crate::files::Identity;
use crate::folder_name;
use crate::index::Index;
use crate::index::noted::Noting;
use crate::maildir;

/// A message that the archive has.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct MessageRow {
    pub(crate) uid: u32,
    pub(crate) file: String,
    pub(crate) flags: String,
    pub(crate) size: u64,
    /// RFC822.SIZE, which need not be the size of the file.
    pub(crate) announced: Option<u64>,
    pub(crate) is_short: bool,
    pub(crate) internal_date: Option<i64>,
    /// The time zone of INTERNALDATE, in minutes east of UTC.
    pub(crate) zone: Option<i16>,
    /// The server's own identifier of the contents, behind its kind.
    pub(crate) server_id: Option<String>,
    pub(crate) sha256: Option<Vec<u8>>,
}

impl Index {
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

    /// Calls `each` with the UIDVALIDITY and UID of every message, its SHA-256, and whether it is noted as lost. Where these
    /// cannot be read, it is one of the [bad rows](Self::bad_rows).
    pub(crate) fn for_each_file(
        &self,
        mailbox: i64,
        mut each: impl FnMut(Identity, Option<&[u8]>, bool) -> Result<()>,
    ) -> Result<()> {
        let sql = "SELECT uidvalidity, uid, sha256, lost FROM messages WHERE mailbox = ?1";
        let mut query = self.connection.prepare_cached(sql)?;
        let mut rows = query.query([mailbox])?;
        while let Some(row) = rows.next()? {
            let (Ok(validity), Ok(uid)) = (row.get::<_, i64>(0), row.get(1)) else { continue };
            let is_lost = row.get::<_, u8>(3).is_ok_and(|lost| lost > 0);
            each((validity.cast_unsigned(), uid), row.get_ref(2)?.as_blob_or_null().unwrap_or_default(), is_lost)?;
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

/// Fails unless this is the name of a file of this message, and no path.
pub(crate) fn check_file(uid_validity: u64, uid: u32, file: &str) -> Result<()> {
    match folder_name::is_plain(file) && maildir::identity(file) == Some((uid_validity, uid)) {
        true => Ok(()),
        false => Err(ArchiveError::bad_row(format!(
            "UID {uid} (UIDVALIDITY {uid_validity}) has the file {file:?}, which is not its own"
        ))),
    }
}

/// Behind which message a page begins, by the UIDVALIDITY and the UID in the database.
#[derive(Debug, Clone, Copy)]
pub(crate) struct After(pub(super) i64, pub(super) i64);

impl After {
    /// Behind this one; the first page begins behind none.
    pub(crate) fn message(last: Option<(u64, u32)>) -> Self {
        // UIDVALIDITY is an i64 in the database, and below zero above 2^63.
        last.map_or(Self(i64::MIN, 0), |(validity, uid)| Self(validity.cast_signed(), i64::from(uid)))
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
            "INSERT INTO messages (mailbox, uidvalidity, uid, file, flags, size, internaldate, sha256, announced, zone,
             server_id) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
             ON CONFLICT (mailbox, uidvalidity, uid) DO UPDATE SET file = excluded.file, flags = excluded.flags,
             size = excluded.size, internaldate = excluded.internaldate, sha256 = excluded.sha256,
             announced = excluded.announced, zone = excluded.zone, server_id = excluded.server_id, expunged = 0, lost = 0, kept = 0, unreliable = 0,
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
            message.announced.map(u64::cast_signed),
            message.zone,
            message.server_id
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
