//! Messages from the server into the Maildir: streamed to files, made durable in batches, then noted in the database.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use imaplib::blocking::{Body, Mailbox};
use imaplib::command::FetchItem;
use imaplib::types::{Section, Uid, UidSet};
use sha2::{Digest as _, Sha256};

use super::attempts::Attempts;
use super::batch::{self, Installer, Pending};
use super::interrupt::Interrupt;
use super::listing::made_anew;
use super::maildir::{self, Maildir};
use super::plan::canonical;
use super::private;
use super::state::{MessageRow, State};
use crate::asked::{is_of_message, is_whole};
use crate::exit::{Cause, Exit, Failure, Result};
use crate::failure::failure;
use crate::isolation::without;
use crate::output::progress::Progress;
use crate::unreadable::Warnings;

/// What was transferred.
#[derive(Debug, Default)]
pub(crate) struct Transferred {
    pub(crate) messages: u64,
    pub(crate) octets: u64,
    /// The messages that have arrived, whole.
    pub(crate) uids: UidSet,
    /// Those of them that are much shorter than the server announced.
    pub(crate) short: UidSet,
    /// Those in whose place something else is.
    pub(crate) blocked: UidSet,
}

impl Transferred {
    pub(crate) fn add(&mut self, other: Self) {
        self.messages += other.messages;
        self.octets += other.octets;
        self.uids.extend(other.uids.iter());
        self.short.extend(other.short.iter());
        self.blocked.extend(other.blocked.iter());
    }
}

/// What a transfer works on.
pub(crate) struct Transfer<'a> {
    pub(crate) state: &'a mut State,
    pub(crate) maildir: &'a mut Maildir,
    pub(crate) mailbox: i64,
    pub(crate) uid_validity: u64,
    pub(crate) progress: &'a Progress,
    pub(crate) interrupt: &'a Interrupt,
    /// The archive's folder.
    pub(crate) root: &'a Path,
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
        let Self { state, maildir, mailbox: id, uid_validity, progress, interrupt, root } = self;
        let (mut done, mut blocked) = (Transferred::default(), Vec::new());
        let (folder, fresh) = (maildir.path().to_owned(), maildir.is_fresh());
        let result = std::thread::scope(|scope| {
            // As much room as a batch has: one is on its way to the disk while the next one arrives.
            let (sender, arrived) = sync_channel(batch::MESSAGES);
            let installer = Installer { state, mailbox: id, uid_validity, root, folder, fresh };
            let installer = scope.spawn(move || installer.run(&arrived));
            let received = Receiver { maildir, uid_validity, progress, interrupt, sender, done: &mut done }
                .receive_all(mailbox, wanted, attempts);
            let installed = installer.join().unwrap_or_else(|_| Err(write_failure("writing to the archive broke off")));
            // The installer's error is the cause when both failed.
            installed.and_then(|found| {
                blocked = found;
                received
            })
        });
        for (uid, place) in &blocked {
            let text = format!("the message with UID {uid} is left out: {} is a folder", place.display());
            progress.note(&format!("{text}; move it away"));
            Uid::new(*uid).into_iter().for_each(|uid| done.blocked.insert(uid));
        }
        done.uids = without(&done.uids, &done.blocked);
        done.messages = done.messages.saturating_sub(done.blocked.len());
        (done, result)
    }
}

/// The half that reads from the server.
struct Receiver<'a> {
    maildir: &'a mut Maildir,
    uid_validity: u64,
    progress: &'a Progress,
    interrupt: &'a Interrupt,
    sender: SyncSender<Pending>,
    done: &'a mut Transferred,
}

