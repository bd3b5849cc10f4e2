//! The mailboxes of the database: their folders, how far each is, and what the server lists of them.

use std::collections::HashMap;

use imaplib::types::MailboxName;
use rusqlite::{Connection, params};

use crate::error::{ArchiveError, Result};
use crate::folder_name;
use crate::index::Index;

/// What the database knows of a mailbox.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct MailboxRow {
    pub(crate) id: i64,
    pub(crate) name: String,
    pub(crate) dir: String,
    pub(crate) uid_validity: u64,
    pub(crate) uid_next: u64,
    pub(crate) highest_modseq: u64,
    pub(crate) unsettled: bool,
    /// When all dates and sizes were last compared, in seconds since 1970; 0 if never.
    pub(crate) compared: i64,
    /// When a new message last arrived.
    pub(crate) arrived: i64,
    /// How many runs in succession saw a new UIDVALIDITY.
    pub(crate) renewals: u32,
    /// Its UIDs last only after SELECT.
    pub(crate) selects: bool,
    /// It was reported as gone from the server.
    pub(crate) gone: bool,
    /// The server lost messages by being set back, and nobody has confirmed that they are not wanted.
    pub(crate) set_back: bool,
    /// What the server lists of it.
    pub(crate) about: About,
    /// The contents of the file that describes it.
    pub(crate) described: Option<String>,
}

/// What the server lists of a mailbox beside its name.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct About {
    pub(crate) delimiter: Option<String>,
    /// MAILBOXID (RFC 8474).
    pub(crate) mailbox_id: Option<String>,
    /// Its special uses, with blanks between them.
    pub(crate) special_use: Option<String>,
    pub(crate) subscribed: Option<bool>,
}
impl Index {
    /// The mailboxes, by the bytes of their names.
    pub(crate) fn mailboxes(&self) -> Result<HashMap<Vec<u8>, MailboxRow>> {
        mailboxes(&self.connection)
    }

    /// Notes mailboxes before anything is written for them.
    pub(crate) fn add_mailboxes(&mut self, mailboxes: &[(&MailboxName, String)]) -> Result<Vec<MailboxRow>> {
        let mut rows = Vec::with_capacity(mailboxes.len());
        let transaction = self.noting()?;
        for (name, dir) in mailboxes {
            let sql = "INSERT INTO mailboxes (name, wire, dir) VALUES (?1, ?2, ?3) RETURNING id";
            let id = transaction.query_row(sql, params![name.to_text(), key(name), dir], |row| row.get(0))?;
            let (name, dir) = (name.to_text().into_owned(), dir.clone());
            rows.push(MailboxRow { id, name, dir, unsettled: true, ..MailboxRow::default() });
        }
        transaction.commit()?;
        Ok(rows)
    }

    /// Notes that files may run ahead of the database from now on.
    pub(crate) fn unsettle(&mut self, mailbox: i64, uid_validity: u64) -> Result<()> {
        let sql = "UPDATE mailboxes SET unsettled = 1, uidvalidity = ?2, highestmodseq = 0 WHERE id = ?1";
        self.note(sql, params![mailbox, uid_validity.cast_signed()])?;
        Ok(())
    }

    /// Notes how a mailbox has to be opened, and how many runs in succession saw a new UIDVALIDITY.
    pub(crate) fn set_opening(&mut self, mailbox: i64, selects: bool, renewals: u32) -> Result<()> {
        let sql = "UPDATE mailboxes SET selects = ?2, renewals = ?3 WHERE id = ?1";
        self.note(sql, params![mailbox, selects, renewals])?;
        Ok(())
    }

    /// Notes that the folder is as the server was, by the row's figures.
    pub(crate) fn settle(&mut self, row: &MailboxRow) -> Result<()> {
        let sql =
            "UPDATE mailboxes SET unsettled = 0, uidvalidity = ?2, uidnext = ?3, highestmodseq = ?4, compared = ?5,
                   arrived = ?6, renewals = ?7, set_back = ?8 WHERE id = ?1";
        let MailboxRow { id, uid_validity, uid_next, highest_modseq, compared, arrived, renewals, set_back, .. } = row;
        let [uid_validity, uid_next, highest_modseq] =
            [uid_validity, uid_next, highest_modseq].map(|n| n.cast_signed());
        self.note(sql, params![id, uid_validity, uid_next, highest_modseq, compared, arrived, renewals, set_back])?;
        Ok(())
    }

    /// Notes which mailboxes were reported as gone from the server.
    pub(crate) fn set_gone(&mut self, mailboxes: &[(i64, bool)]) -> Result<()> {
        let transaction = self.noting()?;
        for (mailbox, gone) in mailboxes {
            transaction.execute("UPDATE mailboxes SET gone = ?2 WHERE id = ?1", params![mailbox, gone])?;
        }
        transaction.commit()?;
        Ok(())
    }

    /// Notes that a mailbox has another name, and that its files are to be moved to another folder.
    pub(crate) fn rename(&mut self, mailbox: i64, name: &MailboxName, dir: &str, before: &str) -> Result<()> {
        let sql = "UPDATE mailboxes SET name = ?2, wire = ?3, dir = ?4, moved_from = ?5 WHERE id = ?1";
        self.note(sql, params![mailbox, name.to_text(), key(name), dir, before]).map(drop)
    }

