//! Messages with the same contents, and messages that the server calls the same: none is stored or fetched twice.

use rusqlite::{Params, params};

use crate::error::Result;
use crate::index::{Index, check_file};

/// More of one content are not looked at.
const MOST: usize = 8;

/// A message whose file has what another one needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Twin {
    /// The folder of its mailbox.
    pub(crate) dir: String,
    pub(crate) file: String,
    pub(crate) size: u64,
    pub(crate) sha256: Vec<u8>,
}

/// A live copy of the message `m`: one that the server has in another mailbox.
const ELSEWHERE: &str = "EXISTS (SELECT 1 FROM messages o JOIN mailboxes b ON b.id = o.mailbox
    WHERE o.sha256 = m.sha256 AND o.mailbox <> m.mailbox AND o.uidvalidity = b.uidvalidity
    AND o.expunged = 0 AND o.lost = 0 AND b.gone = 0)";

impl Index {
    /// Whether the server's identifier is known of any message.
    pub(crate) fn has_server_ids(&self) -> Result<bool> {
        let sql = "SELECT EXISTS (SELECT 1 FROM messages WHERE server_id IS NOT NULL)";
        Ok(self.connection.prepare_cached(sql)?.query_row([], |row| row.get(0))?)
    }

    /// The whole messages that the server calls so, of this size and date; none where they differ in their contents.
    pub(crate) fn called(&self, server_id: &str, announced: u64, date: i64) -> Result<Vec<Twin>> {
        let condition =
            "server_id = ?1 AND announced = ?2 AND internaldate = ?3 AND NOT EXISTS (SELECT 1 FROM shorter s
            WHERE s.mailbox = m.mailbox AND s.uidvalidity = m.uidvalidity AND s.uid = m.uid)";
        let twins = self.twins(condition, params![server_id, announced.cast_signed(), date])?;
        let is_one = twins.iter().zip(twins.iter().skip(1)).all(|(one, other)| one.sha256 == other.sha256);
        Ok(if is_one { twins } else { Vec::new() })
    }

    /// The messages of these contents and this date, but for the one that is named.
    pub(crate) fn equal(
        &self,
        sha256: &[u8],
        date: i64,
        (mailbox, uid_validity, uid): (i64, u64, u32),
    ) -> Result<Vec<Twin>> {
        let condition = "sha256 = ?1 AND internaldate = ?2 AND (mailbox, uidvalidity, uid) <> (?3, ?4, ?5)";
        self.twins(condition, params![sha256, date, mailbox, uid_validity.cast_signed(), uid])
    }

    fn twins(&self, condition: &str, values: impl Params) -> Result<Vec<Twin>> {
        let sql = format!(
            "SELECT (SELECT dir FROM mailboxes WHERE id = m.mailbox), file, size, sha256, uidvalidity, uid FROM messages m
             WHERE sha256 IS NOT NULL AND lost = 0 AND unproven = 0 AND {condition} LIMIT {MOST}"
        );
        let mut query = self.connection.prepare_cached(&sql)?;
        let mut rows = query.query(values)?;
        let mut twins = Vec::new();
        while let Some(row) = rows.next()? {
            let file: String = row.get(1)?;
            // A row that is damaged costs itself: it names no file.
            if check_file(row.get::<_, i64>(4)?.cast_unsigned(), row.get(5)?, &file).is_err() {
                continue;
            }
            let size = row.get::<_, i64>(2)?.cast_unsigned();
            twins.push(Twin { dir: row.get(0)?, file, size, sha256: row.get(3)? });
        }
        Ok(twins)
    }

    /// How many of the messages that were collected as gone the server has in other mailboxes, byte for byte, and calls the same.
    pub(crate) fn count_gone_elsewhere(&self, mailbox: i64, uid_validity: u64) -> Result<u64> {
        let sql = format!(
            "SELECT count(*) FROM messages m WHERE mailbox = ?1 AND uidvalidity = ?2
             AND uid IN (SELECT uid FROM temp.unlisted) AND {}",
            ELSEWHERE.replace("o.sha256 = m.sha256", "o.sha256 = m.sha256 AND o.server_id = m.server_id")
        );
        let mut query = self.connection.prepare_cached(&sql)?;
        let count: i64 = query.query_row(params![mailbox, uid_validity.cast_signed()], |row| row.get(0))?;
        Ok(count.cast_unsigned())
    }

    /// Remembers which messages leave a mailbox in this run: all that were collected as gone and are not noted as such.
    pub(crate) fn remember_departed(&self, mailbox: i64, uid_validity: u64, are_removed: bool) -> Result<()> {
        let sql = "INSERT INTO temp.departed SELECT mailbox, sha256, ?3 FROM messages
                   WHERE mailbox = ?1 AND uidvalidity = ?2 AND expunged = 0 AND sha256 IS NOT NULL
                   AND uid IN (SELECT uid FROM temp.unlisted)";
        self.connection.prepare_cached(sql)?.execute(params![mailbox, uid_validity.cast_signed(), are_removed])?;
        Ok(())
    }

    /// Of how many of them the server has the same in another mailbox: by the mailbox, kept and removed ones.
    pub(crate) fn take_moved(&self) -> Result<Vec<(i64, u64, u64)>> {
        let sql = format!(
            "SELECT mailbox, sum(NOT are_removed), sum(are_removed) FROM temp.departed m WHERE {ELSEWHERE} GROUP BY mailbox"
        );
        let mut query = self.connection.prepare(&sql)?;
        let rows = query.query_map([], |row| {
            Ok((row.get(0)?, row.get::<_, i64>(1)?.cast_unsigned(), row.get::<_, i64>(2)?.cast_unsigned()))
        })?;
        let moved = rows.collect::<Result<_, _>>()?;
        self.connection.execute("DELETE FROM temp.departed", [])?;
        Ok(moved)
    }
}
