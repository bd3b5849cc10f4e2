//! An archive that is read while other programs may work on it.

use std::fs::{self, File, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension as _, params};
use sha2::{Digest as _, Sha256};

use crate::archive::{DATABASE, LOCK};
use crate::error::{ArchiveError, Result};
use crate::index::stored::messages;
use crate::index::{After, check_file, mailboxes, schema};
use crate::log;
use crate::maildir::{self, Maildir};
use crate::messages::{ArchivedMailbox, ArchivedMessage};
use crate::private;

/// An archive that is only read: it needs no lock, so that a backup can run at the same time, and writes nothing itself. While it
/// is there, SQLite has two small files beside the database, as always while a database is open.
///
/// It shows what the database has, as of each call. An archive of an older version is not brought up to date.
///
/// ```no_run
/// # fn main() -> imaplib_archive::Result<()> {
/// use imaplib_archive::{Reader, Shelf};
///
/// let reader = Reader::open("/backup/alice")?;
/// for mailbox in reader.mailboxes()? {
///     println!("{}: {} messages", mailbox.name, reader.figures(&mailbox, Shelf::Live)?.messages);
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Reader {
    root: PathBuf,
    /// `None` only while it is being closed.
    connection: Option<Connection>,
    /// It was opened as a file that nobody changes, such as on a medium that cannot be written.
    is_immutable: bool,
    /// What shows that something has changed.
    seen: Seen,
}

/// Which messages of a mailbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Shelf {
    /// Those that the server has.
    Live,
    /// Those that it has no more, and all of a mailbox that it has no more.
    Gone,
}

/// What a mailbox has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Figures {
    /// The number of messages.
    pub messages: u64,
    /// How many of them are not `\\Seen`.
    pub unseen: u64,
    /// How many of them are `\\Deleted`.
    pub deleted: u64,
    /// The sizes of their files together, in bytes.
    pub size: u64,
}

/// Which file the database is, and its state.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Seen {
    file: (u64, u64, Option<SystemTime>),
    version: i64,
}

/// Which rows are on a shelf: `?1` is the mailbox.
const ON_SHELF: &str = "FROM messages JOIN mailboxes ON mailboxes.id = messages.mailbox
    WHERE mailbox = ?1 AND (gone OR expunged OR messages.uidvalidity <> mailboxes.uidvalidity) = ?2";

impl Reader {
    /// Opens the archive in the folder `root`, whoever's it is.
    ///
    /// # Errors
    /// If there is none, if it has lost its database, if another version has written it, or if it cannot be read.
    pub fn open(root: impl AsRef<Path>) -> Result<Self> {
        let root = root.as_ref();
        let database = root.join(DATABASE);
        match fs::symlink_metadata(&database) {
            Ok(metadata) if !metadata.is_file() => {
                return Err(ArchiveError::NotAFile { path: database, is_link: metadata.is_symlink() });
            }
            Ok(metadata) if metadata.len() > 0 => {}
            Ok(_) | Err(_) if !log::numbers(root)?.is_empty() => {
                return Err(ArchiveError::damaged("it is missing, and can be made from the log"));
            }
            Ok(_) => return Err(ArchiveError::NoArchive { folder: root.to_owned() }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(ArchiveError::NoArchive { folder: root.to_owned() });
            }
            Err(error) => return Err(ArchiveError::io("read", &database, error)),
        }
        let root = root.canonicalize().map_err(|error| ArchiveError::io("open the archive", root, error))?;
        let (connection, is_immutable) = connect(&root)?;
        let version: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
        match version {
            _ if version > schema::VERSION => return Err(ArchiveError::NewerFormat { database }),
            0 => return Err(ArchiveError::NoArchive { folder: root }),
            _ if version < schema::VERSION => return Err(ArchiveError::OlderFormat { database }),
            _ => {}
        }
        let seen = seen(&root, &connection, is_immutable)?;
        Ok(Self { root, connection: Some(connection), is_immutable, seen })
    }

