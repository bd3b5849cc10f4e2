//! What is noted in the database goes into the log first: triggers collect what a transaction changes.
//!
//! The log is made durable before the transaction is committed, so that the database is never ahead of it. Where a crash lets
//! it fall behind, it is brought up from the log when the archive is opened.

use std::cell::RefCell;
use std::ops::Deref;

use rusqlite::{Connection, Transaction, params};
use serde_json::Value;

use crate::error::{ArchiveError, Result};
use crate::index::tables::Table;
use crate::log::{BatchWriter, Entry, Log, Position};

/// A transaction whose changes go into the log.
#[derive(Debug)]
pub(crate) struct Noting<'a> {
    transaction: Transaction<'a>,
    log: &'a RefCell<Log>,
    tables: &'a [Table],
}

impl Deref for Noting<'_> {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        &self.transaction
    }
}

impl<'a> Noting<'a> {
    /// Begins a transaction.
    pub(super) fn begin(connection: &'a Connection, log: &'a RefCell<Log>, tables: &'a [Table]) -> Result<Self> {
        Ok(Self { transaction: connection.unchecked_transaction()?, log, tables })
    }
}

impl Noting<'_> {
    /// Makes the changes durable, in the log and then in the database.
    pub(crate) fn commit(self) -> Result<()> {
        let mut log = self.log.borrow_mut();
        let has_changes: bool =
            self.transaction.query_row("SELECT EXISTS (SELECT 1 FROM temp.changed_rows)", [], |row| row.get(0))?;
        if !has_changes && !log.has_remarks() {
            return Ok(self.transaction.commit()?);
        }
        log.append(|out| write_changes(&self.transaction, self.tables, out))?;
        self.transaction.execute("DELETE FROM temp.changed_rows", [])?;
        let committed = set_position(&self.transaction, log.position()).and_then(|()| Ok(self.transaction.commit()?));
        if committed.is_err() {
            log.note_ahead();
        }
        committed
    }
}

/// Makes what collects the changes.
pub(super) fn collect_changes(connection: &Connection, tables: &[Table]) -> Result<()> {
    let mut sql =
        "CREATE TEMP TABLE changed_rows (number INTEGER PRIMARY KEY, of INTEGER NOT NULL, old TEXT, new TEXT);"
            .to_owned();
    for (number, table) in tables.iter().enumerate() {
        let (name, old, new) = (table.name, table.row_as_json("old."), table.row_as_json("new."));
        for (event, old, new) in [("INSERT", "NULL", new.as_str()), ("UPDATE", &old, &new), ("DELETE", &old, "NULL")] {
            sql += &format!(
                "CREATE TEMP TRIGGER {name}_{event} AFTER {event} ON main.{name} BEGIN
                 INSERT INTO changed_rows (of, old, new) VALUES ({number}, {old}, {new}); END;"
            );
        }
    }
    Ok(connection.execute_batch(&sql)?)
}

/// Notes up to where the log is in the database.
pub(super) fn set_position(connection: &Connection, position: &Position) -> Result<()> {
    connection.execute("DELETE FROM log_position", [])?;
    let sql = "INSERT INTO log_position (file, length, batch, chain) VALUES (?1, ?2, ?3, ?4)";
    let Position { file, length, batch, chain } = position;
    connection.execute(sql, params![file, length.cast_signed(), batch.cast_signed(), chain])?;
    Ok(())
}

fn write_changes(connection: &Connection, tables: &[Table], out: &mut BatchWriter<'_>) -> Result<()> {
    let mut query = connection.prepare_cached("SELECT of, old, new FROM temp.changed_rows ORDER BY number")?;
    let mut rows = query.query([])?;
    while let Some(row) = rows.next()? {
        let Some(table) = usize::try_from(row.get::<_, i64>(0)?).ok().and_then(|of| tables.get(of)) else { continue };
        let read = |column: usize| -> Result<Option<Entry>> {
            let text: Option<&str> = row.get_ref(column)?.as_str_or_null().unwrap_or_default();
            text.map(|text| serde_json::from_str(text).map_err(ArchiveError::damaged)).transpose()
        };
        if let Some(entry) = entry(table, read(1)?, read(2)?) {
            out.entry(&entry)?;
        }
    }
    Ok(())
}

/// Writes everything that is in the database.
pub(super) fn write_baseline(connection: &Connection, tables: &[Table], out: &mut BatchWriter<'_>) -> Result<()> {
    out.entry(&named("baseline", Entry::new()))?;
    for table in tables {
        let sql = format!("SELECT {} FROM {}", table.row_as_json(""), table.name);
        let mut query = connection.prepare(&sql)?;
        let mut rows = query.query([])?;
        while let Some(row) = rows.next()? {
            let row: Entry = serde_json::from_str(&row.get::<_, String>(0)?).map_err(ArchiveError::damaged)?;
            entry(table, None, Some(row)).iter().try_for_each(|entry| out.entry(entry))?;
        }
    }
    Ok(())
}

/// The entry of a row that was made, changed or removed; `None` if nothing of it differs.
fn entry(table: &Table, old: Option<Entry>, new: Option<Entry>) -> Option<Entry> {
    let what = |what: &str, of: &str| match table.name {
        "messages" => named(what, Entry::new()),
        "mailboxes" => named(of, Entry::new()),
        name => {
            let mut entry = named(
                if what == "new" {
                    "state"
                } else if what == "removed" {
                    "state-removed"
                } else {
                    "state-changed"
                },
                Entry::new(),
            );
            entry.insert("table".to_owned(), name.into());
            entry
        }
    };
    let (mut entry, row) = match (old, new) {
        (None, Some(new)) => (what("new", "mailbox"), table.shorten(new)),
        (Some(old), None) => (what("removed", "forgotten"), table.key(&old)),
        (Some(old), Some(new)) => {
            let difference = table.difference(&old, &new)?;
            (what(change_of_message(&old, &new), change_of_mailbox(&old, &new)), difference)
        }
        (None, None) => return None,
    };
    entry.extend(row);
    Some(entry)
}

fn named(what: &str, mut entry: Entry) -> Entry {
    entry.insert("what".to_owned(), what.into());
    entry
}

/// What has happened to a message.
fn change_of_message(old: &Entry, new: &Entry) -> &'static str {
    let differs = |column: &str| old.get(column) != new.get(column);
    let is_gone = |row: &Entry| row.get("expunged").and_then(Value::as_i64) == Some(1);
    if differs("uidvalidity") || differs("uid") {
        "set-aside"
    } else if !is_gone(old) && is_gone(new) {
        "gone"
    } else if is_gone(old) && !is_gone(new) {
        "restored"
    } else if differs("sha256") && old.get("sha256") != Some(&Value::Null) {
        "replaced"
    } else if differs("flags") {
        "flags"
    } else {
        "noted"
    }
}

/// What has happened to a mailbox.
fn change_of_mailbox(old: &Entry, new: &Entry) -> &'static str {
    let is_gone = |row: &Entry| row.get("gone").and_then(Value::as_i64) == Some(1);
    if old.get("wire") != new.get("wire") {
        "renamed"
    } else if !is_gone(old) && is_gone(new) {
        "mailbox-gone"
    } else if is_gone(old) && !is_gone(new) {
        "mailbox-back"
    } else {
        "mailbox-noted"
    }
}
