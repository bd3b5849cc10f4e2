//! Messages that have arrived, made durable in batches: each wait for the disk serves for many of them.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, TryRecvError};
use std::time::{Duration, Instant};

use imaplib::types::{Uid, UidSet};

use crate::error::{ArchiveError, Result};
use crate::file_system::sync_folder;
use crate::index::{Index, MessageRow};
use crate::maildir::{self, Maildir};
use crate::verify;

/// A batch ends with so many messages, so many bytes, or so long after its first message, whatever comes first.
pub(crate) const MESSAGES: usize = 1000;
const BYTES: u64 = 64 << 20;
const TIME: Duration = Duration::from_secs(2);

/// To be woken for each message would cost more than the message.
const SHORT_NAP: Duration = Duration::from_millis(1);
const LONG_NAP: Duration = Duration::from_millis(16);

/// A message in `tmp`, complete but not durable yet.
pub(crate) struct Pending {
    pub(crate) temporary: PathBuf,
    pub(crate) row: MessageRow,
    /// It is another name of a file that the archive has.
    pub(crate) is_linked: bool,
}

/// What became of messages.
#[derive(Debug, Default)]
pub(crate) struct Installed {
    /// Those that the database has now.
    pub(crate) uids: UidSet,
    /// Those in whose place something else is, these places, and why it cannot be replaced if it is not a folder.
    pub(crate) blocked: Vec<(u32, PathBuf, Option<ArchiveError>)>,
}

/// Where messages are installed.
pub(crate) struct Installer<'a> {
    pub(crate) index: &'a mut Index,
    pub(crate) mailbox: i64,
    pub(crate) uid_validity: u64,
    pub(crate) root: &'a Path,
    pub(crate) folder: PathBuf,
    pub(crate) fresh: bool,
}

impl Installer<'_> {
    /// Installs what comes until nothing comes any more. What was installed is in `installed`, also when this fails.
    pub(crate) fn run(mut self, arrived: &Receiver<Pending>, installed: &mut Installed) -> Result<()> {
        while let Ok(first) = arrived.recv() {
            self.install(&collect(first, arrived, TIME), installed)?;
        }
        Ok(())
    }

    /// Durable files first, then their names, then the database: after a crash at any point nothing is lost, and what
    /// the database does not know is found by its name.
    pub(crate) fn install(&mut self, batch: &[Pending], installed: &mut Installed) -> Result<()> {
        let explain = |error: io::Error| ArchiveError::io("write to", &self.folder, error);
        let (mut batch, mut shorter) = (batch.iter().collect::<Vec<_>>(), Vec::new());
        for pending in batch.iter().filter(|pending| pending.row.is_short) {
            if self.has_longer(&pending.row)? {
                fs::remove_file(&pending.temporary).map_err(explain)?;
                shorter.push(&pending.row);
            }
        }
        batch.retain(|pending| !shorter.iter().any(|row| row.uid == pending.row.uid));
        let files: Vec<PathBuf> = batch.iter().map(|pending| pending.temporary.clone()).collect();
        maildir::sync_files(self.root, &self.folder, &files, self.fresh).map_err(explain)?;
        let current = self.folder.join("cur");
        let mut rows = Vec::with_capacity(batch.len());
        let mut placed = HashMap::new();
        for Pending { temporary, row, is_linked } in batch {
            let place = current.join(&row.file);
            let contents = (row.sha256.clone(), row.internal_date);
            if !is_linked && self.link(temporary, row, &place, placed.get(&contents))? {
                rows.push(row);
                continue;
            }
            match fs::rename(temporary, &place) {
                Ok(()) => {
                    placed.insert(contents, place);
                    rows.push(row);
                }
                Err(error) => {
                    // What stands there costs this message alone; without it the folder is to blame.
                    let other = fs::symlink_metadata(&place).ok();
                    let error = ArchiveError::io("replace", &place, error);
                    if other.is_none() || error.is_storage() {
                        return Err(error);
                    }
                    fs::remove_file(temporary).map_err(explain)?;
                    let is_folder = other.is_some_and(|metadata| metadata.is_dir());
                    installed.blocked.push((row.uid, place, Some(error).filter(|_| !is_folder)));
                }
            }
        }
        sync_folder(&current).map_err(explain)?;
        let change = self.index.change(self.mailbox, self.uid_validity)?;
        rows.iter().try_for_each(|row| change.add(row))?;
        shorter.iter().try_for_each(|row| change.note_shorter(row))?;
        change.commit()?;
        rows.iter().chain(&shorter).filter_map(|row| Uid::new(row.uid)).for_each(|uid| installed.uids.insert(uid));
        Ok(())
    }

    /// Whether a longer text of a message is stored of which bytes are missing: the shorter one does not replace it.
    fn has_longer(&self, row: &MessageRow) -> Result<bool> {
        let Some(stored) = self.index.stored(self.mailbox, self.uid_validity, row.uid)? else { return Ok(false) };
        if stored.size <= row.size {
            return Ok(false);
        }
        let Some(file) = self.index.file(self.mailbox, self.uid_validity, row.uid)? else { return Ok(false) };
        let sha256 = self.index.sha256(self.mailbox, self.uid_validity, row.uid)?;
        let found = verify::sha256_of(&self.folder.join("cur").join(file)).ok();
        Ok(found.is_some() && found == sha256)
    }

    /// Links the file of a message with the same contents, byte for byte, which arrived at the same time (that is the file's time), to
    /// a second name: it needs no room then. That can be one of another mailbox, one from before a mailbox was recreated,
    /// or `placed`, which came just now. Returns whether it did.
    fn link(&self, temporary: &Path, row: &MessageRow, place: &Path, placed: Option<&PathBuf>) -> Result<bool> {
        let (Some(sha256), Some(date)) = (&row.sha256, row.internal_date) else { return Ok(false) };
        let twins = self.index.equal(sha256, date, (self.mailbox, self.uid_validity, row.uid))?;
        let stored = twins.iter().map(|twin| Maildir::as_it_is(self.root, &twin.dir).place(&twin.file));
        // A file that is not there, or damaged, must not take the place of what has come. Not every file system has links.
        let is_equal = |path: &PathBuf| verify::are_equal(path, temporary).unwrap_or(false);
        let Some(former) = placed.cloned().into_iter().chain(stored).find(is_equal) else { return Ok(false) };
        // A run that was killed may have left another file in this place, which the link replaces.
        let second = temporary.with_file_name(format!("V0U{}.imap", row.uid));
        let _ = fs::remove_file(&second);
        let is_linked = fs::hard_link(&former, &second).and_then(|()| fs::rename(&second, place)).is_ok();
        // Where both were links to one file, renaming did nothing.
        let _ = fs::remove_file(&second);
        if !is_linked {
            return Ok(false);
        }
        fs::remove_file(temporary).map_err(|error| ArchiveError::io("write to", &self.folder, error))?;
        Ok(true)
    }
}

