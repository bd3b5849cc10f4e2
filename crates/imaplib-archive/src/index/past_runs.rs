//! What is remembered from run to run: messages that the server could not send, and how far the runs before were
//! believed.

use imaplib::types::{Uid, UidSet};
use rusqlite::{OptionalExtension as _, params};

use crate::error::Result;
use crate::index::Index;

/// So many of them that cost the connection again are tried in a run, and so many that are only refused; each is tried at
/// some time, for those that waited longest come first. There is no limit for those that arrive.
const MAX_LOSSES: u32 = 5;
const MAX_REFUSALS: u32 = 50;

/// What a run has tried again of a mailbox.
#[derive(Debug, Default)]
pub(crate) struct Retries {
    asked: UidSet,
    losses: u32,
    refusals: u32,
}

impl Retries {
    /// The next to be tried of these, which are sorted by when they were tried last.
    pub(crate) fn next(&mut self, failing: &[Uid]) -> Option<Uid> {
        if self.losses >= MAX_LOSSES || self.refusals >= MAX_REFUSALS {
            return None;
        }
        let uid = *failing.iter().find(|uid| !self.asked.contains(**uid))?;
        self.asked.insert(uid);
        Some(uid)
    }

    /// Notes that the last one has not come.
    pub(crate) fn failed(&mut self, is_lost: bool) {
        let count = if is_lost { &mut self.losses } else { &mut self.refusals };
        *count += 1;
    }

    /// Those of these that are left for another run.
    pub(crate) fn put_off(&self, failing: &[Uid]) -> UidSet {
        failing.iter().copied().filter(|uid| !self.asked.contains(*uid)).collect()
    }

    pub(crate) fn has_begun(&self) -> bool {
        !self.asked.is_empty()
    }
}

impl Index {
    /// The messages of the mailbox that have failed, those first that were tried longest ago.
    pub(crate) fn failing(&self, mailbox: i64, uid_validity: u64) -> Result<Vec<Uid>> {
        let sql = "SELECT uid FROM failing WHERE mailbox = ?1 AND uidvalidity = ?2 ORDER BY tried, uid";
        let mut query = self.connection.prepare_cached(sql)?;
        let rows = query.query_map(params![mailbox, uid_validity.cast_signed()], |row| row.get::<_, u32>(0))?;
        let uids: Vec<u32> = rows.collect::<Result<_, _>>()?;
        Ok(uids.into_iter().filter_map(Uid::new).collect())
    }

    /// Notes messages as failing, and as those that were tried last.
    pub(crate) fn note_failing(&mut self, mailbox: i64, uid_validity: u64, uids: &UidSet) -> Result<()> {
        if uids.is_empty() {
            return Ok(());
        }
        let transaction = self.noting()?;
        let sql = "INSERT OR REPLACE INTO failing (mailbox, uidvalidity, uid, tried)
                   VALUES (?1, ?2, ?3, (SELECT coalesce(max(tried), 0) + 1 FROM failing WHERE mailbox = ?1))";
        for uid in uids.iter() {
            transaction.prepare_cached(sql)?.execute(params![mailbox, uid_validity.cast_signed(), uid.get()])?;
        }
        transaction.commit()
    }

    /// Forgets those that the server has no more, and those of another UIDVALIDITY.
    pub(crate) fn forget_failing(&mut self, mailbox: i64, uid_validity: u64, listed: &UidSet) -> Result<()> {
        let gone: Vec<Uid> =
            self.failing(mailbox, uid_validity)?.into_iter().filter(|uid| !listed.contains(*uid)).collect();
        let transaction = self.noting()?;
        let others = "DELETE FROM failing WHERE mailbox = ?1 AND uidvalidity <> ?2";
        transaction.prepare_cached(others)?.execute(params![mailbox, uid_validity.cast_signed()])?;
        for uid in gone {
            let sql = "DELETE FROM failing WHERE mailbox = ?1 AND uidvalidity = ?2 AND uid = ?3";
            transaction.prepare_cached(sql)?.execute(params![mailbox, uid_validity.cast_signed(), uid.get()])?;
        }
        transaction.commit()
    }
}

impl Index {
    /// If the last run was not believed: the greatest ID of a mailbox from before the first such run.
    pub(crate) fn doubted(&self) -> Result<Option<i64>> {
        let sql = "SELECT doubted FROM archive";
        Ok(self.connection.query_row(sql, [], |row| row.get(0)).optional()?.flatten())
    }

    /// Notes that the run is not believed, or that it is.
    pub(crate) fn set_doubted(&self, greatest: Option<i64>) -> Result<()> {
        self.note("UPDATE archive SET doubted = ?1", [greatest])?;
        Ok(())
    }

    /// The ID of the mailbox whose turn it was to be probed; 0 if it was none's.
    pub(crate) fn last_turn(&self) -> Result<i64> {
        let sql = "SELECT turn FROM archive";
        Ok(self.connection.query_row(sql, [], |row| row.get(0)).optional()?.unwrap_or_default())
    }

    /// Notes whose turn it is to be probed.
    pub(crate) fn set_turn(&self, mailbox: i64) -> Result<()> {
        self.note("UPDATE archive SET turn = ?1", [mailbox])?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use imaplib::types::MailboxName;

    use super::*;

    fn set(text: &str) -> UidSet {
        text.parse().unwrap()
    }

    #[test]
    fn each_is_tried_at_some_time_and_those_that_are_gone_are_forgotten() {
        let dir = tempfile::tempdir().unwrap();
        let mut index = Index::open(&dir.path().join("db")).unwrap();
        let id = index.add_mailboxes(&[(&MailboxName::inbox(), "INBOX".to_owned())]).unwrap()[0].id;
        index.note_failing(id, u64::MAX, &set("1:12")).unwrap();
        let mut tried = UidSet::new();
        for _ in 0..3 {
            let mut run = Retries::default();
            let mut count = 0;
            while let Some(uid) = run.next(&index.failing(id, u64::MAX).unwrap()) {
                tried.insert(uid);
                index.note_failing(id, u64::MAX, &UidSet::range(uid, uid)).unwrap();
                run.failed(true);
                count += 1;
            }
            assert_eq!(count, MAX_LOSSES);
        }
        assert_eq!(tried, set("1:12"));
        index.forget_failing(id, u64::MAX, &set("2,5,100")).unwrap();
        assert_eq!(index.failing(id, u64::MAX).unwrap().len(), 2);
        index.forget_failing(id, 8, &set("2,5,100")).unwrap();
        assert!(index.failing(id, u64::MAX).unwrap().is_empty());
    }
}
