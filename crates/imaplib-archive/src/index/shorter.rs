//! Messages of which fewer bytes came than the server announced: they are asked for again, until the same bytes have come twice.

use imaplib::types::{Uid, UidSet};
use rusqlite::params;

use crate::error::Result;
use crate::index::{Change, Index, MessageRow};

/// A text that came this often and was another one each time is not asked for any more.
const MOST_TIMES: u32 = 4;

/// After so many messages of which the same bytes came twice the server's sizes are known to be wrong.
const PROOFS: u64 = 10;

/// Which of the messages that came short.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shorter {
    All,
    /// Those that are to be asked for again.
    Open,
    /// Those of which the same bytes came the last two times.
    Same,
}

impl Index {
    /// The messages on the server that came short.
    pub(crate) fn shorter(&self, mailbox: i64, uid_validity: u64, which: Shorter) -> Result<UidSet> {
        let sql = "SELECT uid FROM shorter JOIN messages USING (mailbox, uidvalidity, uid)
                   WHERE mailbox = ?1 AND uidvalidity = ?2 AND expunged = 0 AND (NOT ?3 OR is_open) AND (NOT ?4 OR is_same)";
        let mut query = self.connection.prepare_cached(sql)?;
        let place = params![mailbox, uid_validity.cast_signed(), which == Shorter::Open, which == Shorter::Same];
        let mut rows = query.query(place)?;
        let mut uids = UidSet::new();
        while let Some(row) = rows.next()? {
            Uid::new(row.get(0)?).into_iter().for_each(|uid| uids.insert(uid));
        }
        Ok(uids)
    }

    /// How many messages of the archive are shorter than the server announced, whether they are asked for again or not.
    pub(crate) fn count_shorter(&self) -> Result<u64> {
        let sql = "SELECT count(*) FROM shorter";
        Ok(self.connection.query_row(sql, [], |row| row.get::<_, i64>(0))?.cast_unsigned())
    }

    /// Whether the server has sent so many messages twice with the same bytes, fewer than it announces, that its sizes are wrong.
    pub(crate) fn has_wrong_sizes(&self) -> Result<bool> {
        let sql = "SELECT count(*) FROM (SELECT 1 FROM shorter WHERE is_same LIMIT ?1)";
        let count: i64 = self.connection.query_row(sql, [PROOFS.cast_signed()], |row| row.get(0))?;
        Ok(count.cast_unsigned() >= PROOFS)
    }
}

