//! The archive as a whole: its folder, its lock, its database.

use std::collections::{HashMap, HashSet};
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use imaplib::types::{Listing, MailboxName};

use crate::error::{ArchiveError, Result};
use crate::index::{self, Index, MailboxRow};
use crate::maildir::Maildir;
use crate::owner::Owner;
use crate::private::{self, Exposure};
use crate::{folder_name, survey};

const DATABASE: &str = ".imap-backup.sqlite";
const LOCK: &str = ".imap-backup.lock";
const FILES: [&str; 5] =
    [LOCK, DATABASE, ".imap-backup.sqlite-wal", ".imap-backup.sqlite-shm", ".imap-backup.sqlite-journal"];

/// How an archive is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// It is made where there is none.
    Open,
    /// It must be there.
    Existing,
    /// It must be there, whoever's it is; it stays that account's.
    Anybody,
    /// It becomes the account's.
    Adopt,
}

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
    _lock: File,
}

impl Archive {
    /// Opens the archive of an account in the folder `root`, and creates it where there is none.
    ///
    /// `account` is whose mail it is: any text that is the same in each run, such as `alice@mail.example.org`.
    ///
    /// # Errors
    /// If another process has it open, if it is another account's, if the folder contains other things, or if it cannot be
    /// read or written.
    pub fn open(root: impl AsRef<Path>, account: &str) -> Result<Self> {
        Self::open_as(root.as_ref(), account, Way::Open)
    }

    /// Opens an archive and makes it the account's: one that has lost its database, or whose account has moved to another
    /// server.
    ///
    /// # Errors
    /// If another process has it open, or if it cannot be read or written.
    pub fn adopt(root: impl AsRef<Path>, account: &str) -> Result<Self> {
        Self::open_as(root.as_ref(), account, Way::Adopt)
    }

    /// Opens the archive of an account, and makes nothing where there is none, as on a disk that is not mounted.
    ///
    /// # Errors
    /// As [`open`](Self::open), and [`ArchiveError::NoArchive`].
    pub fn open_existing(root: impl AsRef<Path>, account: &str) -> Result<Self> {
        Self::open_there(root.as_ref(), Some(account))
    }

    /// Opens an archive that is there: that of an account, or anybody's.
    pub(crate) fn open_there(root: &Path, account: Option<&str>) -> Result<Self> {
        match fs::metadata(root.join(DATABASE)) {
            Ok(metadata) if metadata.len() > 0 => match account {
                Some(account) => Self::open_as(root, account, Way::Existing),
                None => Self::open_as(root, "", Way::Anybody),
            },
            Ok(_) => Err(ArchiveError::NoArchive { folder: root.to_owned() }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Err(ArchiveError::NoArchive { folder: root.to_owned() })
            }
            Err(error) => Err(ArchiveError::io("read", &root.join(DATABASE), error)),
        }
    }

