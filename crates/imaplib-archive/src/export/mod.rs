//! An archive's messages in other forms: an mbox file for each mailbox, a file for each message, or a tar stream.

mod description;
mod eml;
mod mbox;
mod message;
mod names;
mod replacement;
mod tar;

use std::io::Write;
use std::path::Path;

use crate::archive::Archive;
use crate::error::{ArchiveError, ExportFault, Result};
use crate::index::After;
use crate::messages::{ArchivedMailbox, ArchivedMessage};
use crate::observer::{Event, Finding, Observer, report};
use crate::options::Cancel;
use crate::pattern;

use self::description::Format;
use self::message::{Content, Target};
use self::replacement::Replacement;

/// This many messages are read from the database at a time.
const PAGE: usize = 1000;

/// What to export.
#[derive(Debug, Default, Clone)]
pub struct ExportOptions {
    mailboxes: Vec<String>,
    since: Option<i64>,
    with_gone: bool,
    with_status: bool,
}

impl ExportOptions {
    /// Everything that the server had in the last run.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Only the mailboxes that match one of these patterns, or all where there is none: see [`pattern::matches`].
    #[must_use]
    pub fn mailboxes(mut self, patterns: Vec<String>) -> Self {
        self.mailboxes = patterns;
        self
    }

    /// Only messages that arrived at this moment or later, in seconds since 1970. One whose date is not known is not left out.
    #[must_use]
    pub fn since(mut self, since: i64) -> Self {
        self.since = Some(since);
        self
    }

    /// Also what has left the server: below `.gone`, as in the archive.
    #[must_use]
    pub fn with_gone(mut self, with_gone: bool) -> Self {
        self.with_gone = with_gone;
        self
    }

    /// In an mbox, adds the headers `Status`, `X-Status` and `X-Keywords` to each message, in which mail programs keep its flags.
    /// The messages then have other bytes than in the archive.
    #[must_use]
    pub fn with_status(mut self, with_status: bool) -> Self {
        self.with_status = with_status;
        self
    }
}

/// What an export has done.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ExportReport {
    /// How many mailboxes were exported.
    pub mailboxes: u64,
    /// How many messages are in the export.
    pub messages: u64,
    /// Their bytes, as in the archive.
    pub bytes: u64,
    /// How many files were written; those that were there already, with the same bytes, are left alone.
    pub written: u64,
    /// How many messages were left out because their file is missing, cannot be read, or is not as it was stored.
    pub failed: u64,
    /// The patterns that match no mailbox.
    pub unmatched: Vec<String>,
}

impl Archive {
    /// Writes an mbox file (mboxrd) for each mailbox into a folder, which is made if it is not there.
    ///
    /// A file is replaced as a whole, and left alone where nothing changed. The line ends of messages stay as they are.
    ///
    /// # Errors
    /// If the database cannot be read, the folder cannot be written or contains other things
    /// ([`ArchiveError::Export`]), or the run is cancelled. A message that cannot be read is reported and left out.
    pub fn export_mbox(
        &self,
        folder: impl AsRef<Path>,
        options: &ExportOptions,
        observer: &dyn Observer,
        cancel: &Cancel,
    ) -> Result<ExportReport> {
        let folder = folder.as_ref();
        self.prepare(folder, Format::Mbox)?;
        self.walk(options, observer, cancel, &mut mbox::Mboxes::new(folder, options.with_status))
    }

    /// Writes each message into a file of its own, `NAME/UIDVALIDITY-UID.eml`, whose date is that of its arrival.
    ///
    /// Files that are there are left alone, and nothing is removed.
    ///
    /// # Errors
    /// As [`export_mbox`](Self::export_mbox).
    pub fn export_eml(
        &self,
        folder: impl AsRef<Path>,
        options: &ExportOptions,
        observer: &dyn Observer,
        cancel: &Cancel,
    ) -> Result<ExportReport> {
        let folder = folder.as_ref();
        self.prepare(folder, Format::Eml)?;
        self.walk(options, observer, cancel, &mut eml::Files::new(folder))
    }