impl Change<'_> {
    /// Notes whether a message that has come is short.
    pub(crate) fn note_shorter(&self, message: &MessageRow) -> Result<()> {
        let place = (self.mailbox, self.uid_validity.cast_signed(), message.uid);
        if !message.is_short {
            return self.forget_shorter(message.uid);
        }
        let sql = "INSERT INTO shorter (mailbox, uidvalidity, uid, sha256, times, is_open, is_same)
                   VALUES (?1, ?2, ?3, ?4, 1, 1, 0)
                   ON CONFLICT (mailbox, uidvalidity, uid) DO UPDATE SET sha256 = excluded.sha256, times = times + 1,
                   is_same = sha256 IS excluded.sha256,
                   is_open = is_open AND sha256 IS NOT excluded.sha256 AND times + 1 < ?5";
        let mut note = self.transaction.prepare_cached(sql)?;
        note.execute(params![place.0, place.1, place.2, message.sha256, MOST_TIMES])?;
        Ok(())
    }

    /// What is known of a message that is set aside goes with it: the one that has its UID now may be whole.
    pub(super) fn move_shorter(&self, uid: u32, number: u32) -> Result<()> {
        let sql = "UPDATE OR REPLACE shorter SET uidvalidity = 0, uid = ?4
                   WHERE mailbox = ?1 AND uidvalidity = ?2 AND uid = ?3";
        let mut update = self.transaction.prepare_cached(sql)?;
        update.execute(params![self.mailbox, self.uid_validity.cast_signed(), uid, number])?;
        Ok(())
    }

    /// Notes of a message that has come as one that was set aside, byte for byte: if that was short, the same bytes came twice.
    pub(crate) fn note_same_as_aside(&self, uid: u32, number: u32) -> Result<()> {
        let sql = "UPDATE shorter SET is_same = 1, is_open = 0 WHERE mailbox = ?1 AND uidvalidity = ?2 AND uid = ?3
                   AND EXISTS (SELECT 1 FROM shorter WHERE mailbox = ?1 AND uidvalidity = 0 AND uid = ?4)";
        let mut update = self.transaction.prepare_cached(sql)?;
        update.execute(params![self.mailbox, self.uid_validity.cast_signed(), uid, number])?;
        Ok(())
    }

    pub(super) fn forget_shorter(&self, uid: u32) -> Result<()> {
        let sql = "DELETE FROM shorter WHERE mailbox = ?1 AND uidvalidity = ?2 AND uid = ?3";
        let mut forget = self.transaction.prepare_cached(sql)?;
        forget.execute(params![self.mailbox, self.uid_validity.cast_signed(), uid])?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use imaplib::types::MailboxName;

    use super::*;

    #[test]
    fn what_comes_short_is_asked_for_until_it_is_whole_or_the_same_or_too_often_another() {
        let dir = tempfile::tempdir().unwrap();
        let mut index = Index::open(&dir.path().join("db")).unwrap();
        let id = index.add_mailboxes(&[(&MailboxName::inbox(), "INBOX".to_owned())]).unwrap()[0].id;
        let mut add = |uid: u32, sum: u8, is_short: bool| {
            let (file, flags, sha256) = (String::new(), String::new(), Some(vec![sum; 32]));
            let row = MessageRow {
                uid,
                file,
                flags,
                size: 1,
                announced: Some(9),
                is_short,
                internal_date: None,
                sha256,
                ..MessageRow::default()
            };
            let change = index.change(id, u64::MAX).unwrap();
            change.add(&row).unwrap();
            change.commit().unwrap();
            [Shorter::All, Shorter::Open, Shorter::Same]
                .map(|which| index.shorter(id, u64::MAX, which).unwrap().to_string())
        };
        assert_eq!(add(1, 7, false), ["", "", ""]);
        assert_eq!(add(2, 7, true), ["2", "2", ""]);
        assert_eq!(add(3, 7, true), ["2:3", "2:3", ""]);
        assert_eq!(add(2, 7, true), ["2:3", "3", "2"]);
        // It was settled, and stays so.
        assert_eq!(add(2, 8, true), ["2:3", "3", ""]);
        assert_eq!(add(3, 8, false), ["2", "", ""]);
        assert_eq!(add(4, 1, true), ["2,4", "4", ""]);
        assert_eq!(
            (add(4, 2, true), add(4, 3, true)),
            (["2,4", "4", ""].map(str::to_owned), ["2,4", "4", ""].map(str::to_owned))
        );
        assert_eq!(add(4, 4, true), ["2,4", "", ""]);
        assert!(!index.has_wrong_sizes().unwrap());
    }

    #[test]
    fn the_mark_goes_with_the_message_that_is_set_aside() {
        let dir = tempfile::tempdir().unwrap();
        let mut index = Index::open(&dir.path().join("db")).unwrap();
        let id = index.add_mailboxes(&[(&MailboxName::inbox(), "INBOX".to_owned())]).unwrap()[0].id;
        let row = |sum: u8| {
            let (file, flags, sha256) = (String::new(), String::new(), Some(vec![sum; 32]));
            MessageRow {
                uid: 1,
                file,
                flags,
                size: 1,
                announced: Some(9),
                is_short: true,
                internal_date: None,
                sha256,
                ..MessageRow::default()
            }
        };
        let add = |index: &mut Index, sum: u8| {
            let change = index.change(id, 7).unwrap();
            change.add(&row(sum)).unwrap();
            change.commit().unwrap();
        };
        let set_aside = |index: &mut Index, number: u32| {
            let change = index.change(id, 7).unwrap();
            change.set_aside(1, number, "").unwrap();
            change.commit().unwrap();
        };
        let state = |index: &Index| {
            [Shorter::Open, Shorter::Same].map(|which| index.shorter(id, 7, which).unwrap().to_string())
        };
        add(&mut index, 5);
        add(&mut index, 5);
        assert_eq!(state(&index), ["", "1"]);
        // Another message has the UID now: nothing is known of it.
        set_aside(&mut index, 1);
        assert_eq!(state(&index), ["", ""]);
        add(&mut index, 6);
        assert_eq!(state(&index), ["1", ""]);
        // It proves to be the same as the one before: the bytes came twice.
        set_aside(&mut index, 2);
        add(&mut index, 6);
        let change = index.change(id, 7).unwrap();
        change.note_same_as_aside(1, 2).unwrap();
        change.commit().unwrap();
        assert_eq!(state(&index), ["", "1"]);
    }
}
