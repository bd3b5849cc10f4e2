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
            let row =
                MessageRow { uid, file, flags, size: 1, announced: Some(9), is_short, internal_date: None, sha256 };
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
}
