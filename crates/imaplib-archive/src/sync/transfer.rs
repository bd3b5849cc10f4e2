//! Messages from the server into the Maildir: streamed to files, made durable in batches, then noted in the database.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use imaplib::blocking::{Body, Mailbox};
use imaplib::command::FetchItem;
use imaplib::types::{Uid, UidSet};
use sha2::{Digest as _, Sha256};

use crate::announced_size::TextLength;
use crate::error::{ArchiveError, Leaves, MailboxFault, Result};
use crate::index::{Index, MessageRow};
use crate::isolation::without;
use crate::maildir::{self, Maildir};
use crate::observer::{Event, Finding, Observer, report};
use crate::options::Cancel;
use crate::private;
use crate::sync::attempts::Attempts;
use crate::sync::contradictions::{FurtherTexts, is_of_message, is_whole};
use crate::sync::install::{self, Installed, Installer, Pending};
use crate::sync::plan::{UNKNOWN_FLAGS, canonical};
use crate::sync::reasons::Warnings;
use crate::sync::server_id::ServerId;
use crate::sync::stuck::Stuck;

/// What was transferred.
#[derive(Debug, Default)]
pub(crate) struct Transferred {
    pub(crate) messages: u64,
    pub(crate) bytes: u64,
    /// The messages that have arrived, whole.
    pub(crate) uids: UidSet,
    /// Those of them that are shorter than the server announced.
    pub(crate) short: UidSet,
    /// Those in whose place something else is.
    pub(crate) blocked: UidSet,
    /// Those of which two different texts came, and none is stored.
    pub(crate) contradicted: UidSet,
    /// Those whose keywords cannot be noted.
    pub(crate) stuck: Stuck,
}

impl Transferred {
    pub(crate) fn add(&mut self, other: Self) {
        self.messages += other.messages;
        self.bytes += other.bytes;
        self.uids.extend(other.uids.iter());
        self.short.extend(other.short.iter());
        self.blocked.extend(other.blocked.iter());
        self.contradicted.extend(other.contradicted.iter());
        self.stuck.add(other.stuck);
    }
}

/// What a transfer works on.
pub(crate) struct Transfer<'a> {
    pub(crate) index: &'a mut Index,
    pub(crate) maildir: &'a mut Maildir,
    pub(crate) mailbox: i64,
    pub(crate) name: &'a str,
    pub(crate) uid_validity: u64,
    pub(crate) observer: &'a dyn Observer,
    pub(crate) cancel: &'a Cancel,
    /// The archive's folder.
    pub(crate) root: &'a Path,
    /// Whether the messages are known to be there: an answer that lacks some of them counts as one that broke off.
    pub(crate) are_there: bool,
    /// How the server names contents, which is noted.
    pub(crate) server_id: Option<ServerId>,
}

impl Transfer<'_> {
    /// Fetches the messages. What has arrived whole is kept, also when this ends in an error. A message that the server
    /// cannot send is left out.
    pub(crate) fn run(
        self,
        mailbox: &mut Mailbox<'_>,
        wanted: &UidSet,
        attempts: &mut Attempts,
    ) -> (Transferred, Result<()>) {
        let Self { index, maildir, mailbox: id, name, uid_validity, observer, cancel, root, are_there, server_id } =
            self;
        let (mut done, mut installed) = (Transferred::default(), Installed::default());
        let mut further = FurtherTexts::default();
        let (folder, fresh) = (maildir.path().to_owned(), maildir.is_fresh());
        let place = folder.clone();
        let result = std::thread::scope(|scope| {
            // As much room as a batch has: one is on its way to the disk while the next one arrives.
            let (sender, arrived) = sync_channel(install::MESSAGES);
            let installer = Installer { index: &mut *index, mailbox: id, uid_validity, root, folder, fresh };
            let has = &mut installed;
            let installer = scope.spawn(move || installer.run(&arrived, has));
            let (done, further) = (&mut done, &mut further);
            let maildir = &mut *maildir;
            let received =
                Receiver { maildir, uid_validity, observer, cancel, are_there, server_id, sender, done, further }
                    .receive_all(mailbox, wanted, attempts);
            let outcome = installer.join().unwrap_or_else(|_| Err(broken_off(&place)));
            // The installer's error is the cause when both failed.
            outcome.and(received)
        });
        for (uid, place, error) in &installed.blocked {
            let Some(uid) = Uid::new(*uid) else { continue };
            match error {
                Some(error) => report(observer, name, Finding::NotReplaced(uid, error)),
                None => report(observer, name, Finding::Blocked(uid, place)),
            }
            done.blocked.insert(uid);
        }
        // What came and was not installed counts as not fetched.
        done.uids = installed.uids;
        let contradicted = further.remove_contradicted(index, maildir, (id, uid_validity));
        let result = result.and(contradicted.map(|uids| done.contradicted = uids));
        done.uids = without(&done.uids, &done.contradicted);
        done.messages = done.uids.len();
        (done, result)
    }
}

