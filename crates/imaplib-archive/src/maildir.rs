//! Maildir: file names with flags in them, and the letters of keywords.

use std::cell::Cell;
use std::fs::{self, DirEntry, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use imaplib::types::{Flag, Flags};

use crate::error::{ArchiveError, Result};
use crate::file_system::sync_folder;
use crate::files::Files;
use crate::private;

/// Dovecot's file of keywords: a line `INDEX NAME` for each letter from `a` on.
pub(crate) const KEYWORDS_FILE: &str = "dovecot-keywords";
/// The same while it is being written.
pub(crate) const NEW_KEYWORDS_FILE: &str = "dovecot-keywords.imap-backup";
/// The file in which a mailbox's true name is.
pub(crate) const DESCRIPTION: &str = ".mailbox.json";
const MAX_KEYWORDS: usize = 26;

/// The folder, in the archive's, of the messages that have gone from the server.
const GONE: &str = ".gone";

/// One folder of the archive: `cur`, `new` and `tmp`, and the keywords' letters.
#[derive(Debug)]
pub(crate) struct Maildir {
    path: PathBuf,
    /// The archive's folder.
    root: PathBuf,
    /// The folder of the messages that have gone from the server, relative to the archive.
    gone: String,
    /// That folder was made, and is not durable yet.
    has_new_gone: Cell<bool>,
    /// In bytes: another program's need not be UTF-8, and are written again as they were.
    keywords: Vec<Vec<u8>>,
    /// Made in this run or in one that was interrupted: the folders themselves may not be durable yet.
    fresh: bool,
}

/// The messages in a folder.
#[derive(Debug)]
pub(crate) struct FolderContents {
    /// One file of each.
    pub(crate) files: Files,
    /// The other files of those that have several: a run was interrupted while it replaced them.
    pub(crate) twins: Vec<String>,
}

impl Maildir {
    /// Opens the folder, and makes it where it is not there; what an interrupted run left in `tmp` is removed.
    ///
    /// `unsettled` means that no run has come to its end here: the folder may be there and not be durable.
    pub(crate) fn open(root: &Path, folder: &str, unsettled: bool) -> io::Result<Self> {
        let path = root.join(folder);
        let mut fresh = unsettled;
        for part in ["tmp", "new", "cur"] {
            fresh |= private::make_folder(root, &format!("{folder}/{part}"))?;
        }
        for left in fs::read_dir(path.join("tmp"))? {
            let left = left?;
            // Only our own: another program may be delivering.
            let is_ours = left.file_name().to_str().is_some_and(is_temporary);
            if is_ours && !left.file_type()?.is_dir() {
                fs::remove_file(left.path())?;
            }
        }
        let keywords = read_keywords(&path.join(KEYWORDS_FILE))?;
        Ok(Self { path, keywords, fresh, ..Self::as_it_is(root, folder) })
    }

    /// The folder as it is, to be looked at alone: it need not be there, and nothing is made or removed.
    pub(crate) fn as_it_is(root: &Path, folder: &str) -> Self {
        let (root, gone) = (root.to_owned(), gone_folder(folder));
        Self { path: root.join(folder), root, gone, has_new_gone: Cell::new(false), keywords: Vec::new(), fresh: false }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn is_fresh(&self) -> bool {
        self.fresh
    }

    /// Where a message is written before it is complete.
    pub(crate) fn temporary(&self, uid_validity: u64, uid: u32) -> PathBuf {
        self.path.join("tmp").join(format!("V{uid_validity}U{uid}.imap"))
    }

    /// The path of a file in `cur`, where the messages are that the server has.
    pub(crate) fn current(&self, file: &str) -> PathBuf {
        self.path.join("cur").join(file)
    }

    /// Where a file is: in `cur`, or among the messages that have gone. One that is nowhere belongs into `cur`.
    pub(crate) fn place(&self, file: &str) -> PathBuf {
        let current = self.current(file);
        if fs::symlink_metadata(&current).is_ok() {
            return current;
        }
        match self.gone().map(|gone| gone.join(file)).filter(|gone| fs::symlink_metadata(gone).is_ok()) {
            Some(gone) => gone,
            None => current,
        }
    }

    /// The path of a file among the messages that have gone.
    pub(crate) fn gone_path(&self, file: &str) -> PathBuf {
        self.root.join(&self.gone).join("cur").join(file)
    }

    /// The folder of the messages that have gone, if it is there.
    pub(crate) fn gone(&self) -> Option<PathBuf> {
        let folder = format!("{}/cur", self.gone);
        private::has_folder(&self.root, &folder).then(|| self.root.join(folder))
    }

    /// The same, made if it is not there.
    pub(crate) fn make_gone(&self) -> io::Result<PathBuf> {
        for part in ["tmp", "new", "cur"] {
            if private::make_folder(&self.root, &format!("{}/{part}", self.gone))? {
                self.has_new_gone.set(true);
            }
        }
        Ok(self.root.join(&self.gone).join("cur"))
    }

    /// Makes renamings durable, in `cur` and of messages that have gone.
    pub(crate) fn sync(&self) -> io::Result<()> {
        if let Some(gone) = self.gone() {
            sync_folder(&gone)?;
            if self.has_new_gone.replace(false) {
                gone.ancestors()
                    .skip(1)
                    .take_while(|folder| folder.starts_with(&self.root))
                    .try_for_each(sync_folder)?;
            }
        }
        let current = self.path.join("cur");
        if current.is_dir() { sync_folder(&current) } else { Ok(()) }
    }

    /// The part of a file name behind `:2,`; keywords without a letter get one, unless that cannot be written.
    pub(crate) fn info(&mut self, flags: &Flags) -> io::Result<String> {
        let mut letters: Vec<char> = Vec::new();
        let known_before = self.keywords.len();
        for flag in flags.iter() {
            match flag {
                Flag::Draft => letters.push('D'),
                Flag::Flagged => letters.push('F'),
                Flag::Answered => letters.push('R'),
                Flag::Seen => letters.push('S'),
                Flag::Deleted => letters.push('T'),
                Flag::Recent | Flag::Wildcard => {}
                other => {
                    let name = other.as_bytes();
                    let known = self.keywords.iter().position(|keyword| keyword.eq_ignore_ascii_case(name));
                    // A `\` flag that is not of the standard has no place in dovecot-keywords: the database has it.
                    if known.is_none()
                        && (self.keywords.len() >= MAX_KEYWORDS
                            || name.starts_with(b"\\")
                            || name.iter().any(u8::is_ascii_control))
                    {
                        continue;
                    }
                    let index = known.unwrap_or_else(|| {
                        self.keywords.push(name.to_owned());
                        self.keywords.len() - 1
                    });
                    letters.extend(u8::try_from(index).ok().map(|index| char::from(b'a' + index)));
                }
            }
        }
        if self.keywords.len() > known_before {
            // What is not in the file has no letter.
            let outcome = self.write_keywords();
            if outcome.is_err() {
                self.keywords.truncate(known_before);
            }
            outcome?;
        }
        letters.sort_unstable();
        letters.dedup();
        Ok(letters.into_iter().collect())
    }

    fn write_keywords(&self) -> io::Result<()> {
        let lines = self.keywords.iter().enumerate();
        let text: Vec<u8> =
            lines.flat_map(|(index, name)| [format!("{index} ").as_bytes(), name, b"\n"].concat()).collect();
        let new = self.path.join(NEW_KEYWORDS_FILE);
        match fs::remove_file(&new) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        // Never through a link to somebody else's file.
        let mut file = private::create_file(&new)?;
        file.write_all(&text)?;
        file.sync_all()?;
        fs::rename(&new, self.path.join(KEYWORDS_FILE))?;
        sync_folder(&self.path)
    }

    /// The messages that are there, by (UIDVALIDITY, UID), with their file names relative to the folder.
    pub(crate) fn messages(&self) -> Result<Files> {
        self.messages_and_twins().map(|found| found.files)
    }

    /// The same, and the other files of messages that have several. Folders, FIFOs, links and the like are no messages.
    pub(crate) fn messages_and_twins(&self) -> Result<FolderContents> {
        let explain = |error: io::Error| ArchiveError::io("read", &self.path, error);
        let (mut files, mut twins) = (Files::new(), Vec::new());
        for entry in self.entries().map_err(explain)? {
            let entry = entry.map_err(explain)?;
            let name = entry.file_name();
            let Some(name) = name.to_str() else { continue };
            let Some(identity) = identity(name) else { continue };
            if !entry.file_type().map_err(explain)?.is_file() {
                continue;
            }
            if let Some(twin) = files.insert(identity, name.to_owned())? {
                twins.push(twin);
            }
        }
        Ok(FolderContents { files, twins })
    }

    /// What is in `cur`, and among the messages that have gone.
    pub(crate) fn entries(&self) -> io::Result<impl Iterator<Item = io::Result<DirEntry>>> {
        let current = match fs::read_dir(self.path.join("cur")) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            entries => Some(entries?),
        };
        let gone = self.gone().map(fs::read_dir).transpose()?;
        Ok(gone.into_iter().flatten().chain(current.into_iter().flatten()))
    }
}

impl Maildir {
    /// The names of our files in `new`, where a mail program put them: they are messages there, too.
    pub(crate) fn moved_to_new(&self) -> io::Result<Vec<String>> {
        let mut moved = Vec::new();
        for entry in fs::read_dir(self.path.join("new"))? {
            let entry = entry?;
            let name = entry.file_name();
            let Some(name) = name.to_str().filter(|name| identity(name).is_some()) else { continue };
            if entry.file_type()?.is_file() {
                moved.push(name.to_owned());
            }
        }
        moved.sort_unstable();
        Ok(moved)
    }

    /// Moves a file from `new` to `cur`, where nothing may have the name `to`.
    pub(crate) fn move_back(&self, from: &str, to: &str) -> io::Result<()> {
        fs::rename(self.path.join("new").join(from), self.current(to))
    }
}

/// The folder of the messages that have gone from a mailbox, relative to the archive.
pub(crate) fn gone_folder(folder: &str) -> String {
    format!("{GONE}/{folder}")
}

/// The file of a message, under whatever flags.
pub(crate) fn find(maildir: &Maildir, message: (u64, u32)) -> io::Result<Option<PathBuf>> {
    for entry in maildir.entries()? {
        let entry = entry?;
        if entry.file_name().to_str().and_then(identity) == Some(message) && entry.file_type()?.is_file() {
            return Ok(Some(entry.path()));
        }
    }
    Ok(None)
}

/// `<internaldate>.V<uidvalidity>U<uid>.imap,S=<size>:2,<info>`
pub(crate) fn file_name(internal_date: i64, uid_validity: u64, uid: u32, size: u64, info: &str) -> String {
    format!("{}.V{uid_validity}U{uid}.imap,S={size}:2,{info}", internal_date.max(0))
}

/// The same file with other flags.
pub(crate) fn with_info(file: &str, info: &str) -> String {
    let base = file.split_once(":2,").map_or(file, |(base, _)| base);
    format!("{base}:2,{info}")
}

/// Whether a regular file is there; a link is none, for it may lead anywhere.
pub(crate) fn is_file(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_file())
}

