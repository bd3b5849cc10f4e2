//! What is in an archive, to be listed and read.

use std::fs::File;

use crate::archive::Archive;
use crate::archived::{ArchivedMailbox, ArchivedMessage};
use crate::error::{ArchiveError, Result};
use crate::index::MailboxRow;
use crate::maildir;

impl Archive {
    /// The mailboxes, sorted by name.
    #[must_use]
    pub fn mailboxes(&self) -> Vec<ArchivedMailbox> {
        let mailbox = |row: &MailboxRow| ArchivedMailbox {
            name: row.name.clone(),
            folder: self.root().join(&row.dir),
            uid_validity: row.uid_validity,
            is_gone: row.gone,
            id: row.id,
        };
        let mut mailboxes: Vec<ArchivedMailbox> = self.rows().map(mailbox).collect();
        mailboxes.sort_unstable_by(|one, other| one.name.cmp(&other.name));
        mailboxes
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
        let folder = mailbox.folder.join("cur");
        self.index.messages(mailbox.id, last, count, &folder)
    }

    /// Opens the file of a message, to be read from its beginning.
    ///
    /// # Errors
    /// If the file is not there, or cannot be read.
    pub fn read(&self, mailbox: &ArchivedMailbox, message: &ArchivedMessage) -> Result<File> {
        if maildir::is_file(&message.file) {
            return File::open(&message.file).map_err(|error| ArchiveError::io("read", &message.file, error));
        }
        // A mail program gave it another name.
        let explain = |error| ArchiveError::io("read", &mailbox.folder, error);
        let found = maildir::find(&mailbox.folder, (message.uid_validity, message.uid)).map_err(explain)?;
        let path = found.unwrap_or_else(|| message.file.clone());
        File::open(&path).map_err(|error| ArchiveError::io("read", &path, error))
    }
}
