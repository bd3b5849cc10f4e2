//! The account that is backed up, the archive that must come of it, and how two archives are compared.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use imaplib_proto::types::{DateTime, Flag, Flags, Uid};
use imaplib_testserver::{AccountHandle, Server};

use crate::support::{self, PASSWORD, Run, finish, message, start};

/// An account, an archive of it that is out of date, and what an undisturbed run makes of it and of nothing.
pub struct Scene {
    _server: Server,
    pub account: AccountHandle,
    pub url: String,
    folder: tempfile::TempDir,
    expected: [Contents; 3],
}

/// From where a run starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum From {
    Nothing,
    OldArchive,
    /// A whole archive of which a file was cut short, and the run is told to look.
    Damaged,
}

impl From {
    /// What the runs are told besides.
    fn arguments(self) -> &'static [&'static str] {
        if self == Self::Damaged { &["--verify"] } else { &[] }
    }
}

/// All that an archive holds: each file with its bytes, and what the database says.
#[derive(Debug, PartialEq, Eq)]
pub struct Contents {
    files: BTreeMap<String, Vec<u8>>,
    rows: Vec<String>,
}

impl Contents {
    pub fn files(&self) -> &BTreeMap<String, Vec<u8>> {
        &self.files
    }

    pub fn rows(&self) -> &[String] {
        &self.rows
    }
}

const STARTS: [From; 3] = [From::Nothing, From::OldArchive, From::Damaged];

/// Whether all is in the archive at the end of a run: files that were damaged or missing and have come again are reported by 1.
pub fn is_whole(run: &Run) -> bool {
    let has = |word: &str| run.stdout.contains(word);
    run.code == 0 || (run.code == 1 && (has(" damaged") || has(" repaired")) && !has("lost"))
}

