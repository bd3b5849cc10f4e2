//! The names of the files in a mailbox's folder, by the messages that they are.

use std::collections::BTreeMap;
use std::ops::Bound;

use rusqlite::{Connection, OptionalExtension as _, params};

use crate::error::Result;

/// UIDVALIDITY and UID.
pub(crate) type Identity = (u64, u32);

/// More names than these are in a temporary database, which SQLite keeps on disk: what is held does not grow with the folder.
const MAX_HELD: usize = 50_000;

/// The files of a folder, one for each message.
#[derive(Debug)]
pub(crate) struct Files(Store);

#[derive(Debug)]
enum Store {
    Memory(BTreeMap<Identity, String>),
    Disk(Connection),
}

impl Files {
    pub(crate) fn new() -> Self {
        Self(Store::Memory(BTreeMap::new()))
    }

    /// The name of a message's file.
    pub(crate) fn get(&self, message: Identity) -> Result<Option<String>> {
        match &self.0 {
            Store::Memory(names) => Ok(names.get(&message).cloned()),
            Store::Disk(connection) => {
                let sql = "SELECT name FROM files WHERE validity = ?1 AND uid = ?2";
                let key = params![message.0.cast_signed(), message.1];
                Ok(connection.prepare_cached(sql)?.query_row(key, |row| row.get(0)).optional()?)
            }
        }
    }

    /// Notes the name of a message's file; returns the one of before.
    pub(crate) fn insert(&mut self, message: Identity, name: String) -> Result<Option<String>> {
        if let Store::Memory(names) = &mut self.0 {
            let before = names.insert(message, name);
            if names.len() > MAX_HELD {
                self.0 = Store::Disk(to_disk(names)?);
            }
            return Ok(before);
        }
        let before = self.get(message)?;
        if let Store::Disk(connection) = &self.0 {
            put(connection, message, &name)?;
        }
        Ok(before)
    }

    /// The next of them behind `last`, at most `count`, in an order of their own.
    pub(crate) fn after(&self, last: Option<Identity>, count: usize) -> Result<Vec<(Identity, String)>> {
        match &self.0 {
            Store::Memory(names) => {
                let start = last.map_or(Bound::Unbounded, Bound::Excluded);
                let next = names.range((start, Bound::Unbounded)).take(count);
                Ok(next.map(|(message, name)| (*message, name.clone())).collect())
            }
            Store::Disk(connection) => {
                let sql = "SELECT validity, uid, name FROM files WHERE (validity, uid) > (?1, ?2)
                           ORDER BY validity, uid LIMIT ?3";
                let (validity, uid) = last.map_or((i64::MIN, 0), |(validity, uid)| (validity.cast_signed(), uid));
                let count = i64::try_from(count).unwrap_or(i64::MAX);
                let mut query = connection.prepare_cached(sql)?;
                let rows = query.query_map(params![validity, uid, count], |row| {
                    Ok(((row.get::<_, i64>(0)?.cast_unsigned(), row.get(1)?), row.get(2)?))
                })?;
                Ok(rows.collect::<Result<_, _>>()?)
            }
        }
    }
}

/// A database without a name is a temporary file, which nobody else can open.
fn to_disk(names: &mut BTreeMap<Identity, String>) -> Result<Connection> {
    let connection = Connection::open("")?;
    connection.execute_batch(
        "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;
         CREATE TABLE files (validity INTEGER NOT NULL, uid INTEGER NOT NULL, name TEXT NOT NULL,
         PRIMARY KEY (validity, uid)) WITHOUT ROWID; BEGIN;",
    )?;
    while let Some((message, name)) = names.pop_first() {
        put(&connection, message, &name)?;
    }
    Ok(connection)
}

fn put(connection: &Connection, (validity, uid): Identity, name: &str) -> Result<()> {
    let sql = "INSERT OR REPLACE INTO files (validity, uid, name) VALUES (?1, ?2, ?3)";
    connection.prepare_cached(sql)?.execute(params![validity.cast_signed(), uid, name])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_folder_is_as_a_small_one() {
        for count in [5_u32, u32::try_from(MAX_HELD).unwrap() + 5] {
            let mut files = Files::new();
            for uid in (1..=count).rev() {
                assert_eq!(files.insert((u64::MAX, uid), format!("name {uid}")).unwrap(), None);
            }
            assert_eq!(files.insert((7, 3), "other".to_owned()).unwrap(), None);
            assert_eq!(matches!(files.0, Store::Disk(_)), count > 5);
            assert_eq!(files.insert((u64::MAX, 2), "new".to_owned()).unwrap().as_deref(), Some("name 2"));
            assert_eq!(files.get((u64::MAX, 2)).unwrap().as_deref(), Some("new"));
            assert_eq!(files.get((7, 2)).unwrap(), None);
            let (mut last, mut seen) = (None, 0);
            loop {
                let next = files.after(last, 1000).unwrap();
                let Some((message, _)) = next.last() else { break };
                last = Some(*message);
                seen += next.len();
            }
            assert_eq!(seen, count as usize + 1);
        }
    }
}
