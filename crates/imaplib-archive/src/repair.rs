//! What of an archive can be repaired without a server: files that are whole and not where they belong, a log and a database.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::archive::Archive;
use crate::error::{ArchiveError, Leaves, Result};
use crate::file_system::sync_folder;
use crate::files::Identity;
use crate::index::MailboxRow;
use crate::maildir::{self, Maildir};
use crate::options::Cancel;
use crate::verify;

/// What was repaired.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Repaired {
    /// Files that have their own name and place again.
    pub renamed: u64,
    /// Messages whose file was found by its contents: under the name of another message, or as a file that was none's.
    pub found: u64,
    /// Whether the database was made from the log.
    pub database: bool,
    /// Whether what the database has was written to the log once more.
    pub log: bool,
}

/// A message whose file is missing, or not as it was stored.
struct Wanted {
    own: PathBuf,
    sha256: Vec<u8>,
}

impl Archive {
    /// Repairs what can be repaired without a server. Nothing is removed: a file is renamed, and only where nothing is replaced by
    /// that. What is still missing or changed then is fetched by a run that [verifies](crate::Options::verify).
    ///
    /// # Errors
    /// If the database or a folder cannot be read or written, or it is cancelled.
    pub fn repair(&mut self, cancel: &Cancel) -> Result<Repaired> {
        let mut repaired =
            Repaired { database: self.was_rebuilt, log: self.log_damage().is_some(), ..Repaired::default() };
        let (mut wanted, mut candidates) = (Vec::new(), HashMap::new());
        let rows: Vec<MailboxRow> = self.rows().cloned().collect();
        for row in &rows {
            repaired.renamed += self.repair_names(row, &mut wanted, &mut candidates, cancel)?;
        }
        for Wanted { own, sha256 } in wanted {
            cancel.check()?;
            let Some(there) = candidates.remove(&sha256) else { continue };
            let explain = |error: io::Error| ArchiveError::io("move", &there, error);
            let displaced = if maildir::is_file(&own) { Some(verify::sha256_of(&own).map_err(explain)?) } else { None };
            match exchange(&there, &own, displaced.is_some()) {
                Ok(()) => repaired.found += 1,
                Err(error) if explain(io::Error::from(error.kind())).leaves() == Leaves::Nothing => {
                    return Err(explain(error));
                }
                Err(_) => continue,
            }
            // What stood there is where the other one was.
            displaced.into_iter().for_each(|sum| drop(candidates.insert(sum, there.clone())));
            for folder in [own.parent(), there.parent()].into_iter().flatten() {
                sync_folder(folder).map_err(explain)?;
            }
        }
        Ok(repaired)
    }

    /// Moves whole files to their names and places; collects the messages whose files are not whole, and by their contents the files that
    /// belong to no message.
    fn repair_names(
        &self,
        row: &MailboxRow,
        wanted: &mut Vec<Wanted>,
        candidates: &mut HashMap<Vec<u8>, PathBuf>,
        cancel: &Cancel,
    ) -> Result<u64> {
        let maildir = Maildir::as_it_is(self.root(), &row.dir);
        if !self.has_folder(row) && maildir.gone().is_none() {
            return Ok(0);
        }
        let files = maildir.messages()?;
        let mut misplaced = Vec::new();
        let mut look = |path: &Path| {
            if let Ok(sum) = verify::sha256_of(path) {
                candidates.insert(sum, path.to_owned());
            }
        };
        self.index.for_each_file(row.id, |message: Identity, sha256, _| {
            cancel.check()?;
            let Some(own) = self.own_path(row, &maildir, message)? else { return Ok(()) };
            let Some(path) = files.get(message)?.map(|file| maildir.place(&file)) else {
                wanted.extend(sha256.map(|sha256| Wanted { own, sha256: sha256.to_vec() }));
                return Ok(());
            };
            match verify::is_whole(&path, own.to_str().and_then(maildir::size_in), sha256) {
                Ok(true) if path != own => misplaced.push((path, own)),
                Ok(true) => {}
                _ => {
                    look(&path);
                    wanted.extend(sha256.map(|sha256| Wanted { own, sha256: sha256.to_vec() }));
                }
            }
            Ok(())
        })?;
        verify::for_each_extra(&self.index, &maildir, row.id, &files, |path| {
            if maildir::is_file(&path) {
                look(&path);
            }
        })?;
        let mut renamed = 0;
        for (path, own) in misplaced {
            let explain = |error: io::Error| ArchiveError::io("rename", &path, error);
            // What stands in the way is not ours.
            if fs::symlink_metadata(&own).is_ok() {
                continue;
            }
            if own.parent() != path.parent() && !own.parent().is_some_and(Path::is_dir) {
                maildir.make_gone().map_err(explain)?;
            }
            renamed += u64::from(fs::rename(&path, &own).is_ok());
        }
        if renamed > 0 {
            maildir.sync().map_err(|error| ArchiveError::io("update", maildir.path(), error))?;
        }
        Ok(renamed)
    }
}

/// Moves a file to another name; what stands there gets its name.
fn exchange(from: &Path, to: &Path, is_taken: bool) -> io::Result<()> {
    if !is_taken {
        return fs::rename(from, to);
    }
    #[cfg(target_os = "linux")]
    {
        use rustix::fs::{CWD, RenameFlags, renameat_with};
        if renameat_with(CWD, from, CWD, to, RenameFlags::EXCHANGE).is_ok() {
            return Ok(());
        }
    }
    // A crash in between leaves a file of no message; its contents show whose it is.
    let mut aside = to.as_os_str().to_owned();
    aside.push(".exchanged");
    fs::rename(to, &aside)?;
    fs::rename(from, to)?;
    fs::rename(&aside, from)
}