    /// Writes a tar stream with the files of [`export_eml`](Self::export_eml).
    ///
    /// # Errors
    /// As [`export_mbox`](Self::export_mbox).
    pub fn export_tar(
        &self,
        out: &mut dyn Write,
        options: &ExportOptions,
        observer: &dyn Observer,
        cancel: &Cancel,
    ) -> Result<ExportReport> {
        let mut stream = tar::Stream::begin(out, &self.describe_export(Format::Tar)?)?;
        let mut report = self.walk(options, observer, cancel, &mut stream)?;
        stream.finish()?;
        report.written = 1;
        Ok(report)
    }

    /// Writes the tar stream into a file, which is replaced as a whole, and left alone where nothing changed.
    ///
    /// # Errors
    /// As [`export_mbox`](Self::export_mbox); a file that is there must be such an export of the same archive.
    pub fn export_tar_file(
        &self,
        file: impl AsRef<Path>,
        options: &ExportOptions,
        observer: &dyn Observer,
        cancel: &Cancel,
    ) -> Result<ExportReport> {
        let file = file.as_ref();
        self.refuse_inside(file)?;
        tar::refuse_other(file, &self.describe_export(Format::Tar)?)?;
        let mut out = Replacement::of(file)?;
        let mut report = self.export_tar(&mut out, options, observer, cancel)?;
        report.written = u64::from(out.finish()?);
        Ok(report)
    }

    /// Makes the folder of an export, or sees that it is one.
    fn prepare(&self, folder: &Path, format: Format) -> Result<()> {
        self.refuse_inside(folder)?;
        description::claim(folder, &self.describe_export(format)?)
    }

    /// What is exported must not be among what the archive has.
    fn refuse_inside(&self, path: &Path) -> Result<()> {
        let there = path.ancestors().find_map(|path| path.canonicalize().ok());
        match there.or_else(|| std::env::current_dir().ok()) {
            Some(there) if there.starts_with(self.root()) => {
                Err(ArchiveError::Export { path: path.to_owned(), fault: ExportFault::InsideArchive })
            }
            _ => Ok(()),
        }
    }

    fn describe_export(&self, format: Format) -> Result<String> {
        let account = self.index.identity()?.map(|(account, _)| account).unwrap_or_default();
        Ok(description::text(&account, format))
    }

    /// Adds each chosen message to `target`.
    fn walk(
        &self,
        options: &ExportOptions,
        observer: &dyn Observer,
        cancel: &Cancel,
        target: &mut dyn Target,
    ) -> Result<ExportReport> {
        let (mailboxes, unmatched) = self.chosen(&options.mailboxes)?;
        let mut done = ExportReport { unmatched, ..ExportReport::default() };
        for mailbox in mailboxes {
            observer.event(&Event::Begins { mailbox: &mailbox.name });
            done.mailboxes += 1;
            for gone in [false, true] {
                // A mailbox that has left the server has nothing else.
                if (gone && !options.with_gone) || (!gone && mailbox.is_gone) {
                    continue;
                }
                let mut walk = Walk { archive: self, mailbox: &mailbox, options, observer, cancel, done: &mut done };
                walk.run(gone, target)?;
            }
        }
        Ok(done)
    }