    fn open_as(root: &Path, identity: &str, way: Way) -> Result<Self> {
        let adopt = way == Way::Adopt;
        private::make_root(root).map_err(|error| ArchiveError::io("make the archive", root, error))?;
        let root = root.canonicalize().map_err(|error| ArchiveError::io("open the archive", root, error))?;
        let database = root.join(DATABASE);
        for file in FILES {
            refuse_special(&root.join(file))?;
        }
        let lock = lock(&root.join(LOCK))?;
        // A file without a byte knows no more than none.
        let is_empty = fs::metadata(&database).map_or(true, |metadata| metadata.len() == 0);
        if is_empty && !adopt {
            refuse_foreign(&root)?;
        }
        make_file(&database)?;
        let index = Index::open(&database)?;
        // Older versions left out the port: such an archive is the account's at any port, until the port is noted.
        let owner = index.identity()?.map(|(owner, has_port)| Owner { identity: owner, has_port });
        let is_refused = |owner: &&Owner| !owner.is(identity) && matches!(way, Way::Open | Way::Existing);
        if let Some(owner) = owner.as_ref().filter(is_refused) {
            return Err(ArchiveError::OtherAccount {
                archive: root,
                owner: owner.identity.clone(),
                account: identity.to_owned(),
            });
        }
        let is_noted = owner.as_ref().is_some_and(|owner| owner.has_port && owner.identity == identity);
        let to_bind = (!is_noted && way != Way::Anybody).then(|| identity.to_owned());
        let known = index.mailboxes()?;
        // And neither does a database in which nothing was ever noted.
        if owner.is_none() && known.is_empty() && matches!(way, Way::Existing | Way::Anybody) {
            return Err(ArchiveError::NoArchive { folder: root });
        }
        if owner.is_none() && known.is_empty() && !adopt {
            refuse_foreign(&root)?;
        }
        let exposure = match way {
            Way::Anybody => Exposure::default(),
            _ => private::close(&root, &FILES, known.values().map(|row| row.dir.as_str())),
        };
        let taken = known.values().map(|mailbox| folder_name::folded(&mailbox.dir)).collect();
        let opened = now();
        let (probed, turn) = survey::to_probe(known.values(), &index.newest_dates()?, index.last_turn()?);
        let greatest = known.values().map(|row| row.id).max().unwrap_or_default();
        let is_old_up_to = index.doubted()?;
        Ok(Self {
            root,
            index,
            known,
            taken,
            alike: HashSet::new(),
            probed,
            turn,
            greatest,
            is_old_up_to,
            opened,
            to_bind,
            exposure,
            is_adopted: adopt,
            _lock: lock,
        })
    }

    /// What other users could read of it when it was opened.
    #[must_use]
    pub fn exposure(&self) -> &Exposure {
        &self.exposure
    }

    /// Makes the archive the account's. Not before the login: a slip in the account's name must not stick.
    pub(crate) fn bind(&mut self) -> Result<()> {
        let Some(identity) = self.to_bind.take() else { return Ok(()) };
        self.index.set_identity(&identity)?;
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
        let (key, folder) = (key.clone(), self.root.join(&row.dir));
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

/// Now, in seconds since 1970.
pub(crate) fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}

/// Nobody may ever write to a FIFO or a device that is being read, and a link may lead anywhere.
fn refuse_special(path: &Path) -> Result<()> {
    match fs::symlink_metadata(path) {
        Ok(metadata) if !metadata.is_file() => {
            Err(ArchiveError::NotAFile { path: path.to_owned(), is_link: metadata.is_symlink() })
        }
        _ => Ok(()),
    }
}

/// Makes the file, readable for the user alone, where there is none.
fn make_file(path: &Path) -> Result<()> {
    match private::create_file(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(ArchiveError::io("write", path, error)),
        _ => Ok(()),
    }
}

fn lock(path: &Path) -> Result<File> {
    make_file(path)?;
    let file = File::options().write(true).open(path);
    let file = file.map_err(|error| ArchiveError::io("write", path, error))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(ArchiveError::Locked { path: path.to_owned() }),
        Err(TryLockError::Error(error)) => Err(ArchiveError::io("lock", path, error)),
    }
}

