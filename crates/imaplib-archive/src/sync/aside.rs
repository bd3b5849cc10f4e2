//! Messages whose UID means another one now: they are set aside, and nothing of them is overwritten.
//!
//! In the folder and in the database they have the UIDVALIDITY 0, which no server has, and a number of their own. When the
//! message that has the UID now proves to be the same, byte for byte, the one that was set aside goes again.

use std::fs;
use std::io;
use std::path::PathBuf;

use imaplib::types::{Uid, UidSet};

use crate::error::{ArchiveError, Result};
use crate::files::Files;
use crate::index::stored::{Aside, Stored};
use crate::maildir;
use crate::sync::mailbox::{Job, MailboxSync};
use crate::verify;

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
            let (old, new) = (site.maildir.current(&old), site.maildir.current(&new));
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
        change.commit()?;
        let change = self.archive.index.change(id, 0)?;
        same.iter().try_for_each(|(aside, _)| change.remove(aside.number))?;
        change.commit()
    }
}

/// The file of a message: as noted, or under the name that another program gave it.
fn find(site: &MailboxSync, uid: u32, noted: String, files: &mut Option<Files>) -> Result<Option<String>> {
    if maildir::is_file(&site.maildir.current(&noted)) {
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
        None => fs::metadata(site.maildir.current(old)).map_err(explain)?.len(),
    };
    let info = old.split_once(":2,").map_or("", |(_, info)| info);
    let new = maildir::file_name(date, 0, number, size, info);
    let from = site.maildir.current(old);
    fs::rename(&from, site.maildir.current(&new)).map_err(|error| ArchiveError::io("rename", &from, error))?;
    Ok(new)
}
