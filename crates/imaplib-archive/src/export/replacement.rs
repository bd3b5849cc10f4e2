//! A file that is written again, and replaced only where its bytes are other ones.
//!
//! What is written is compared with what is there. Nothing is written as long as they agree: an export that has grown costs the
//! disk one copy, one that is as it was costs it nothing.

use std::fs::{self, File, FileTimes};
use std::io::{self, BufReader, BufWriter, Read as _, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::error::{ArchiveError, Result};
use crate::file_system::sync_folder;
use crate::private;

pub(super) struct Replacement {
    path: PathBuf,
    /// What is there, up to where it was compared.
    old: Option<BufReader<File>>,
    /// This many bytes agree.
    agreed: u64,
    new: Option<(PathBuf, BufWriter<File>)>,
    block: Vec<u8>,
}

impl Replacement {
    /// Of the file `path`, which need not be there. A link or a folder in its place is refused.
    pub(super) fn of(path: &Path) -> Result<Self> {
        let old = match fs::symlink_metadata(path) {
            Ok(metadata) if !metadata.is_file() => {
                return Err(ArchiveError::NotAFile { path: path.to_owned(), is_link: metadata.is_symlink() });
            }
            Ok(_) => Some(File::open(path).map_err(|error| ArchiveError::io("read", path, error))?),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(ArchiveError::io("read", path, error)),
        };
        let (old, block) = (old.map(|file| BufReader::with_capacity(256 << 10, file)), Vec::new());
        Ok(Self { path: path.to_owned(), old, agreed: 0, new: None, block })
    }

    /// Whether what is there continues with these bytes.
    fn agrees(&mut self, bytes: &[u8]) -> io::Result<bool> {
        let Some(old) = &mut self.old else { return Ok(false) };
        self.block.clear();
        old.take(bytes.len() as u64).read_to_end(&mut self.block)?;
        Ok(self.block == bytes)
    }

    /// Begins the new file with the bytes that agree.
    fn begin(&mut self) -> io::Result<&mut BufWriter<File>> {
        if self.new.is_none() {
            let path = temporary(&self.path);
            match fs::remove_file(&path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
            let file = private::create_file(&path)?;
            // Known before anything can fail, so that it is removed.
            let (_, out) = self.new.insert((path, BufWriter::with_capacity(256 << 10, file)));
            if self.agreed > 0 {
                io::copy(&mut File::open(&self.path)?.take(self.agreed), out)?;
            }
        }
        match &mut self.new {
            Some((_, out)) => Ok(out),
            None => Err(io::ErrorKind::NotFound.into()),
        }
    }

    /// Puts the new file in the place of the old one, durably; returns whether there was a difference.
    pub(super) fn finish(self) -> Result<bool> {
        match self.complete()? {
            Some(written) => install(vec![written]).map(|()| true),
            None => Ok(false),
        }
    }

    /// The new file, to be [installed](install), if there is a difference.
    pub(super) fn complete(mut self) -> Result<Option<Written>> {
        let path = self.path.clone();
        let failed = |error| ArchiveError::io("write", &path, error);
        let has_more = |old: &mut BufReader<File>| io::Read::read(old, &mut [0]).map(|length| length > 0);
        let is_longer = self.old.as_mut().map_or(Ok(true), has_more).map_err(failed)?;
        if self.new.is_none() && !is_longer {
            return Ok(None);
        }
        self.begin().and_then(Write::flush).map_err(failed)?;
        let Some((new, out)) = self.new.take() else { return Ok(None) };
        let left = Left(new);
        let file = out.into_inner().map_err(|error| failed(error.into_error()))?;
        Ok(Some(Written { file, left, path }))
    }
}

/// A new file that is whole, and not durable yet.
pub(super) struct Written {
    file: File,
    left: Left,
    path: PathBuf,
}

impl Written {
    /// Sets the date of the file. Not every file system keeps it.
    pub(super) fn set_date(&self, moment: SystemTime) {
        let _ = self.file.set_times(FileTimes::new().set_modified(moment));
    }
}

/// A file without its name, removed unless it was renamed.
struct Left(PathBuf);

impl Drop for Left {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

/// Makes new files of one folder durable, and then renames them to their names: together they wait for the disk about once.
pub(super) fn install(files: Vec<Written>) -> Result<()> {
    for Written { file, path, .. } in &files {
        file.sync_all().map_err(|error| ArchiveError::io("write", path, error))?;
    }
    let folder = files.last().and_then(|written| written.path.parent()).map(Path::to_owned);
    for Written { left, path, .. } in files {
        fs::rename(&left.0, &path).map_err(|error| ArchiveError::io("write", &path, error))?;
    }
    match folder.filter(|folder| !folder.as_os_str().is_empty()) {
        Some(folder) => sync_folder(&folder).map_err(|error| ArchiveError::io("write", &folder, error)),
        None => Ok(()),
    }
}

impl Write for Replacement {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.new.is_none() {
            if self.agrees(bytes)? {
                self.agreed += bytes.len() as u64;
                return Ok(bytes.len());
            }
            self.begin()?;
        }
        match &mut self.new {
            Some((_, out)) => out.write(bytes),
            None => Err(io::ErrorKind::NotFound.into()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.new.as_mut().map_or(Ok(()), |(_, out)| out.flush())
    }
}

impl Drop for Replacement {
    fn drop(&mut self) {
        if let Some((path, _)) = &self.new {
            let _ = fs::remove_file(path);
        }
    }
}

/// The name of the new file before it is whole: what an interrupted run leaves is overwritten by the next.
fn temporary(path: &Path) -> PathBuf {
    let mut name = std::ffi::OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(".part");
    path.with_file_name(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_difference_replaces_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        let write = |parts: &[&str]| {
            let mut out = Replacement::of(&path).unwrap();
            parts.iter().for_each(|part| out.write_all(part.as_bytes()).unwrap());
            (out.finish().unwrap(), fs::read_to_string(&path).unwrap(), fs::read_dir(folder.path()).unwrap().count())
        };
        for (parts, is_new, text) in [
            (&[][..], true, ""),
            (&["one ", "two"], true, "one two"),
            (&["one", " two"], false, "one two"),
            (&["one two", " three"], true, "one two three"),
            (&["one ", "x"], true, "one x"),
            (&["one"], true, "one"),
            (&[], true, ""),
            (&[], false, ""),
        ] {
            assert_eq!(write(parts), (is_new, text.to_owned(), 1), "{parts:?}");
        }
        // A run that ends early leaves everything as it was.
        fs::write(&path, "kept").unwrap();
        let mut out = Replacement::of(&path).unwrap();
        out.write_all(b"other").unwrap();
        drop(out);
        assert_eq!(
            (fs::read_dir(folder.path()).unwrap().count(), fs::read_to_string(&path).unwrap()),
            (1, "kept".into())
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_not_written_through() {
        let folder = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink("/nonexistent/x", folder.path().join("a")).unwrap();
        assert!(matches!(Replacement::of(&folder.path().join("a")), Err(ArchiveError::NotAFile { is_link: true, .. })));
    }
}