    /// The mailboxes that are chosen, in the order of their names, and the patterns that match none.
    fn chosen(&self, patterns: &[String]) -> Result<(Vec<ArchivedMailbox>, Vec<String>)> {
        let delimiter_of = |mailbox: &ArchivedMailbox| {
            let row = self.rows().find(|row| row.id == mailbox.id)?;
            row.about.delimiter.as_ref()?.chars().next()
        };
        let mut is_used = vec![false; patterns.len()];
        let mut mailboxes = self.mailboxes();
        mailboxes.retain(|mailbox| {
            let delimiter = delimiter_of(mailbox);
            let mut is_chosen = patterns.is_empty();
            for (pattern, is_used) in patterns.iter().zip(&mut is_used) {
                if pattern::matches(pattern, &mailbox.name, delimiter) {
                    (is_chosen, *is_used) = (true, true);
                }
            }
            is_chosen
        });
        if mailboxes.is_empty() && !patterns.is_empty() {
            return Err(ArchiveError::NothingSelected);
        }
        let unused = patterns.iter().zip(is_used).filter(|(_, is_used)| !is_used);
        Ok((mailboxes, unused.map(|(pattern, _)| pattern.clone()).collect()))
    }

    /// The folder of an export for a mailbox, relative to the export.
    fn export_folder(&self, mailbox: &ArchivedMailbox, gone: bool) -> String {
        let dir = self.rows().find(|row| row.id == mailbox.id).map(|row| row.dir.as_str()).unwrap_or_default();
        names::folder(dir, gone)
    }
}

/// The messages of a mailbox on their way to a target.
struct Walk<'a> {
    archive: &'a Archive,
    mailbox: &'a ArchivedMailbox,
    options: &'a ExportOptions,
    observer: &'a dyn Observer,
    cancel: &'a Cancel,
    done: &'a mut ExportReport,
}

impl Walk<'_> {
    fn run(&mut self, gone: bool, target: &mut dyn Target) -> Result<()> {
        let folder = self.archive.export_folder(self.mailbox, gone);
        let mut is_begun = !gone;
        if is_begun {
            target.begin(&folder)?;
        }
        let mut after = After::message(None);
        let mut page = self.page(&mut after, gone)?;
        while !page.is_empty() {
            for message in &page {
                if !self.is_wanted(message, gone) {
                    continue;
                }
                self.cancel.check()?;
                // What has left is rare: a mailbox from which nothing has needs no file for it.
                if !is_begun {
                    target.begin(&folder)?;
                    is_begun = true;
                }
                self.add(message, target)?;
            }
            page = self.page(&mut after, gone)?;
        }
        if is_begun {
            self.done.written += target.end()?;
        }
        Ok(())
    }

    /// The next messages. One of which the row in the database is bad is reported once.
    fn page(&mut self, after: &mut After, gone: bool) -> Result<Vec<ArchivedMessage>> {
        let is_reported = gone && !self.mailbox.is_gone;
        self.archive.messages_or(self.mailbox, after, PAGE, &mut |error| {
            if !is_reported {
                self.done.failed += 1;
                report(self.observer, &self.mailbox.name, Finding::BadRow(&error));
            }
            Ok(())
        })
    }

    fn is_wanted(&self, message: &ArchivedMessage, gone: bool) -> bool {
        let is_former = message.uid_validity != self.mailbox.uid_validity;
        let is_gone = self.mailbox.is_gone || message.is_gone || is_former;
        let is_old = matches!((self.options.since, message.internal_date), (Some(since), Some(date)) if date < since);
        is_gone == gone && !is_old
    }

    fn add(&mut self, message: &ArchivedMessage, target: &mut dyn Target) -> Result<()> {
        if target.has(message)? {
            (self.done.messages, self.done.bytes) = (self.done.messages + 1, self.done.bytes + message.size);
            return Ok(());
        }
        match Content::open(self.archive, self.mailbox, message) {
            Ok(mut content) => {
                self.done.written += target.add(message, &mut content)?;
                (self.done.messages, self.done.bytes) = (self.done.messages + 1, self.done.bytes + message.size);
            }
            Err(error @ (ArchiveError::Database { .. } | ArchiveError::Damaged { .. })) => return Err(error),
            Err(error) => {
                self.done.failed += 1;
                report(self.observer, &self.mailbox.name, Finding::NotExported(message.uid, &error));
            }
        }
        Ok(())
    }
}
