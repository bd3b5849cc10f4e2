//! Brings the database up from the log: what a crash kept from it, or all of it.

use std::path::Path;

use rusqlite::{Connection, OptionalExtension as _};
use serde_json::Value;

use crate::error::{ArchiveError, Result};
use crate::index::noted::{set_position, write_baseline};
use crate::index::tables::Table;
use crate::log::{Batches, Entry, Log, LogDamage, Position, numbers};

/// A log whose database is as far as it is.
pub(super) struct Recovered {
    pub(super) log: Log,
    /// Where the log was found to be damaged. What the database has was written to it once more.
    pub(super) damage: Option<LogDamage>,
}

/// Whether a log that is damaged is continued.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Damaged {
    /// All that is in the database is written to a new file of it.
    Continue,
    /// It stays as it is: nothing is noted.
    Leave,
}

/// Brings the database up to the end of the log. Where there is none, all that is in the database is written to it.
pub(super) fn recover(
    connection: &mut Connection,
    tables: &[Table],
    root: &Path,
    damaged: Damaged,
) -> Result<Recovered> {
    let noted = position(connection)?;
    let is_empty = is_empty(connection, tables)?;
    let files = numbers(root)?;
    if files.is_empty() && noted.is_none() && is_empty {
        return Ok(Recovered { log: Log::new(root, Position::start()), damage: None });
    }
    let Some(noted) = noted else {
        let (mut end, mut damage) = (end(root)?, None);
        // A database of an older version has no position, and its rows are not in the log.
        if is_empty {
            (end, damage) = rebuild(connection, tables, root)?;
            if damage.is_none() {
                return Ok(Recovered { log: Log::new(root, end), damage });
            }
            connection.execute("UPDATE mailboxes SET unsettled = 1, highestmodseq = 0", [])?;
        }
        return begin(connection, tables, root, &files, (end, damage));
    };
    let mut batches = Batches::new(root, noted)?;
    let damage = apply(connection, tables, &mut batches)?;
    let position = batches.position().clone();
    match damage {
        None => Ok(Recovered { log: Log::new(root, position), damage: None }),
        Some(damage) if damaged == Damaged::Leave => {
            Ok(Recovered { log: Log::closed(root, position), damage: Some(damage) })
        }
        Some(damage) => begin(connection, tables, root, &files, (position, Some(damage))),
    }
}

/// What the whole log is found to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Examined {
    /// The end of what can be read.
    pub(crate) end: Position,
    /// The last damage that is not behind a complete account of the database.
    pub(crate) damage: Option<LogDamage>,
    /// There is damage before such an account, which is history.
    pub(crate) has_old_damage: bool,
}

/// Reads the whole log and checks its chain.
pub(super) fn examine(root: &Path) -> Result<Examined> {
    let mut batches = Batches::new(root, Position::start())?;
    let (mut damage, mut has_old_damage) = (None, false);
    loop {
        while batches.next(&mut |_| Ok(()))?.is_some() {}
        let Some(end) = batches.ended_by().cloned() else { break };
        if batches.is_torn()? {
            break;
        }
        damage = Some(end);
        if !batches.skip_to_baseline()? {
            break;
        }
        (damage, has_old_damage) = (None, true);
    }
    Ok(Examined { end: batches.position().clone(), damage, has_old_damage })
}

/// The end of the log, as far as it can be read.
fn end(root: &Path) -> Result<Position> {
    let mut batches = Batches::new(root, Position::start())?;
    while batches.next(&mut |_| Ok(()))?.is_some() {}
    Ok(batches.position().clone())
}

/// Makes an empty database from the whole log. Returns where the log ends, and where it could not be read if the database
/// lacks what comes behind that.
fn rebuild(connection: &mut Connection, tables: &[Table], root: &Path) -> Result<(Position, Option<LogDamage>)> {
    // Which of it can be read is found out first: what follows a break counts only from where the log is complete by itself.
    let mut batches = Batches::new(root, Position::start())?;
    let (mut start, mut damage) = (Position::start(), None);
    loop {
        while batches.next(&mut |_| Ok(()))?.is_some() {}
        let Some(end) = batches.ended_by().cloned() else { break };
        if batches.is_torn()? {
            break;
        }
        damage = Some(end);
        if !batches.skip_to_baseline()? {
            break;
        }
        start = batches.position().clone();
        damage = None;
    }
    let mut batches = Batches::new(root, start)?;
    let found = apply(connection, tables, &mut batches)?;
    Ok((batches.position().clone(), damage.or(found)))
}

