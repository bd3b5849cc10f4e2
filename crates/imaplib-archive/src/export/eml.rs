//! An export with a file for each message.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use crate::error::{ArchiveError, Result};
use crate::export::message::{Content, Target};
use crate::export::names::{self, within};
use crate::export::replacement::{Replacement, Written, install};
use crate::messages::ArchivedMessage;
use crate::private;

/// This many files are made durable together.
const AT_ONCE: usize = 128;

pub(super) struct Files<'a> {
    root: &'a Path,
    folder: PathBuf,
    written: Vec<Written>,
}

impl<'a> Files<'a> {
    pub(super) fn new(root: &'a Path) -> Self {
        Self { root, folder: root.to_owned(), written: Vec::new() }
    }

    fn path(&self, message: &ArchivedMessage) -> PathBuf {
        self.folder.join(names::file(message.uid_validity, message.uid))
    }
}

impl Target for Files<'_> {
    fn begin(&mut self, folder: &str) -> Result<()> {
        self.folder = within(self.root, folder);
        let made = private::make_folder(self.root, folder);
        made.map(drop).map_err(|error| ArchiveError::io("make", &self.folder, error))
    }

    /// By size and date: what was exported once is not read again. A file with another date is compared.
    fn has(&mut self, message: &ArchivedMessage) -> Result<bool> {
        let Ok(metadata) = fs::symlink_metadata(self.path(message)) else { return Ok(false) };
        let has_date = match moment(message) {
            Some(moment) => metadata.modified().is_ok_and(|modified| modified == moment),
            None => true,
        };
        Ok(metadata.is_file() && metadata.len() == message.size && has_date)
    }

    fn add(&mut self, message: &ArchivedMessage, content: &mut Content) -> Result<u64> {
        let path = self.path(message);
        let mut file = Replacement::of(&path)?;
        content.write_to(&mut file, &path)?;
        let Some(written) = file.complete()? else {
            // It was only dated otherwise.
            if let (Some(moment), Ok(file)) = (moment(message), fs::File::options().append(true).open(&path)) {
                let _ = file.set_modified(moment);
            }
            return Ok(0);
        };
        if let Some(moment) = moment(message) {
            written.set_date(moment);
        }
        self.written.push(written);
        if self.written.len() >= AT_ONCE {
            self.end()?;
        }
        Ok(1)
    }

    fn end(&mut self) -> Result<u64> {
        install(std::mem::take(&mut self.written)).map(|()| 0)
    }
}

/// When a message arrived.
fn moment(message: &ArchivedMessage) -> Option<SystemTime> {
    let seconds = u64::try_from(message.internal_date?).ok()?;
    SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds))
}
