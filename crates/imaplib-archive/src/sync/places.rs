//! Each file of a mailbox in its place: in `cur` what the server has, and below `.gone` what it has not.
//!
//! The place is the mark. Files are found in both, so that a run which breaks off between two of them does no harm: the next
//! one continues.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::archive::Archive;
use crate::error::{ArchiveError, Leaves, Result};
use crate::index::stored::Which;
use crate::index::{MailboxRow, check_file};
use crate::maildir::{self, DESCRIPTION, KEYWORDS_FILE, Maildir};
use crate::private;

/// So many messages are looked at together.
const BATCH: usize = 1000;

impl Archive {
    /// Moves the files of a mailbox to their places. A file that cannot be moved stays where it is: the next run tries again.
    /// Returns how many were moved, and the error of the first that was not.
    pub(crate) fn arrange(&self, row: &MailboxRow, which: Which) -> Result<(u64, Option<ArchiveError>)> {
        let maildir = Maildir::as_it_is(self.root(), &row.dir);
        let mut gone = maildir.gone();
        let (mut moved, mut last, mut failure) = (0, None, None);
        loop {
            let batch = self.index.places((row.id, row.uid_validity), which, last, BATCH)?;
            let Some((message, ..)) = batch.last() else { break };
            last = Some(*message);
            // What a bad row has is not touched, and reported at the end of the run.
            let batch =
                batch.into_iter().filter(|((validity, uid), file, _)| check_file(*validity, *uid, file).is_ok());
            for (message, file, is_gone) in batch {
                match move_file(&maildir, &mut gone, message, &file, is_gone) {
                    Ok(was_moved) => moved += u64::from(was_moved),
                    Err(error) => {
                        let error = ArchiveError::io("move", &maildir.place(&file), error);
                        if error.leaves() == Leaves::Nothing {
                            return Err(error);
                        }
                        failure.get_or_insert(error);
                    }
                }
            }
        }
        if moved > 0 {
            maildir.sync().map_err(|error| ArchiveError::io("update", maildir.path(), error))?;
        }
        Ok((moved, failure))
    }

    /// Moves what is left of a mailbox that the server has no more, and removes its empty folders.
    pub(crate) fn put_away(&self, row: &MailboxRow) -> Result<Option<ArchiveError>> {
        if !private::has_folder(self.root(), &row.dir) {
            return Ok(None);
        }
        let (_, failure) = self.arrange(row, Which::AllAsGone)?;
        if failure.is_some() {
            return Ok(failure);
        }
        let (live, gone) = (self.root().join(&row.dir), self.root().join(maildir::gone_folder(&row.dir)));
        if gone.is_dir() {
            move_beside(&live, &gone)?;
        }
        // What is not empty stays: it has other programs' files, or the folders of other mailboxes.
        let is_empty = |folder: &Path| fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_none());
        if ["cur", "new", "tmp"].iter().all(|part| is_empty(&live.join(part))) {
            ["cur", "new", "tmp"].iter().for_each(|part| drop(fs::remove_dir(live.join(part))));
            let _ = fs::remove_dir(&live);
        }
        Ok(None)
    }

    /// Moves the messages of a mailbox back that the server lists again.
    pub(crate) fn bring_back(&self, row: &MailboxRow) -> Result<()> {
        let gone = self.root().join(maildir::gone_folder(&row.dir));
        if !row.gone || self.has_folder(row) || !gone.is_dir() {
            return Ok(());
        }
        let maildir = self.maildir(row)?;
        move_beside(&gone, maildir.path())?;
        let (_, failure) = self.arrange(row, Which::All)?;
        failure.map_or(Ok(()), Err)
    }
}

/// Moves what is beside the messages of a mailbox.
fn move_beside(from: &Path, to: &Path) -> Result<()> {
    for file in [KEYWORDS_FILE, DESCRIPTION] {
        let from = from.join(file);
        if maildir::is_file(&from) {
            fs::rename(&from, to.join(file)).map_err(|error| ArchiveError::io("move", &from, error))?;
        }
    }
    Ok(())
}

/// Moves a file to its place; returns whether it had to be moved. `gone` is the folder of the messages that have gone.
fn move_file(
    maildir: &Maildir,
    gone: &mut Option<PathBuf>,
    message: (u64, u32),
    file: &str,
    is_gone: bool,
) -> io::Result<bool> {
    let current = maildir.current(file);
    let is_current = maildir::is_file(&current);
    let put_away = gone.as_ref().map(|gone| gone.join(file)).filter(|gone| maildir::is_file(gone));
    let mut place = || -> io::Result<PathBuf> {
        let folder = match gone.take() {
            Some(folder) => folder,
            None => maildir.make_gone()?,
        };
        Ok(gone.insert(folder).join(file))
    };
    match (is_gone, is_current, put_away) {
        (true, true, None) => fs::rename(&current, place()?).map(|()| true),
        (false, false, Some(put_away)) => fs::rename(put_away, current).map(|()| true),
        // Under another name, which a mail program gave it: that is rare, and it is looked for by itself.
        (true, false, None) => match maildir::find(maildir, message)? {
            Some(found) if found.parent() == current.parent() => fs::rename(found, place()?).map(|()| true),
            _ => Ok(false),
        },
        _ => Ok(false),
    }
}
