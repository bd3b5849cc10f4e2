//! Messages that are collected in temporary tables: those that the server did not list, and those from before a mailbox
//! was recreated.
//!
//! SQLite writes such a table to disk when it grows: a server that shows a large mailbox empty costs no memory.

use std::ops::RangeInclusive;

use imaplib::types::{Uid, UidSet};
use rusqlite::params;

use crate::error::Result;
use crate::index::Index;

/// How many messages are removed in one transaction.
const BATCH: u32 = 1000;

impl Index {
    /// Forgets what was collected before of the messages whose UIDs are in the range.
    pub(crate) fn begin_gone(&self, uids: RangeInclusive<u32>) -> Result<()> {
        self.connection.execute("DELETE FROM temp.unlisted WHERE uid BETWEEN ?1 AND ?2", [uids.start(), uids.end()])?;
        Ok(())
    }

    /// Adds a message that is not listed; `was_gone` if that was noted in an earlier run.
    pub(crate) fn add_gone(&self, uid: u32, was_gone: bool) -> Result<()> {
        let sql = "INSERT OR REPLACE INTO temp.unlisted (uid, was_gone) VALUES (?1, ?2)";
        self.connection.prepare_cached(sql)?.execute(params![uid, was_gone])?;
        Ok(())
    }

    /// Removes a message again: the server has it.
    pub(crate) fn is_there(&self, uid: u32) -> Result<()> {
        self.connection.prepare_cached("DELETE FROM temp.unlisted WHERE uid = ?1")?.execute([uid])?;
        Ok(())
    }

    /// Whether the message was collected.
    pub(crate) fn is_gone(&self, uid: Uid) -> Result<bool> {
        let sql = "SELECT EXISTS (SELECT 1 FROM temp.unlisted WHERE uid = ?1)";
        Ok(self.connection.prepare_cached(sql)?.query_row([uid.get()], |row| row.get(0))?)
    }

    /// Those of these messages that were collected.
    pub(crate) fn gone_of(&self, uids: &UidSet) -> Result<UidSet> {
        let mut gone = UidSet::new();
        for uid in uids.iter() {
            if self.is_gone(uid)? {
                gone.insert(uid);
            }
        }
        Ok(gone)
    }

    /// How many were collected, and how many of them had been noted as gone before.
    pub(crate) fn count_gone(&self) -> Result<(u64, u64)> {
        let sql = "SELECT count(*), coalesce(sum(was_gone), 0) FROM temp.unlisted";
        let (all, before) =
            self.connection.query_row(sql, [], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?)))?;
        Ok((all.cast_unsigned(), before.cast_unsigned()))
    }

    /// The next messages that were collected, behind `last`.
    pub(crate) fn gone_after(&self, last: u32) -> Result<Vec<u32>> {
        let sql = "SELECT uid FROM temp.unlisted WHERE uid > ?1 ORDER BY uid LIMIT ?2";
        let mut query = self.connection.prepare_cached(sql)?;
        let rows = query.query_map([last, BATCH], |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Notes all that were collected as gone from the server.
    pub(crate) fn note_all_gone(&mut self, mailbox: i64, uid_validity: u64) -> Result<()> {
        let sql = "UPDATE messages SET expunged = 1 WHERE mailbox = ?1 AND uidvalidity = ?2 AND expunged = 0
                   AND uid IN (SELECT uid FROM temp.unlisted)";
        self.note(sql, params![mailbox, uid_validity.cast_signed()])?;
        Ok(())
    }
}

impl Index {
    /// Collects the messages of other UIDVALIDITYs of the mailbox by their contents; returns whether there are any.
    pub(crate) fn collect_former(&self, mailbox: i64, uid_validity: u64) -> Result<bool> {
        let place = params![mailbox, uid_validity.cast_signed()];
        let those = "FROM messages WHERE mailbox = ?1 AND uidvalidity NOT IN (0, ?2) AND sha256 IS NOT NULL";
        let sql = format!("SELECT EXISTS (SELECT 1 {those})");
        if !self.connection.query_row(&sql, place, |row| row.get::<_, bool>(0))? {
            return Ok(false);
        }
        self.connection.execute_batch(
            "DROP TABLE IF EXISTS temp.former;
             CREATE TEMP TABLE former (sha256 BLOB NOT NULL, date INTEGER, validity INTEGER NOT NULL, uid INTEGER NOT NULL);",
        )?;
        let sql = format!("INSERT INTO temp.former SELECT sha256, internaldate, uidvalidity, uid {those}");
        self.connection.execute(&sql, place)?;
        self.connection.execute_batch("CREATE INDEX temp.former_contents ON former (sha256, date);")?;
        Ok(true)
    }

    /// The messages among those collected that have these contents and this date.
    pub(crate) fn same_contents(&self, sha256: &[u8], date: Option<i64>) -> Result<Vec<(u64, u32)>> {
        let sql = "SELECT validity, uid FROM temp.former WHERE sha256 = ?1 AND date IS ?2 ORDER BY validity, uid";
        let mut query = self.connection.prepare_cached(sql)?;
        let rows =
            query.query_map(params![sha256, date], |row| Ok((row.get::<_, i64>(0)?.cast_unsigned(), row.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}
