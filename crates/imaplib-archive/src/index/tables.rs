//! The tables of the database as the log has them: a row is a line of JSON.

use rusqlite::types::Value as SqlValue;
use rusqlite::{Connection, params_from_iter};
use serde_json::Value;

use crate::error::{ArchiveError, Result};
use crate::log::{Entry, bytes_of};

/// The tables that the log has, each behind those that it refers to.
const TABLES: [&str; 8] = ["mailboxes", "messages", "failing", "levels", "shorter", "archive", "targets", "sent"];

/// Numbers without a sign, which SQLite does not have.
const UNSIGNED: [&str; 6] = ["uidvalidity", "uidnext", "highestmodseq", "size", "announced", "was_uidvalidity"];

/// A column.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Column {
    name: String,
    is_blob: bool,
    /// What it has where an entry does not name it.
    default: Value,
    is_key: bool,
}

/// A table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Table {
    pub(super) name: &'static str,
    columns: Vec<Column>,
}

/// The tables of the database.
pub(super) fn tables(connection: &Connection) -> Result<Vec<Table>> {
    TABLES.iter().map(|name| table(connection, name)).collect()
}

fn table(connection: &Connection, name: &'static str) -> Result<Table> {
    let mut query = connection.prepare(&format!("PRAGMA table_info({name})"))?;
    let columns = query.query_map([], |row| {
        let default: Option<String> = row.get(4)?;
        let default = default.and_then(|text| text.parse::<i64>().ok());
        Ok(Column {
            name: row.get(1)?,
            is_blob: row.get::<_, String>(2)? == "BLOB",
            default: default.map_or(Value::Null, Value::from),
            is_key: row.get::<_, i64>(5)? > 0,
        })
    })?;
    Ok(Table { name, columns: columns.collect::<Result<_, _>>()? })
}

impl Table {
    /// The SQL of a row of this table, of which the columns have this prefix, as JSON.
    pub(super) fn row_as_json(&self, prefix: &str) -> String {
        let pairs = self.columns.iter().map(|Column { name, is_blob, .. }| match is_blob {
            true => format!("'{name}', iif({prefix}{name} IS NULL, NULL, lower(hex({prefix}{name})))"),
            false => format!("'{name}', {prefix}{name}"),
        });
        format!("json_object({})", pairs.collect::<Vec<_>>().join(", "))
    }

    /// Removes what an entry need not contain, and writes large numbers as they are.
    pub(super) fn shorten(&self, mut row: Entry) -> Entry {
        for column in &self.columns {
            if !column.is_key && row.get(&column.name) == Some(&column.default) {
                row.shift_remove(&column.name);
            }
        }
        without_signs(&mut row);
        row
    }

    /// What an entry has of a changed row: its key as it was, and the columns that differ; those of the key as `to`.
    pub(super) fn difference(&self, old: &Entry, new: &Entry) -> Option<Entry> {
        let (mut entry, mut to, mut differs) = (Entry::new(), Entry::new(), Entry::new());
        for column in &self.columns {
            let (before, now) = (old.get(&column.name), new.get(&column.name));
            if column.is_key {
                entry.extend(before.map(|value| (column.name.clone(), value.clone())));
            }
            if before == now {
                continue;
            }
            let target = if column.is_key { &mut to } else { &mut differs };
            target.insert(column.name.clone(), now.cloned().unwrap_or(Value::Null));
        }
        if to.is_empty() && differs.is_empty() {
            return None;
        }
        without_signs(&mut entry);
        without_signs(&mut to);
        without_signs(&mut differs);
        if !to.is_empty() {
            entry.insert("to".to_owned(), Value::Object(to));
        }
        entry.extend(differs);
        Some(entry)
    }

    /// The key of a row.
    pub(super) fn key(&self, row: &Entry) -> Entry {
        let mut key: Entry = row
            .iter()
            .filter(|(name, _)| self.column(name).is_some_and(|column| column.is_key))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        without_signs(&mut key);
        key
    }

    fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// Writes a row of an entry.
    pub(super) fn put(&self, connection: &Connection, entry: &Entry) -> Result<()> {
        let names: Vec<&str> = self.columns.iter().map(|column| column.name.as_str()).collect();
        let places = vec!["?"; names.len()].join(", ");
        let sql = format!("INSERT OR REPLACE INTO {} ({}) VALUES ({places})", self.name, names.join(", "));
        let values =
            self.columns.iter().map(|column| value(column, entry.get(&column.name).unwrap_or(&column.default)));
        let values = values.collect::<Result<Vec<_>>>()?;
        connection.prepare_cached(&sql)?.execute(params_from_iter(values))?;
        Ok(())
    }

    /// Changes a row as an entry describes.
    pub(super) fn change(&self, connection: &Connection, entry: &Entry) -> Result<()> {
        let to = entry.get("to").and_then(Value::as_object);
        let new = |column: &Column| match column.is_key {
            true => to.and_then(|to| to.get(&column.name)),
            false => entry.get(&column.name),
        };
        let (mut names, mut values) = (Vec::new(), Vec::new());
        for column in &self.columns {
            if let Some(new) = new(column) {
                names.push(format!("{} = ?", column.name));
                values.push(value(column, new)?);
            }
        }
        if names.is_empty() {
            return Ok(());
        }
        let (place, key) = self.place(entry)?;
        values.extend(key);
        let sql = format!("UPDATE {} SET {} WHERE {place}", self.name, names.join(", "));
        connection.prepare_cached(&sql)?.execute(params_from_iter(values))?;
        Ok(())
    }

    /// Removes the row that an entry names.
    pub(super) fn remove(&self, connection: &Connection, entry: &Entry) -> Result<()> {
        let (place, key) = self.place(entry)?;
        connection
            .prepare_cached(&format!("DELETE FROM {} WHERE {place}", self.name))?
            .execute(params_from_iter(key))?;
        Ok(())
    }

    /// The condition for the row of an entry, and its values.
    fn place(&self, entry: &Entry) -> Result<(String, Vec<SqlValue>)> {
        let (mut place, mut key) = (vec!["TRUE".to_owned()], Vec::new());
        for column in self.columns.iter().filter(|column| column.is_key) {
            place.push(format!("{} = ?", column.name));
            key.push(value(column, entry.get(&column.name).unwrap_or(&Value::Null))?);
        }
        Ok((place.join(" AND "), key))
    }
}

fn without_signs(row: &mut Entry) {
    for (name, value) in row {
        if let Some(number) = value.as_i64().filter(|number| *number < 0 && UNSIGNED.contains(&name.as_str())) {
            *value = number.cast_unsigned().into();
        }
    }
}

/// A value of an entry, for SQLite.
fn value(column: &Column, value: &Value) -> Result<SqlValue> {
    let refused = || ArchiveError::damaged(format!("the log has {value} for {:?}", column.name));
    Ok(match value {
        Value::Null => SqlValue::Null,
        Value::String(text) if column.is_blob => SqlValue::Blob(bytes_of(text).ok_or_else(refused)?),
        Value::String(text) => SqlValue::Text(text.clone()),
        Value::Number(number) => {
            let number = number.as_i64().or_else(|| number.as_u64().map(u64::cast_signed));
            SqlValue::Integer(number.ok_or_else(refused)?)
        }
        _ => return Err(refused()),
    })
}
