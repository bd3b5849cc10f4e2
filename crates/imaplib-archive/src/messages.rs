//! Mailboxes and messages as an archive has them, to be listed and read.

use std::fs::File;
use std::path::PathBuf;

use imaplib::types::Flags;

use crate::archive::Archive;
use crate::error::{ArchiveError, Result};
use crate::index::{After, MailboxRow};
use crate::maildir::{self, Maildir};
use crate::private;

/// A mailbox of an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ArchivedMailbox {
    /// Its name.
    pub name: String,
    /// Its folder, a Maildir. The messages that have gone from the server are in a folder of their own: [`ArchivedMessage::file`].
    pub folder: PathBuf,
    /// The UIDVALIDITY of the mailbox on the server; 0 if it was never brought up to date.
    pub uid_validity: u64,
    /// The next UID that the server announced; 0 if it was never brought up to date.
    pub uid_next: u64,
    /// Whether the server does not list it any more.
    pub is_gone: bool,
    /// What separates the levels of its name; `None` if it has none, or that is not known.
    pub delimiter: Option<char>,
    /// Its special uses, such as `\\Sent` (RFC 6154).
    pub special_use: Vec<String>,
    /// Whether the user subscribes to it; `None` if that is not known.
    pub is_subscribed: Option<bool>,
    pub(crate) id: i64,
}

/// A message of an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ArchivedMessage {
    /// Its UID. A message whose UID means another one now has the UIDVALIDITY 0 and a number of the archive's own.
    pub uid: u32,
    /// The UIDVALIDITY to which the UID belongs.
    pub uid_validity: u64,
    /// Its flags, as far as they are known.
    pub flags: Flags,
    /// The size of its file, in bytes.
    pub size: u64,
    /// When it arrived (INTERNALDATE), in seconds since 1970.
    pub internal_date: Option<i64>,
    /// The SHA-256 of its file.
    pub sha256: Option<Vec<u8>>,
    /// Whether it is no longer on the server.
    pub is_gone: bool,
    /// The file, under the name that was noted: a mail program may have renamed it since. [`Archive::read`](crate::Archive::read) finds it.
    pub file: PathBuf,
}

impl ArchivedMailbox {
    /// Its number in the archive: it keeps that when it is renamed.
    #[must_use]
    pub fn number(&self) -> u64 {
        self.id.cast_unsigned()
    }

    pub(crate) fn of(row: &MailboxRow, folder: PathBuf) -> Self {
        let uses = row.about.special_use.iter().flat_map(|uses| uses.split(' '));
        Self {
            name: row.name.clone(),
            folder,
            uid_validity: row.uid_validity,
            uid_next: row.uid_next,
            is_gone: row.gone,
            delimiter: row.about.delimiter.as_ref().and_then(|delimiter| delimiter.chars().next()),
            special_use: uses.filter(|name| !name.is_empty()).map(str::to_owned).collect(),
            is_subscribed: row.about.subscribed,
            id: row.id,
        }
    }
}

impl Archive {
    /// The mailboxes, sorted by name.
    #[must_use]
    pub fn mailboxes(&self) -> Vec<ArchivedMailbox> {
        let mailbox = |row: &MailboxRow| ArchivedMailbox::of(row, self.folder_of(row));
        let mut mailboxes: Vec<ArchivedMailbox> = self.rows().map(mailbox).collect();
        mailboxes.sort_unstable_by(|one, other| one.name.cmp(&other.name));
        mailboxes
    }

    /// How many messages the archive has, those too that have gone from the server.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub fn count(&self) -> Result<u64> {
        let sql = "SELECT count(*) FROM messages";
        Ok(self.index.connection.query_row(sql, [], |row| row.get::<_, i64>(0))?.cast_unsigned())
    }

    /// The messages of a mailbox behind `last`, in the order of UIDVALIDITY and UID; at most `count` of them.
    ///
    /// ```no_run
    /// # fn show(archive: &imaplib_archive::Archive) -> imaplib_archive::Result<()> {
    /// for mailbox in archive.mailboxes() {
    ///     let mut messages = archive.messages(&mailbox, None, 1000)?;
    ///     while let Some(last) = messages.last() {
    ///         messages.iter().for_each(|message| println!("{} {}", mailbox.name, message.uid));
    ///         messages = archive.messages(&mailbox, Some(last), 1000)?;
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// If the database cannot be read.
    pub fn messages(
        &self,
        mailbox: &ArchivedMailbox,
        last: Option<&ArchivedMessage>,
        count: usize,
    ) -> Result<Vec<ArchivedMessage>> {
        let last = last.map(|message| (message.uid_validity, message.uid));
        self.messages_or(mailbox, &mut After::message(last), count, &mut Err)
    }

    /// The same; what is wrong with a row of the database is given to `bad`, and the others follow unless that fails.
    pub(crate) fn messages_or(
        &self,
        mailbox: &ArchivedMailbox,
        after: &mut After,
        count: usize,
        bad: &mut dyn FnMut(ArchiveError) -> Result<()>,
    ) -> Result<Vec<ArchivedMessage>> {
        let Some(row) = self.rows().find(|row| row.id == mailbox.id) else {
            return Err(ArchiveError::NoMailbox(mailbox.name.clone()));
        };
        let maildir = Maildir::as_it_is(self.root(), &row.dir);
        self.index.messages(mailbox.id, after, count, &|file| maildir.place(file), bad)
    }

    /// Opens the file of a message, to be read from its beginning.
    ///
    /// # Errors
    /// If the file is not there, is not a regular file ([`ArchiveError::NotAFile`]), or cannot be read.
    pub fn read(&self, mailbox: &ArchivedMailbox, message: &ArchivedMessage) -> Result<File> {
        if maildir::is_file(&message.file) {
            return private::open_file(&message.file);
        }
        // A mail program gave it another name.
        let explain = |error| ArchiveError::io("read", &mailbox.folder, error);
        let Some(row) = self.rows().find(|row| row.id == mailbox.id) else {
            return Err(ArchiveError::NoMailbox(mailbox.name.clone()));
        };
        let maildir = Maildir::as_it_is(self.root(), &row.dir);
        let found = maildir::find(&maildir, (message.uid_validity, message.uid)).map_err(explain)?;
        private::open_file(&found.unwrap_or_else(|| message.file.clone()))
    }
}