/// The size in a file name.
pub(crate) fn size_in(file: &str) -> Option<u64> {
    let (_, rest) = file.split_once(",S=")?;
    rest.split([':', ',']).next()?.parse().ok()
}

/// (UIDVALIDITY, UID) of one of our files.
pub(crate) fn identity(file: &str) -> Option<(u64, u32)> {
    let (_, rest) = file.split_once(".V")?;
    let (validity, rest) = rest.split_once('U')?;
    let (uid, rest) = rest.split_once('.')?;
    rest.starts_with("imap,").then_some(())?;
    Some((validity.parse().ok()?, uid.parse().ok()?))
}

/// Whether this is what [`Maildir::temporary`] returns.
fn is_temporary(name: &str) -> bool {
    let numbers = name.strip_prefix('V').and_then(|rest| rest.strip_suffix(".imap")?.split_once('U'));
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    numbers.is_some_and(|(validity, uid)| is_number(validity) && is_number(uid))
}

fn read_keywords(path: &Path) -> io::Result<Vec<Vec<u8>>> {
    match fs::metadata(path) {
        // A FIFO would be read for ever.
        Ok(metadata) if !metadata.is_file() => {
            return Err(io::Error::other(format!("{KEYWORDS_FILE} in it is not a regular file: move it away")));
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
        Ok(_) => {}
    }
    let text = fs::read(path)?;
    let mut keywords = Vec::new();
    for line in text.split(|byte| *byte == b'\n') {
        let mut parts = line.strip_suffix(b"\r").unwrap_or(line).splitn(2, |byte| *byte == b' ');
        let (Some(index), Some(name)) = (parts.next(), parts.next()) else { continue };
        // Letters are by index: a gap must stay a gap.
        let Some(index) = std::str::from_utf8(index).ok().and_then(|index| index.parse::<usize>().ok()) else {
            continue;
        };
        if index < MAX_KEYWORDS {
            if keywords.len() <= index {
                keywords.resize(index + 1, Vec::new());
            }
            if let Some(slot) = keywords.get_mut(index) {
                name.clone_into(slot);
            }
        }
    }
    Ok(keywords)
}

/// Makes files in a Maildir durable; where the folder is new, the way to it from `root` too. Where there is one call
/// for the whole file system, it serves for many files.
pub(crate) fn sync_files(root: &Path, folder: &Path, files: &[PathBuf], fresh: bool) -> io::Result<()> {
    #[cfg(target_os = "linux")]
    if fresh || files.len() > 8 {
        return Ok(rustix::fs::syncfs(File::open(folder)?)?);
    }
    files.iter().try_for_each(|file| File::open(file)?.sync_all())?;
    if fresh {
        folder.ancestors().take_while(|folder| folder.starts_with(root)).try_for_each(sync_folder)?;
    }
    Ok(())
}

/// Makes durable which files are in these folders of the archive.
pub(crate) fn sync_folders(root: &Path, folders: &[&Path]) -> io::Result<()> {
    #[cfg(target_os = "linux")]
    if folders.len() > 8 {
        return Ok(rustix::fs::syncfs(File::open(root)?)?);
    }
    let _ = root;
    folders.iter().try_for_each(|folder| sync_folder(folder))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flags(text: &str) -> Flags {
        text.split_whitespace().map(|flag| flag.parse::<Flag>().unwrap()).collect()
    }

    #[test]
    fn file_names_tell_what_they_are() {
        let name = file_name(1_700_000_000, 7, 42, 1234, "FS");
        assert_eq!(name, "1700000000.V7U42.imap,S=1234:2,FS");
        assert_eq!(identity(&name), Some((7, 42)));
        assert_eq!(size_in(&name), Some(1234));
        assert_eq!(with_info(&name, "T"), "1700000000.V7U42.imap,S=1234:2,T");
        for foreign in ["1700000000.M1P2.host:2,S", "x.V1U2.other", "", "1.V1Ux.imap,S=1:2,"] {
            assert_eq!(identity(foreign), None, "{foreign}");
        }
    }

    #[test]
    fn letters_are_sorted_and_keywords_keep_theirs() {
        let dir = tempfile::tempdir().unwrap();
        let mut maildir = Maildir::open(dir.path(), "INBOX", false).unwrap();
        assert_eq!(maildir.info(&flags("\\Seen $Junk \\Flagged")).unwrap(), "FSa");
        assert_eq!(maildir.info(&flags("\\Draft work $junk")).unwrap(), "Dab");
        let mut again = Maildir::open(dir.path(), "INBOX", false).unwrap();
        assert_eq!(again.info(&flags("work")).unwrap(), "b");
        assert_eq!(fs::read_to_string(dir.path().join("INBOX/dovecot-keywords")).unwrap(), "0 $Junk\n1 work\n");
        let many: Flags = (0..40).map(|n| format!("k{n}").parse::<Flag>().unwrap()).collect();
        assert_eq!(again.info(&many).unwrap().len(), 24);
    }

    #[test]
    fn what_an_interrupted_run_left_is_removed_and_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        let maildir = Maildir::open(dir.path(), "INBOX", false).unwrap();
        fs::write(maildir.temporary(1, 2), "half").unwrap();
        for foreign in ["1700000000.M1P2.host", "Valuable.imap", "V1U.imap", "V1U2x.imap"] {
            fs::write(dir.path().join("INBOX/tmp").join(foreign), "another program's").unwrap();
        }
        fs::create_dir(maildir.temporary(1, 3)).unwrap();
        fs::write(maildir.current("5.V1U9.imap,S=3:2,S"), "abc").unwrap();
        let maildir = Maildir::open(dir.path(), "INBOX", false).unwrap();
        assert!(!maildir.temporary(1, 2).exists());
        assert_eq!(fs::read_dir(dir.path().join("INBOX/tmp")).unwrap().count(), 5);
        assert_eq!(maildir.messages().unwrap().get((1, 9)).unwrap().as_deref(), Some("5.V1U9.imap,S=3:2,S"));
    }

    #[test]
    fn only_regular_files_are_messages() {
        let dir = tempfile::tempdir().unwrap();
        let maildir = Maildir::open(dir.path(), "INBOX", false).unwrap();
        fs::create_dir(maildir.current("5.V1U9.imap,S=4096:2,")).unwrap();
        fs::write(maildir.current("5.V1U8.imap,S=3:2,"), "abc").unwrap();
        let found = maildir.messages().unwrap().after(None, 9).unwrap();
        assert_eq!(found.into_iter().map(|(message, _)| message).collect::<Vec<_>>(), [(1, 8)]);
    }

    #[test]
    fn keywords_of_other_programs_are_kept_as_they_are() {
        let dir = tempfile::tempdir().unwrap();
        drop(Maildir::open(dir.path(), "INBOX", false).unwrap());
        let path = dir.path().join("INBOX").join(KEYWORDS_FILE);
        fs::write(&path, b"0 b\xf6se\n2 work\r\n\xff\xfe\n").unwrap();
        let mut maildir = Maildir::open(dir.path(), "INBOX", false).unwrap();
        assert_eq!(maildir.info(&flags("work new")).unwrap(), "cd");
        assert_eq!(fs::read(&path).unwrap(), b"0 b\xf6se\n1 \n2 work\n3 new\n");
    }

    #[cfg(unix)]
    #[test]
    fn keywords_are_not_written_through_a_link() {
        let dir = tempfile::tempdir().unwrap();
        let mut maildir = Maildir::open(dir.path(), "INBOX", false).unwrap();
        let victim = dir.path().join("victim");
        fs::write(&victim, "precious").unwrap();
        std::os::unix::fs::symlink(&victim, maildir.path().join(NEW_KEYWORDS_FILE)).unwrap();
        assert_eq!(maildir.info(&flags("work")).unwrap(), "a");
        assert_eq!(fs::read_to_string(&victim).unwrap(), "precious");
        assert_eq!(fs::read_to_string(maildir.path().join(KEYWORDS_FILE)).unwrap(), "0 work\n");
    }
}
