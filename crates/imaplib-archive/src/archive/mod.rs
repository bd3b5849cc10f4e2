//! The archive as a whole: its mailboxes, and what it notes of them.

mod describe;
mod open;

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use imaplib::types::{Listing, MailboxName};

use crate::error::{ArchiveError, Result};
use crate::folder_name;
use crate::index::{self, Index, MailboxRow};
use crate::log::LogDamage;
pub(crate) use crate::log::now;
use crate::maildir::{self, Maildir};
use crate::private::{self, Exposure};
pub(crate) use open::{DATABASE, LOCK};

/// An opened archive. No other process can open it until it is dropped.
///
/// It is a folder of Maildirs with a database beside them, which records which message is in which file.
#[derive(Debug)]
pub struct Archive {
    root: PathBuf,
    pub(crate) index: Index,
    known: HashMap<Vec<u8>, MailboxRow>,
    taken: HashSet<String>,
    /// The names that are read from more than one mailbox's name.
    alike: HashSet<String>,
    /// The mailboxes whose newest messages are looked at although nothing seems to have happened.
    probed: HashSet<i64>,
    /// The one of them whose turn it is.
    turn: Option<i64>,
    /// The greatest ID of a mailbox when the archive was opened.
    greatest: i64,
    /// If the last run was not believed: the greatest ID of a mailbox from before.
    is_old_up_to: Option<i64>,
    /// When the archive was opened, in seconds since 1970.
    opened: i64,
    /// Whose archive it becomes.
    to_bind: Option<String>,
    exposure: Exposure,
    pub(crate) is_adopted: bool,
    /// The database was not one any more, and was made from the log.
    pub(crate) was_rebuilt: bool,
    _lock: File,
}

impl Archive {
    /// What other users could read of it when it was opened.
    #[must_use]
    pub fn exposure(&self) -> &Exposure {
        &self.exposure
    }

    /// Where the log was found to be damaged when the archive was opened. What the archive has was written to it once more.
    #[must_use]
    pub fn log_damage(&self) -> Option<&LogDamage> {
        self.index.damage.as_ref()
    }

    /// Makes the archive the account's. Not before the login: a slip in the account's name must not stick.
    pub(crate) fn bind(&mut self) -> Result<()> {
        let Some(identity) = self.to_bind.take() else { return Ok(()) };
        self.index.set_identity(&identity)?;
        self.describe_itself()?;
        self.known.values_mut().for_each(|mailbox| mailbox.highest_modseq = 0);
        Ok(())
    }

