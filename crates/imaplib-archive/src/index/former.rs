//! Messages from before a mailbox was recreated: the same ones come again under the new UIDVALIDITY.

use rusqlite::{OptionalExtension as _, params};

use crate::error::Result;
use crate::index::Index;

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

    /// The file of a collected message with these contents, which arrived at this time.
    pub(crate) fn former_file(&self, mailbox: i64, sha256: &[u8], date: i64) -> Result<Option<String>> {
        let sql = "SELECT validity, uid FROM temp.former WHERE sha256 = ?1 AND date = ?2 LIMIT 1";
        let mut query = self.connection.prepare_cached(sql)?;
        let found =
            query.query_row(params![sha256, date], |row| Ok((row.get::<_, i64>(0)?, row.get(1)?))).optional()?;
        match found {
            Some((validity, uid)) => self.file(mailbox, validity.cast_unsigned(), uid),
            None => Ok(None),
        }
    }
}
