//! Attachments that `get` saves into a folder of its own.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use super::{Run, imap_as_alice};

/// What is in a folder, by the names.
pub fn files(folder: &Path) -> BTreeMap<String, String> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    entries
        .map(|entry| {
            let content = fs::read(entry.path()).unwrap();
            (entry.file_name().into_string().unwrap(), String::from_utf8_lossy(&content).into_owned())
        })
        .collect()
}

/// Saves the attachments of these messages; returns them by their names.
pub fn get(url: &str, uids: &str) -> (Run, BTreeMap<String, String>) {
    let dir = tempfile::tempdir().unwrap();
    let run = imap_as_alice(&["get", url, "INBOX", uids, "--attachments", "-o", dir.path().to_str().unwrap()]);
    let files = files(dir.path());
    (run, files)
}

pub fn names(files: &BTreeMap<String, String>) -> Vec<&str> {
    files.keys().map(String::as_str).collect()
}
