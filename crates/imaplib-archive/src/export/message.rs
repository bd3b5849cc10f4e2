//! A message on its way out of the archive, and where it goes: its bytes are compared with its SHA-256 before any of them is written.

use std::fs::File;
use std::io::{self, Read, Seek as _, SeekFrom, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use crate::archive::Archive;
use crate::error::{ArchiveError, Result};
use crate::messages::{ArchivedMailbox, ArchivedMessage};

/// A message up to this length is read once, and held in memory meanwhile; a longer one is read twice.
const MAX_HELD: u64 = 1 << 20;

const BLOCK: usize = 64 << 10;

/// Where an export goes.
pub(super) trait Target {
    /// Begins a mailbox, or what has left it: its messages belong into `folder`.
    fn begin(&mut self, folder: &str) -> Result<()>;
    /// Adds a message; returns how many files were written.
    fn add(&mut self, message: &ArchivedMessage, content: &mut Content) -> Result<u64>;
    /// Whether the message is there already, so that it need not be read.
    fn has(&mut self, message: &ArchivedMessage) -> Result<bool>;
    /// Ends the mailbox; returns how many files were written.
    fn end(&mut self) -> Result<u64>;
}

/// The bytes of a message, which are those that were stored.
pub(super) struct Content {
    path: PathBuf,
    source: Source,
    length: u64,
}

enum Source {
    Held(Vec<u8>),
    File(File),
}

impl Content {
    /// Opens the file of a message, and reads it.
    pub(super) fn open(archive: &Archive, mailbox: &ArchivedMailbox, message: &ArchivedMessage) -> Result<Self> {
        let mut file = archive.read(mailbox, message)?;
        let path = message.file.clone();
        let failed = |error| ArchiveError::io("read", &path, error);
        let length = file.metadata().map_err(failed)?.len();
        let is_whole = |sum: &[u8]| message.sha256.as_deref().is_none_or(|expected| expected == sum);
        if length != message.size {
            return Err(ArchiveError::Changed { path });
        }
        if length > MAX_HELD {
            let mut hash = Sha256::new();
            let read = copy(&mut file, &path, |block| {
                hash.update(block);
                Ok(())
            })?;
            if read != length || !is_whole(&hash.finalize()) {
                return Err(ArchiveError::Changed { path });
            }
            return Ok(Self { path, source: Source::File(file), length });
        }
        let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or_default());
        (&mut file).take(MAX_HELD + 1).read_to_end(&mut bytes).map_err(failed)?;
        match bytes.len() as u64 == length && is_whole(&Sha256::digest(&bytes)) {
            true => Ok(Self { path, source: Source::Held(bytes), length }),
            false => Err(ArchiveError::Changed { path }),
        }
    }

    /// How many bytes it has.
    pub(super) fn length(&self) -> u64 {
        self.length
    }

    /// The first of its bytes, in which its header is.
    pub(super) fn beginning(&mut self) -> Result<Vec<u8>> {
        match &mut self.source {
            Source::Held(bytes) => Ok(bytes.get(..BLOCK).unwrap_or(bytes).to_vec()),
            Source::File(file) => {
                let failed = |error| ArchiveError::io("read", &self.path, error);
                let mut bytes = Vec::new();
                file.seek(SeekFrom::Start(0)).map_err(failed)?;
                file.take(BLOCK as u64).read_to_end(&mut bytes).map_err(failed)?;
                Ok(bytes)
            }
        }
    }

    /// Calls `each` with its bytes, one block after the other. That a long file changes between the two readings ends the run.
    pub(super) fn for_each_block(&mut self, mut each: impl FnMut(&[u8]) -> Result<()>) -> Result<()> {
        match &mut self.source {
            Source::Held(bytes) => each(bytes),
            Source::File(file) => {
                file.seek(SeekFrom::Start(0)).map_err(|error| ArchiveError::io("read", &self.path, error))?;
                match copy(file, &self.path, each)? == self.length {
                    true => Ok(()),
                    false => Err(ArchiveError::Changed { path: self.path.clone() }),
                }
            }
        }
    }

    /// Reads exactly its bytes: that there are fewer is an error.
    pub(super) fn reader(&mut self) -> Result<impl Read + '_> {
        let left = self.length;
        let inner: Box<dyn Read + '_> = match &mut self.source {
            Source::Held(bytes) => Box::new(bytes.as_slice()),
            Source::File(file) => {
                file.seek(SeekFrom::Start(0)).map_err(|error| ArchiveError::io("read", &self.path, error))?;
                Box::new(file.take(left))
            }
        };
        Ok(Exactly { inner, left })
    }

    /// Writes its bytes to `out`, which writes to `to`.
    pub(super) fn write_to(&mut self, out: &mut dyn Write, to: &Path) -> Result<()> {
        self.for_each_block(|block| out.write_all(block).map_err(|error| ArchiveError::io("write", to, error)))
    }
}

struct Exactly<R> {
    inner: R,
    left: u64,
}

impl<R: Read> Read for Exactly<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        match self.inner.read(out)? {
            0 if self.left > 0 && !out.is_empty() => Err(io::ErrorKind::UnexpectedEof.into()),
            count => {
                self.left = self.left.saturating_sub(count as u64);
                Ok(count)
            }
        }
    }
}

/// Calls `each` with what is left of a file; returns how much that was.
fn copy(file: &mut File, path: &Path, mut each: impl FnMut(&[u8]) -> Result<()>) -> Result<u64> {
    let (mut block, mut copied) = (vec![0; BLOCK], 0);
    loop {
        match file.read(&mut block) {
            Ok(0) => return Ok(copied),
            Ok(length) => {
                copied += length as u64;
                each(block.get(..length).unwrap_or_default())?;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(ArchiveError::io("read", path, error)),
        }
    }
}
