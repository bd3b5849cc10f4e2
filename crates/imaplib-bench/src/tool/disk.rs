//! The disk's own floor: the same messages written in the same pattern by a program that does nothing else.

use std::fs::{self, File};
use std::path::Path;

use crate::subjects::{Meter, Outcome};

/// As the tool does: a batch ends with so many messages or octets.
const MESSAGES: usize = 1000;
const OCTETS: usize = 64 << 20;

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
    let (mut first, mut octets) = (0, 0);
    for (index, (name, text)) in messages.iter().enumerate() {
        let path = temporary.join(name);
        fs::write(&path, text)?;
        if each {
            File::open(&path)?.sync_all()?;
        }
        octets += text.len();
        if index + 1 - first == MESSAGES || octets >= OCTETS || index + 1 == messages.len() {
            if !each {
                sync_all(&File::open(&temporary)?);
            }
            for (name, _) in &messages[first..=index] {
                fs::rename(temporary.join(name), current.join(name))?;
            }
            File::open(&current)?.sync_all()?;
            (first, octets) = (index + 1, 0);
        }
    }
    meter.end();
    Ok(())
}

/// As on the wire.
fn with_cr(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len() + text.len() / 40);
    for octet in text {
        if *octet == b'\n' {
            out.push(b'\r');
        }
        out.push(*octet);
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