/// The half that reads from the server.
struct Receiver<'a> {
    maildir: &'a mut Maildir,
    uid_validity: u64,
    observer: &'a dyn Observer,
    cancel: &'a Cancel,
    are_there: bool,
    server_id: Option<ServerId>,
    sender: SyncSender<Pending>,
    done: &'a mut Transferred,
    further: &'a mut FurtherTexts,
}

impl Receiver<'_> {
    /// Asks for fewer messages where the answer breaks off, until it is known which the server cannot send.
    fn receive_all(mut self, mailbox: &mut Mailbox<'_>, wanted: &UidSet, attempts: &mut Attempts) -> Result<()> {
        let isolation = &mut attempts.transfer;
        isolation.begin(wanted);
        while let Some(set) = isolation.next_part() {
            self.cancel.check()?;
            let outcome = self.receive(mailbox, &set);
            let left = without(&set, &self.done.uids);
            let failure = match outcome {
                Ok(()) if self.are_there && !left.is_empty() => {
                    isolation.failed(&left);
                    continue;
                }
                Ok(()) => {
                    isolation.succeeded();
                    continue;
                }
                Err(failure) => failure,
            };
            let is_over = failure.leaves() == Leaves::Archive;
            let is_refusal = failure.leaves() == Leaves::Connection && failure.retry_after().is_none();
            if self.cancel.is_cancelled() || !(is_over || is_refusal) {
                return Err(failure);
            }
            if let Some(uid) = isolation.failed(&left) {
                attempts.unsent.add(uid, &failure);
            }
            if is_over {
                return Err(failure);
            }
        }
        attempts.unsent.add_untried(isolation.untried());
        Ok(())
    }

    /// Whole messages are kept even if the rest never comes.
    fn receive(&mut self, mailbox: &mut Mailbox<'_>, wanted: &UidSet) -> Result<()> {
        let mut items = vec![FetchItem::Flags, FetchItem::InternalDate, FetchItem::Size];
        items.extend(self.server_id.map(ServerId::item));
        items.push(FetchItem::message());
        let mut rows = mailbox.fetch(wanted, items)?;
        let mut warnings = Warnings::new(self.observer);
        while let Some(mut row) = rows.next()? {
            let Some(uid) = row.uid() else { continue };
            // Unsolicited rows of other messages come in between, and a server may send a message twice.
            if !wanted.contains(uid) {
                continue;
            }
            if self.done.uids.contains(uid) {
                self.further.read(uid, &mut row)?;
                continue;
            }
            let path = self.maildir.temporary(self.uid_validity, uid.get());
            let mut copied = None;
            while let Some(mut body) = row.next_body()? {
                if copied.is_none() && is_whole(&body) {
                    copied = Some(copy(&mut body, &path).inspect_err(|_| drop(fs::remove_file(&path)))?);
                }
            }
            // Items may stand behind the body.
            row.finish()?;
            warnings.look(row.data(), row.diagnostics());
            if row.mailbox().and_then(|view| view.uid_validity) != Some(self.uid_validity) {
                let _ = fs::remove_file(&path);
                return Err(ArchiveError::Mailbox(MailboxFault::Recreated));
            }
            let Some((file, length, sha256)) = copied else { continue };
            let size = length.size();
            let announced = row.data().size;
            // A row that says to be two messages is none, nor is one with two texts, and an empty text of a message that has a size is none either.
            if !is_of_message(&row, uid) || (size == 0 && announced.is_some_and(|announced| announced > 0)) {
                let _ = fs::remove_file(&path);
                continue;
            }
            // Nothing at all is no text either, where the server does not announce how much it is.
            let is_short = announced.map_or(size == 0, |announced| length.is_short_of(announced));
            if is_short {
                self.done.short.insert(uid);
            }
            let date = row.internal_date().map(imaplib::types::DateTime::unix_timestamp);
            let flags = row.flags().cloned().unwrap_or_default();
            if let Some(date) = date {
                set_date(&file, date);
            }
            let info = self.maildir.info(&flags);
            let outcome = info.map_err(|error| ArchiveError::io("note the keywords in", self.maildir.path(), error));
            let info = self.done.stuck.note(self.uid_validity, (self.uid_validity, uid.get()), outcome)?;
            // Its flags come again in the next run.
            let flags = if info.is_some() { canonical(&flags) } else { UNKNOWN_FLAGS.to_owned() };
            let info = info.unwrap_or_default();
            let file_name = maildir::file_name(date.unwrap_or_default(), self.uid_validity, uid.get(), size, &info);
            let row = MessageRow {
                uid: uid.get(),
                file: file_name,
                flags,
                size,
                announced,
                is_short,
                internal_date: date,
                zone: row.internal_date().map(imaplib::types::DateTime::offset),
                server_id: self.server_id.and_then(|id| id.read(row.data())),
                sha256: Some(sha256),
            };
            self.add(Pending { temporary: path, row, is_linked: false })?;
            self.done.uids.insert(uid);
            self.cancel.check()?;
        }
        drop(rows);
        self.further.take_events(mailbox, wanted);
        Ok(())
    }

    fn add(&mut self, message: Pending) -> Result<()> {
        let size = message.row.size;
        self.sender.send(message).map_err(|_| broken_off(self.maildir.path()))?;
        self.done.messages += 1;
        self.done.bytes += size;
        self.observer.event(&Event::Arrived);
        Ok(())
    }
}

