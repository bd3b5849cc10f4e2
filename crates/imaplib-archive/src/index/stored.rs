//! What the database knows of the messages that the server lists, to be compared with them.

use std::collections::HashMap;
use std::ops::RangeInclusive;
use std::path::PathBuf;

use imaplib::types::{Flags, UidSet};
use rusqlite::{Connection, Row, Rows, params};

use crate::error::{ArchiveError, Result};
use crate::index::{After, Change, Index, check_file};
use crate::messages::ArchivedMessage;

/// Bits of [`Stored::unreliable`]: what differed once though the message was the same, and what did so again. The second
/// time it is compared no more.
const DATE_CHANGED: u8 = 1;
const SIZE_CHANGED: u8 = 2;
const DATE_UNRELIABLE: u8 = 4;
const SIZE_UNRELIABLE: u8 = 8;

/// What stands in the database for flags that are not known yet; no server's flags look like it.
pub(crate) const UNKNOWN_FLAGS: &str = "?";

/// UIDVALIDITY and UID, the file, which need not be its own, and whether it belongs to those that have gone.
pub(crate) type Placed = ((u64, u32), String, bool);

/// Of which messages the places are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Which {
    /// Those that have gone from the server.
    Gone,
    /// All of them.
    All,
    /// All of them, of a mailbox that has gone.
    AllAsGone,
}

/// A message that is stored.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Stored {
    pub(crate) uid: u32,
    pub(crate) flags: String,
    /// Noted as gone from the server.
    pub(crate) expunged: bool,
    /// INTERNALDATE, in seconds since 1970.
    pub(crate) date: Option<i64>,
    /// RFC822.SIZE as the server announced it.
    pub(crate) announced: Option<u64>,
    pub(crate) unreliable: u8,
    /// The size of the file.
    pub(crate) size: u64,
}

/// Which of the two shows that a UID means another message than before.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Difference {
    pub(crate) date: bool,
    pub(crate) size: bool,
}

const COLUMNS: &str = "uid, flags, expunged, internaldate, announced, unreliable, size";

impl Stored {
    fn read(&mut self, row: &Row<'_>) -> Result<()> {
        self.uid = row.get(0)?;
        self.flags.clear();
        self.flags.push_str(row.get_ref(1)?.as_str().unwrap_or_default());
        self.expunged = row.get(2)?;
        self.date = row.get(3)?;
        self.announced = row.get::<_, Option<i64>>(4)?.map(i64::cast_unsigned);
        self.unreliable = row.get(5)?;
        self.size = row.get::<_, i64>(6)?.cast_unsigned();
        Ok(())
    }

    /// What differs between this message and the one that the server lists under its UID.
    ///
    /// Dates before 1970 are not compared, and neither is what one side does not know: a file's name, from which a lost
    /// database is made again, holds neither of them.
    pub(crate) fn difference(&self, date: Option<i64>, size: Option<u64>) -> Difference {
        let differ = |stored: Option<i64>, listed: Option<i64>| {
            let known = |date: &i64| *date > 0;
            matches!((stored.filter(known), listed.filter(known)), (Some(stored), Some(listed)) if stored != listed)
        };
        Difference {
            date: self.unreliable & DATE_UNRELIABLE == 0 && differ(self.date, date),
            size: self.unreliable & SIZE_UNRELIABLE == 0
                && matches!((self.announced, size), (Some(stored), Some(listed)) if stored != listed),
        }
    }

    /// An empty file for a message that has a size was never its text.
    pub(crate) fn is_hollow(&self, size: Option<u64>) -> bool {
        self.size == 0 && size.is_some_and(|size| size > 0)
    }
}

impl Difference {
    pub(crate) fn any(self) -> bool {
        self.date || self.size
    }

    /// What is noted of a message that was this different and proved to be the same.
    pub(crate) fn unreliable(self, before: u8) -> u8 {
        let after = |differs: bool, once: u8, again: u8| match differs {
            true if before & once != 0 => again,
            true => once,
            false => 0,
        };
        before | after(self.date, DATE_CHANGED, DATE_UNRELIABLE) | after(self.size, SIZE_CHANGED, SIZE_UNRELIABLE)
    }
}