/// Applies the batches; what was not finished behind the last one does not count. Returns where they cannot be read on.
fn apply(connection: &mut Connection, tables: &[Table], batches: &mut Batches) -> Result<Option<LogDamage>> {
    let transaction = connection.transaction()?;
    // Foreign keys hold at the end of each batch, not between its lines.
    transaction.execute_batch("PRAGMA defer_foreign_keys = ON")?;
    let mut reached = None;
    loop {
        transaction.execute_batch("SAVEPOINT batch")?;
        // What an entry says counts only if its batch is as it was written.
        let mut outcome = Ok(());
        let position = batches.next(&mut |entry| {
            if outcome.is_ok() {
                outcome = apply_entry(&transaction, tables, &entry);
            }
            Ok(())
        })?;
        if position.is_some() {
            outcome?;
        } else {
            transaction.execute_batch("ROLLBACK TO batch; RELEASE batch")?;
            break;
        }
        transaction.execute_batch("RELEASE batch")?;
        reached = position;
    }
    if let Some(position) = &reached {
        set_position(&transaction, position)?;
    }
    transaction.commit()?;
    match batches.ended_by() {
        Some(_) if batches.is_torn()? => Ok(None),
        damage => Ok(damage.cloned()),
    }
}

fn apply_entry(connection: &Connection, tables: &[Table], entry: &Entry) -> Result<()> {
    let text = |name: &str| entry.get(name).and_then(Value::as_str);
    let Some(what) = text("what") else { return Err(ArchiveError::damaged("the log has an entry without \"what\"")) };
    let table_name = match what {
        "new" | "removed" | "set-aside" | "gone" | "restored" | "replaced" | "flags" | "noted" => "messages",
        "mailbox" | "forgotten" | "renamed" | "mailbox-gone" | "mailbox-back" | "mailbox-noted" => "mailboxes",
        "state" | "state-changed" | "state-removed" => text("table").unwrap_or_default(),
        "baseline" => {
            for table in tables.iter().rev() {
                connection.execute(&format!("DELETE FROM {}", table.name), [])?;
            }
            return Ok(());
        }
        // About the archive, and nothing in the database.
        _ => return Ok(()),
    };
    let Some(table) = tables.iter().find(|table| table.name == table_name) else {
        return Err(ArchiveError::damaged(format!("the log has an entry of the table {table_name:?}")));
    };
    match what {
        "new" | "mailbox" | "state" => table.put(connection, entry),
        "removed" | "forgotten" | "state-removed" => table.remove(connection, entry),
        _ => table.change(connection, entry),
    }
}

/// Begins a new file of the log with all that is in the database.
fn begin(
    connection: &mut Connection,
    tables: &[Table],
    root: &Path,
    files: &[u32],
    (from, damage): (Position, Option<LogDamage>),
) -> Result<Recovered> {
    let file = files.last().copied().unwrap_or_default().max(if damage.is_some() { from.file } else { 0 }) + 1;
    let mut log = Log::new(root, Position { file, length: 0, ..from });
    let transaction = connection.transaction()?;
    log.append(|out| write_baseline(&transaction, tables, out))?;
    set_position(&transaction, log.position())?;
    transaction.commit()?;
    Ok(Recovered { log, damage })
}

fn position(connection: &Connection) -> Result<Option<Position>> {
    let sql = "SELECT file, length, batch, chain FROM log_position";
    let read = |row: &rusqlite::Row<'_>| {
        let (length, batch) = (row.get::<_, i64>(1)?.cast_unsigned(), row.get::<_, i64>(2)?.cast_unsigned());
        Ok(Position { file: row.get(0)?, length, batch, chain: row.get(3)? })
    };
    Ok(connection.query_row(sql, [], read).optional()?)
}

fn is_empty(connection: &Connection, tables: &[Table]) -> Result<bool> {
    for table in tables {
        let sql = format!("SELECT EXISTS (SELECT 1 FROM {})", table.name);
        if connection.query_row(&sql, [], |row| row.get(0))? {
            return Ok(false);
        }
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use imaplib::types::MailboxName;

    use crate::index::Index;

    #[test]
    fn what_takes_the_place_of_another_row_is_in_the_log() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("db");
        let mut index = Index::open(&path).unwrap();
        let id = index.add_mailboxes(&[(&MailboxName::inbox(), "INBOX".to_owned())]).unwrap()[0].id;
        for uid in [1, 2] {
            let sql = "INSERT INTO shorter (mailbox, uidvalidity, uid, sha256, times, is_open, is_same)
                       VALUES (?1, 7, ?2, x'00ff', ?2, 1, 0)";
            index.note(sql, [id, uid]).unwrap();
        }
        index.note("UPDATE OR REPLACE shorter SET uid = 2 WHERE uid = 1", []).unwrap();
        let rows = |index: &Index| {
            let mut query = index.connection.prepare("SELECT uid, times, sha256 FROM shorter").unwrap();
            let rows = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).unwrap();
            rows.map(Result::unwrap).collect::<Vec<(u32, u32, Vec<u8>)>>()
        };
        assert_eq!(rows(&index), [(2, 1, vec![0, 255])]);
        drop(index);
        std::fs::remove_file(&path).unwrap();
        assert_eq!(rows(&Index::open(&path).unwrap()), [(2, 1, vec![0, 255])]);
    }
}
