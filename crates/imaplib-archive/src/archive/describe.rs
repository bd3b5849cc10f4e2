//! The files in which an archive describes itself and its mailboxes, for those who read it without this program.

use std::collections::HashSet;
use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use imaplib::types::{Listing, MailboxAttribute, MailboxStatus};
use serde_json::{Value, json};

use crate::archive::Archive;
use crate::error::{ArchiveError, Result};
use crate::file_system::sync_folder;
use crate::index::stored::Which;
use crate::index::{self, About, MailboxRow};
use crate::log::hexadecimal;
use crate::maildir::{self, DESCRIPTION};
use crate::private;

/// The version of the archive's form on the disk.
const FORMAT: u32 = 2;

pub(super) const README: &str = "README.txt";
pub(super) const ARCHIVE: &str = "archive.json";
/// A file while it is written.
const NEW_FILE: &str = ".imap-backup.new";

/// The file of a mailbox while it is written.
const NEW_MAILBOX: &str = ".mailbox.json.new";

const README_TEXT: &str = "\
This folder is an archive of a mail account, made by `imap backup`. No program is needed to read it.

NAME/cur/          the messages of a mailbox, one in each file, as they were sent (RFC 5322). Mail programs open such a
                   folder as a Maildir.
NAME/.mailbox.json the true name of the mailbox: folder names have %XX for bytes that not every file system allows.
.gone/NAME/cur/    the same of messages that have left the server.
.log/000001.jsonl  what the archive has noted of each message, one JSON object a line: flags, dates, the SHA-256 of the file.
archive.json       whose mail this is, and the version of this form.

The name of a file is DATE.VuidvalidityUuid.imap,S=SIZE:2,FLAGS: when the message arrived, in seconds since 1970; its two
numbers on the server; its size in bytes; and its flags, of which D is a draft, F flagged, R answered, S seen, T deleted, and
small letters are the keywords in the file dovecot-keywords beside cur.

.imap-backup.sqlite can be removed: `imap archive rebuild` makes it again from the log.
";

impl About {
    /// What the server lists of a mailbox, beside what is known already.
    fn updated(&self, listing: &Listing, status: Option<&MailboxStatus>, subscribed: Option<bool>) -> Self {
        let uses = listing.attributes.iter().filter(MailboxAttribute::is_special_use);
        let uses: Vec<String> = uses.map(|used| String::from_utf8_lossy(used.as_bytes()).into_owned()).collect();
        let id = status.and_then(|status| status.mailbox_id.as_ref());
        Self {
            delimiter: listing.delimiter.map(String::from),
            mailbox_id: id
                .map(|id| String::from_utf8_lossy(id.as_bytes()).into_owned())
                .or_else(|| self.mailbox_id.clone()),
            special_use: Some(uses.join(" ")).filter(|uses| !uses.is_empty()),
            subscribed: listing.has(&MailboxAttribute::Subscribed).then_some(true).or(subscribed).or(self.subscribed),
        }
    }
}