/// The stored messages of a mailbox in the order of their UIDs.
pub(crate) struct StoredRows<'a> {
    rows: Rows<'a>,
    current: Stored,
    is_there: bool,
}

impl StoredRows<'_> {
    /// Goes to the next message, at first to the first one.
    pub(crate) fn advance(&mut self) -> Result<()> {
        self.is_there = match self.rows.next()? {
            Some(row) => self.current.read(row).map(|()| true)?,
            None => false,
        };
        Ok(())
    }

    /// The message at which it stands; `None` behind the last one.
    pub(crate) fn current(&self) -> Option<&Stored> {
        self.is_there.then_some(&self.current)
    }
}

/// The flags that are noted; none where they are not known.
fn flags(noted: &str) -> Flags {
    if noted == UNKNOWN_FLAGS { Flags::new() } else { noted.parse().unwrap_or_default() }
}

/// A message that was set aside because its UID meant another one, as the server said.
#[derive(Debug, Clone)]
pub(crate) struct Aside {
    /// In place of a UID, below the UIDVALIDITY 0.
    pub(crate) number: u32,
    pub(crate) was_uid: u32,
    pub(crate) date: Option<i64>,
    pub(crate) announced: Option<u64>,
    pub(crate) unreliable: u8,
}

impl Index {
    /// Calls `work` with the stored messages of a mailbox whose UIDs are in the range.
    pub(crate) fn with_stored<T>(
        &self,
        (mailbox, uid_validity): (i64, u64),
        uids: RangeInclusive<u32>,
        work: impl FnOnce(StoredRows<'_>) -> Result<T>,
    ) -> Result<T> {
        let sql = format!(
            "SELECT {COLUMNS} FROM messages WHERE mailbox = ?1 AND uidvalidity = ?2 AND uid BETWEEN ?3 AND ?4 ORDER BY uid"
        );
        let mut query = self.connection.prepare_cached(&sql)?;
        let rows = query.query(params![mailbox, uid_validity.cast_signed(), uids.start(), uids.end()])?;
        work(StoredRows { rows, current: Stored::default(), is_there: false })
    }

    /// A stored message.
    pub(crate) fn stored(&self, mailbox: i64, uid_validity: u64, uid: u32) -> Result<Option<Stored>> {
        let sql = format!("SELECT {COLUMNS} FROM messages WHERE mailbox = ?1 AND uidvalidity = ?2 AND uid = ?3");
        let mut query = self.connection.prepare_cached(&sql)?;
        let mut rows = query.query(params![mailbox, uid_validity.cast_signed(), uid])?;
        let mut stored = Stored::default();
        match rows.next()? {
            Some(row) => stored.read(row).map(|()| Some(stored)),
            None => Ok(None),
        }
    }

    /// The newest messages that the server had.
    pub(crate) fn newest(&self, mailbox: i64, uid_validity: u64, count: u32) -> Result<Vec<Stored>> {
        let sql = format!(
            "SELECT {COLUMNS} FROM messages WHERE mailbox = ?1 AND uidvalidity = ?2 AND expunged = 0 ORDER BY uid DESC LIMIT ?3"
        );
        let mut query = self.connection.prepare_cached(&sql)?;
        let mut rows = query.query(params![mailbox, uid_validity.cast_signed(), count])?;
        let mut newest = Vec::new();
        while let Some(row) = rows.next()? {
            let mut stored = Stored::default();
            stored.read(row)?;
            newest.push(stored);
        }
        Ok(newest)
    }

    /// The messages of a mailbox behind `after`, which is moved on, in the order of UIDVALIDITY and UID. What is wrong with a bad row
    /// is given to `bad`; unless that fails, the others follow.
    pub(crate) fn messages(
        &self,
        mailbox: i64,
        after: &mut After,
        count: usize,
        place: &dyn Fn(&str) -> PathBuf,
        bad: &mut dyn FnMut(ArchiveError) -> Result<()>,
    ) -> Result<Vec<ArchivedMessage>> {
        messages(&self.connection, mailbox, after, count, place, bad)
    }

    /// The files of messages behind `last`, and whether each belongs to those that have gone: of all messages, or of those
    /// alone, which are few.
    pub(crate) fn places(
        &self,
        (mailbox, uid_validity): (i64, u64),
        which: Which,
        last: Option<(u64, u32)>,
        count: usize,
    ) -> Result<Vec<Placed>> {
        let sql = "SELECT uidvalidity, uid, file, ?3 OR expunged OR uidvalidity <> ?2 FROM messages
                   WHERE mailbox = ?1 AND (uidvalidity, uid) > (?4, ?5) AND (?6 OR expunged OR uidvalidity <> ?2)
                   ORDER BY uidvalidity, uid LIMIT ?7";
        let (is_gone, all) = (which == Which::AllAsGone, which != Which::Gone);
        let (validity, uid) = last.map_or((i64::MIN, 0), |(validity, uid)| (validity.cast_signed(), uid));
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        let mut query = self.connection.prepare_cached(sql)?;
        let mut rows = query.query(params![mailbox, uid_validity.cast_signed(), is_gone, validity, uid, all, count])?;
        let mut places = Vec::new();
        while let Some(row) = rows.next()? {
            let (validity, uid, file) =
                (row.get::<_, i64>(0)?.cast_unsigned(), row.get(1)?, row.get(2).unwrap_or_default());
            places.push(((validity, uid), file, row.get(3)?));
        }
        Ok(places)
    }

    /// The date of the newest message of each mailbox that the server had, by the mailbox.
    pub(crate) fn newest_dates(&self) -> Result<HashMap<i64, i64>> {
        let sql = "SELECT id, coalesce((SELECT internaldate FROM messages
                   WHERE mailbox = mailboxes.id AND uidvalidity = mailboxes.uidvalidity AND expunged = 0
                   ORDER BY uid DESC LIMIT 1), 0) FROM mailboxes";
        let mut query = self.connection.prepare(sql)?;
        let rows = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The first number for a message that is set aside.
    pub(crate) fn next_aside(&self, mailbox: i64) -> Result<u32> {
        let sql = "SELECT coalesce(max(uid), 0) + 1 FROM messages WHERE mailbox = ?1 AND uidvalidity = 0";
        Ok(self.connection.query_row(sql, [mailbox], |row| row.get(0))?)
    }

