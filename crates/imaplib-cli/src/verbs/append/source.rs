//! What the user names, as messages: a file with one message, an mbox file, a Maildir, a folder of files.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::SystemTime;

use imaplib::types::{DateTime, Flags};

use super::content::Place;
use super::limit::Limit;
use super::maildir;
use super::mbox::{self, FROM};
use crate::error::{Failure, Result};
use crate::output;

/// Folders within folders are entered up to this depth.
const MAX_DEPTH: usize = 64;

/// The folder in which an archive keeps what has left the server.
const GONE: &str = ".gone";

/// A message that is to be appended.
#[derive(Debug, Clone)]
pub(super) struct Item {
    pub(super) file: PathBuf,
    /// Its number in an mbox file, from 1.
    pub(super) number: Option<u64>,
    pub(super) place: Place,
    pub(super) flags: Flags,
    /// When it arrived, where that is known.
    pub(super) date: Option<DateTime>,
}

impl Item {
    /// What it is called in messages.
    pub(super) fn name(&self) -> String {
        match self.number {
            Some(number) => format!("{}, message {number}", self.file.display()),
            None => self.file.display().to_string(),
        }
    }

    fn of_file(path: &Path) -> Self {
        let (file, place) = (path.to_owned(), Place::File(path.to_owned()));
        Self { file, number: None, place, flags: Flags::new(), date: None }
    }
}

/// The messages that were found, and what could not be read.
#[derive(Default)]
pub(super) struct Collected {
    pub(super) items: Vec<Item>,
    pub(super) failures: Vec<Failure>,
    /// Files that are not taken for messages.
    ignored: u64,
}

/// Finds the messages of all paths, in their order.
pub(super) fn collect(paths: &[PathBuf], is_recursive: bool, limit: Limit) -> Collected {
    let mut found = Collected::default();
    for path in paths {
        if let Err(failure) = found.add(path, is_recursive, limit) {
            found.failures.push(failure);
        }
    }
    if found.ignored > 0 {
        let files = output::count(found.ignored, "file");
        output::note(&format!("{files} left alone: of folders, files named .eml and .mbox are messages"));
    }
    found
}

impl Collected {
    fn add(&mut self, path: &Path, is_recursive: bool, limit: Limit) -> Result<()> {
        if path.as_os_str() == "-" {
            return self.add_stream(path, &mut io::stdin().lock(), limit);
        }
        let metadata = fs::metadata(path).map_err(|error| Failure::file("open", path, &error))?;
        if metadata.is_dir() {
            let before = self.items.len() + self.failures.len();
            self.add_folder(path, is_recursive, 0)?;
            if before == self.items.len() + self.failures.len() {
                return Err(no_messages(path, is_recursive));
            }
            return Ok(());
        }
        if !metadata.is_file() {
            let mut file = fs::File::open(path).map_err(|error| Failure::file("open", path, &error))?;
            return self.add_stream(path, &mut file, limit);
        }
        self.add_file(path, None)
    }

    /// A file that is read once, and held in memory. Programs that deliver mail write a line before it as in an mbox.
    fn add_stream(&mut self, path: &Path, input: &mut dyn Read, limit: Limit) -> Result<()> {
        let mut bytes = Vec::new();
        let most = limit.least().saturating_add(1);
        input.take(most).read_to_end(&mut bytes).map_err(|error| Failure::file("read", path, &error))?;
        if bytes.starts_with(FROM) {
            let end = bytes.iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |at| at + 1);
            bytes.drain(..end);
        }
        self.items.push(Item { place: Place::Held(Rc::from(bytes)), ..Item::of_file(path) });
        Ok(())
    }

    /// A file with one message, or an mbox file.
    fn add_file(&mut self, path: &Path, date: Option<DateTime>) -> Result<()> {
        let failed = |error: io::Error| Failure::file("read", path, &error);
        if !mbox::is_mbox(path).map_err(|error| Failure::file("open", path, &error))? {
            self.items.push(Item { date, ..Item::of_file(path) });
            return Ok(());
        }
        let found = mbox::find(path).map_err(failed)?;
        self.items.extend((1..).zip(found).map(|(number, found)| Item {
            file: path.to_owned(),
            number: Some(number),
            place: Place::Part {
                file: path.to_owned(),
                offset: found.offset,
                length: found.length,
                is_quoted: found.is_quoted,
            },
            flags: found.flags,
            date: found.date,
        }));
        Ok(())
    }

    /// A Maildir, or the messages and mbox files in a folder; and what is in the folders within, if that is wanted.
    fn add_folder(&mut self, folder: &Path, is_recursive: bool, depth: usize) -> Result<()> {
        let failed = |error: io::Error| Failure::file("read", folder, &error);
        let is_maildir = maildir::is_maildir(folder);
        if is_maildir {
            let messages = maildir::messages(folder).map_err(failed)?;
            self.items.extend(messages.into_iter().map(|(path, flags)| Item {
                date: modified(&path),
                flags,
                ..Item::of_file(&path)
            }));
        }
        let mut paths = Vec::new();
        for entry in fs::read_dir(folder).map_err(failed)? {
            paths.push(entry.map_err(failed)?.path());
        }
        paths.sort_unstable();
        for path in paths {
            // A link to a folder may lead in circles.
            let is_folder = fs::symlink_metadata(&path).is_ok_and(|metadata| metadata.is_dir());
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let is_own = name == GONE || (is_maildir && matches!(name.as_str(), "cur" | "new" | "tmp"));
            let added = match is_folder {
                true if !is_recursive || is_own || depth >= MAX_DEPTH => Ok(()),
                true => self.add_folder(&path, true, depth + 1),
                // Beside the messages of a Maildir are files of programs.
                false if is_maildir || name.starts_with('.') => Ok(()),
                false if has_extension(&path, "eml") || has_extension(&path, "mbox") => {
                    self.add_file(&path, modified(&path))
                }
                false => {
                    self.ignored += 1;
                    Ok(())
                }
            };
            self.failures.extend(added.err());
        }
        Ok(())
    }
}

fn no_messages(path: &Path, is_recursive: bool) -> Failure {
    let failure = Failure::usage(format!("{} holds no messages", path.display()));
    match is_recursive {
        true => failure.hint("messages are in files named .eml or .mbox, or in a Maildir: a folder with cur and new"),
        false => failure.hint(
            "messages are in files named .eml or .mbox, or in a Maildir; --recursive looks into the folders within",
        ),
    }
}

fn has_extension(path: &Path, wanted: &str) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case(wanted))
}

/// The date of a file, in which programs keep when a message arrived.
fn modified(path: &Path) -> Option<DateTime> {
    let modified = fs::metadata(path).and_then(|metadata| metadata.modified()).ok()?;
    let seconds = modified.duration_since(SystemTime::UNIX_EPOCH).ok()?.as_secs();
    DateTime::from_unix(i64::try_from(seconds).ok()?).ok()
}
