//! Messages whose UID means another one now: they are set aside, and nothing of them is overwritten.
//!
//! In the folder and in the database they have the UIDVALIDITY 0, which no server has, and a number of their own. When the
//! message that has the UID now proves to be the same, byte for byte, the one that was set aside goes again.
//!
//! A run that was interrupted while it did so leaves a file under its new name which the database does not know, or a row as
//! if a server had the message: the first goes back under its name, and is set aside and judged like the others; what is
//! there twice goes.

use std::path::PathBuf;
use std::{fs, io};

use imaplib::types::{Uid, UidSet};

use crate::error::{ArchiveError, Result};
use crate::files::Files;
use crate::index::stored::{Aside, Stored};
use crate::sync::mailbox::{Job, MailboxSync};
use crate::{maildir, verify};

/// So many are set aside in one transaction.
const BATCH: usize = 1000;

/// What became of messages that were set aside and fetched again.
#[derive(Debug, Default)]
pub(crate) struct Judged {
    /// Another message has the UID now.
    pub(crate) replaced: u64,
    /// It was the same message.
    pub(crate) same: u64,
}

impl Job<'_> {
    /// Sets messages aside. The mailbox must be unsettled: a run that breaks off in between leaves a file that the next
    /// one finds by its name, and a row without a file. Returns those whose files cannot be renamed: nothing may take their
    /// places.
    pub(crate) fn set_aside(&mut self, site: &mut MailboxSync, uids: &UidSet) -> Result<UidSet> {
        let uids: Vec<u32> = uids.iter().map(Uid::get).collect();
        let mut kept = UidSet::new();
        let mut files = None;
        for batch in uids.chunks(BATCH) {
            self.cancel.check()?;
            let mut number = self.archive.index.next_aside(site.row.id)?;
            let mut moved = Vec::with_capacity(batch.len());
            for uid in batch {
                let Some(noted) = self.archive.index.file(site.row.id, site.server.uid_validity, *uid)? else {
                    continue;
                };
                let new = match find(site, *uid, noted, &mut files)? {
                    Some(old) => {
                        let (outcome, validity) = (rename(site, &old, number), site.server.uid_validity);
                        let Some(new) = site.stuck.note(validity, (validity, *uid), outcome)? else {
                            Uid::new(*uid).into_iter().for_each(|uid| kept.insert(uid));
                            continue;
                        };
                        Some(new)
                    }
                    None => None,
                };
                moved.push((*uid, number, new));
                number += 1;
            }
            site.maildir.sync().map_err(|error| ArchiveError::io("update", site.maildir.path(), error))?;
            let change = self.archive.index.change(site.row.id, site.server.uid_validity)?;
            for (uid, number, file) in &moved {
                match file {
                    Some(file) => change.set_aside(*uid, *number, file)?,
                    // There is nothing to keep.
                    None => change.remove(*uid)?,
                }
            }
            change.commit()?;
        }
        // Names have changed: what was read of the folder is true no more.
        if !uids.is_empty() && site.files.is_some() {
            site.files = Some(site.maildir.messages()?);
        }
        Ok(kept)
    }

    /// Compares messages that were set aside with those that have come under their UIDs: these, or any.
    pub(crate) fn judge_aside(&mut self, site: &mut MailboxSync, fetched: Option<&UidSet>) -> Result<Judged> {
        let mut judged = Judged::default();
        let (id, validity) = (site.row.id, site.server.uid_validity);
        let mut same: Vec<(Aside, PathBuf)> = Vec::new();
        for aside in self.archive.index.set_aside_of(id, validity, fetched)? {
            let old = self.archive.index.file(id, 0, aside.number)?;
            let new = self.archive.index.file(id, validity, aside.was_uid)?;
            let (Some(old), Some(new)) = (old, new) else { continue };
            let (old, new) = (site.maildir.place(&old), site.maildir.place(&new));
            let is_hollow = fs::metadata(&old).is_ok_and(|metadata| metadata.is_file() && metadata.len() == 0);
            let is_same = match verify::are_equal(&old, &new) {
                Ok(is_same) => is_same,
                // Nothing proves that they are the same: both stay.
                Err(error) if verify::is_of_one_file(&error) => false,
                Err(error) => return Err(ArchiveError::io("read", &old, error)),
            };
            match is_same || is_hollow {
                true => same.push((aside, old)),
                false => judged.replaced += 1,
            }
            judged.same += u64::from(is_same);
        }
        if same.is_empty() {
            return Ok(judged);
        }
        // The database first: a row without a file would be taken for a message that was lost.
        self.note_same(site, &same)?;
        for (aside, old) in &same {
            let outcome = fs::remove_file(old).map_err(|error| ArchiveError::io("remove", old, error));
            site.stuck.note(site.server.uid_validity, (0, aside.number), outcome)?;
        }
        site.maildir.sync().map_err(|error| ArchiveError::io("update", site.maildir.path(), error))?;
        Ok(judged)
    }

    /// Notes what had differed without a cause, and that the messages are no longer there twice.
    fn note_same(&mut self, site: &MailboxSync, same: &[(Aside, PathBuf)]) -> Result<()> {
        let (id, validity) = (site.row.id, site.server.uid_validity);
        let mut unreliable = Vec::with_capacity(same.len());
        for (aside, _) in same {
            let Some(now) = self.archive.index.stored(id, validity, aside.was_uid)? else { continue };
            let before =
                Stored { date: aside.date, announced: aside.announced, unreliable: aside.unreliable, ..now.clone() };
            let difference = before.difference(now.date, now.announced);
            unreliable.push((aside.was_uid, difference.unreliable(aside.unreliable)));
        }
        let change = self.archive.index.change(id, validity)?;
        unreliable.iter().try_for_each(|(uid, bits)| change.set_unreliable(*uid, *bits))?;
        same.iter().try_for_each(|(aside, _)| change.note_same_as_aside(aside.was_uid, aside.number))?;
        change.commit()?;
        let change = self.archive.index.change(id, 0)?;
        same.iter().try_for_each(|(aside, _)| change.remove(aside.number))?;
        change.commit()
    }
}

