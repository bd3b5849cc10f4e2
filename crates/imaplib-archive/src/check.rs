//! Each file of an archive against its SHA-256, and the files against the database, without a server.

use std::path::{Path, PathBuf};

use crate::archive::Archive;
use crate::error::{ArchiveError, Result};
use crate::files::{Files, Identity};
use crate::index::MailboxRow;
use crate::index::bad_rows::BadRow;
use crate::log::LogDamage;
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
    /// It is whole, and not where it belongs, or has another name: another program has changed the flags in it.
    Renamed,
    /// The database's row of the message cannot be true; [`Archive::repair`] makes the database from the log.
    BadRow,
}

/// A file of an archive that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FaultyFile {
    /// The mailbox in whose folder it is, or should be.
    pub mailbox: String,
    /// What is wrong with it.
    pub fault: FileFault,
    /// Where it is, or should be; the folder, where that is not known.
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
    /// Files that are whole, and have another name or place than their own.
    pub renamed: u64,
    /// Messages whose rows in the database cannot be true; the first hundred are named.
    pub bad_rows: u64,
    /// Where the log cannot be read, or is not as the database knows it.
    pub log_damage: Option<LogDamage>,
    /// Whether the log was damaged before, and is whole from a complete account on that was written then.
    pub has_old_log_damage: bool,
    /// The seal of the archive: the number of the last batch of its log, and its chain, which stands for all that was noted.
    pub seal: (u64, String),
    /// Messages of which no SHA-256 is noted: their files are there, with the right sizes.
    pub without_sum: u64,
    /// Mailboxes in which the last run was interrupted: it may have left extra files, which the next one adds.
    pub interrupted: Vec<String>,
}

impl Check {
    /// Whether every file is there and as it was stored, and there is no other, and the log is whole.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.missing + self.changed + self.extra + self.bad_rows == 0 && self.log_damage.is_none()
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

    /// Reads every file and compares it with its SHA-256, the files that are there with those of the database, and the log with its
    /// chain. Nothing is changed. What is not as it should be is given to `each` as it is found.
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
        let bad = self.index.bad_rows(None)?;
        check.bad_rows = bad.count;
        for row in rows {
            let of_it = bad.first.iter().filter(|bad| bad.mailbox == row.id);
            for BadRow { uid, .. } in of_it {
                let (fault, path) = (FileFault::BadRow, self.folder_of(row));
                each(&FaultyFile { mailbox: row.name.clone(), fault, path, uid: *uid });
            }
            self.check_mailbox(row, &mut check, each, cancel)?;
        }
        let log = self.index.examine_log(self.root())?;
        check.log_damage = self.index.damage.clone().or(log.damage);
        check.has_old_log_damage = log.has_old_damage;
        check.seal = (log.end.batch, log.end.chain);
        Ok(check)
    }

    /// Where the file of a message belongs.
    pub(crate) fn own_path(&self, row: &MailboxRow, maildir: &Maildir, message: Identity) -> Result<Option<PathBuf>> {
        let Some(noted) = self.index.file(row.id, message.0, message.1)? else { return Ok(None) };
        let stored = self.index.stored(row.id, message.0, message.1)?;
        let is_gone = row.gone || message.0 != row.uid_validity || stored.is_some_and(|stored| stored.expunged);
        Ok(Some(if is_gone { maildir.gone_path(&noted) } else { maildir.current(&noted) }))
    }

    /// The same; nothing where the row is bad.
    fn own_path_if_good(&self, row: &MailboxRow, maildir: &Maildir, message: Identity) -> Result<Option<PathBuf>> {
        match self.own_path(row, maildir, message) {
            Err(ArchiveError::BadRow { .. }) => Ok(None),
            own => own,
        }
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
                let own = self.own_path_if_good(row, &maildir, (validity, uid))?;
                let path = own.unwrap_or_else(|| maildir.current(""));
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
                return Ok(());
            }
            check.without_sum += u64::from(sha256.is_none());
            let own = self.own_path_if_good(row, &maildir, (validity, uid))?;
            if own.as_ref().is_some_and(|own| *own != path) {
                check.renamed += 1;
                each(&faulty(FileFault::Renamed, path, known));
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
