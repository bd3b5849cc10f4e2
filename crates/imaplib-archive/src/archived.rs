//! Mailboxes and messages as an archive has them.

use std::path::PathBuf;

use imaplib::types::Flags;

/// A mailbox of an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ArchivedMailbox {
    /// Its name.
    pub name: String,
    /// Its folder, a Maildir.
    pub folder: PathBuf,
    /// The UIDVALIDITY of the mailbox on the server; 0 if it was never brought up to date.
    pub uid_validity: u64,
    /// Whether the server does not list it any more.
    pub is_gone: bool,
    pub(crate) id: i64,
}

/// A message of an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ArchivedMessage {
    /// Its UID. A message whose UID means another one now has the UIDVALIDITY 0 and a number of the archive's own.
    pub uid: u32,
    /// The UIDVALIDITY to which the UID belongs.
    pub uid_validity: u64,
    /// Its flags, as far as they are known.
    pub flags: Flags,
    /// The size of its file, in bytes.
    pub size: u64,
    /// When it arrived (INTERNALDATE), in seconds since 1970.
    pub internal_date: Option<i64>,
    /// The SHA-256 of its file.
    pub sha256: Option<Vec<u8>>,
    /// Whether it is no longer on the server.
    pub is_gone: bool,
    /// The file as it was named when it was noted: a mail program may have renamed it since. [`Archive::read`](crate::Archive::read) finds it.
    pub file: PathBuf,
}
