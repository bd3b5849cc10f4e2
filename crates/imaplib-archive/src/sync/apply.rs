//! What the archive has already: flags that changed, messages that went, files that the database does not know.

use std::collections::BTreeMap;
use std::fs;
use std::io;

use imaplib::types::{Flags, Uid, UidSet};

use crate::error::{ArchiveError, Result};
use crate::files::Files;
use crate::index::unproven::Origin;
use crate::index::{Index, MessageRow};
use crate::maildir::{self, Maildir};
use crate::sync::plan::{self, canonical};
use crate::sync::stuck::Stuck;
use crate::verify;

/// This many files are noted together.
const BATCH: usize = 1000;

/// A folder and what the database knows about it.
pub(crate) struct Applier<'a> {
    pub(crate) index: &'a mut Index,
    pub(crate) maildir: &'a mut Maildir,
    pub(crate) stuck: &'a mut Stuck,
    pub(crate) mailbox: i64,
    pub(crate) uid_validity: u64,
}

impl Applier<'_> {
    fn explain(&self, error: io::Error) -> ArchiveError {
        ArchiveError::io("update", self.maildir.path(), error)
    }

    /// Notes messages whose files an interrupted run had finished, but not the database.
    ///
    /// Nothing but the name and the size speaks for them.
    pub(crate) fn adopt(&mut self, files: &Files, origin: Origin) -> Result<u64> {
        let (mut adopted, mut last, mut is_durable) = (0, None, false);
        loop {
            let batch = files.after(last, BATCH)?;
            let Some((end, _)) = batch.last() else { return Ok(adopted) };
            last = Some(*end);
            let mut rows: BTreeMap<u64, Vec<MessageRow>> = BTreeMap::new();
            for ((validity, uid), file) in batch {
                if self.index.file(self.mailbox, validity, uid)?.is_none()
                    && let Some(row) = self.found(uid, file)?
                {
                    rows.entry(validity).or_default().push(row);
                }
            }
            // The run that gave them their names may not have made these durable, and the database must not know more.
            if !rows.is_empty() && !is_durable {
                self.maildir.sync().map_err(|error| self.explain(error))?;
                is_durable = true;
            }
            for (validity, rows) in rows {
                let change = self.index.change(self.mailbox, validity)?;
                for row in &rows {
                    change.add(row)?;
                    let is_gone = !maildir::is_file(&self.maildir.current(&row.file));
                    match validity {
                        // Its place says that the server does not have it.
                        _ if is_gone => change.set_kept(row.uid)?,
                        // It was set aside: no server has it.
                        0 => change.set_kept(row.uid)?,
                        _ => change.set_unproven(row.uid, origin)?,
                    }
                }
                change.commit()?;
                adopted += rows.len() as u64;
            }
        }
    }

    /// The row of a file that was found; `None` if it is not of the size in its name.
    fn found(&self, uid: u32, file: String) -> Result<Option<MessageRow>> {
        let path = self.maildir.place(&file);
        if !maildir::is_file(&path) {
            return Ok(None);
        }
        let size = fs::metadata(&path).map_err(|error| self.explain(error))?.len();
        // A file of another size was not finished by this program.
        if maildir::size_in(&file).is_some_and(|named| named != size) {
            return Ok(None);
        }
        let internal_date = file.split('.').next().and_then(|date| date.parse().ok());
        let flags = plan::UNKNOWN_FLAGS.to_owned();
        let sha256 = match verify::sha256_of(&path) {
            Ok(sha256) => Some(sha256),
            // It cannot be a message for anybody; the server's is fetched.
            Err(error) if verify::is_of_one_file(&error) => return Ok(None),
            Err(error) => return Err(self.explain(error)),
        };
        Ok(Some(MessageRow {
            uid,
            file,
            flags,
            size,
            announced: None,
            is_short: false,
            internal_date,
            sha256,
            ..MessageRow::default()
        }))
    }

    /// Renames files for their new flags. What cannot be renamed keeps its flags in the database, so that they come again.
    /// Returns how many were renamed, and the messages whose files are not there any more.
    pub(crate) fn set_flags(&mut self, changes: &[(u32, Flags)]) -> Result<(u64, UidSet)> {
        let (mut done, mut lost) = (0, UidSet::new());
        let mut files = None;
        for batch in changes.chunks(1000) {
            let mut renamed = Vec::new();
            for (uid, flags) in batch {
                let Some(old) = self.index.file(self.mailbox, self.uid_validity, *uid)? else { continue };
                let info = self
                    .maildir
                    .info(flags)
                    .map_err(|error| ArchiveError::io("note the keywords in", self.maildir.path(), error));
                let file = match info {
                    Ok(info) => self.rename(*uid, &old, &info, &mut files),
                    Err(error) => Err(error),
                };
                match self.stuck.note(self.uid_validity, (self.uid_validity, *uid), file)? {
                    Some(Some(file)) => renamed.push((*uid, canonical(flags), file)),
                    Some(None) => Uid::new(*uid).into_iter().for_each(|uid| lost.insert(uid)),
                    None => {}
                }
            }
            self.maildir.sync().map_err(|error| self.explain(error))?;
            let change = self.index.change(self.mailbox, self.uid_validity)?;
            renamed.iter().try_for_each(|(uid, flags, file)| change.set_flags(*uid, flags, file))?;
            change.commit()?;
            done += renamed.len() as u64;
        }
        Ok((done, lost))
    }

    fn rename(&self, uid: u32, old: &str, info: &str, files: &mut Option<Files>) -> Result<Option<String>> {
        let new = maildir::with_info(old, info);
        let rename = |old: &str| {
            let from = self.maildir.place(old);
            fs::rename(&from, self.maildir.current(&new)).map_err(|error| ArchiveError::io("rename", &from, error))
        };
        if maildir::is_file(&self.maildir.place(old)) {
            if new != old {
                rename(old)?;
            }
            return Ok(Some(new));
        }
        // Another program, or a run that was interrupted, gave the file another name.
        if files.is_none() {
            *files = Some(self.maildir.messages()?);
        }
        let found = files.as_ref().map_or(Ok(None), |files| files.get((self.uid_validity, uid)))?;
        let Some(found) = found else { return Ok(None) };
        rename(&found).map(|()| Some(new))
    }

    /// Removes the messages from the archive that were collected as gone; returns how many.
    pub(crate) fn prune_gone(&mut self) -> Result<u64> {
        let (mut removed, mut files, mut last) = (0, None, 0);
        loop {
            let uids = self.index.gone_after(last)?;
            let Some(next) = uids.last() else { return Ok(removed) };
            last = *next;
            removed += self.prune(&uids, &mut files)?;
        }
    }

    fn prune(&mut self, uids: &[u32], files: &mut Option<Files>) -> Result<u64> {
        let mut removed = Vec::with_capacity(uids.len());
        for uid in uids {
            let message = (self.uid_validity, *uid);
            let Some(noted) = self.index.file(self.mailbox, self.uid_validity, *uid)? else { continue };
            let mut found = Some(noted).filter(|file| maildir::is_file(&self.maildir.place(file)));
            if found.is_none() {
                if files.is_none() {
                    *files = Some(self.maildir.messages()?);
                }
                found = files.as_ref().map_or(Ok(None), |files| files.get(message))?;
            }
            let Some(file) = found else { continue };
            let path = self.maildir.place(&file);
            let outcome = fs::remove_file(&path).map_err(|error| ArchiveError::io("remove", &path, error));
            if self.stuck.note(self.uid_validity, message, outcome)?.is_some() {
                removed.push(*uid);
            }
        }
        self.maildir.sync().map_err(|error| self.explain(error))?;
        let change = self.index.change(self.mailbox, self.uid_validity)?;
        removed.iter().try_for_each(|uid| change.remove(*uid))?;
        change.commit()?;
        Ok(removed.len() as u64)
    }
}

