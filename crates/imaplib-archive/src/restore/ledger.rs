//! What is noted durably of messages that are sent to another account: before they are sent, and once it is known where they are.

use std::collections::HashSet;

use imaplib::types::{Uid, UidSet};
use rusqlite::{Connection, OptionalExtension as _, Row, params};

use crate::error::Result;
use crate::index::Index;

/// UIDVALIDITY and UID of a message where it comes from.
pub(crate) type Key = (u64, u32);

/// Where it is noted.
pub(crate) trait Ledger {
    /// To be read.
    fn connection(&self) -> &Connection;

    /// Makes changes, all of them or none, and makes them durable.
    fn note(&self, change: &mut dyn FnMut(&Connection) -> Result<()>) -> Result<()>;
}

impl Ledger for Index {
    fn connection(&self) -> &Connection {
        &self.connection
    }

    fn note(&self, change: &mut dyn FnMut(&Connection) -> Result<()>) -> Result<()> {
        let noting = self.noting()?;
        change(&noting)?;
        noting.commit()
    }
}

/// A message that is being sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sent {
    pub(crate) key: Key,
    /// What UIDNEXT of the target was before: the message has this UID or a higher one.
    pub(crate) uid_next: u64,
    /// The bytes that are sent.
    pub(crate) size: u64,
    /// INTERNALDATE, in seconds since 1970.
    pub(crate) date: Option<i64>,
    pub(crate) message_id: Option<String>,
    /// The SHA-256 of the header, where servers are known to change it.
    pub(crate) header: Option<Vec<u8>>,
    /// Where it is.
    pub(crate) to_uid: Option<u32>,
}

/// The messages of one mailbox in one other mailbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Route {
    /// The mailbox that they are sent to.
    pub(crate) target: i64,
    /// The mailbox that they come from.
    pub(crate) mailbox: i64,
}

/// What becomes of a message that was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It has this UID.
    At(u32),
    /// It is not there.
    NotThere,
}

const SENT: i64 = 0;
const THERE: i64 = 1;
const COMPARED: i64 = 2;

const COLUMNS: &str = "uidvalidity, uid, uidnext, size, internaldate, message_id, header, to_uid";

fn read(row: &Row<'_>) -> rusqlite::Result<Sent> {
    let unsigned = |column: usize| row.get::<_, i64>(column).map(i64::cast_unsigned);
    Ok(Sent {
        key: (unsigned(0)?, row.get(1)?),
        uid_next: unsigned(2)?,
        size: unsigned(3)?,
        date: row.get(4)?,
        message_id: row.get(5)?,
        header: row.get(6)?,
        to_uid: row.get(7)?,
    })
}

/// The ID of a mailbox of an account; it is noted where it is new.
pub(crate) fn target(ledger: &dyn Ledger, account: &str, wire: &[u8], uid_validity: u64) -> Result<i64> {
    if let Some(id) = known_target(ledger, account, wire, uid_validity)? {
        return Ok(id);
    }
    let sql = "INSERT INTO targets (account, wire, uidvalidity) VALUES (?1, ?2, ?3)";
    let mut id = 0;
    ledger.note(&mut |connection| {
        connection.prepare_cached(sql)?.execute(params![account, wire, uid_validity.cast_signed()])?;
        id = connection.last_insert_rowid();
        Ok(())
    })?;
    Ok(id)
}

/// The same, if it is noted.
pub(crate) fn known_target(ledger: &dyn Ledger, account: &str, wire: &[u8], uid_validity: u64) -> Result<Option<i64>> {
    let sql = "SELECT id FROM targets WHERE account = ?1 AND wire = ?2 AND uidvalidity = ?3";
    let mut query = ledger.connection().prepare_cached(sql)?;
    Ok(query.query_row(params![account, wire, uid_validity.cast_signed()], |row| row.get(0)).optional()?)
}