/// A folder full of other things is more likely a slip than a wish.
fn refuse_foreign(root: &Path) -> Result<()> {
    let entries = fs::read_dir(root).map_err(|error| ArchiveError::io("read", root, error))?;
    for entry in entries {
        let entry = entry.map_err(|error| ArchiveError::io("read", root, error))?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if !name.starts_with('.') && name != "lost+found" {
            return Err(ArchiveError::NotAnArchive { folder: root.to_owned(), entry: name.into_owned() });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_at_a_time() {
        let dir = tempfile::tempdir().unwrap();
        let first = Archive::open(dir.path(), "a@h").unwrap();
        let second = Archive::open(dir.path(), "a@h").unwrap_err();
        assert!(matches!(second, ArchiveError::Locked { .. }), "{second}");
        drop(first);
        assert!(Archive::open(dir.path(), "a@h").is_ok());
    }

    #[test]
    fn folders_with_other_things_are_refused() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("thesis.tex"), "x").unwrap();
        assert!(matches!(Archive::open(dir.path(), "a@h"), Err(ArchiveError::NotAnArchive { .. })));
        assert!(Archive::adopt(dir.path(), "a@h").is_ok());
    }

    #[test]
    fn an_archive_that_must_be_there_is_not_made() {
        let dir = tempfile::tempdir().unwrap();
        let missing = dir.path().join("disk");
        for folder in [&missing, &dir.path().to_owned()] {
            let refused = Archive::open_existing(folder, "a@h").unwrap_err();
            assert!(matches!(&refused, ArchiveError::NoArchive { .. }), "{refused}");
        }
        assert!(!missing.exists() && fs::read_dir(dir.path()).unwrap().next().is_none());
        // Of a first run that ended before its login.
        drop(Archive::open(dir.path(), "a@h").unwrap());
        assert!(matches!(Archive::open_existing(dir.path(), "a@h"), Err(ArchiveError::NoArchive { .. })));
        Archive::open(dir.path(), "a@h").unwrap().bind().unwrap();
        assert!(Archive::open_existing(dir.path(), "a@h").is_ok());
    }

    #[test]
    fn a_database_that_knows_nothing_is_as_a_missing_one() {
        for has_tables in [false, true] {
            let dir = tempfile::tempdir().unwrap();
            drop(Archive::open(dir.path(), "a@h").unwrap());
            if !has_tables {
                fs::write(dir.path().join(DATABASE), "").unwrap();
            }
            // A first run may have ended before it noted anything.
            drop(Archive::open(dir.path(), "a@h").unwrap());
            if !has_tables {
                fs::write(dir.path().join(DATABASE), "").unwrap();
            }
            fs::create_dir_all(dir.path().join("INBOX/cur")).unwrap();
            for identity in ["a@h", "b@h"] {
                let refused = Archive::open(dir.path(), identity).unwrap_err();
                assert!(matches!(&refused, ArchiveError::NotAnArchive { entry, .. } if entry == "INBOX"), "{refused}");
            }
            assert!(Archive::adopt(dir.path(), "a@h").is_ok());
        }
    }

    #[test]
    fn only_regular_files_are_opened() {
        for name in [LOCK, DATABASE, ".imap-backup.sqlite-wal"] {
            let dir = tempfile::tempdir().unwrap();
            fs::create_dir(dir.path().join(name)).unwrap();
            let failure = Archive::open(dir.path(), "a@h").unwrap_err();
            assert!(failure.to_string().ends_with(&format!("{name} is not a regular file")), "{failure}");
        }
    }

    #[test]
    fn an_archive_is_one_accounts() {
        let dir = tempfile::tempdir().unwrap();
        let open = |identity: &str, adopt: bool| match adopt {
            true => Archive::adopt(dir.path(), identity),
            false => Archive::open(dir.path(), identity),
        };
        open("typo@h", false).unwrap();
        open("a@h", false).unwrap().bind().unwrap();
        let refused = open("b@h", false).unwrap_err();
        assert!(matches!(&refused, ArchiveError::OtherAccount { .. }), "{refused}");
        assert!(refused.to_string().contains("a@h") && refused.to_string().contains("b@h"), "{refused}");
        open("b@h", true).unwrap().bind().unwrap();
        open("b@h", false).unwrap();
        assert!(open("a@h", false).is_err());
    }

    #[test]
    fn an_archive_without_a_port_gets_one() {
        let dir = tempfile::tempdir().unwrap();
        let open = |identity: &str| Archive::open(dir.path(), identity);
        open("a@h").unwrap().bind().unwrap();
        assert!(open("a@h:1143").is_err(), "the usual ports are no other");
        // As an older version noted it.
        open("a@h").unwrap().index.connection.execute("UPDATE archive SET has_port = 0", []).unwrap();
        assert!(open("a@i:1143").is_err());
        open("a@h:1143").unwrap().bind().unwrap();
        assert!(open("a@h:2143").is_err() && open("a@h").is_err());
        open("a@h:1143").unwrap();
    }

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