    /// The archive's folder.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    fn connection(&self) -> Result<&Connection> {
        self.connection.as_ref().ok_or_else(|| ArchiveError::damaged("it is closed"))
    }

    /// Whose mail it is; `None` if that was never noted.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub fn account(&self) -> Result<Option<String>> {
        Ok(self.connection()?.query_row("SELECT identity FROM archive", [], |row| row.get(0)).optional()?)
    }

    /// Whether anything may have changed since the archive was opened, or since this was last asked. A database that has been
    /// replaced by another one is opened.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub fn has_changed(&mut self) -> Result<bool> {
        let mut now = seen(&self.root, self.connection()?, self.is_immutable)?;
        if now.file != self.seen.file {
            (self.connection, self.is_immutable) = connect(&self.root).map(|(new, flag)| (Some(new), flag))?;
            now = seen(&self.root, self.connection()?, self.is_immutable)?;
        } else if now == self.seen {
            return Ok(false);
        }
        self.seen = now;
        Ok(true)
    }

    /// The mailboxes, sorted by name.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub fn mailboxes(&self) -> Result<Vec<ArchivedMailbox>> {
        let rows = mailboxes(self.connection()?)?;
        let folder = |dir: &str, is_gone: bool| match is_gone {
            true => self.root.join(maildir::gone_folder(dir)),
            false => self.root.join(dir),
        };
        let mut found: Vec<ArchivedMailbox> =
            rows.values().map(|row| ArchivedMailbox::of(row, folder(&row.dir, row.gone))).collect();
        found.sort_unstable_by(|one, other| one.name.cmp(&other.name).then(one.id.cmp(&other.id)));
        Ok(found)
    }

    /// The messages of a mailbox behind `last`, in the order of UIDVALIDITY and UID; at most `count` of them. Their files are
    /// where they belong, which is not looked at: [`read`](Self::read) finds them.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub fn messages(
        &self,
        mailbox: &ArchivedMailbox,
        last: Option<&ArchivedMessage>,
        count: usize,
    ) -> Result<Vec<ArchivedMessage>> {
        let Some(maildir) = self.maildir(mailbox.number())? else {
            return Err(ArchiveError::NoMailbox(mailbox.name.clone()));
        };
        let mut after = After::message(last.map(|message| (message.uid_validity, message.uid)));
        // A row that cannot be true is not shown; `imap verify` names it.
        let place = |file: &str| PathBuf::from(file);
        let mut found = messages(self.connection()?, mailbox.id, &mut after, count, &place, &mut |_| Ok(()))?;
        for message in &mut found {
            let file = message.file.to_string_lossy();
            message.file = match message.is_gone || mailbox.is_gone {
                true => maildir.gone_path(&file),
                false => maildir.current(&file),
            };
        }
        Ok(found)
    }

    /// Which shelf a message is on.
    #[must_use]
    pub fn shelf(mailbox: &ArchivedMailbox, message: &ArchivedMessage) -> Shelf {
        let is_gone = mailbox.is_gone || message.is_gone || message.uid_validity != mailbox.uid_validity;
        if is_gone { Shelf::Gone } else { Shelf::Live }
    }

    /// What a shelf of a mailbox has.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub fn figures(&self, mailbox: &ArchivedMailbox, shelf: Shelf) -> Result<Figures> {
        let sql = format!(
            "SELECT count(*), count(*) - coalesce(sum(' ' || flags || ' ' LIKE '% \\Seen %'), 0),
             coalesce(sum(' ' || flags || ' ' LIKE '% \\Deleted %'), 0), coalesce(sum(size), 0) {ON_SHELF}"
        );
        let mut query = self.connection()?.prepare_cached(&sql)?;
        let figures = query.query_row(params![mailbox.id, shelf == Shelf::Gone], |row| {
            let number = |place: usize| row.get::<_, i64>(place).map(i64::cast_unsigned);
            Ok(Figures { messages: number(0)?, unseen: number(1)?, deleted: number(2)?, size: number(3)? })
        })?;
        Ok(figures)
    }

    /// A number that is another one, but for a chance of one in four thousand millions, where other messages are on a shelf.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub fn digest(&self, mailbox: &ArchivedMailbox, shelf: Shelf) -> Result<u32> {
        let sql = format!("SELECT messages.uidvalidity, uid {ON_SHELF} ORDER BY messages.uidvalidity, uid");
        let mut query = self.connection()?.prepare_cached(&sql)?;
        let mut rows = query.query(params![mailbox.id, shelf == Shelf::Gone])?;
        let mut sum = Sha256::new();
        while let Some(row) = rows.next()? {
            sum.update(row.get::<_, i64>(0)?.to_be_bytes());
            sum.update(row.get::<_, i64>(1)?.to_be_bytes());
        }
        let sum = sum.finalize();
        Ok(sum.iter().take(4).fold(0, |number, byte| number << 8 | u32::from(*byte)))
    }

    /// Opens the file of a message, to be read from its beginning.
    ///
    /// # Errors
    /// If the archive has no such message, or its file is not there, is not a regular file ([`ArchiveError::NotAFile`]),
    /// or cannot be read.
    pub fn read(&self, mailbox: u64, uid_validity: u64, uid: u32) -> Result<File> {
        let Some(maildir) = self.maildir(mailbox)? else {
            return Err(ArchiveError::NoMailbox(format!("number {mailbox}")));
        };
        let sql = "SELECT file FROM messages WHERE mailbox = ?1 AND uidvalidity = ?2 AND uid = ?3";
        let key = params![mailbox.cast_signed(), uid_validity.cast_signed(), uid];
        let file: Option<String> =
            self.connection()?.prepare_cached(sql)?.query_row(key, |row| row.get(0)).optional()?;
        let missing = || ArchiveError::io("read", maildir.path(), io::ErrorKind::NotFound.into());
        let file = file.ok_or_else(missing)?;
        check_file(uid_validity, uid, &file)?;
        let mut path = maildir.place(&file);
        if !maildir::is_file(&path) {
            // A mail program gave it another name.
            let explain = |error| ArchiveError::io("read", maildir.path(), error);
            path = maildir::find(&maildir, (uid_validity, uid)).map_err(explain)?.unwrap_or(path);
        }
        private::open_file(&path)
    }

    /// The folder of a mailbox.
    fn maildir(&self, mailbox: u64) -> Result<Option<Maildir>> {
        let sql = "SELECT dir FROM mailboxes WHERE id = ?1";
        let dir: Option<String> =
            self.connection()?.prepare_cached(sql)?.query_row([mailbox.cast_signed()], |row| row.get(0)).optional()?;
        match dir {
            Some(dir) if !crate::folder_name::is_inside(&dir) => {
                Err(ArchiveError::damaged(format!("the folder {dir:?} is not in the archive")))
            }
            dir => Ok(dir.map(|dir| Maildir::as_it_is(&self.root, &dir))),
        }
    }
}

