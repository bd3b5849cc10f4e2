//! How an archive is opened: its folder, its lock, its database, and whose it is.

use std::collections::HashSet;
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::Path;

use super::describe::{ARCHIVE, README};
use super::{Archive, now};
use crate::error::{ArchiveError, Result};
use crate::file_system::sync_folder;
use crate::index::{Damaged, Index};
use crate::log::LogDamage;
use crate::owner::Owner;
use crate::private::{self, Exposure};
use crate::{folder_name, log, maildir, survey};

pub(crate) const DATABASE: &str = ".imap-backup.sqlite";
pub(crate) const LOCK: &str = ".imap-backup.lock";
/// The database while it is made from the log, and the one that was there before.
const NEW_DATABASE: &str = ".imap-backup.sqlite.new";
const OLD_DATABASE: &str = ".imap-backup.sqlite.old";
/// What SQLite has beside the database.
const BESIDE: [&str; 3] = ["-wal", "-shm", "-journal"];
const FILES: [&str; 9] = [
    LOCK,
    DATABASE,
    ".imap-backup.sqlite-wal",
    ".imap-backup.sqlite-shm",
    ".imap-backup.sqlite-journal",
    NEW_DATABASE,
    OLD_DATABASE,
    README,
    ARCHIVE,
];

/// How an archive is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// It is made where there is none.
    Open,
    /// It must be there.
    Existing,
    /// It must be there, whoever's it is; it stays that account's.
    Anybody,
    /// The same, to be repaired.
    Repair,
    /// It becomes the account's.
    Adopt,
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

    /// Opens the archive in the folder `root`, whoever's it is, to be [repaired](Self::repair).
    ///
    /// # Errors
    /// As [`open_any`](Self::open_any).
    pub fn open_to_repair(root: impl AsRef<Path>) -> Result<Self> {
        let root = root.as_ref();
        if fs::metadata(root.join(DATABASE)).is_err() && log::numbers(root)?.is_empty() {
            return Err(ArchiveError::NoArchive { folder: root.to_owned() });
        }
        let opened = Self::open_as(root, "", Way::Repair);
        let is_bad = match &opened {
            // The database is not one any more.
            Err(ArchiveError::Damaged { .. } | ArchiveError::BadRow { .. }) => true,
            Ok(archive) => archive.index.bad_rows(None).is_ok_and(|bad| bad.count > 0),
            Err(_) => false,
        };
        match opened {
            opened if is_bad && !log::numbers(root)?.is_empty() => {
                drop(opened);
                let damage = Self::rebuild_database(root)?;
                let mut archive = Self::open_as(root, "", Way::Repair)?;
                archive.index.damage = archive.index.damage.or(damage);
                archive.was_rebuilt = true;
                Ok(archive)
            }
            opened => opened,
        }
    }

    /// Opens an archive that is there: that of an account, or anybody's.
    pub(crate) fn open_there(root: &Path, account: Option<&str>) -> Result<Self> {
        let open = || match account {
            Some(account) => Self::open_as(root, account, Way::Existing),
            None => Self::open_as(root, "", Way::Anybody),
        };
        match fs::metadata(root.join(DATABASE)) {
            Ok(metadata) if metadata.len() > 0 => open(),
            // The database is made from the log.
            _ if !log::numbers(root)?.is_empty() => open(),
            Ok(_) => Err(ArchiveError::NoArchive { folder: root.to_owned() }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Err(ArchiveError::NoArchive { folder: root.to_owned() })
            }
            Err(error) => Err(ArchiveError::io("read", &root.join(DATABASE), error)),
        }
    }

    /// Makes the database of an archive from its log, and opens it, whoever's it is. The database that was there, if any,
    /// is kept as `.imap-backup.sqlite.old`.
    ///
    /// [`log_damage`](Self::log_damage) returns where the log could not be read: then the next run compares everything with
    /// the server.
    ///
    /// # Errors
    /// If another process has it open, if it has no log ([`ArchiveError::NoArchive`]), or if it cannot be read or written.
    pub fn rebuild(root: impl AsRef<Path>) -> Result<Self> {
        let root = root.as_ref();
        if log::numbers(root)?.is_empty() {
            return Err(ArchiveError::NoArchive { folder: root.to_owned() });
        }
        let damage = Self::rebuild_database(root)?;
        let mut archive = Self::open_as(root, "", Way::Anybody)?;
        archive.index.damage = archive.index.damage.or(damage);
        Ok(archive)
    }

    /// Makes the database beside the one that is there, and then puts it in its place: a crash leaves one or the other, or none,
    /// which is then made when the archive is opened.
    fn rebuild_database(root: &Path) -> Result<Option<LogDamage>> {
        for file in FILES {
            refuse_special(&root.join(file))?;
        }
        let _lock = lock(&root.join(LOCK))?;
        let (old, new, database) = (root.join(OLD_DATABASE), root.join(NEW_DATABASE), root.join(DATABASE));
        let beside = |file: &str| BESIDE.map(|end| root.join(format!("{file}{end}")));
        for left in beside(NEW_DATABASE).iter().chain([&new]) {
            remove(left)?;
        }
        make_file(&new)?;
        let index = Index::open(&new)?;
        let damage = index.damage.clone();
        index.close()?;
        let rename = |from: &Path, to: &Path| match fs::rename(from, to) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(ArchiveError::io("rename", from, error)),
            _ => Ok(()),
        };
        rename(&database, &old)?;
        // What SQLite keeps beside a database must not meet another one.
        beside(DATABASE).iter().try_for_each(|left| remove(left))?;
        rename(&new, &database)?;
        sync_folder(root).map_err(|error| ArchiveError::io("update", root, error))?;
        Ok(damage)
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
        if is_empty && !adopt && log::numbers(&root)?.is_empty() {
            refuse_foreign(&root)?;
        }
        make_file(&database)?;
        let is_looking = way == Way::Anybody;
        let index = Index::open_as(&database, if is_looking { Damaged::Leave } else { Damaged::Continue })?;
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
        let to_bind = (!is_noted && !matches!(way, Way::Anybody | Way::Repair)).then(|| identity.to_owned());
        let known = index.mailboxes()?;
        // And neither does a database in which nothing was ever noted.
        if owner.is_none() && known.is_empty() && matches!(way, Way::Existing | Way::Anybody | Way::Repair) {
            return Err(ArchiveError::NoArchive { folder: root });
        }
        if owner.is_none() && known.is_empty() && !adopt {
            refuse_foreign(&root)?;
        }
        let exposure = match way {
            Way::Anybody | Way::Repair => Exposure::default(),
            _ => {
                let folders = known.values().flat_map(|row| [row.dir.clone(), maildir::gone_folder(&row.dir)]);
                let folders: Vec<String> = folders.chain([log::FOLDER.to_owned()]).collect();
                private::close(&root, &FILES, folders.iter().map(String::as_str))
            }
        };
        let taken = known.values().map(|mailbox| folder_name::folded(&mailbox.dir)).collect();
        let opened = now();
        let (probed, turn) = survey::to_probe(known.values(), &index.newest_dates()?, index.last_turn()?);
        let greatest = known.values().map(|row| row.id).max().unwrap_or_default();
        let is_old_up_to = index.doubted()?;
        let mut archive = Self {
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
            was_rebuilt: false,
            _lock: lock,
        };
        archive.complete_renames()?;
        archive.upgrade()?;
        Ok(archive)
    }
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

/// Removes a file that may be there.
fn remove(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(ArchiveError::io("remove", path, error)),
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
}
