//! Mail is for its owner alone: folders with mode 700, files with mode 600, and no link that leads out of the archive.

use std::fs::{self, File, Metadata};
use std::io;
use std::path::{Path, PathBuf};

use crate::error::{ArchiveError, Result};

/// Makes a new file that only the user can read. Nothing that stands there is written to.
pub(crate) fn create_file(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Opens a file to be read, if it is a regular one: neither is a link followed nor is a FIFO waited for.
pub(crate) fn open_file(path: &Path) -> Result<File> {
    match open_regular(path).map_err(|error| ArchiveError::io("read", path, error))? {
        Ok(file) => Ok(file),
        Err(other) => Err(ArchiveError::NotAFile { path: path.to_owned(), is_link: other.is_symlink() }),
    }
}

/// The same, for what reports errors of the operating system.
pub(crate) fn open_contents(path: &Path) -> io::Result<File> {
    open_regular(path)?.map_err(|_| io::Error::new(io::ErrorKind::InvalidInput, "it is not a regular file"))
}

/// A file, opened to be read; what is there instead if it is not a regular one.
fn open_regular(path: &Path) -> io::Result<Result<File, Metadata>> {
    // Opening a device may already do something.
    let metadata = fs::symlink_metadata(path)?;
    if !metadata.is_file() {
        return Ok(Err(metadata));
    }
    let mut options = File::options();
    options.read(true);
    #[cfg(unix)]
    {
        use rustix::fs::OFlags;
        let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed();
        std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, flags);
    }
    // Something else may have come there meanwhile.
    let file = options.open(path)?;
    let metadata = file.metadata()?;
    Ok(if metadata.is_file() { Ok(file) } else { Err(metadata) })
}

/// Makes the folder and those above it, if they are not there; only the user can look into new ones.
pub(crate) fn make_root(root: &Path) -> io::Result<()> {
    builder().recursive(true).create(root)
}

/// Makes a folder below `root` where there is none; returns whether it did. A link in its way is not followed.
pub(crate) fn make_folder(root: &Path, folder: &str) -> io::Result<bool> {
    let mut made = false;
    for path in levels(root, folder) {
        match fs::symlink_metadata(&path) {
            Ok(metadata) if metadata.is_dir() => {}
            Ok(metadata) => return Err(in_the_way(&path, &metadata)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                builder().create(&path)?;
                made = true;
            }
            Err(error) => return Err(error),
        }
    }
    Ok(made)
}

/// Whether a folder below `root` is there, and not behind a link.
pub(crate) fn has_folder(root: &Path, folder: &str) -> bool {
    levels(root, folder).all(|path| fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_dir()))
}

fn levels<'a>(root: &'a Path, folder: &'a str) -> impl Iterator<Item = PathBuf> + 'a {
    folder.split('/').scan(root.to_owned(), |path, level| {
        path.push(level);
        Some(path.clone())
    })
}

fn in_the_way(path: &Path, metadata: &Metadata) -> io::Error {
    let what = if metadata.is_symlink() { "a link, which is not followed" } else { "not a folder" };
    io::Error::other(format!("{} is {what}: move it away", path.display()))
}

#[cfg_attr(not(unix), allow(unused_mut))]
fn builder() -> fs::DirBuilder {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
}

/// What other users could read of an archive when it was opened; from then on they cannot.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Exposure {
    /// How many files and folders they could read, and cannot any more.
    pub closed: u64,
    /// The first that they still can, and why.
    pub open: Option<(PathBuf, io::Error)>,
}

/// Makes the archive's own files, and the mailboxes' folders with all files in them, unreadable for others.
///
/// The files of a folder are looked at only where others could look into it.
pub(crate) fn close<'a>(root: &Path, files: &[&str], folders: impl Iterator<Item = &'a str>) -> Exposure {
    let mut closed = Exposure::default();
    let all = closed.close(root);
    for file in files {
        closed.close(&root.join(file));
    }
    for folder in folders.filter(|folder| has_folder(root, folder)) {
        let mut is_open = all;
        for level in levels(root, folder) {
            is_open |= closed.close(&level);
        }
        let path = root.join(folder);
        if is_open {
            closed.close_entries(&path);
        }
        for part in ["cur", "new", "tmp"].map(|part| path.join(part)) {
            if fs::symlink_metadata(&part).is_ok_and(|metadata| metadata.is_dir()) && (closed.close(&part) || is_open) {
                closed.close_entries(&part);
            }
        }
    }
    closed
}