impl Archive {
    /// Notes what the server lists of the mailboxes beside their names, and the subscriptions, if it was asked for them.
    pub(crate) fn note_about<'a>(
        &mut self,
        listed: impl Iterator<Item = (&'a Listing, Option<&'a MailboxStatus>)>,
        subscribed: Option<&HashSet<Vec<u8>>>,
    ) -> Result<()> {
        let mut changed = Vec::new();
        for (listing, status) in listed {
            let key = index::key(&listing.name);
            let Some(row) = self.known.get_mut(&key) else { continue };
            let about = row.about.updated(listing, status, subscribed.map(|subscribed| subscribed.contains(&key)));
            if about != row.about {
                row.about = about.clone();
                changed.push((row.id, about));
            }
        }
        self.index.set_about(&changed)
    }

    /// Writes the files about the archive where they are not there. A folder of a mailbox with such a name stays as it is.
    pub(crate) fn describe_itself(&self) -> Result<()> {
        let account = self.index.identity()?.map(|(identity, _)| identity);
        let about = json!({
            "format": FORMAT,
            "account": account,
            "program": concat!("imaplib-archive ", env!("CARGO_PKG_VERSION")),
        });
        for (name, text) in [(README, README_TEXT.to_owned()), (ARCHIVE, format!("{about:#}\n"))] {
            let path = self.root().join(name);
            let is_right = match fs::symlink_metadata(&path) {
                Ok(metadata) if metadata.is_file() => fs::read_to_string(&path).is_ok_and(|there| there == text),
                Ok(_) => true,
                Err(_) => false,
            };
            if !is_right {
                let new = self.root().join(NEW_FILE);
                let explain = |error: io::Error| ArchiveError::io("write", &path, error);
                write(&new, text.as_bytes()).and_then(|file| file.sync_all()).map_err(explain)?;
                fs::rename(&new, &path).map_err(explain)?;
                sync_folder(self.root()).map_err(explain)?;
            }
        }
        Ok(())
    }

    /// Brings an archive of an older format up to date: what has gone from the server leaves the live tree. A crash at any
    /// point of it leaves an archive of the older format, with some files in their new places.
    pub(super) fn upgrade(&self) -> Result<()> {
        match format_of(&self.root().join(ARCHIVE)) {
            Some(format) if format > u64::from(FORMAT) => {
                return Err(ArchiveError::NewerFormat { database: self.root().join(ARCHIVE) });
            }
            Some(format) if format == u64::from(FORMAT) => return Ok(()),
            _ if self.known.is_empty() => return Ok(()),
            _ => {}
        }
        for row in self.known.values() {
            // What cannot be moved is tried again, and reported, by the next run.
            match row.gone {
                true => drop(self.put_away(row)?),
                false => drop(self.arrange(row, Which::Gone)?),
            }
        }
        self.describe_itself()
    }

    /// Writes the file of each mailbox of which something has changed; they are made durable together.
    pub(crate) fn describe_mailboxes(&mut self) -> Result<()> {
        let mut changed = Vec::new();
        for (key, row) in &self.known {
            let text = description(row, key);
            let is_noted = row.described.as_ref() == Some(&text);
            if row.uid_validity != 0 && !is_noted && private::has_folder(&self.root, &row.dir) {
                changed.push((row.id, row.dir.clone(), text));
            }
        }
        if changed.is_empty() {
            return Ok(());
        }
        let mut files = Vec::new();
        for (_, dir, text) in &changed {
            let path = self.root().join(dir).join(NEW_MAILBOX);
            write(&path, text.as_bytes()).map_err(|error| ArchiveError::io("write", &path, error))?;
            files.push(path);
        }
        maildir::sync_files(self.root(), self.root(), &files, false)
            .map_err(|error| ArchiveError::io("write to", self.root(), error))?;
        for file in &files {
            let explain = |error: io::Error| ArchiveError::io("rename", file, error);
            fs::rename(file, file.with_file_name(DESCRIPTION)).map_err(explain)?;
        }
        let folders: Vec<&Path> = files.iter().filter_map(|file| file.parent()).collect();
        maildir::sync_folders(self.root(), &folders)
            .map_err(|error| ArchiveError::io("write to", self.root(), error))?;
        let noted: Vec<(i64, String)> = changed.into_iter().map(|(id, _, text)| (id, text)).collect();
        self.index.set_described(&noted)?;
        for (id, text) in noted {
            self.known.values_mut().filter(|row| row.id == id).for_each(|row| row.described = Some(text.clone()));
        }
        Ok(())
    }
}

/// The version of the archive's form, as its file states it.
fn format_of(path: &Path) -> Option<u64> {
    let about: Value = serde_json::from_reader(private::open_file(path).ok()?).ok()?;
    about.get("format")?.as_u64()
}

/// The contents of a mailbox's file.
fn description(row: &MailboxRow, wire: &[u8]) -> String {
    let uses: Vec<&str> = row.about.special_use.iter().flat_map(|uses| uses.split(' ')).collect();
    let described: Value = json!({
        "name": row.name,
        "wire": hexadecimal(wire),
        "delimiter": row.about.delimiter,
        "uidvalidity": row.uid_validity,
        "mailbox_id": row.about.mailbox_id,
        "special_use": uses,
        "subscribed": row.about.subscribed,
    });
    format!("{described:#}\n")
}

/// Writes a new file, never through a link to another one.
fn write(path: &Path, text: &[u8]) -> io::Result<fs::File> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = private::create_file(path)?;
    file.write_all(text)?;
    Ok(file)
}
