//! The disk's own floor: the same messages written in the same pattern by a program that does nothing else.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::sync::mpsc::channel;

use crate::outcome::Outcome;
use crate::subjects::Meter;

/// As the tool does: a batch ends with so many messages or bytes.
const MESSAGES: usize = 1000;
const BYTES: usize = 64 << 20;

/// Writes the messages of one Maildir into another: `SOURCE TARGET batch|each`.
pub(crate) fn run(words: &[String]) -> Outcome<()> {
    let [source, target, way] = words else { return Err("disk: source target batch|each".into()) };
    let (each, target) = (way == "each", Path::new(target));
    let mut messages = Vec::new();
    for entry in fs::read_dir(Path::new(source).join("cur"))? {
        let entry = entry?;
        let text = fs::read(entry.path())?;
        messages.push((entry.file_name(), with_cr(&text)));
    }
    messages.sort();
    let (temporary, current) = (target.join("tmp"), target.join("cur"));
    fs::create_dir_all(&temporary)?;
    fs::create_dir_all(&current)?;
    let meter = Meter::start();
    let (sender, written) = channel::<(usize, usize)>();
    let (names, folder, from) = (&messages, current.as_path(), temporary.as_path());
    std::thread::scope(|scope| -> Outcome<()> {
        // While one batch is made durable, the next is written.
        let installer = scope.spawn(move || {
            written.into_iter().try_for_each(|(first, end)| {
                install(names[first..end].iter().map(|(name, _)| name), from, folder, each)
            })
        });
        let (mut first, mut bytes) = (0, 0);
        for (index, (name, text)) in messages.iter().enumerate() {
            let path = temporary.join(name);
            fs::write(&path, text)?;
            if each {
                File::open(&path)?.sync_all()?;
            }
            bytes += text.len();
            let end = index + 1;
            if end - first == MESSAGES || bytes >= BYTES || end == messages.len() {
                sender.send((first, end))?;
                (first, bytes) = (end, 0);
            }
        }
        drop(sender);
        Ok(installer.join().map_err(|_| "a thread failed")??)
    })?;
    meter.end();
    Ok(())
}

/// Makes a batch durable, if it is not yet, and names the files.
fn install<'a>(
    names: impl Iterator<Item = &'a OsString>,
    temporary: &Path,
    current: &Path,
    is_durable: bool,
) -> io::Result<()> {
    if !is_durable {
        sync_all(&File::open(temporary)?);
    }
    for name in names {
        fs::rename(temporary.join(name), current.join(name))?;
    }
    File::open(current)?.sync_all()
}

/// As on the wire.
fn with_cr(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len() + text.len() / 40);
    for byte in text {
        if *byte == b'\n' {
            out.push(b'\r');
        }
        out.push(*byte);
    }
    out
}

/// Makes the whole file system durable, in one call where there is one.
#[allow(unsafe_code)] // The system's call takes a descriptor, which is open.
fn sync_all(folder: &File) {
    #[cfg(target_os = "linux")]
    unsafe {
        libc::syncfs(std::os::fd::AsRawFd::as_raw_fd(folder));
    }
    #[cfg(not(target_os = "linux"))]
    let _ = folder.sync_all();
}
