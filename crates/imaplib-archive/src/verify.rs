//! What the archive should have and has not, or not as it was.

use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use imaplib::types::{Uid, UidSet};
use sha2::{Digest as _, Sha256};

use crate::error::{ArchiveError, Result};
use crate::files::{Files, Identity};
use crate::index::Index;
use crate::index::lost::Loss;
use crate::maildir::{self, Maildir};
use crate::options::Cancel;
use crate::private;

/// The messages that are not whole.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Findings {
    /// The file is not there.
    pub(crate) missing: UidSet,
    /// The file has another size or another SHA-256.
    pub(crate) damaged: UidSet,
    /// The same of messages from before the mailbox was recreated: no server has them.
    pub(crate) former: Vec<(Identity, Loss)>,
    /// Messages that were noted as lost, and are whole.
    pub(crate) found: Vec<Identity>,
    /// The names of the first damaged files.
    pub(crate) files: Vec<String>,
}

/// This many files of a kind are named.
pub(crate) const MAX_NAMED: usize = 100;

/// How closely to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Depth {
    /// Whether files are there.
    Names,
    /// Their sizes and their checksums.
    Contents,
}

impl Findings {
    /// All that is not whole in the mailbox as it is now.
    pub(crate) fn all(&self) -> UidSet {
        self.missing.iter().chain(self.damaged.iter()).collect()
    }
}

/// Looks at the files of a mailbox that the database knows.
pub(crate) fn examine(
    index: &Index,
    maildir: &Maildir,
    (mailbox, uid_validity): (i64, u64),
    files: &Files,
    depth: Depth,
    cancel: &Cancel,
) -> Result<Findings> {
    let mut found = Findings::default();
    index.for_each_file(mailbox, |(validity, uid), sha256, was_lost| {
        cancel.check()?;
        // What was lost is reported no more, and only its contents show that it is back.
        if was_lost && depth == Depth::Names {
            return Ok(());
        }
        let file = files.get((validity, uid))?;
        let (is_there, is_whole) = match &file {
            None => (false, false),
            Some(_) if depth == Depth::Names => (true, true),
            Some(file) => {
                let path = maildir.place(file);
                match is_whole(&path, maildir::size_in(file), sha256) {
                    Ok(is_whole) => (true, is_whole),
                    // It is as good as damaged, and costs no other message.
                    Err(error) if is_of_one_file(&error) => (true, false),
                    Err(error) => return Err(ArchiveError::io("read", &path, error)),
                }
            }
        };
        if was_lost {
            found.found.extend(is_whole.then_some((validity, uid)));
            return Ok(());
        }
        if let Some(file) = file.filter(|_| !is_whole && found.files.len() < MAX_NAMED) {
            found.files.push(file);
        }
        if !is_whole && validity != uid_validity {
            found.former.push(((validity, uid), if is_there { Loss::Damaged } else { Loss::Missing }));
        } else if !is_whole {
            let set = if is_there { &mut found.damaged } else { &mut found.missing };
            Uid::new(uid).into_iter().for_each(|uid| set.insert(uid));
        }
        Ok(())
    })?;
    Ok(found)
}

pub(crate) fn is_whole(path: &Path, size: Option<u64>, sha256: Option<&[u8]>) -> io::Result<bool> {
    let metadata = match fs::symlink_metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(error),
    };
    // A FIFO would be read for ever.
    if !metadata.is_file() || Some(metadata.len()) != size {
        return Ok(false);
    }
    match sha256 {
        Some(expected) => Ok(sha256_of(path)? == expected),
        None => Ok(true),
    }
}

/// Calls `each` with every file beside the messages.
pub(crate) fn for_each_extra(
    index: &Index,
    maildir: &Maildir,
    mailbox: i64,
    files: &Files,
    mut each: impl FnMut(PathBuf),
) -> Result<()> {
    let folders = ["cur", "new"].map(|folder| maildir.path().join(folder)).into_iter().filter(|folder| folder.is_dir());
    for folder in folders.chain(maildir.gone()) {
        let explain = |error: io::Error| ArchiveError::io("read", &folder, error);
        for entry in fs::read_dir(&folder).map_err(explain)? {
            let name = entry.map_err(explain)?.file_name();
            if let Some((message, name)) = name.to_str().and_then(|name| Some((maildir::identity(name)?, name)))
                && is_noted(index, mailbox, message)?
                && files.get(message)?.as_deref() == Some(name)
            {
                continue;
            }
            each(folder.join(name));
        }
    }
    Ok(())
}

/// Whether a message is noted, also in a row that is bad.
fn is_noted(index: &Index, mailbox: i64, message: Identity) -> Result<bool> {
    match index.file(mailbox, message.0, message.1) {
        Err(ArchiveError::BadRow { .. }) => Ok(true),
        file => file.map(|file| file.is_some()),
    }
}

/// Whether an error at reading is of that file alone: it may not be read, or lies on bad sectors. A disk that fails
/// as a whole also fails to be written.
pub(crate) fn is_of_one_file(error: &io::Error) -> bool {
    /// `EIO` and `EBADMSG`, which have no kind of their own.
    const UNREADABLE: [i32; 2] = [5, 74];
    error.kind() == io::ErrorKind::PermissionDenied
        || cfg!(unix) && error.raw_os_error().is_some_and(|code| UNREADABLE.contains(&code))
}

