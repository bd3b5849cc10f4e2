//! An export with a file for each message.

use std::fs::{self, FileTimes};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use crate::error::{ArchiveError, Result};
use crate::export::message::{Content, Target};
use crate::export::names::{self, within};
use crate::export::replacement::Replacement;
use crate::messages::ArchivedMessage;
use crate::private;

pub(super) struct Files<'a> {
    root: &'a Path,
    folder: PathBuf,
}

impl<'a> Files<'a> {
    pub(super) fn new(root: &'a Path) -> Self {
        Self { root, folder: root.to_owned() }
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
        let is_new = file.finish()?;
        if let Some(moment) = moment(message) {
            // Not every file system keeps it: then the file is compared in the next run.
            let times = FileTimes::new().set_modified(moment);
            let _ = fs::File::options().append(true).open(&path).and_then(|file| file.set_times(times));
        }
        Ok(u64::from(is_new))
    }

    fn end(&mut self) -> Result<u64> {
        Ok(0)
    }
}

/// When a message arrived.
fn moment(message: &ArchivedMessage) -> Option<SystemTime> {
    let seconds = u64::try_from(message.internal_date?).ok()?;
    SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds))
}
