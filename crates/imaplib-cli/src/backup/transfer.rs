//! Messages from the server into the Maildir: streamed to files, made durable in batches, then noted in the database.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use imaplib::blocking::{Body, Mailbox};
use imaplib::command::FetchItem;
use imaplib::types::{Flags, UidSet};
use sha2::{Digest as _, Sha256};

use super::maildir::{self, Maildir};
use super::plan::canonical;
use super::state::{MessageRow, State};
use crate::exit::{Exit, Failure, Result};
use crate::failure::failure;
use crate::output::progress::Progress;

/// A batch is made durable when it has so many messages, or so many octets.
const BATCH_MESSAGES: usize = 1000;
const BATCH_OCTETS: u64 = 128 << 20;

/// What was transferred.
#[derive(Debug, Default)]
pub(crate) struct Transferred {
    pub(crate) messages: u64,
    pub(crate) octets: u64,
    /// The messages that have arrived, whole.
    pub(crate) uids: UidSet,
}

/// A message in `tmp`, complete but not durable yet.
struct Pending {
    temporary: PathBuf,
    row: MessageRow,
}

/// What a transfer works on.
pub(crate) struct Transfer<'a> {
    pub(crate) state: &'a mut State,
    pub(crate) maildir: &'a mut Maildir,
    pub(crate) mailbox: i64,
    pub(crate) uid_validity: u32,
    pub(crate) checksums: bool,
    pub(crate) progress: &'a Progress,
    /// The archive's folder.
    pub(crate) root: &'a Path,
}

impl Transfer<'_> {
    /// Fetches the messages. What has arrived whole is kept, also when this ends in an error.
    pub(crate) fn run(self, mailbox: &mut Mailbox<'_>, wanted: &UidSet) -> (Transferred, Result<()>) {
        let Self { state, maildir, mailbox: id, uid_validity, checksums, progress, root } = self;
        let mut done = Transferred::default();
        let (folder, fresh) = (maildir.path().to_owned(), maildir.is_fresh());
        let result = std::thread::scope(|scope| {
            let (sender, batches) = sync_channel::<Vec<Pending>>(1);
            let installer = scope.spawn(move || {
                batches.into_iter().try_for_each(|batch| install(root, &folder, fresh, state, id, uid_validity, &batch))
            });
            let mut receiver = Receiver {
                maildir,
                uid_validity,
                checksums,
                progress,
                sender,
                batch: Vec::new(),
                octets: 0,
                done: &mut done,
            };
            let received = receiver.receive(mailbox, wanted);
            // Whole messages are kept even if the rest never comes.
            let sent = receiver.send();
            drop(receiver);
            let installed =
                installer.join().unwrap_or_else(|_| Err(Failure::new(Exit::Io, "writing to the archive broke off")));
            // The installer's error is the cause when both failed.
            installed.and(received).and(sent)
        });
        (done, result)
    }
}

/// The half that reads from the server.
struct Receiver<'a> {
    maildir: &'a mut Maildir,
    uid_validity: u32,
    checksums: bool,
    progress: &'a Progress,
    sender: SyncSender<Vec<Pending>>,
    batch: Vec<Pending>,
    octets: u64,
    done: &'a mut Transferred,
}

impl Receiver<'_> {
    fn receive(&mut self, mailbox: &mut Mailbox<'_>, wanted: &UidSet) -> Result<()> {
        let items = [FetchItem::Flags, FetchItem::InternalDate, FetchItem::message()];
        let mut rows = mailbox.fetch(wanted, items).map_err(|error| failure(&error))?;
        while let Some(mut row) = rows.next().map_err(|error| failure(&error))? {
            let Some(uid) = row.uid() else { continue };
            // News about other messages comes in between, and a server may send a message twice.
            if !wanted.contains(uid) || self.done.uids.contains(uid) {
                continue;
            }
            let path = self.maildir.temporary(self.uid_validity, uid.get());
            let body = row.next_body().map_err(|error| failure(&error))?;
            let Some(mut body) = body.filter(|body| body.length().is_some()) else { continue };
            let copied = copy(&mut body, &path, self.checksums);
            drop(body);
            let (file, size, sha256) = copied.inspect_err(|_| drop(fs::remove_file(&path)))?;
            // Items may stand behind the body.
            row.finish().map_err(|error| failure(&error))?;
            let date = row.internal_date().map(imaplib::types::DateTime::unix_timestamp);
            let flags = row.flags().cloned().unwrap_or_default();
            if let Some(date) = date {
                set_date(&file, date);
            }
            self.add(uid.get(), path, size, sha256, date, &flags)?;
            self.done.uids.insert(uid);
        }
        Ok(())
    }

    fn add(
        &mut self,
        uid: u32,
        temporary: PathBuf,
        size: u64,
        sha256: Option<Vec<u8>>,
        date: Option<i64>,
        flags: &Flags,
    ) -> Result<()> {
        let info = self.maildir.info(flags)?;
        let file = maildir::file_name(date.unwrap_or_default(), self.uid_validity, uid, size, &info);
        let row = MessageRow { uid, file, flags: canonical(flags), size, internal_date: date, sha256 };
        self.batch.push(Pending { temporary, row });
        self.octets += size;
        self.done.messages += 1;
        self.done.octets += size;
        self.progress.add(1);
        if self.batch.len() >= BATCH_MESSAGES || self.octets >= BATCH_OCTETS { self.send() } else { Ok(()) }
    }

    /// Hands the batch over; waits while the one before it is being written.
    fn send(&mut self) -> Result<()> {
        self.octets = 0;
        let batch = std::mem::take(&mut self.batch);
        if batch.is_empty() {
            return Ok(());
        }
        self.sender.send(batch).map_err(|_| Failure::new(Exit::Io, "writing to the archive failed"))
    }
}

/// Copies a body to a new file; tells its length.
fn copy(body: &mut Body<'_>, path: &Path, checksum: bool) -> Result<(File, u64, Option<Vec<u8>>)> {
    let write_failed = |error: io::Error| Failure::file("write", path, &error);
    let mut file = File::create(path).map_err(write_failed)?;
    let mut hash = checksum.then(Sha256::new);
    let mut size = 0;
    while let Some(chunk) = body.chunk().map_err(|error| failure(&error))? {
        file.write_all(&chunk).map_err(write_failed)?;
        if let Some(hash) = &mut hash {
            hash.update(&chunk);
        }
        size += chunk.len() as u64;
    }
    Ok((file, size, hash.map(|hash| hash.finalize().to_vec())))
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

/// Durable files first, then their names, then the database: after a crash at any point nothing is lost, and what the
/// database does not know is found by its name.
fn install(
    root: &Path,
    folder: &Path,
    fresh: bool,
    state: &mut State,
    mailbox: i64,
    uid_validity: u32,
    batch: &[Pending],
) -> Result<()> {
    let explain = |error: io::Error| Failure::file("write to", folder, &error);
    let files: Vec<PathBuf> = batch.iter().map(|pending| pending.temporary.clone()).collect();
    maildir::sync_files(root, folder, &files, fresh).map_err(explain)?;
    let current = folder.join("cur");
    for pending in batch {
        fs::rename(&pending.temporary, current.join(&pending.row.file)).map_err(explain)?;
    }
    maildir::sync_folder(&current).map_err(explain)?;
    let change = state.change(mailbox, uid_validity)?;
    batch.iter().try_for_each(|pending| change.add(&pending.row))?;
    change.commit()
}
