//! What a run that was interrupted left of messages that it was setting aside: a file under its new name which the database
//! does not know, or a row as if a server had the message.
//!
//! The first goes back under its name, and is set aside and judged like the others; what is there twice goes.

use std::fs;

use crate::error::{ArchiveError, Result};
use crate::files::Files;
use crate::maildir;
use crate::sync::mailbox::{Job, MailboxSync};
use crate::verify;

/// So many names are looked at together.
const BATCH: usize = 1000;

impl Job<'_> {
    /// Makes good what was left. It must come before files are found by their names.
    pub(crate) fn resume_aside(&mut self, site: &mut MailboxSync, files: &mut Files) -> Result<()> {
        let strays = self.strays(site, files)?;
        if strays.is_empty() || !self.archive.index.collect_former(site.row.id, 0)? {
            return self.keep(site, &strays);
        }
        let (mut kept, mut gone, mut moved) = (Vec::new(), Vec::new(), Vec::new());
        for number in strays {
            self.cancel.check()?;
            match files.get((0, number))? {
                Some(file) if self.put_back(site, number, &file, files)? => moved.push(number),
                Some(file) if self.is_double(site, &file, files)? => gone.push((number, site.maildir.current(&file))),
                _ => kept.push(number),
            }
        }
        // Names first, then the database; and the database before a file goes.
        let sync = |site: &MailboxSync| {
            site.maildir.sync().map_err(|error| ArchiveError::io("update", site.maildir.path(), error))
        };
        sync(site)?;
        let change = self.archive.index.change(site.row.id, 0)?;
        moved.iter().chain(gone.iter().map(|(number, _)| number)).try_for_each(|number| change.remove(*number))?;
        change.commit()?;
        for (number, path) in &gone {
            let outcome = fs::remove_file(path).map_err(|error| ArchiveError::io("remove", path, error));
            site.stuck.note(site.server.uid_validity, (0, *number), outcome)?;
        }
        sync(site)?;
        self.keep(site, &kept)
    }

    /// The numbers of files without a row, and of rows as if a server had them.
    fn strays(&self, site: &MailboxSync, files: &Files) -> Result<Vec<u32>> {
        let mut strays = self.archive.index.stray_aside(site.row.id)?;
        let mut last = None;
        loop {
            let batch = files.after(last, BATCH)?;
            let Some((end, _)) = batch.last() else { return Ok(strays) };
            last = Some(*end);
            for ((validity, number), _) in batch {
                if validity == 0 && self.archive.index.file(site.row.id, 0, number)?.is_none() {
                    strays.push(number);
                }
            }
        }
    }

    /// The messages of the mailbox that have the contents and the date of a file.
    fn same(&self, site: &MailboxSync, file: &str) -> Result<Vec<(u64, u32)>> {
        let path = site.maildir.current(file);
        let date = file.split('.').next().and_then(|date| date.parse().ok());
        // What is not whole is nobody's double.
        match maildir::is_file(&path).then(|| verify::sha256_of(&path)) {
            Some(Ok(sha256)) => self.archive.index.same_contents(&sha256, date),
            _ => Ok(Vec::new()),
        }
    }

    /// Renames a file to its former name if it is that of a message whose file is not there.
    fn put_back(&self, site: &mut MailboxSync, number: u32, file: &str, files: &mut Files) -> Result<bool> {
        for (validity, uid) in self.same(site, file)? {
            let Some(noted) = self.archive.index.file(site.row.id, validity, uid)? else { continue };
            let (from, to) = (site.maildir.current(file), site.maildir.current(&noted));
            if files.get((validity, uid))?.is_none() && fs::symlink_metadata(&to).is_err() {
                let outcome = fs::rename(&from, &to).map_err(|error| ArchiveError::io("rename", &from, error));
                if site.stuck.note(site.server.uid_validity, (0, number), outcome)?.is_none() {
                    return Ok(false);
                }
                files.insert((validity, uid), noted)?;
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether the same message is there, byte for byte, under a name of its own.
    fn is_double(&self, site: &MailboxSync, file: &str, files: &Files) -> Result<bool> {
        for message in self.same(site, file)? {
            let Some(other) = files.get(message)? else { continue };
            let (one, other) = (site.maildir.current(file), site.maildir.current(&other));
            if verify::are_equal(&one, &other).unwrap_or(false) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// These are no other message's: they stay, and no server has them.
    fn keep(&mut self, site: &MailboxSync, numbers: &[u32]) -> Result<()> {
        if numbers.is_empty() {
            return Ok(());
        }
        let change = self.archive.index.change(site.row.id, 0)?;
        numbers.iter().try_for_each(|number| change.set_kept(*number))?;
        change.commit()
    }
}
