//! Rows of the database that cannot be true, as after a bad disk or another program's hand: each costs its own message, and
//! is named.

use rusqlite::Row;
use rusqlite::types::ValueRef;

use crate::error::{ArchiveError, Result};
use crate::index::{Index, check_file};

/// This many are named.
pub(crate) const MOST: usize = 100;

/// A row of a message that cannot be true.
#[derive(Debug, Clone)]
pub(crate) struct BadRow {
    pub(crate) mailbox: i64,
    /// The message's UID, if that can be read and is the server's.
    pub(crate) uid: Option<u32>,
    /// What is wrong.
    pub(crate) error: ArchiveError,
}

/// The bad rows: the first of them, and how many there are.
#[derive(Debug, Clone, Default)]
pub(crate) struct BadRows {
    pub(crate) first: Vec<BadRow>,
    pub(crate) count: u64,
}

impl Index {
    /// The bad rows of a mailbox, or of all.
    pub(crate) fn bad_rows(&self, mailbox: Option<i64>) -> Result<BadRows> {
        let sql = "SELECT mailbox, uidvalidity, uid, file, flags, size, internaldate, sha256, expunged, announced FROM messages
                   WHERE ?1 IS NULL OR mailbox = ?1";
        let mut query = self.connection.prepare_cached(sql)?;
        let mut rows = query.query([mailbox])?;
        let mut bad = BadRows::default();
        while let Some(row) = rows.next()? {
            if let Err(error) = check(row) {
                bad.count += 1;
                if bad.first.len() < MOST {
                    let uid = row.get(2).ok().filter(|_| row.get::<_, i64>(1).is_ok_and(|validity| validity != 0));
                    bad.first.push(BadRow { mailbox: row.get(0).unwrap_or_default(), uid, error });
                }
            }
        }
        Ok(bad)
    }
}

/// Fails unless each value is of its kind, and the file is the message's own.
fn check(row: &Row<'_>) -> Result<()> {
    let bad = |what: &str| {
        let shown = |at: usize| match row.get_ref(at) {
            Ok(ValueRef::Integer(number)) => number.to_string(),
            _ => "?".to_owned(),
        };
        ArchiveError::bad_row(format!("UID {} (UIDVALIDITY {}) has {what}", shown(2), shown(1)))
    };
    let (validity, uid) = match (row.get::<_, i64>(1), row.get::<_, u32>(2)) {
        (Ok(validity), Ok(uid)) => (validity.cast_unsigned(), uid),
        _ => return Err(bad("a UIDVALIDITY or UID that is not a number")),
    };
    let text = |at: usize| row.get_ref(at).ok().and_then(|value| value.as_str().ok());
    check_file(validity, uid, text(3).ok_or_else(|| bad("a file whose name is not text"))?)?;
    text(4).ok_or_else(|| bad("flags that are not text"))?;
    let is_number = |at: usize| matches!(row.get_ref(at), Ok(ValueRef::Integer(_)));
    let is_missing = |at: usize| matches!(row.get_ref(at), Ok(ValueRef::Null));
    if !is_number(5) || !is_number(8) || [6, 9].into_iter().any(|at| !is_number(at) && !is_missing(at)) {
        return Err(bad("a size or a date that is not a number"));
    }
    match row.get_ref(7) {
        Ok(ValueRef::Null) => Ok(()),
        Ok(ValueRef::Blob(sum)) if sum.len() == 32 => Ok(()),
        _ => Err(bad("a SHA-256 that is none")),
    }
}
