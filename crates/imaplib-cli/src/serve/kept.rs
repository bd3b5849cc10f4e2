//! The archive as the mail of an account: its mailboxes and messages as its database has them, and the files of those that are
//! read.

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use imaplib::types::{DateTime, Uid};
use imaplib_archive::{ArchiveError, ArchivedMailbox, Reader, Shelf};
use imaplib_testserver::{BackedMailbox, BackedMessage, Backing, Content, Figures, MessageFile};

use super::names::Names;
use crate::output;

/// How many messages are taken from the database at once.
const PAGE: usize = 1000;
/// So many messages that could not be read are named.
const MAX_NOTED: usize = 1000;

/// An archive that is open.
#[derive(Debug)]
pub(super) struct Kept {
    files: Arc<Files>,
    with_gone: bool,
    listed: Mutex<Listed>,
}

/// The mailboxes as they were last returned.
#[derive(Debug, Default)]
struct Listed {
    places: HashMap<u64, (ArchivedMailbox, Shelf)>,
    /// They were returned, and nothing has changed since.
    is_current: bool,
}

/// Where the messages are read.
#[derive(Debug)]
struct Files {
    /// `None` once it is closed.
    reader: Mutex<Option<Reader>>,
    noted: Mutex<HashSet<(u64, u64, u32)>>,
}

impl Kept {
    pub(super) fn open(dir: &Path, with_gone: bool) -> Result<Self, ArchiveError> {
        let reader = Mutex::new(Some(Reader::open(dir)?));
        let files = Arc::new(Files { reader, noted: Mutex::default() });
        Ok(Self { files, with_gone, listed: Mutex::default() })
    }

    /// Whose mail it is.
    pub(super) fn account(&self) -> Option<String> {
        self.files.with(|reader| reader.account()).ok().flatten()
    }

    /// Closes the archive's database. Nothing of it can be read afterwards.
    pub(super) fn close(&self) {
        drop(locked(&self.files.reader).take());
    }

    fn list(&self, places: &mut HashMap<u64, (ArchivedMailbox, Shelf)>) -> io::Result<Vec<BackedMailbox>> {
        let (mut names, mut backed, mut gone) = (Names::default(), Vec::new(), Vec::new());
        for mailbox in self.files.with(|reader| reader.mailboxes())? {
            if !mailbox.is_gone {
                let key = mailbox.number() << 1;
                let next = u32::try_from(mailbox.uid_next).unwrap_or(u32::MAX);
                let mut live = BackedMailbox::new(key, names.live(&mailbox), validity(mailbox.uid_validity), next);
                live.special_use.clone_from(&mailbox.special_use);
                live.is_subscribed = mailbox.is_subscribed.unwrap_or(true);
                backed.push(live);
                places.insert(key, (mailbox.clone(), Shelf::Live));
            }
            gone.push(mailbox);
        }
        for mailbox in gone.into_iter().filter(|_| self.with_gone) {
            let figures = self.files.with(|reader| reader.figures(&mailbox, Shelf::Gone))?;
            if figures.messages > 0 {
                let key = mailbox.number() << 1 | 1;
                // Their numbers are their places: they hold as long as the messages are the same.
                let digest = self.files.with(|reader| reader.digest(&mailbox, Shelf::Gone))?;
                let next = u32::try_from(figures.messages + 1).unwrap_or(u32::MAX);
                backed.push(BackedMailbox::new(key, names.gone(&mailbox), digest.max(1), next));
                places.insert(key, (mailbox, Shelf::Gone));
            }
        }
        Ok(backed)
    }

    fn place(&self, mailbox: &BackedMailbox) -> io::Result<(ArchivedMailbox, Shelf)> {
        let place = locked(&self.listed).places.get(&mailbox.key).cloned();
        place.ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))
    }
}

impl Backing for Kept {
    fn mailboxes(&self) -> io::Result<Option<Vec<BackedMailbox>>> {
        let mut listed = locked(&self.listed);
        if self.files.change(Reader::has_changed)? {
            listed.is_current = false;
        }
        if listed.is_current {
            return Ok(None);
        }
        let mut places = HashMap::new();
        let mailboxes = self.list(&mut places)?;
        *listed = Listed { places, is_current: true };
        Ok(Some(mailboxes))
    }

