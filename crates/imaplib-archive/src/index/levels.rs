//! How many messages a mailbox had of late, so that many small removals count as one large one.

use rusqlite::params;

use crate::error::Result;
use crate::index::Index;

/// So many days are remembered.
const DAYS: i64 = 7;

impl Index {
    /// The most messages that the mailbox had on a day of the last week on which some were pruned; 0 if none were.
    pub(crate) fn highest_level(&self, mailbox: i64, today: i64) -> Result<u64> {
        let sql = "SELECT coalesce(max(messages), 0) FROM levels WHERE mailbox = ?1 AND day BETWEEN ?2 AND ?3";
        let highest: i64 =
            self.connection.query_row(sql, params![mailbox, today - DAYS + 1, today], |row| row.get(0))?;
        Ok(highest.cast_unsigned())
    }

    /// Notes how many messages the mailbox has before some are pruned.
    pub(crate) fn note_level(&mut self, mailbox: i64, today: i64, messages: u64) -> Result<()> {
        let transaction = self.noting()?;
        // A clock that was wrong is no reason to remember for ever.
        let old = "DELETE FROM levels WHERE mailbox = ?1 AND day NOT BETWEEN ?2 AND ?3";
        transaction.execute(old, params![mailbox, today - DAYS + 1, today])?;
        let sql = "INSERT INTO levels (mailbox, day, messages) VALUES (?1, ?2, ?3)
                   ON CONFLICT (mailbox, day) DO UPDATE SET messages = max(messages, excluded.messages)";
        transaction.execute(sql, params![mailbox, today, messages.cast_signed()])?;
        transaction.commit()
    }

    /// Notes that the mailbox had fewer messages by so many: they are in other mailboxes now.
    pub(crate) fn lower_levels(&self, mailbox: i64, by: u64) -> Result<()> {
        if by > 0 {
            let sql = "UPDATE levels SET messages = max(messages - ?2, 0) WHERE mailbox = ?1";
            self.note(sql, params![mailbox, by.cast_signed()])?;
        }
        Ok(())
    }

    /// Forgets how many messages the mailbox had.
    pub(crate) fn forget_levels(&self, mailbox: i64) -> Result<()> {
        self.note("DELETE FROM levels WHERE mailbox = ?1", [mailbox])?;
        Ok(())
    }

    /// Notes all that were collected as gone from the server and never to be pruned.
    pub(crate) fn keep_all_gone(&mut self, mailbox: i64, uid_validity: u64) -> Result<()> {
        let sql = "UPDATE messages SET expunged = 1, kept = 1 WHERE mailbox = ?1 AND uidvalidity = ?2
                   AND uid IN (SELECT uid FROM temp.unlisted)";
        self.note(sql, params![mailbox, uid_validity.cast_signed()])?;
        Ok(())
    }

    /// Removes from the collected messages those that are never pruned.
    pub(crate) fn leave_kept(&self, mailbox: i64, uid_validity: u64) -> Result<()> {
        let sql = "DELETE FROM temp.unlisted WHERE uid IN (SELECT uid FROM messages INDEXED BY kept_messages
                   WHERE mailbox = ?1 AND uidvalidity = ?2 AND kept > 0)";
        self.connection.execute(sql, params![mailbox, uid_validity.cast_signed()])?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use imaplib::types::MailboxName;

    use super::*;

    #[test]
    fn a_week_is_remembered() {
        let dir = tempfile::tempdir().unwrap();
        let mut index = Index::open(&dir.path().join("db")).unwrap();
        let id = index.add_mailboxes(&[(&MailboxName::inbox(), "INBOX".to_owned())]).unwrap()[0].id;
        assert_eq!(index.highest_level(id, 100).unwrap(), 0);
        for (day, messages) in [(100, 50), (100, 40), (103, 45)] {
            index.note_level(id, day, messages).unwrap();
        }
        assert_eq!([100, 106, 107, 109, 110].map(|day| index.highest_level(id, day).unwrap()), [50, 50, 45, 45, 0]);
        // A day to come is not one of the last week.
        index.note_level(id, 120, 900).unwrap();
        index.note_level(id, 101, 30).unwrap();
        assert_eq!(index.highest_level(id, 120).unwrap(), 0);
        index.forget_levels(id).unwrap();
        assert_eq!(index.highest_level(id, 101).unwrap(), 0);
    }
}