#[cfg(test)]
mod tests {
    use imaplib::types::{Flag, MailboxName};

    use super::*;

    #[test]
    fn finished_files_are_adopted_and_renamed_ones_are_found() {
        let dir = tempfile::tempdir().unwrap();
        let mut index = Index::open(&dir.path().join("db")).unwrap();
        let mailbox = index.add_mailboxes(&[(&MailboxName::inbox(), "INBOX".to_owned())]).unwrap()[0].id;
        let mut maildir = Maildir::open(dir.path(), "INBOX", false).unwrap();
        fs::write(maildir.current("9.V3U7.imap,S=3:2,S"), "abc").unwrap();
        fs::write(maildir.current("9.V3U8.imap,S=99:2,S"), "cut").unwrap();
        fs::write(maildir.current("9.V2U7.imap,S=2:2,"), "ab").unwrap();
        let files = maildir.messages().unwrap();
        let mut stuck = Stuck::default();
        let mut known =
            Applier { index: &mut index, maildir: &mut maildir, stuck: &mut stuck, mailbox, uid_validity: 3 };
        assert_eq!(known.adopt(&files, Origin::Interrupted).unwrap(), 2);
        assert_eq!(known.adopt(&files, Origin::Interrupted).unwrap(), 0);

        // A mail reader has marked the message meanwhile.
        fs::rename(known.maildir.current("9.V3U7.imap,S=3:2,S"), known.maildir.current("9.V3U7.imap,S=3:2,RS"))
            .unwrap();
        let (done, lost) = known.set_flags(&[(7, Flags::from(Flag::Flagged))]).unwrap();
        assert!(done == 1 && lost.is_empty());
        assert!(known.maildir.current("9.V3U7.imap,S=3:2,F").exists());
        fs::remove_file(known.maildir.current("9.V3U7.imap,S=3:2,F")).unwrap();
        assert_eq!(known.set_flags(&[(7, Flags::from(Flag::Seen))]).unwrap().1.to_string(), "7");
        // What is not there is not removed, and stays noted.
        assert_eq!(known.prune(&[7], &mut None).unwrap(), 0);
        assert!(known.index.file(mailbox, 3, 7).unwrap().is_some());
        fs::write(known.maildir.current("9.V3U7.imap,S=3:2,RS"), "abc").unwrap();
        assert_eq!(known.prune(&[7], &mut None).unwrap(), 1);
        assert_eq!(index.file(mailbox, 3, 7).unwrap(), None);
        assert_eq!(index.file(mailbox, 2, 7).unwrap().as_deref(), Some("9.V2U7.imap,S=2:2,"));
    }
}
