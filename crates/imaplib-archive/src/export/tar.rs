//! An export as a tar stream: the files of an export with a file for each message, in a fixed order and without a clock, so that the
//! same messages are the same bytes.

use std::fs::File;
use std::io::{self, Read as _, Write};
use std::path::Path;

use tar::{Builder, EntryType, Header};

use crate::error::{ArchiveError, ExportFault, Result};
use crate::export::description;
use crate::export::message::{Content, Target};
use crate::export::names;
use crate::messages::ArchivedMessage;

pub(super) struct Stream<'a> {
    builder: Builder<&'a mut dyn Write>,
    folder: String,
}

impl<'a> Stream<'a> {
    /// Begins with the file that states what it is.
    pub(super) fn begin(out: &'a mut dyn Write, description: &str) -> Result<Self> {
        let mut stream = Self { builder: Builder::new(out), folder: String::new() };
        let mut header = header(EntryType::Regular, 0o600, None, description.len() as u64);
        stream.builder.append_data(&mut header, description::FILE, description.as_bytes()).map_err(failed)?;
        Ok(stream)
    }

    pub(super) fn finish(self) -> Result<()> {
        self.builder.into_inner().and_then(Write::flush).map_err(failed)
    }
}

impl Target for Stream<'_> {
    fn begin(&mut self, folder: &str) -> Result<()> {
        folder.clone_into(&mut self.folder);
        let mut header = header(EntryType::Directory, 0o700, None, 0);
        self.builder.append_data(&mut header, format!("{folder}/"), io::empty()).map_err(failed)
    }

    fn has(&mut self, _: &ArchivedMessage) -> Result<bool> {
        Ok(false)
    }

    fn add(&mut self, message: &ArchivedMessage, content: &mut Content) -> Result<u64> {
        let name = format!("{}/{}", self.folder, names::file(message.uid_validity, message.uid));
        let mut header = header(EntryType::Regular, 0o600, message.internal_date, content.length());
        self.builder.append_data(&mut header, name, content.reader()?).map_err(failed)?;
        Ok(0)
    }

    fn end(&mut self) -> Result<u64> {
        Ok(0)
    }
}

fn failed(error: io::Error) -> ArchiveError {
    ArchiveError::io("write", Path::new("the tar stream"), error)
}

fn header(kind: EntryType, mode: u32, date: Option<i64>, size: u64) -> Header {
    let mut header = Header::new_gnu();
    header.set_entry_type(kind);
    header.set_mode(mode);
    header.set_uid(0);
    header.set_gid(0);
    header.set_size(size);
    header.set_mtime(date.and_then(|date| u64::try_from(date).ok()).unwrap_or_default());
    header
}

/// Refuses to replace a file that is not such an export of the same archive. One without a byte is of an interrupted run.
pub(super) fn refuse_other(path: &Path, description: &str) -> Result<()> {
    let failed = |error| ArchiveError::io("read", path, error);
    let file = match std::fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(failed(error)),
        Ok(metadata) if metadata.is_file() && metadata.len() == 0 => return Ok(()),
        Ok(metadata) if metadata.is_file() => File::open(path).map_err(failed)?,
        Ok(metadata) => return Err(ArchiveError::NotAFile { path: path.to_owned(), is_link: metadata.is_symlink() }),
    };
    let mut archive = tar::Archive::new(file);
    let first = archive.entries().ok().and_then(|mut entries| entries.next()?.ok());
    let found = first.filter(|entry| entry.path_bytes().as_ref() == description::FILE.as_bytes());
    let text = found.map(|entry| {
        let mut text = String::new();
        entry.take(64 << 10).read_to_string(&mut text).map(|_| text)
    });
    match text {
        Some(Ok(text)) => description::check(path, &text, description),
        _ => Err(ArchiveError::Export { path: path.to_owned(), fault: ExportFault::OtherFile }),
    }
}