impl Exposure {
    /// Closes a file or folder; returns whether it was open to others.
    fn close(&mut self, path: &Path) -> bool {
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode_of = |path: &Path| fs::symlink_metadata(path).map(|metadata| metadata.permissions().mode());
            let Ok(metadata) = fs::symlink_metadata(path) else { return false };
            let mode = metadata.permissions().mode();
            if mode & 0o077 == 0 || !(metadata.is_dir() || metadata.is_file()) {
                return false;
            }
            let done = fs::set_permissions(path, fs::Permissions::from_mode(mode & 0o700));
            // Some file systems keep no modes, and say nothing.
            match done.and_then(|()| mode_of(path)) {
                Ok(now) if now & 0o077 == 0 => self.closed += 1,
                Ok(_) => self.fails(path, io::Error::other("the file system keeps no modes")),
                Err(error) => self.fails(path, error),
            }
            true
        }
        #[cfg(not(unix))]
        {
            let _ = path;
            false
        }
    }

    #[cfg(unix)]
    fn fails(&mut self, path: &Path, error: io::Error) {
        self.open.get_or_insert_with(|| (path.to_owned(), error));
    }

    /// The files in a folder; folders are mailboxes of their own.
    fn close_entries(&mut self, folder: &Path) {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            if entry.file_type().is_ok_and(|kind| kind.is_file()) {
                self.close(&entry.path());
            }
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::symlink_metadata(path).map_or(0, |metadata| metadata.permissions().mode() & 0o777)
    }

    #[test]
    fn what_others_can_read_is_closed_once() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("archive");
        for (folder, is_open) in [("", true), ("A", true), ("A/B", false), ("A/B/cur", true)] {
            let path = root.join(folder);
            fs::create_dir_all(&path).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(if is_open { 0o755 } else { 0o700 })).unwrap();
        }
        for file in ["db", "A/B/cur/mail", "A/B/keywords", "stranger"] {
            fs::write(root.join(file), "x").unwrap();
            fs::set_permissions(root.join(file), fs::Permissions::from_mode(0o644)).unwrap();
        }
        let outside = dir.path().join("outside");
        fs::write(&outside, "x").unwrap();
        fs::set_permissions(&outside, fs::Permissions::from_mode(0o644)).unwrap();
        symlink(&outside, root.join("A/B/cur/link")).unwrap();
        let closed = close(&root, &["db", "none"], ["A/B", "gone"].into_iter());
        assert_eq!((closed.closed, closed.open.is_none()), (6, true));
        for folder in ["", "A", "A/B", "A/B/cur"] {
            assert_eq!(mode(&root.join(folder)), 0o700, "{folder}");
        }
        for file in ["db", "A/B/cur/mail", "A/B/keywords"] {
            assert_eq!(mode(&root.join(file)), 0o600, "{file}");
        }
        assert_eq!((mode(&root.join("stranger")), mode(&outside)), (0o644, 0o644));
        assert_eq!(close(&root, &["db"], ["A/B"].into_iter()).closed, 0);
    }

    #[test]
    fn no_folder_is_made_behind_a_link() {
        let dir = tempfile::tempdir().unwrap();
        let (root, outside) = (dir.path().join("archive"), dir.path().join("outside"));
        make_root(&root).unwrap();
        fs::create_dir(&outside).unwrap();
        assert!(make_folder(&root, "A/cur").unwrap() && !make_folder(&root, "A/cur").unwrap());
        assert_eq!((mode(&root), mode(&root.join("A"))), (0o700, 0o700));
        for (link, folder) in [("B", "B/cur"), ("A/new", "A/new"), ("A/dangling", "A/dangling")] {
            let target = if link.contains("dangling") { dir.path().join("none") } else { outside.clone() };
            symlink(target, root.join(link)).unwrap();
            let error = make_folder(&root, folder).unwrap_err();
            assert!(error.to_string().contains("is a link"), "{error}");
            assert!(!has_folder(&root, folder));
        }
        fs::write(root.join("C"), "x").unwrap();
        assert!(make_folder(&root, "C/cur").unwrap_err().to_string().contains("not a folder"));
        assert_eq!(fs::read_dir(outside).unwrap().count(), 0);
    }
}