    fn messages(&self, mailbox: &BackedMailbox) -> io::Result<Vec<BackedMessage>> {
        let (archived, shelf) = self.place(mailbox)?;
        let mut messages: Vec<BackedMessage> = Vec::new();
        let mut last = None;
        loop {
            let read = self.files.with(|reader| reader.messages(&archived, last.as_ref(), PAGE));
            // What could not be read is asked for again.
            let page = read.inspect_err(|_| locked(&self.listed).is_current = false)?;
            for message in page.iter().filter(|message| Reader::shelf(&archived, message) == shelf) {
                let number = match shelf {
                    Shelf::Live => message.uid,
                    _ => u32::try_from(messages.len() + 1).unwrap_or(u32::MAX),
                };
                let date = DateTime::from_unix(message.internal_date.unwrap_or_default()).or(DateTime::from_unix(0));
                let (Some(uid), Ok(date)) = (Uid::new(number), date) else { continue };
                let file = StoredFile {
                    files: Arc::clone(&self.files),
                    mailbox: archived.number(),
                    uid_validity: message.uid_validity,
                    uid: message.uid,
                    size: message.size,
                };
                messages.push(BackedMessage::new(uid, message.flags.clone(), date, Content::file(Arc::new(file))));
            }
            last = page.into_iter().next_back();
            if last.is_none() {
                return Ok(messages);
            }
        }
    }

    fn figures(&self, mailbox: &BackedMailbox) -> io::Result<Figures> {
        let (archived, shelf) = self.place(mailbox)?;
        let counted = self.files.with(|reader| reader.figures(&archived, shelf))?;
        let mut figures = Figures::default();
        (figures.messages, figures.unseen) = (counted.messages, counted.unseen);
        (figures.deleted, figures.size) = (counted.deleted, counted.size);
        Ok(figures)
    }
}

/// The UIDVALIDITY as it is served, where it has 32 bits and is not 0.
fn validity(uid_validity: u64) -> u32 {
    let folded = uid_validity ^ (uid_validity >> 32);
    u32::try_from(folded & u64::from(u32::MAX)).unwrap_or_default().max(1)
}

impl Files {
    fn with<T>(&self, work: impl FnOnce(&Reader) -> Result<T, ArchiveError>) -> io::Result<T> {
        self.change(|reader| work(reader))
    }

    fn change<T>(&self, work: impl FnOnce(&mut Reader) -> Result<T, ArchiveError>) -> io::Result<T> {
        match locked(&self.reader).as_mut() {
            Some(reader) => work(reader).map_err(io::Error::other),
            None => Err(io::ErrorKind::BrokenPipe.into()),
        }
    }

    /// Names a message that cannot be read, once.
    fn note(&self, file: &StoredFile, error: &io::Error) {
        let mut noted = locked(&self.noted);
        if noted.len() < MAX_NOTED && noted.insert((file.mailbox, file.uid_validity, file.uid)) {
            output::note(&format!("the message with UID {} is not served: {error}", file.uid));
        }
    }
}

/// The file of a message.
#[derive(Debug)]
struct StoredFile {
    files: Arc<Files>,
    mailbox: u64,
    uid_validity: u64,
    uid: u32,
    size: u64,
}

impl MessageFile for StoredFile {
    fn size(&self) -> u64 {
        self.size
    }

    fn open(&self) -> io::Result<File> {
        let read = || self.files.with(|reader| reader.read(self.mailbox, self.uid_validity, self.uid));
        // A backup that changes flags may rename the file between the database's answer and the opening.
        let opened = read().or_else(|_| read()).and_then(|file| match file.metadata()?.len() {
            length if length == self.size => Ok(file),
            length => Err(io::Error::other(format!("its file has {length} bytes in place of {}", self.size))),
        });
        opened.inspect_err(|error| self.files.note(self, error))
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