    /// Makes rows for mailboxes that have none, all at once.
    pub(crate) fn register<'a>(&mut self, mailboxes: impl Iterator<Item = &'a Listing>) -> Result<()> {
        let mut new = Vec::new();
        for listing in mailboxes.filter(|listing| !self.known.contains_key(&index::key(&listing.name))) {
            let dir = folder_name::folder(&listing.name.to_text(), listing.delimiter, &self.taken);
            self.taken.insert(folder_name::folded(&dir));
            new.push((&listing.name, dir));
        }
        let rows = self.index.add_mailboxes(&new)?;
        self.known.extend(new.into_iter().map(|(name, _)| index::key(name)).zip(rows));
        let mut texts = HashSet::new();
        self.alike =
            self.known.values().filter(|row| !texts.insert(row.name.as_str())).map(|row| row.name.clone()).collect();
        Ok(())
    }

    /// A folder for a mailbox that is new here.
    pub(crate) fn new_folder(&self, name: &MailboxName, delimiter: Option<char>) -> String {
        folder_name::folder(&name.to_text(), delimiter, &self.taken)
    }

    /// Puts a row of a mailbox in the place of the one of before its renaming.
    pub(crate) fn rekey(&mut self, before: &MailboxRow, key: Vec<u8>, row: MailboxRow) {
        self.known.retain(|_, known| known.id != before.id);
        self.taken.insert(folder_name::folded(&row.dir));
        self.known.insert(key, row);
    }

    /// The name of a mailbox in reports: with the folder if others read the same.
    pub(crate) fn shown_name(&self, row: &MailboxRow) -> String {
        match self.alike.contains(&row.name) {
            true => format!("{} (in {})", row.name, row.dir),
            false => row.name.clone(),
        }
    }

    /// The rows of all mailboxes.
    pub(crate) fn rows(&self) -> impl Iterator<Item = &MailboxRow> {
        self.known.values()
    }

    /// The row of a mailbox, as it was when the archive was opened or the mailbox was registered.
    pub(crate) fn known(&self, name: &MailboxName) -> Option<&MailboxRow> {
        self.known.get(&index::key(name))
    }

    /// Notes which mailboxes the archive has and `listed` has not; returns the names of those that had not been reported
    /// before, and how many had.
    pub(crate) fn note_gone(&mut self, listed: &HashSet<Vec<u8>>) -> Result<(Vec<String>, u64)> {
        let (mut new, mut before, mut changes) = (Vec::new(), 0, Vec::new());
        for (key, mailbox) in &mut self.known {
            let is_gone = !listed.contains(key);
            match (is_gone, mailbox.gone) {
                (true, false) => new.push(mailbox.name.clone()),
                (true, true) => before += 1,
                _ => {}
            }
            if is_gone != mailbox.gone {
                mailbox.gone = is_gone;
                changes.push((mailbox.id, is_gone));
            }
        }
        if !changes.is_empty() {
            self.index.set_gone(&changes)?;
        }
        new.sort_unstable();
        Ok((new, before))
    }

    /// Forgets a mailbox, by its name; its files stay. Returns the folder and how many messages it had.
    ///
    /// # Errors
    /// If there is no such mailbox, or the database cannot be written.
    pub fn forget(&mut self, name: &str) -> Result<(PathBuf, u64)> {
        let Some((key, row)) = self.known.iter().find(|(_, row)| row.name == name) else {
            return Err(ArchiveError::NoMailbox(name.to_owned()));
        };
        let (key, folder) = (key.clone(), self.folder_of(row));
        let messages = self.index.forget(row.id)?;
        self.known.remove(&key);
        Ok((folder, messages))
    }

    /// Forgets the messages that were reported as lost; files that are damaged stay. Returns how many messages there were.
    ///
    /// # Errors
    /// If the database cannot be written.
    pub fn forget_lost(&mut self) -> Result<u64> {
        self.index.forget_lost()
    }

    /// Notes in the log that a run begins, or what it has done, with what is noted next.
    pub(crate) fn note_run(&self, figures: &[(&str, u64)]) -> Result<()> {
        let is_end = !figures.is_empty();
        if is_end && figures.iter().all(|(_, count)| *count == 0) {
            return Ok(());
        }
        let mut remark = serde_json::Map::new();
        remark.insert("what".to_owned(), if is_end { "run-ended" } else { "run" }.into());
        if !is_end {
            remark.insert("program".to_owned(), concat!("imaplib-archive ", env!("CARGO_PKG_VERSION")).into());
        }
        remark.extend(figures.iter().map(|(name, count)| ((*name).to_owned(), (*count).into())));
        self.index.remark(remark);
        if is_end { self.index.noting()?.commit() } else { Ok(()) }
    }

    /// Whether it had no mailbox when it was opened.
    pub(crate) fn is_new(&self) -> bool {
        self.greatest == 0
    }

    /// Whether the mailbox is one of those that are probed in this run.
    pub(crate) fn is_probed(&self, mailbox: i64) -> bool {
        self.probed.contains(&mailbox)
    }

    /// Notes that those were probed whose turn it was.
    pub(crate) fn note_turn(&self) -> Result<()> {
        self.turn.map_or(Ok(()), |turn| self.index.set_turn(turn))
    }

    /// Whether the mailbox can show that the server is as it was: one that came with what was not believed cannot.
    pub(crate) fn is_witness(&self, mailbox: i64) -> bool {
        mailbox <= self.is_old_up_to.unwrap_or(self.greatest)
    }

    /// Notes whether what the server showed of the account is believed.
    pub(crate) fn note_belief(&mut self, is_believed: bool) -> Result<()> {
        let doubted = (!is_believed).then(|| self.is_old_up_to.unwrap_or(self.greatest));
        if doubted != self.is_old_up_to {
            self.index.set_doubted(doubted)?;
            self.is_old_up_to = doubted;
        }
        Ok(())
    }

    /// When the archive was opened, in seconds since 1970: what arrives in one run has arrived at the same time.
    pub(crate) fn opened(&self) -> i64 {
        self.opened
    }

    /// Of how many mailboxes with mail, and of how many messages, `listed` knows nothing any more, and did when it was last asked.
    pub(crate) fn unlisted_mail(&self, listed: &HashSet<Vec<u8>>) -> Result<(u64, u64)> {
        let (mut mailboxes, mut messages) = (0, 0);
        for row in self.gone_rows(listed).iter().filter(|row| !row.gone) {
            let count = self.index.count(row.id, row.uid_validity)?;
            mailboxes += u64::from(count > 0);
            messages += count;
        }
        Ok((mailboxes, messages))
    }

    /// The keys of the mailboxes that the archive knows.
    pub(crate) fn keys(&self) -> impl Iterator<Item = Vec<u8>> + '_ {
        self.known.keys().cloned()
    }

    /// The rows of mailboxes that `listed` has not.
    pub(crate) fn gone_rows(&self, listed: &HashSet<Vec<u8>>) -> Vec<MailboxRow> {
        let gone = self.known.iter().filter(|(key, _)| !listed.contains(*key));
        gone.map(|(_, mailbox)| mailbox.clone()).collect()
    }

    /// Notes that the folder's files may be ahead of the database or behind it, in this run and for the next one.
    pub(crate) fn unsettle(&mut self, mailbox: i64, uid_validity: u64) -> Result<()> {
        self.index.unsettle(mailbox, uid_validity)?;
        if let Some(row) = self.known.values_mut().find(|row| row.id == mailbox) {
            (row.unsettled, row.uid_validity, row.highest_modseq) = (true, uid_validity, 0);
        }
        Ok(())
    }

    /// Notes how the mailbox has to be opened, and how many runs in succession saw a new UIDVALIDITY.
    pub(crate) fn set_opening(&mut self, mailbox: i64, selects: bool, renewals: u32) -> Result<()> {
        self.index.set_opening(mailbox, selects, renewals)?;
        if let Some(row) = self.known.values_mut().find(|row| row.id == mailbox) {
            (row.selects, row.renewals) = (selects, renewals);
        }
        Ok(())
    }

    /// Notes that the folder is as the server was.
    pub(crate) fn settle(&mut self, settled: MailboxRow) -> Result<()> {
        self.index.settle(&settled)?;
        if let Some(row) = self.known.values_mut().find(|row| row.id == settled.id) {
            *row = settled;
        }
        Ok(())
    }

    /// Whether the mailbox's folder is there.
    pub(crate) fn has_folder(&self, mailbox: &MailboxRow) -> bool {
        private::has_folder(&self.root, &format!("{}/cur", mailbox.dir))
    }

    /// Where the messages of a mailbox are: where it has no folder any more, those that have gone.
    pub(crate) fn folder_of(&self, mailbox: &MailboxRow) -> PathBuf {
        match mailbox.gone && !self.has_folder(mailbox) {
            true => self.root.join(maildir::gone_folder(&mailbox.dir)),
            false => self.root.join(&mailbox.dir),
        }
    }

    /// The archive's folder.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The mailbox's folder, made if there is none.
    pub(crate) fn maildir(&self, mailbox: &MailboxRow) -> Result<Maildir> {
        let explain = |error: io::Error| ArchiveError::io("use the folder", &self.root.join(&mailbox.dir), error);
        Maildir::open(&self.root, &mailbox.dir, mailbox.unsettled).map_err(explain)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mailbox_keeps_its_folder() {
        let dir = tempfile::tempdir().unwrap();
        let listing = |name: &str| Listing::new(MailboxName::new(name).unwrap(), Some('/'));
        let listed = [listing("Foo"), listing("foo")];
        let mut archive = Archive::open(dir.path(), "a@h").unwrap();
        archive.register(listed.iter()).unwrap();
        drop(archive);
        let mut archive = Archive::open(dir.path(), "a@h").unwrap();
        archive.register([listing("FOO")].iter()).unwrap();
        for (name, dir) in [("Foo", "Foo"), ("foo", "%66oo"), ("FOO", "%46OO")] {
            assert_eq!(archive.known(&MailboxName::new(name).unwrap()).unwrap().dir, dir);
        }
    }
}