/// What the installer ended with is the cause; this is what remains to be said if it said nothing.
fn broken_off(folder: &Path) -> ArchiveError {
    ArchiveError::io("write to", folder, io::Error::from(io::ErrorKind::BrokenPipe))
}

/// Copies a body to a new file; returns its length and its SHA-256.
fn copy(body: &mut Body<'_>, path: &Path) -> Result<(File, TextLength, Vec<u8>)> {
    let write_failed = |error: io::Error| ArchiveError::io("write", path, error);
    // Nothing that stands there is written through.
    let mut file = private::create_file(path)
        .or_else(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => fs::remove_file(path).and_then(|()| private::create_file(path)),
            _ => Err(error),
        })
        .map_err(write_failed)?;
    let mut hash = Sha256::new();
    let mut length = TextLength::new();
    while let Some(chunk) = body.chunk()? {
        file.write_all(&chunk).map_err(write_failed)?;
        hash.update(&chunk);
        length.add(&chunk);
    }
    Ok((file, length, hash.finalize().to_vec()))
}

/// The date of arrival as the file's date; a file system that cannot hold it does not stop anything.
pub(crate) fn set_date(file: &File, seconds: i64) {
    let distance = Duration::from_secs(seconds.unsigned_abs());
    let moment: Option<SystemTime> =
        if seconds < 0 { UNIX_EPOCH.checked_sub(distance) } else { UNIX_EPOCH.checked_add(distance) };
    if let Some(moment) = moment {
        let _ = file.set_modified(moment);
    }
}