    /// The mailboxes whose files are to be moved, with their former and their new folders.
    pub(crate) fn unfinished_renames(&self) -> Result<Vec<(i64, String, String)>> {
        let sql = "SELECT id, moved_from, dir FROM mailboxes WHERE moved_from IS NOT NULL";
        let mut query = self.connection.prepare_cached(sql)?;
        let rows = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        let rows: Vec<(i64, String, String)> = rows.collect::<Result<_, _>>()?;
        match rows.iter().find(|(_, from, to)| !folder_name::is_inside(from) || !folder_name::is_inside(to)) {
            Some((_, from, _)) => {
                Err(ArchiveError::damaged(format!("a mailbox was in the folder {from:?}, which is not in the archive")))
            }
            None => Ok(rows),
        }
    }

    /// Notes that the files of a mailbox were moved.
    pub(crate) fn finish_rename(&mut self, mailbox: i64) -> Result<()> {
        self.note("UPDATE mailboxes SET moved_from = NULL WHERE id = ?1", [mailbox]).map(drop)
    }

    /// Notes what the server lists of mailboxes.
    pub(crate) fn set_about(&mut self, mailboxes: &[(i64, About)]) -> Result<()> {
        let transaction = self.noting()?;
        let sql =
            "UPDATE mailboxes SET delimiter = ?2, mailbox_id = ?3, special_use = ?4, subscribed = ?5 WHERE id = ?1";
        for (mailbox, About { delimiter, mailbox_id, special_use, subscribed }) in mailboxes {
            transaction.execute(sql, params![mailbox, delimiter, mailbox_id, special_use, subscribed])?;
        }
        transaction.commit()
    }

    /// Notes the contents of the files that describe mailboxes.
    pub(crate) fn set_described(&mut self, mailboxes: &[(i64, String)]) -> Result<()> {
        let transaction = self.noting()?;
        for (mailbox, described) in mailboxes {
            transaction.execute("UPDATE mailboxes SET described = ?2 WHERE id = ?1", params![mailbox, described])?;
        }
        transaction.commit()
    }

    /// Forgets a mailbox and its messages; returns how many there were.
    pub(crate) fn forget(&mut self, mailbox: i64) -> Result<u64> {
        let transaction = self.noting()?;
        let messages = transaction.execute("DELETE FROM messages WHERE mailbox = ?1", [mailbox])?;
        transaction.execute("DELETE FROM failing WHERE mailbox = ?1", [mailbox])?;
        transaction.execute("DELETE FROM levels WHERE mailbox = ?1", [mailbox])?;
        transaction.execute("DELETE FROM shorter WHERE mailbox = ?1", [mailbox])?;
        transaction.execute("DELETE FROM sent WHERE mailbox = ?1", [mailbox])?;
        transaction.execute("DELETE FROM mailboxes WHERE id = ?1", [mailbox])?;
        transaction.commit()?;
        Ok(messages as u64)
    }
}

/// The bytes by which a mailbox is known: UTF-8 where its name can be read, and never those of another name.
pub(crate) fn key(name: &MailboxName) -> Vec<u8> {
    name.to_key().into_owned()
}

/// The mailboxes, by the bytes of their names. None has a folder outside the archive.
pub(crate) fn mailboxes(connection: &Connection) -> Result<HashMap<Vec<u8>, MailboxRow>> {
    let mut query = connection.prepare(
        "SELECT wire, id, name, dir, uidvalidity, uidnext, highestmodseq, unsettled, compared, arrived, renewals,
         selects, gone, set_back, delimiter, mailbox_id, special_use, subscribed, described FROM mailboxes",
    )?;
    let rows = query.query_map([], |row| {
        let mailbox = MailboxRow {
            id: row.get(1)?,
            name: row.get(2)?,
            dir: row.get(3)?,
            uid_validity: row.get::<_, i64>(4)?.cast_unsigned(),
            uid_next: row.get::<_, i64>(5)?.cast_unsigned(),
            highest_modseq: row.get::<_, i64>(6)?.cast_unsigned(),
            unsettled: row.get(7)?,
            compared: row.get(8)?,
            arrived: row.get(9)?,
            renewals: row.get(10)?,
            selects: row.get(11)?,
            gone: row.get(12)?,
            set_back: row.get(13)?,
            about: About {
                delimiter: row.get(14)?,
                mailbox_id: row.get(15)?,
                special_use: row.get(16)?,
                subscribed: row.get(17)?,
            },
            described: row.get(18)?,
        };
        Ok((row.get(0)?, mailbox))
    })?;
    let rows: HashMap<Vec<u8>, MailboxRow> = rows.collect::<Result<_, _>>()?;
    match rows.values().find(|row| !folder_name::is_inside(&row.dir)) {
        Some(MailboxRow { name, dir, .. }) => Err(ArchiveError::damaged(format!(
            "the mailbox {name:?} has the folder {dir:?}, which is not in the archive"
        ))),
        None => Ok(rows),
    }
}
