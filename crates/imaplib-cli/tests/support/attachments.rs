//! Messages with attachments, and those that `get` saves into a folder of its own.

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

/// A multipart/mixed message of these parts.
pub fn mixed(parts: &[&str]) -> Vec<u8> {
    let parts: String = parts.iter().map(|part| format!("--cut\r\n{part}\r\n")).collect();
    format!("Subject: x\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=cut\r\n\r\n{parts}--cut--\r\n")
        .into_bytes()
}

pub const TEXT: &str = "Content-Type: text/plain\r\n\r\nhello\r\n";
pub const PDF: &str =
    "Content-Type: application/pdf; name=a.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\nSGVsbG8=\r\nV29ybGQ=\r\n";

/// Text that makes a message so long that its parts are fetched one by one.
pub fn filler() -> String {
    format!("Content-Type: text/plain\r\n\r\n{}", "All work and no play.\r\n".repeat(2000))
}