impl Receiver<'_> {
    /// Asks for fewer messages where the answer breaks off, until it is known which the server cannot send.
    fn receive_all(mut self, mailbox: &mut Mailbox<'_>, wanted: &UidSet, attempts: &mut Attempts) -> Result<()> {
        let isolation = &mut attempts.transfer;
        isolation.begin(wanted);
        while let Some(set) = isolation.next() {
            self.interrupt.check()?;
            let Err(failure) = self.receive(mailbox, &set) else {
                isolation.succeeded();
                continue;
            };
            let is_over = failure.leaves() == Cause::Connection;
            let is_refusal = failure.leaves() == Cause::Refusal && failure.asked_to_wait().is_none();
            if self.interrupt.is_set() || !(is_over || is_refusal) {
                return Err(failure);
            }
            let left = set.iter().filter(|uid| !self.done.uids.contains(*uid)).collect();
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
        let items = [FetchItem::Flags, FetchItem::InternalDate, FetchItem::Size, FetchItem::message()];
        let mut rows = mailbox.fetch(wanted, items).map_err(|error| failure(&error))?;
        let tell = |text: &str| self.progress.note(text);
        let mut warnings = Warnings::new(&tell);
        while let Some(mut row) = rows.next().map_err(|error| failure(&error))? {
            let Some(uid) = row.uid() else { continue };
            // News about other messages comes in between, and a server may send a message twice.
            if !wanted.contains(uid) || self.done.uids.contains(uid) {
                continue;
            }
            let path = self.maildir.temporary(self.uid_validity, uid.get());
            let mut copied = None;
            while let Some(mut body) = row.next_body().map_err(|error| failure(&error))? {
                if copied.is_none() && is_whole(&body, &Section::message()) {
                    copied = Some(copy(&mut body, &path).inspect_err(|_| drop(fs::remove_file(&path)))?);
                }
            }
            // Items may stand behind the body.
            row.finish().map_err(|error| failure(&error))?;
            warnings.look(row.data(), row.diagnostics());
            if row.mailbox().and_then(|view| view.uid_validity) != Some(self.uid_validity) {
                let _ = fs::remove_file(&path);
                return Err(made_anew());
            }
            let Some((file, size, sha256)) = copied else { continue };
            let announced = row.data().size;
            // A row that says to be two messages is none, nor is one with two texts, and an empty text of a message that has a size is none either.
            if !is_of_message(&row, uid) || (size == 0 && announced.is_some_and(|announced| announced > 0)) {
                let _ = fs::remove_file(&path);
                continue;
            }
            if announced.is_some_and(|announced| is_much_shorter(size, announced)) {
                self.done.short.insert(uid);
            }
            let date = row.internal_date().map(imaplib::types::DateTime::unix_timestamp);
            let flags = row.flags().cloned().unwrap_or_default();
            if let Some(date) = date {
                set_date(&file, date);
            }
            let info = self.maildir.info(&flags)?;
            let file_name = maildir::file_name(date.unwrap_or_default(), self.uid_validity, uid.get(), size, &info);
            let flags = canonical(&flags);
            let row = MessageRow {
                uid: uid.get(),
                file: file_name,
                flags,
                size,
                announced,
                internal_date: date,
                sha256: Some(sha256),
            };
            self.add(Pending { temporary: path, row })?;
            self.done.uids.insert(uid);
            self.interrupt.check()?;
        }
        Ok(())
    }

    fn add(&mut self, message: Pending) -> Result<()> {
        let size = message.row.size;
        self.sender.send(message).map_err(|_| write_failure("writing to the archive failed"))?;
        self.done.messages += 1;
        self.done.octets += size;
        self.progress.add(1);
        Ok(())
    }
}

fn write_failure(what: &str) -> Failure {
    Failure::new(Exit::Io, what).cause(Cause::Storage)
}

/// Copies a body to a new file; returns its length and its SHA-256.
fn copy(body: &mut Body<'_>, path: &Path) -> Result<(File, u64, Vec<u8>)> {
    let write_failed = |error: io::Error| Failure::file("write", path, &error);
    // Nothing that stands there is written through.
    let mut file = private::create_file(path)
        .or_else(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => fs::remove_file(path).and_then(|()| private::create_file(path)),
            _ => Err(error),
        })
        .map_err(write_failed)?;
    let mut hash = Sha256::new();
    let mut size = 0;
    while let Some(chunk) = body.chunk().map_err(|error| failure(&error))? {
        file.write_all(&chunk).map_err(write_failed)?;
        hash.update(&chunk);
        size += chunk.len() as u64;
    }
    Ok((file, size, hash.finalize().to_vec()))
}

/// Whether a text is so much shorter than its RFC822.SIZE that the user should know. Some servers count other line ends, or
/// guess: a difference alone proves nothing, and to reject the text would mean to have no copy at all.
fn is_much_shorter(size: u64, announced: u64) -> bool {
    size < announced / 2 && announced - size > 1024
}

/// The date of arrival as the file's date; a file system that cannot hold it is no reason to stop.
fn set_date(file: &File, seconds: i64) {
    let distance = Duration::from_secs(seconds.unsigned_abs());
    let moment: Option<SystemTime> =
        if seconds < 0 { UNIX_EPOCH.checked_sub(distance) } else { UNIX_EPOCH.checked_add(distance) };
    if let Some(moment) = moment {
        let _ = file.set_modified(moment);
    }
}
