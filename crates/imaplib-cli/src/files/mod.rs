//! Files that are written whole or not at all, and never overwritten.

pub(crate) mod safe_name;

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::files::safe_name::split_extension;
use imaplib_archive::file_system::sync_folder;

/// The files that are being written: a signal removes them. Whoever names or removes one holds the lock.
static PENDING: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// So often a name is given up that another program has taken meanwhile.
const MAX_RACES: usize = 1000;

fn pending() -> MutexGuard<'static, Vec<PathBuf>> {
    PENDING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A file that has no name of its own before it is whole and durable; removed when dropped.
#[derive(Debug)]
pub(crate) struct Pending {
    folder: PathBuf,
    path: PathBuf,
    file: Option<File>,
}

impl Pending {
    /// Makes a hidden file in the folder.
    pub(crate) fn new(folder: &Path) -> io::Result<Self> {
        let mut pending = pending();
        for number in pending.len().. {
            let path = folder.join(format!(".imap-{}-{number}.part", std::process::id()));
            match OpenOptions::new().write(true).create_new(true).open(&path) {
                Ok(file) => {
                    pending.push(path.clone());
                    return Ok(Self { folder: folder.to_owned(), path, file: Some(file) });
                }
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
        Err(io::ErrorKind::AlreadyExists.into())
    }

    /// Opens what was written, to be read.
    pub(crate) fn reader(&self) -> io::Result<File> {
        File::open(&self.path)
    }

    /// Makes durable what was written.
    pub(crate) fn sync(&mut self) -> io::Result<()> {
        self.file.take().map_or(Ok(()), |file| file.sync_all())
    }

    /// Renames the file to its name; where that name exists, a number is added to it. The name lasts once the folder is synced.
    pub(crate) fn name(mut self, name: &str) -> io::Result<PathBuf> {
        self.sync()?;
        self.give_name(name)
    }

    fn give_name(&self, name: &str) -> io::Result<PathBuf> {
        let _pending = pending();
        // Another program may take the name that was free.
        for _ in 0..MAX_RACES {
            let path = self.free_path(name);
            match self.link(&path) {
                Ok(()) => return Ok(path),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
        Err(io::Error::new(io::ErrorKind::AlreadyExists, format!("the name {name} is taken again and again")))
    }

    /// A path that is free, with the least number if the numbers before it are all taken. Looked for in steps that double,
    /// for thousands of attachments can have one name.
    fn free_path(&self, name: &str) -> PathBuf {
        let (stem, extension) = split_extension(name);
        let path = |number: u64| {
            self.folder.join(if number == 0 { name.to_owned() } else { format!("{stem}-{number}{extension}") })
        };
        // A link that leads nowhere takes a name, too.
        let is_taken = |number: u64| fs::symlink_metadata(path(number)).is_ok();
        if !is_taken(0) {
            return path(0);
        }
        let (mut taken, mut free) = (0, 1);
        while is_taken(free) {
            (taken, free) = (free, free.saturating_mul(2));
        }
        while free - taken > 1 {
            let middle = taken + (free - taken) / 2;
            if is_taken(middle) { taken = middle } else { free = middle }
        }
        path(free)
    }

    /// Never replaces another file.
    fn link(&self, path: &Path) -> io::Result<()> {
        match fs::hard_link(&self.path, path) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                // Not every file system has hard links: there the name is taken first.
                OpenOptions::new().write(true).create_new(true).open(path)?;
                fs::rename(&self.path, path).inspect_err(|_| drop(fs::remove_file(path)))
            }
            result => result,
        }
    }
}

impl io::Write for Pending {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.as_mut().map_or(Err(io::ErrorKind::NotConnected.into()), |file| file.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        let mut pending = pending();
        drop(self.file.take());
        // It is gone already where it was renamed.
        let _ = fs::remove_file(&self.path);
        pending.retain(|path| *path != self.path);
    }
}

/// Makes a folder and those that it is in, durably.
pub(crate) fn make_folder(folder: &Path) -> io::Result<()> {
    let new: Vec<&Path> =
        folder.ancestors().take_while(|path| !path.as_os_str().is_empty() && !path.exists()).collect();
    fs::create_dir_all(folder)?;
    new.into_iter().filter_map(Path::parent).try_for_each(sync_folder)
}

/// From now on SIGHUP, SIGINT and SIGTERM remove the files that are not whole, and end the process.
#[cfg(unix)]
pub(crate) fn remove_pending_on_signals() -> io::Result<()> {
    use std::io::Read as _;
    use std::os::unix::net::UnixStream;

    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

    for signal in [SIGHUP, SIGINT, SIGTERM].into_iter().filter(|signal| !is_ignored(*signal)) {
        let (mut receiver, sender) = UnixStream::pair()?;
        signal_hook::low_level::pipe::register(signal, sender)?;
        // A flag would be looked at only when the server sends something.
        std::thread::spawn(move || {
            if receiver.read_exact(&mut [0]).is_ok() {
                // Held until the end: no other file is begun.
                let pending = pending();
                for path in pending.iter() {
                    let _ = fs::remove_file(path);
                }
                crate::output::note("interrupted: the files that are there are whole");
                std::process::exit(128 + signal);
            }
        });
    }
    Ok(())
}

/// True if whoever started the process wants it to go on in spite of the signal, as `nohup` does.
#[cfg(unix)]
fn is_ignored(signal: i32) -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or_default();
    ignored >> (signal - 1) & 1 == 1
}

#[cfg(not(unix))]
pub(crate) fn remove_pending_on_signals() -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn files_are_never_overwritten() {
        let dir = tempfile::tempdir().unwrap();
        let mut names = Vec::new();
        for number in 0..3 {
            let mut pending = Pending::new(dir.path()).unwrap();
            pending.write_all(number.to_string().as_bytes()).unwrap();
            names.push(pending.name("a.txt").unwrap());
        }
        assert_eq!(names, ["a.txt", "a-1.txt", "a-2.txt"].map(|name| dir.path().join(name)));
        assert_eq!(fs::read(&names[2]).unwrap(), b"2");
        drop(Pending::new(dir.path()).unwrap());
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 3);
    }

    #[test]
    fn a_free_name_is_found_among_thousands() {
        let dir = tempfile::tempdir().unwrap();
        let pending = Pending::new(dir.path()).unwrap();
        let start = std::time::Instant::now();
        for number in 0..5000 {
            let path = pending.free_path("a.tar");
            let wanted = if number == 0 { "a.tar".to_owned() } else { format!("a-{number}.tar") };
            assert_eq!(path, dir.path().join(wanted));
            File::create(path).unwrap();
        }
        // One after the other this would be 12 million looks at the folder. Most of the time is that of making the files.
        assert!(start.elapsed() < std::time::Duration::from_secs(15), "{:?}", start.elapsed());
        // A number that became free again is as good as the next.
        fs::remove_file(dir.path().join("a-3.tar")).unwrap();
        assert!(!pending.free_path("a.tar").exists());
        // A link that leads nowhere is not written through.
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink("/nonexistent/x", dir.path().join("b")).unwrap();
            assert_eq!(pending.free_path("b"), dir.path().join("b-1"));
        }
    }
}