/// A batch that begins with `first`. Its time is over also while nothing comes.
fn collect(first: Pending, arrived: &Receiver<Pending>, time: Duration) -> Vec<Pending> {
    let deadline = Instant::now() + time;
    let mut bytes = first.row.size;
    let mut batch = vec![first];
    let mut nap = SHORT_NAP;
    while batch.len() < MESSAGES && bytes < BYTES {
        let left = deadline.saturating_duration_since(Instant::now());
        // A steady trickle must not put off the end.
        if left.is_zero() {
            break;
        }
        match arrived.try_recv() {
            Ok(next) => {
                bytes += next.row.size;
                batch.push(next);
                nap = SHORT_NAP;
            }
            Err(TryRecvError::Empty) => {
                std::thread::sleep(nap.min(left));
                nap = (nap * 2).min(LONG_NAP);
            }
            Err(TryRecvError::Disconnected) => break,
        }
    }
    batch
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use super::*;

    fn pending(size: u64) -> Pending {
        let (file, flags) = (String::new(), String::new());
        Pending {
            temporary: PathBuf::new(),
            row: MessageRow {
                uid: 1,
                file,
                flags,
                size,
                announced: None,
                is_short: false,
                internal_date: None,
                sha256: None,
                ..MessageRow::default()
            },
            is_linked: false,
        }
    }

    #[test]
    fn a_batch_ends_by_number_by_size_and_by_time() {
        let long = Duration::from_secs(600);
        for (size, time, expected) in [(1, long, MESSAGES), (BYTES / 4, long, 4), (BYTES * 2, long, 1)] {
            let (sender, arrived) = channel();
            (0..2 * MESSAGES).for_each(|_| sender.send(pending(size)).unwrap());
            assert_eq!(collect(arrived.recv().unwrap(), &arrived, time).len(), expected);
        }
        // The sender lives on and sends nothing: only time ends the batch.
        let (sender, arrived) = channel();
        sender.send(pending(1)).unwrap();
        assert_eq!(collect(arrived.recv().unwrap(), &arrived, Duration::from_millis(1)).len(), 1);
        drop(sender);
    }
}