impl Scene {
    pub fn new() -> Self {
        let (server, handle, url) = start(Server::builder());
        let account = handle.clone();
        account.create("Work").unwrap();
        let fill = |mailbox: &str, numbers: std::ops::Range<usize>| {
            for number in numbers {
                let flags: Flags = match number % 4 {
                    0 => [Flag::Seen].into_iter().collect(),
                    1 => [Flag::Flagged, Flag::JUNK].into_iter().collect(),
                    _ => Flags::new(),
                };
                let date = DateTime::from_unix(1_500_000_000 + number as i64 * 3600).unwrap();
                let text = [message(number), vec![b'x'; number * 37 % 900]].concat();
                account.append_with(mailbox, flags, date, text).unwrap();
            }
        };
        fill("INBOX", 1..31);
        fill("Work", 100..115);
        let folder = tempfile::tempdir().unwrap();
        let expected = STARTS.map(|_| Contents { files: BTreeMap::new(), rows: Vec::new() });
        let mut scene = Self { _server: server, account: handle, url, folder, expected };
        scene.backup(&scene.path("old")).ok();
        // Since then: new messages, other flags, some gone.
        fill("INBOX", 31..46);
        for uid in [2, 5, 8, 40] {
            let flags: [Flag; 2] = [Flag::Answered, "urgent".parse().unwrap()];
            scene.account.set_flags("INBOX", Uid::new(uid).unwrap(), flags).unwrap();
        }
        for uid in [3, 6] {
            scene.account.expunge("INBOX", Uid::new(uid).unwrap()).unwrap();
        }
        for from in STARTS {
            let path = scene.path(&format!("{from:?}"));
            scene.begin(from, &path);
            assert!(is_whole(&scene.backup_from(from, &path)), "{from:?}");
            scene.expected[from as usize] = contents(&path);
        }
        assert!(scene.expected[0].files.len() > 55 && scene.expected[0].rows.len() > 55);
        scene
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Makes the archive from which a run starts.
    pub fn begin(&self, from: From, path: &Path) {
        clear(path);
        let copied = match from {
            From::Nothing => return,
            From::OldArchive => self.path("old"),
            From::Damaged => self.path("OldArchive"),
        };
        assert!(Command::new("cp").arg("-a").args([copied, path.to_owned()]).status().unwrap().success());
        if from == From::Damaged {
            let current = path.join("INBOX/cur");
            let entries =
                fs::read_dir(&current).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
            for name in entries.filter(|name| [4, 9].iter().any(|uid| name.contains(&format!("U{uid}.imap,")))) {
                // Under a name that the next run does not choose again.
                fs::rename(current.join(&name), current.join(name.replace(":2,", ":2,DT"))).unwrap();
                fs::write(current.join(name.replace(":2,", ":2,DT")), "cut").unwrap();
            }
        }
    }

    /// The run that is to be disturbed.
    pub fn command_from(&self, from: From, path: &Path) -> Command {
        let mut command = self.command(&self.url, path);
        command.args(from.arguments());
        command
    }

    fn backup_from(&self, from: From, path: &Path) -> Run {
        finish(&mut self.command_from(from, path), b"")
    }

    pub fn command(&self, url: &str, path: &Path) -> Command {
        let mut command = support::command(&["backup", url, path.to_str().unwrap()]);
        command.env("IMAP_PASSWORD", PASSWORD);
        command
    }

    pub fn backup(&self, path: &Path) -> Run {
        finish(&mut self.command(&self.url, path), b"")
    }

    /// An undisturbed run makes the archive what it must be, and one more finds nothing to do.
    pub fn assert_mended(&self, from: From, path: &Path, what: &str) {
        self.assert_mended_by(&mut self.command_from(from, path), from, path, what);
    }

    /// The same by this run.
    pub fn assert_mended_by(&self, command: &mut Command, from: From, path: &Path, what: &str) {
        let run = finish(command, b"");
        assert!(is_whole(&run), "{what}: {run:?}");
        let (is, must) = (contents(path), &self.expected[from as usize]);
        let names = |contents: &Contents| contents.files.keys().cloned().collect::<Vec<_>>();
        assert_eq!(names(&is), names(must), "{what}: {run:?}");
        assert!(is.files == must.files, "{what}: the bytes of a file are other ones: {run:?}");
        assert_eq!(is.rows, must.rows, "{what}: {run:?}");
    }

    pub fn expected(&self, from: From) -> &Contents {
        &self.expected[from as usize]
    }

    /// What a file must hold, by the part of its name that stays.
    pub fn bytes_of(&self, from: From, folder: &str, file: &str) -> Option<&Vec<u8>> {
        let key = stable(&format!("{folder}/cur/{file}"));
        self.expected[from as usize].files.iter().find(|(name, _)| stable(name) == key).map(|(_, bytes)| bytes)
    }
}

pub fn clear(path: &Path) {
    let _ = fs::remove_dir_all(path);
}

/// A file's name without its flags, and without what it has when the message has gone.
pub fn stable(name: &str) -> String {
    name.trim_start_matches(".gone/").split(":2,").next().unwrap_or_default().to_owned()
}

/// The rows of the database: mailbox, folder, UIDVALIDITY, UID, file, flags, size, expunged.
pub fn rows(path: &Path) -> Vec<String> {
    let database = rusqlite::Connection::open(path.join(".imap-backup.sqlite")).unwrap();
    let sql = "SELECT dir, m.uidvalidity, uid, file, flags, size, expunged, unsettled FROM messages m JOIN mailboxes b
               ON m.mailbox = b.id ORDER BY dir, m.uidvalidity, uid";
    let mut query = database.prepare(sql).unwrap();
    let text = |row: &rusqlite::Row<'_>| -> rusqlite::Result<String> {
        let field = |at| row.get_ref(at).map(|value| format!("{value:?}"));
        Ok((0..8).map(field).collect::<rusqlite::Result<Vec<_>>>()?.join(" "))
    };
    query.query_map([], text).unwrap().map(Result::unwrap).collect()
}

/// All files below, each with its bytes; of the database and the log only that they are there.
pub fn files(path: &Path) -> BTreeMap<String, Vec<u8>> {
    let (mut files, mut open) = (BTreeMap::new(), vec![path.to_owned()]);
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap().path();
            if entry.is_dir() {
                open.push(entry);
                continue;
            }
            let name = entry.strip_prefix(path).unwrap().to_string_lossy().into_owned();
            let is_compared = !name.starts_with(".imap-backup") && !name.starts_with(".log");
            let bytes = if !is_compared { Vec::new() } else { fs::read(&entry).unwrap() };
            files.insert(name, bytes);
        }
    }
    files
}

pub fn contents(path: &Path) -> Contents {
    // SQLite may leave files of its own beside the database while it reads.
    let rows = rows(path);
    Contents { files: files(path), rows }
}

/// The messages that the database notes: folder and file. A database without tables notes none.
pub fn noted(path: &Path) -> Vec<(String, String)> {
    let database = rusqlite::Connection::open(path.join(".imap-backup.sqlite")).unwrap();
    let sql = "SELECT dir, file FROM messages m JOIN mailboxes b ON m.mailbox = b.id";
    let Ok(mut query) = database.prepare(sql) else { return Vec::new() };
    query.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap().map(Result::unwrap).collect()
}