/// The SHA-256 of a file.
pub(crate) fn sha256_of(path: &Path) -> io::Result<Vec<u8>> {
    let (mut hash, mut file, mut block) = (Sha256::new(), private::open_contents(path)?, vec![0; 64 << 10]);
    loop {
        match file.read(&mut block) {
            Ok(0) => return Ok(hash.finalize().to_vec()),
            Ok(length) => hash.update(block.get(..length).unwrap_or_default()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// Whether two files hold the same bytes.
pub(crate) fn are_equal(one: &Path, other: &Path) -> io::Result<bool> {
    let length = |path: &Path| fs::symlink_metadata(path).map(|metadata| metadata.is_file().then_some(metadata.len()));
    match (length(one), length(other)) {
        (Ok(Some(one)), Ok(Some(other))) if one == other => {}
        _ => return Ok(false),
    }
    let (mut one, mut other) = (private::open_contents(one)?, private::open_contents(other)?);
    let (mut left, mut right) = (Vec::new(), Vec::new());
    loop {
        left.clear();
        right.clear();
        (&mut one).take(64 << 10).read_to_end(&mut left)?;
        (&mut other).take(64 << 10).read_to_end(&mut right)?;
        if left != right {
            return Ok(false);
        }
        if left.is_empty() {
            return Ok(true);
        }
    }
}

/// Notes the SHA-256 of each whole file that has none, as older versions left them; returns of how many.
pub(crate) fn fill(index: &mut Index, maildir: &Maildir, mailbox: i64, files: &Files, cancel: &Cancel) -> Result<u64> {
    /// Made durable together.
    const AT_ONCE: usize = 1000;
    let (mut filled, mut last) = (0, None);
    loop {
        let batch = index.without_sha256(mailbox, last, AT_ONCE)?;
        let Some(end) = batch.last() else { return Ok(filled) };
        last = Some(*end);
        let mut sums = Vec::new();
        for (validity, uid) in batch {
            cancel.check()?;
            let Some(file) = files.get((validity, uid))? else { continue };
            let path = maildir.place(&file);
            let is_whole = is_whole(&path, maildir::size_in(&file), None);
            match is_whole.and_then(|is_whole| is_whole.then(|| sha256_of(&path)).transpose()) {
                Ok(sum) => sums.extend(sum.map(|sum| (validity, uid, sum))),
                Err(error) if is_of_one_file(&error) => {}
                Err(error) => return Err(ArchiveError::io("read", &path, error)),
            }
        }
        filled += sums.len() as u64;
        index.set_sha256(mailbox, &sums)?;
    }
}

#[cfg(test)]
mod tests {
    use imaplib::types::MailboxName;

    use super::*;
    use crate::index::MessageRow;

    #[test]
    fn a_file_that_is_gone_is_not_whole() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("x");
        assert!(!is_whole(&file, Some(1), None).unwrap());
        fs::write(&file, "x").unwrap();
        assert!(is_whole(&file, Some(1), None).unwrap());
        assert!(!is_whole(&file, Some(2), None).unwrap());
        assert!(is_whole(&file.join("y"), Some(1), None).is_err());
    }

    #[test]
    fn an_error_of_one_file_is_not_one_of_the_disk() {
        for (error, expected) in [
            (io::Error::from(io::ErrorKind::PermissionDenied), true),
            (io::Error::from_raw_os_error(5), cfg!(unix)),
            (io::Error::from(io::ErrorKind::StorageFull), false),
            (io::Error::from(io::ErrorKind::StaleNetworkFileHandle), false),
        ] {
            assert_eq!(is_of_one_file(&error), expected, "{error}");
        }
    }

    #[test]
    fn missing_damaged_and_former_messages_are_told_apart() {
        let dir = tempfile::tempdir().unwrap();
        let mut index = Index::open(&dir.path().join("db")).unwrap();
        let mailbox = index.add_mailboxes(&[(&MailboxName::inbox(), "INBOX".to_owned())]).unwrap()[0].id;
        let maildir = Maildir::open(dir.path(), "INBOX", false).unwrap();
        let sha256 = Some(Sha256::digest("abc").to_vec());
        for validity in [2, 3] {
            let change = index.change(mailbox, validity).unwrap();
            for uid in 1..6 {
                let file = maildir::file_name(9, validity, uid, 3, "");
                match (validity, uid) {
                    (2, _) => {}
                    (_, 1) => fs::write(maildir.current(&file), "abc").unwrap(),
                    (_, 2) => fs::write(maildir.current(&file), "abcd").unwrap(),
                    (_, 3 | 4) => fs::write(maildir.current(&file), "abd").unwrap(),
                    _ => {}
                }
                let sha256 = sha256.clone().filter(|_| uid != 4);
                let flags = String::new();
                change
                    .add(&MessageRow {
                        uid,
                        file,
                        flags,
                        size: 3,
                        announced: None,
                        is_short: false,
                        internal_date: None,
                        sha256,
                        ..MessageRow::default()
                    })
                    .unwrap();
            }
            change.commit().unwrap();
        }
        let files = maildir.messages().unwrap();
        let look = |depth| examine(&index, &maildir, (mailbox, 3), &files, depth, &Cancel::default()).unwrap();
        let found = look(Depth::Contents);
        assert_eq!(
            (found.missing.to_string(), found.damaged.to_string(), found.former.len()),
            ("5".into(), "2:3".into(), 5)
        );
        let found = look(Depth::Names);
        assert_eq!(
            (found.missing.to_string(), found.damaged.to_string(), found.former.len()),
            ("5".into(), "".into(), 5)
        );
    }
}