    /// The messages that were set aside and had one of these UIDs, or any.
    pub(crate) fn set_aside_of(&self, mailbox: i64, uid_validity: u64, uids: Option<&UidSet>) -> Result<Vec<Aside>> {
        let sql = "SELECT uid, was_uid, internaldate, announced, unreliable FROM messages
                   WHERE mailbox = ?1 AND uidvalidity = 0 AND was_uidvalidity = ?2";
        let mut query = self.connection.prepare_cached(sql)?;
        let mut rows = query.query(params![mailbox, uid_validity.cast_signed()])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            let aside = Aside {
                number: row.get(0)?,
                was_uid: row.get(1)?,
                date: row.get(2)?,
                announced: row.get::<_, Option<i64>>(3)?.map(i64::cast_unsigned),
                unreliable: row.get(4)?,
            };
            let uid = imaplib::types::Uid::new(aside.was_uid);
            if uids.is_none_or(|uids| uid.is_some_and(|uid| uids.contains(uid))) {
                found.push(aside);
            }
        }
        Ok(found)
    }
}

/// The messages of a mailbox behind `after`, which moves on; `bad` is called with what is wrong with a row.
pub(crate) fn messages(
    connection: &Connection,
    mailbox: i64,
    after: &mut After,
    count: usize,
    place: &dyn Fn(&str) -> PathBuf,
    bad: &mut dyn FnMut(ArchiveError) -> Result<()>,
) -> Result<Vec<ArchivedMessage>> {
    let sql = "SELECT uidvalidity, uid, flags, size, internaldate, sha256, expunged, file FROM messages
               WHERE mailbox = ?1 AND (uidvalidity, uid) > (?2, ?3) ORDER BY uidvalidity, uid LIMIT ?4";
    let mut query = connection.prepare_cached(sql)?;
    let most = i64::try_from(count).unwrap_or(i64::MAX);
    let mut messages = Vec::new();
    loop {
        let (mut rows, mut read) = (query.query(params![mailbox, after.0, after.1, most])?, 0);
        while let Some(row) = rows.next()? {
            read += 1;
            match archived(row, place) {
                Ok(message) => messages.push(message),
                Err(error) => bad(error)?,
            }
            // One without numbers sorts behind all others.
            *after = After(row.get(0).unwrap_or(i64::MAX), row.get(1).unwrap_or(i64::MAX));
        }
        // A page of bad rows alone is not the end.
        if read < most || !messages.is_empty() {
            return Ok(messages);
        }
    }
}