/// The file of a message: as noted, or under the name that another program gave it.
fn find(site: &MailboxSync, uid: u32, noted: String, files: &mut Option<Files>) -> Result<Option<String>> {
    if maildir::is_file(&site.maildir.place(&noted)) {
        return Ok(Some(noted));
    }
    if files.is_none() {
        *files = Some(site.maildir.messages()?);
    }
    files.as_ref().map_or(Ok(None), |files| files.get((site.server.uid_validity, uid)))
}

fn rename(site: &MailboxSync, old: &str, number: u32) -> Result<String> {
    let explain = |error: io::Error| ArchiveError::io("update", site.maildir.path(), error);
    let date = old.split('.').next().and_then(|date| date.parse().ok()).unwrap_or_default();
    let size = match maildir::size_in(old) {
        Some(size) => size,
        None => fs::metadata(site.maildir.place(old)).map_err(explain)?.len(),
    };
    let info = old.split_once(":2,").map_or("", |(_, info)| info);
    let new = maildir::file_name(date, 0, number, size, info);
    let from = site.maildir.place(old);
    // No server has it under this number.
    let to = site.maildir.make_gone().map_err(explain)?.join(&new);
    fs::rename(&from, to).map_err(|error| ArchiveError::io("rename", &from, error))?;
    Ok(new)
}

/// So many names are looked at together.
const NAMES: usize = 1000;

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
                Some(file) if self.is_double(site, &file, files)? => gone.push((number, site.maildir.place(&file))),
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
            let batch = files.after(last, NAMES)?;
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
        let path = site.maildir.place(file);
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
            let (from, to) = (site.maildir.place(file), site.maildir.place(&noted));
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
            let (one, other) = (site.maildir.place(file), site.maildir.place(&other));
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