impl Drop for Reader {
    /// Who opens a database to read it alone leaves SQLite's files beside it. They go, unless somebody works on the archive.
    fn drop(&mut self) {
        drop(self.connection.take());
        let beside = self.root.join(format!("{DATABASE}-wal"));
        if self.is_immutable || fs::symlink_metadata(beside).is_err() {
            return;
        }
        let Ok(lock) = File::options().write(true).open(self.root.join(LOCK)) else { return };
        if lock.try_lock().is_ok()
            && let Ok(connection) =
                Connection::open_with_flags(self.root.join(DATABASE), OpenFlags::SQLITE_OPEN_READ_WRITE)
        {
            let _ = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
        }
    }
}

/// Opens the database to be read: also where nothing can be written beside it, if nobody can change it there.
fn connect(root: &Path) -> Result<(Connection, bool)> {
    let path = root.join(DATABASE);
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let opened = Connection::open_with_flags(&path, flags).and_then(|connection| {
        connection.busy_timeout(Duration::from_secs(5))?;
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
        Ok(connection)
    });
    match opened {
        Ok(connection) => Ok((connection, false)),
        Err(error)
            if matches!(error.sqlite_error_code(), Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly))
                && fs::symlink_metadata(root.join(format!("{DATABASE}-wal"))).map_or(true, |file| file.len() == 0) =>
        {
            let mut uri = String::from("file:");
            for byte in path.as_os_str().as_encoded_bytes() {
                match byte {
                    b'/' | b'.' | b'-' | b'_' => uri.push(char::from(*byte)),
                    byte if byte.is_ascii_alphanumeric() => uri.push(char::from(*byte)),
                    byte => uri.push_str(&format!("%{byte:02X}")),
                }
            }
            uri.push_str("?immutable=1");
            Ok((Connection::open_with_flags(uri, flags | OpenFlags::SQLITE_OPEN_URI)?, true))
        }
        Err(error) => Err(error.into()),
    }
}

fn seen(root: &Path, connection: &Connection, is_immutable: bool) -> Result<Seen> {
    let path = root.join(DATABASE);
    let metadata = fs::metadata(&path).map_err(|error| ArchiveError::io("read", &path, error))?;
    let version = connection.query_row("PRAGMA data_version", [], |row| row.get(0))?;
    // The file itself changes whenever a checkpoint is made; that shows in the version.
    let (length, modified) = match is_immutable {
        true => (metadata.len(), metadata.modified().ok()),
        false => (0, None),
    };
    Ok(Seen { file: (inode(&metadata), length, modified), version })
}

#[cfg(unix)]
fn inode(metadata: &Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::ino(metadata)
}

#[cfg(not(unix))]
fn inode(_metadata: &Metadata) -> u64 {
    0
}