/// Which of the messages from `first` to `last` are noted.
pub(crate) fn noted(ledger: &dyn Ledger, route: Route, (first, last): (Key, Key)) -> Result<HashSet<Key>> {
    let sql = "SELECT uidvalidity, uid FROM sent WHERE target = ?1 AND mailbox = ?2
               AND (uidvalidity, uid) BETWEEN (?3, ?4) AND (?5, ?6)";
    let mut query = ledger.connection().prepare_cached(sql)?;
    let (from, to) = (first.0.cast_signed(), last.0.cast_signed());
    let rows = query.query_map(params![route.target, route.mailbox, from, first.1, to, last.1], |row| {
        Ok((row.get::<_, i64>(0)?.cast_unsigned(), row.get(1)?))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The messages of which it is not known whether they came.
pub(crate) fn open(ledger: &dyn Ledger, route: Route) -> Result<Vec<Sent>> {
    in_state(ledger, route, SENT, u32::MAX)
}

/// Messages that are there and were not compared with what was sent.
pub(crate) fn uncompared(ledger: &dyn Ledger, route: Route, count: u32) -> Result<Vec<Sent>> {
    in_state(ledger, route, THERE, count)
}

fn in_state(ledger: &dyn Ledger, route: Route, state: i64, count: u32) -> Result<Vec<Sent>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM sent WHERE target = ?1 AND mailbox = ?2 AND state = ?3 AND state < 2
         ORDER BY uidvalidity, uid LIMIT ?4"
    );
    let mut query = ledger.connection().prepare_cached(&sql)?;
    let rows = query.query_map(params![route.target, route.mailbox, state, count], read)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The UIDs that messages have which were sent to the mailbox, from wherever.
pub(crate) fn uids(ledger: &dyn Ledger, target: i64) -> Result<UidSet> {
    let mut query = ledger.connection().prepare_cached("SELECT to_uid FROM sent WHERE target = ?1 AND to_uid > 0")?;
    let rows = query.query_map([target], |row| row.get::<_, u32>(0))?;
    let uids: Vec<u32> = rows.collect::<Result<_, _>>()?;
    Ok(uids.into_iter().filter_map(Uid::new).collect())
}

/// The messages of one mailbox that are there by what is noted, with their UIDs.
pub(crate) fn places(ledger: &dyn Ledger, route: Route) -> Result<Vec<(Key, u32)>> {
    let sql = "SELECT uidvalidity, uid, to_uid FROM sent WHERE target = ?1 AND mailbox = ?2 AND to_uid > 0";
    let mut query = ledger.connection().prepare_cached(sql)?;
    let rows = query.query_map(params![route.target, route.mailbox], |row| {
        Ok(((row.get::<_, i64>(0)?.cast_unsigned(), row.get(1)?), row.get(2)?))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// What is noted at one time: what became of messages, and which are sent next.
#[derive(Debug, Default)]
pub(crate) struct Notes {
    outcomes: Vec<(Key, Outcome)>,
    sent: Vec<Sent>,
    compared: Vec<Key>,
}

impl Notes {
    pub(crate) fn outcome(&mut self, key: Key, outcome: Outcome) {
        self.outcomes.push((key, outcome));
    }

    /// A message is sent, or, where its UID is known, was there before.
    pub(crate) fn sent(&mut self, sent: Sent) {
        self.sent.push(sent);
    }

    pub(crate) fn compared(&mut self, key: Key) {
        self.compared.push(key);
    }

    /// Makes it durable, and begins again with nothing.
    pub(crate) fn write(&mut self, ledger: &dyn Ledger, route: Route) -> Result<()> {
        if self.outcomes.is_empty() && self.sent.is_empty() && self.compared.is_empty() {
            return Ok(());
        }
        ledger.note(&mut |connection| self.apply(connection, route))?;
        *self = Self::default();
        Ok(())
    }

    fn apply(&self, connection: &Connection, Route { target, mailbox }: Route) -> Result<()> {
        const PLACE: &str = "target = ?1 AND mailbox = ?2 AND uidvalidity = ?3 AND uid = ?4";
        for ((validity, uid), outcome) in &self.outcomes {
            let validity = validity.cast_signed();
            match outcome {
                Outcome::At(to) => connection
                    .prepare_cached(&format!("UPDATE sent SET to_uid = ?5, state = ?6 WHERE {PLACE}"))?
                    .execute(params![target, mailbox, validity, uid, to, THERE])?,
                Outcome::NotThere => connection
                    .prepare_cached(&format!("DELETE FROM sent WHERE {PLACE}"))?
                    .execute(params![target, mailbox, validity, uid])?,
            };
        }
        for (validity, uid) in &self.compared {
            connection.prepare_cached(&format!("UPDATE sent SET state = ?5 WHERE {PLACE}"))?.execute(params![
                target,
                mailbox,
                validity.cast_signed(),
                uid,
                COMPARED
            ])?;
        }
        let sql = format!(
            "INSERT OR REPLACE INTO sent (target, mailbox, {COLUMNS}, state)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)"
        );
        for sent in &self.sent {
            let state = if sent.to_uid.is_some() { COMPARED } else { SENT };
            connection.prepare_cached(&sql)?.execute(params![
                target,
                mailbox,
                sent.key.0.cast_signed(),
                sent.key.1,
                sent.uid_next.cast_signed(),
                sent.size.cast_signed(),
                sent.date,
                sent.message_id,
                sent.header,
                sent.to_uid,
                state,
            ])?;
        }
        Ok(())
    }
}
