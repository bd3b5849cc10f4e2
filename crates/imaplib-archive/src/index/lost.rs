//! Messages whose only copy is lost: reported once, and remembered.

use std::collections::HashMap;

use rusqlite::params;

use crate::error::Result;
use crate::files::Identity;
use crate::index::Index;

/// What is wrong with the only copy of a message; stored as the number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Loss {
    /// Its file is not there.
    Missing = 1,
    /// Its file is not as it was written.
    Damaged = 2,
}

impl Index {
    /// Notes messages that no server has as lost.
    pub(crate) fn set_lost(&mut self, mailbox: i64, messages: &[(Identity, Loss)]) -> Result<()> {
        let sql = "UPDATE messages SET lost = ?4, expunged = 1 WHERE mailbox = ?1 AND uidvalidity = ?2 AND uid = ?3";
        let transaction = self.noting()?;
        for ((validity, uid), loss) in messages {
            let place = params![mailbox, validity.cast_signed(), uid, *loss as u8];
            transaction.prepare_cached(sql)?.execute(place)?;
        }
        transaction.commit()
    }

    /// Notes that messages which were lost are whole again.
    pub(crate) fn set_found(&mut self, mailbox: i64, messages: &[Identity]) -> Result<()> {
        let sql = "UPDATE messages SET lost = 0 WHERE mailbox = ?1 AND uidvalidity = ?2 AND uid = ?3";
        let transaction = self.noting()?;
        for (validity, uid) in messages {
            transaction.prepare_cached(sql)?.execute(params![mailbox, validity.cast_signed(), uid])?;
        }
        transaction.commit()
    }

    /// How many messages of the archive are noted as lost.
    pub(crate) fn count_lost(&self) -> Result<u64> {
        let sql = "SELECT count(*) FROM messages INDEXED BY lost_messages WHERE lost > 0";
        Ok(self.connection.query_row(sql, [], |row| row.get::<_, i64>(0))?.cast_unsigned())
    }

    /// Removes what is noted as lost; returns how many messages there were.
    pub(crate) fn forget_lost(&mut self) -> Result<u64> {
        Ok(self.note("DELETE FROM messages WHERE lost > 0", [])? as u64)
    }

    /// Removes from the collected messages those that are lost, and noted: there is nothing to keep or to remove. A damaged
    /// file can be removed.
    pub(crate) fn leave_lost(&self, mailbox: i64, uid_validity: u64, with_damaged: bool) -> Result<()> {
        let most = if with_damaged { Loss::Damaged } else { Loss::Missing } as u8;
        let sql = "DELETE FROM temp.unlisted WHERE uid IN (SELECT uid FROM messages INDEXED BY lost_messages
                   WHERE mailbox = ?1 AND uidvalidity = ?2 AND lost > 0 AND lost <= ?3)";
        self.connection.execute(sql, params![mailbox, uid_validity.cast_signed(), most])?;
        Ok(())
    }

    /// Whether each message of the mailbox that is not noted as lost is `there`: sorted UIDs by their UIDVALIDITY.
    pub(crate) fn are_all_there(&self, mailbox: i64, there: &HashMap<u64, Vec<u32>>) -> Result<bool> {
        let sql = "SELECT uidvalidity, uid FROM messages WHERE mailbox = ?1 AND lost = 0 ORDER BY uidvalidity, uid";
        let mut query = self.connection.prepare_cached(sql)?;
        let mut rows = query.query([mailbox])?;
        let (mut validity, mut uids) = (None, [].iter().peekable());
        while let Some(row) = rows.next()? {
            // One that cannot be read is reported as a bad row.
            let (Ok(of), Ok(wanted)) = (row.get::<_, i64>(0), row.get::<_, u32>(1)) else { continue };
            let of = of.cast_unsigned();
            if validity != Some(of) {
                validity = Some(of);
                uids = there.get(&of).map_or(&[][..], Vec::as_slice).iter().peekable();
            }
            while uids.next_if(|uid| **uid < wanted).is_some() {}
            if uids.peek() != Some(&&wanted) {
                return Ok(false);
            }
        }
        Ok(true)
    }
}
