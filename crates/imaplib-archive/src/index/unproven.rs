//! Files that were found, and whose contents nobody has compared with the server's message yet: a name and a size prove
//! nothing of the bytes between them, and neither does a SHA-256 that was taken from the file itself.

use imaplib::types::{Uid, UidSet};
use rusqlite::params;

use crate::error::Result;
use crate::index::{Change, Index};

/// How a file was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    /// A run was interrupted before the database had it. The next run compares these, which are few.
    Interrupted = 1,
    /// The archive had lost its database. `--verify` compares these: all that the archive has.
    WithoutDatabase = 2,
}

/// What was fetched in place of files that had been found.
#[derive(Debug, Default)]
pub(crate) struct Compared {
    pub(crate) same: UidSet,
    /// The file had other contents, and is replaced.
    pub(crate) damaged: UidSet,
}

impl Index {
    /// The messages on the server whose files are to be compared: after an interrupted run, or `all`.
    pub(crate) fn to_prove(&self, mailbox: i64, uid_validity: u64, all: bool) -> Result<UidSet> {
        let most = if all { Origin::WithoutDatabase } else { Origin::Interrupted } as u8;
        let sql = "SELECT uid FROM messages INDEXED BY unproven_messages
                   WHERE mailbox = ?1 AND uidvalidity = ?2 AND unproven > 0 AND unproven <= ?3 AND expunged = 0";
        let mut query = self.connection.prepare_cached(sql)?;
        let mut rows = query.query(params![mailbox, uid_validity.cast_signed(), most])?;
        let mut uids = UidSet::new();
        while let Some(row) = rows.next()? {
            Uid::new(row.get(0)?).into_iter().for_each(|uid| uids.insert(uid));
        }
        Ok(uids)
    }

    /// The numbers of messages that were set aside, and that a run which was interrupted left as if a server had them.
    pub(crate) fn stray_aside(&self, mailbox: i64) -> Result<Vec<u32>> {
        let sql = "SELECT uid FROM messages INDEXED BY unproven_messages
                   WHERE mailbox = ?1 AND uidvalidity = 0 AND unproven > 0 AND expunged = 0";
        let mut query = self.connection.prepare_cached(sql)?;
        let rows = query.query_map([mailbox], |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// What came of the messages that were fetched for a comparison; each is returned once.
    pub(crate) fn take_compared(&mut self, mailbox: i64, uid_validity: u64) -> Result<Compared> {
        let mut compared = Compared::default();
        let place = params![mailbox, uid_validity.cast_signed()];
        let transaction = self.noting()?;
        let sql = "SELECT uid, found_sha256 = sha256 FROM messages INDEXED BY compared_messages
                   WHERE mailbox = ?1 AND uidvalidity = ?2 AND found_sha256 IS NOT NULL";
        {
            let mut query = transaction.prepare_cached(sql)?;
            let mut rows = query.query(place)?;
            while let Some(row) = rows.next()? {
                let is_same = row.get::<_, Option<bool>>(1)? == Some(true);
                let set = if is_same { &mut compared.same } else { &mut compared.damaged };
                Uid::new(row.get(0)?).into_iter().for_each(|uid| set.insert(uid));
            }
        }
        if !compared.same.is_empty() || !compared.damaged.is_empty() {
            let sql = "UPDATE messages SET found_sha256 = NULL
                       WHERE mailbox = ?1 AND uidvalidity = ?2 AND found_sha256 IS NOT NULL";
            transaction.execute(sql, place)?;
        }
        transaction.commit()?;
        Ok(compared)
    }
}

impl Change<'_> {
    /// Notes that no server has a message, and that there is nothing to compare it with.
    pub(crate) fn set_kept(&self, uid: u32) -> Result<()> {
        let sql = "UPDATE messages SET expunged = 1, unproven = 0 WHERE mailbox = ?1 AND uidvalidity = ?2 AND uid = ?3";
        let mut update = self.transaction.prepare_cached(sql)?;
        update.execute(params![self.mailbox, self.uid_validity.cast_signed(), uid])?;
        Ok(())
    }

    /// Notes that the file of a message was found.
    pub(crate) fn set_unproven(&self, uid: u32, origin: Origin) -> Result<()> {
        let sql = "UPDATE messages SET unproven = ?4 WHERE mailbox = ?1 AND uidvalidity = ?2 AND uid = ?3";
        let mut update = self.transaction.prepare_cached(sql)?;
        update.execute(params![self.mailbox, self.uid_validity.cast_signed(), uid, origin as u8])?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use imaplib::types::MailboxName;

    use super::*;
    use crate::index::MessageRow;

    #[test]
    fn what_was_found_is_proven_by_what_was_fetched_and_told_once() {
        let dir = tempfile::tempdir().unwrap();
        let mut index = Index::open(&dir.path().join("db")).unwrap();
        let id = index.add_mailboxes(&[(&MailboxName::inbox(), "INBOX".to_owned())]).unwrap()[0].id;
        let add = |index: &mut Index, uid: u32, sum: u8, origin: Option<Origin>| {
            let (file, flags, sha256) = (String::new(), String::new(), Some(vec![sum; 32]));
            let row = MessageRow {
                uid,
                file,
                flags,
                size: 1,
                announced: None,
                is_short: false,
                internal_date: None,
                sha256,
                ..MessageRow::default()
            };
            let change = index.change(id, u64::MAX).unwrap();
            change.add(&row).unwrap();
            origin.into_iter().for_each(|origin| change.set_unproven(uid, origin).unwrap());
            change.commit().unwrap();
        };
        let found =
            [(1, Some(Origin::Interrupted)), (2, Some(Origin::Interrupted)), (3, Some(Origin::WithoutDatabase))];
        found.into_iter().for_each(|(uid, origin)| add(&mut index, uid, 7, origin));
        add(&mut index, 4, 7, None);
        let to_prove = |index: &Index, all| index.to_prove(id, u64::MAX, all).unwrap().to_string();
        assert_eq!((to_prove(&index, false).as_str(), to_prove(&index, true).as_str()), ("1:2", "1:3"));
        [(1, 7), (2, 8), (3, 7), (4, 9)].into_iter().for_each(|(uid, sum)| add(&mut index, uid, sum, None));
        let compared = index.take_compared(id, u64::MAX).unwrap();
        assert_eq!((compared.same.to_string().as_str(), compared.damaged.to_string().as_str()), ("1,3", "2"));
        let again = index.take_compared(id, u64::MAX).unwrap();
        assert!(
            again.same.is_empty() && again.damaged.is_empty() && index.to_prove(id, u64::MAX, true).unwrap().is_empty()
        );
    }
}