fn archived(row: &Row<'_>, place: &dyn Fn(&str) -> PathBuf) -> Result<ArchivedMessage> {
    let (validity, uid, file) = (row.get::<_, i64>(0)?.cast_unsigned(), row.get(1)?, row.get::<_, String>(7)?);
    check_file(validity, uid, &file)?;
    Ok(ArchivedMessage {
        uid,
        uid_validity: validity,
        flags: flags(row.get_ref(2)?.as_str().unwrap_or_default()),
        size: row.get::<_, i64>(3)?.cast_unsigned(),
        internal_date: row.get(4)?,
        sha256: row.get(5)?,
        is_gone: row.get(6)?,
        file: place(&file),
    })
}

impl Change<'_> {
    /// Notes the size that the server announces, and its date where none was known.
    pub(crate) fn set_announced(&self, uid: u32, date: Option<i64>, size: u64) -> Result<()> {
        let mut update = self.transaction.prepare_cached(
            "UPDATE messages SET announced = ?4, internaldate = coalesce(internaldate, ?5)
             WHERE mailbox = ?1 AND uidvalidity = ?2 AND uid = ?3",
        )?;
        update.execute(params![self.mailbox, self.uid_validity.cast_signed(), uid, size.cast_signed(), date])?;
        Ok(())
    }

    pub(crate) fn set_unreliable(&self, uid: u32, unreliable: u8) -> Result<()> {
        let mut update = self.transaction.prepare_cached(
            "UPDATE messages SET unreliable = ?4 WHERE mailbox = ?1 AND uidvalidity = ?2 AND uid = ?3",
        )?;
        update.execute(params![self.mailbox, self.uid_validity.cast_signed(), uid, unreliable])?;
        Ok(())
    }

    /// Moves a message out of the way of another one with its UID: it counts as gone from the server.
    pub(crate) fn set_aside(&self, uid: u32, number: u32, file: &str) -> Result<()> {
        let mut update = self.transaction.prepare_cached(
            "UPDATE messages SET uidvalidity = 0, uid = ?4, file = ?5, expunged = 1, was_uidvalidity = ?2, was_uid = ?3
             WHERE mailbox = ?1 AND uidvalidity = ?2 AND uid = ?3",
        )?;
        update.execute(params![self.mailbox, self.uid_validity.cast_signed(), uid, number, file])?;
        self.move_shorter(uid, number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_or_a_size_that_differs_tells_another_message() {
        let stored = Stored { date: Some(1000), announced: Some(50), size: 49, ..Stored::default() };
        let difference = |date: Option<i64>, size: Option<u64>| {
            let found = stored.difference(date, size);
            (found.date, found.size)
        };
        assert_eq!(difference(Some(1000), Some(50)), (false, false));
        assert_eq!(difference(Some(1001), Some(50)), (true, false));
        assert_eq!(difference(Some(1000), Some(49)), (false, true));
        // What is not known on one side proves nothing.
        assert_eq!(difference(None, None), (false, false));
        assert_eq!(difference(Some(0), Some(50)), (false, false));
        let unknown = Stored { date: None, announced: None, ..stored.clone() };
        assert!(!unknown.difference(Some(5), Some(5)).any());
        assert!(Stored::default().is_hollow(Some(5)));
        assert!(
            !Stored::default().is_hollow(Some(0)) && !Stored::default().is_hollow(None) && !stored.is_hollow(Some(5))
        );
    }

    #[test]
    fn what_changes_twice_without_a_cause_is_compared_no_more() {
        let mut stored = Stored { date: Some(1000), announced: Some(50), ..Stored::default() };
        let found = stored.difference(Some(1000), Some(60));
        stored.unreliable = found.unreliable(stored.unreliable);
        let again = stored.difference(Some(1000), Some(60));
        assert!(again.size, "once may be a mend of the server's");
        stored.unreliable = again.unreliable(stored.unreliable);
        assert!(!stored.difference(Some(1000), Some(70)).any());
        assert!(stored.difference(Some(1001), Some(70)).date, "the date still tells");
    }
}
