//! Each file of an archive against its SHA-256, and the files against the database, without a server.

use std::path::{Path, PathBuf};

use crate::archive::Archive;
use crate::error::{ArchiveError, Result};
use crate::files::Files;
use crate::index::MailboxRow;
use crate::maildir::Maildir;
use crate::options::Cancel;
use crate::verify;

/// What is wrong with a file of an archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum FileFault {
    /// It is not there.
    Missing,
    /// It has another size or another SHA-256 than the message that was stored, or cannot be read.
    Changed,
    /// It is not the file of a message that the archive knows.
    Extra,
}

/// A file of an archive that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FaultyFile {
    /// The mailbox in whose folder it is, or should be.
    pub mailbox: String,
    /// What is wrong with it.
    pub fault: FileFault,
    /// Where it is, or should be.
    pub path: PathBuf,
    /// The message's UID; `None` for [`FileFault::Extra`], and for a message whose UID means another one now.
    pub uid: Option<u32>,
}

/// What a check of an archive has found.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Check {
    /// How many mailboxes there are.
    pub mailboxes: u64,
    /// How many messages the archive knows.
    pub messages: u64,
    /// Messages whose file is not there.
    pub missing: u64,
    /// Messages whose file has changed.
    pub changed: u64,
    /// Files that are not the file of a message.
    pub extra: u64,
    /// Messages of which no SHA-256 is noted: their files are there, with the right sizes.
    pub without_sum: u64,
    /// Mailboxes in which the last run was interrupted: it may have left extra files, which the next one adds.
    pub interrupted: Vec<String>,
}

impl Check {
    /// Whether every file is there and as it was stored, and there is no other.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.missing + self.changed + self.extra == 0
    }
}

impl Archive {
    /// Opens the archive in the folder `root`, whoever's it is, to be read and checked.
    ///
    /// # Errors
    /// If there is none, if another process has it open, or if it cannot be read or locked.
    pub fn open_any(root: impl AsRef<Path>) -> Result<Self> {
        Self::open_there(root.as_ref(), None)
    }

    /// Reads every file and compares it with its SHA-256, and the files that are there with those of the database. Nothing is
    /// changed. What is not as it should be is given to `each` as it is found.
    ///
    /// ```no_run
    /// # fn main() -> imaplib_archive::Result<()> {
    /// use imaplib_archive::{Archive, Cancel};
    ///
    /// let archive = Archive::open_any("/backup/alice")?;
    /// let check = archive.check(&mut |file| println!("{:?}: {}", file.fault, file.path.display()), &Cancel::new())?;
    /// println!("{} messages, {} changed", check.messages, check.changed);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// If the database or a folder cannot be read, or the check is cancelled. A file that cannot be read is a changed one.
    pub fn check(&self, each: &mut dyn FnMut(&FaultyFile), cancel: &Cancel) -> Result<Check> {
        let mut check = Check::default();
        let mut rows: Vec<&MailboxRow> = self.rows().collect();
        rows.sort_unstable_by(|one, other| one.name.cmp(&other.name));
        for row in rows {
            self.check_mailbox(row, &mut check, each, cancel)?;
        }
        Ok(check)
    }

    fn check_mailbox(
        &self,
        row: &MailboxRow,
        check: &mut Check,
        each: &mut dyn FnMut(&FaultyFile),
        cancel: &Cancel,
    ) -> Result<()> {
        let maildir = Maildir::as_it_is(self.root(), &row.dir);
        // What is behind a link is not in the archive.
        let has_folder = self.has_folder(row) || maildir.gone().is_some();
        let files = if has_folder { maildir.messages()? } else { Files::new() };
        check.mailboxes += 1;
        if row.unsettled && row.uid_validity != 0 {
            check.interrupted.push(row.name.clone());
        }
        let faulty = |fault, path, uid| FaultyFile { mailbox: row.name.clone(), fault, path, uid };
        self.index.for_each_file(row.id, |(validity, uid), sha256, _| {
            cancel.check()?;
            check.messages += 1;
            // A message that was set aside has a number of the archive's own.
            let known = (validity != 0).then_some(uid);
            let Some(file) = files.get((validity, uid))? else {
                check.missing += 1;
                let noted = self.index.file(row.id, validity, uid)?.unwrap_or_default();
                let stored = self.index.stored(row.id, validity, uid)?;
                let is_gone = row.gone || validity != row.uid_validity || stored.is_some_and(|stored| stored.expunged);
                let path = if is_gone { maildir.gone_path(&noted) } else { maildir.current(&noted) };
                each(&faulty(FileFault::Missing, path, known));
                return Ok(());
            };
            let path = maildir.place(&file);
            let is_whole = match verify::is_whole(&path, crate::maildir::size_in(&file), sha256) {
                Ok(is_whole) => is_whole,
                Err(error) if verify::is_of_one_file(&error) => false,
                Err(error) => return Err(ArchiveError::io("read", &path, error)),
            };
            if !is_whole {
                check.changed += 1;
                each(&faulty(FileFault::Changed, path, known));
            } else if sha256.is_none() {
                check.without_sum += 1;
            }
            Ok(())
        })?;
        if has_folder {
            verify::for_each_extra(&self.index, &maildir, row.id, &files, |path| {
                check.extra += 1;
                each(&faulty(FileFault::Extra, path, None));
            })?;
        }
        Ok(())
    }
}
