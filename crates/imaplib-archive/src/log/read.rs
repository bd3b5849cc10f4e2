//! Reads the log, batch by batch, and checks its chain.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::error::{ArchiveError, Result};
use crate::log::damage::{LogDamage, LogFault};
use crate::log::{Entry, FOLDER, Position, hexadecimal, numbers, path};
use crate::private;

/// The longest line that is read.
const MAX_LINE: u64 = 64 << 20;

/// The batches of the log behind a position.
pub(crate) struct Batches {
    folder: PathBuf,
    /// The files that follow, the next one last.
    files: Vec<u32>,
    open: Option<BufReader<File>>,
    position: Position,
    ended_by: Option<LogDamage>,
    /// The log is not that of the position from which it was to be read.
    is_elsewhere: bool,
    /// The file of which not even the first batch could be read.
    unread: Option<u32>,
    /// The file to which was gone after the last break.
    skipped_to: Option<u32>,
}

/// What a batch has come to.
enum Outcome {
    Whole(Position),
    Failed(LogFault),
    /// There are no further lines.
    End,
}

impl Batches {
    /// The batches of the archive's log behind `from`.
    pub(crate) fn new(root: &Path, from: Position) -> Result<Self> {
        let mut files = numbers(root)?;
        files.retain(|number| *number >= from.file);
        files.reverse();
        let mut batches = Self {
            folder: root.join(FOLDER),
            files,
            open: None,
            position: from,
            ended_by: None,
            is_elsewhere: false,
            unread: None,
            skipped_to: None,
        };
        batches.seek()?;
        batches.is_elsewhere = batches.ended_by.is_some();
        Ok(batches)
    }

    /// Goes to the position, at which the chain must be its own.
    fn seek(&mut self) -> Result<()> {
        if self.position.length == 0 {
            return Ok(());
        }
        if self.files.pop_if(|number| *number == self.position.file).is_none() {
            self.fail(LogFault::Missing);
            return Ok(());
        }
        let chain = format!("{{\"chain\":\"{}\"}}\n", self.position.chain);
        let path = path(&self.folder, self.position.file);
        let explain = |error: io::Error| ArchiveError::io("read", &path, error);
        let mut file = private::open_file(&path)?;
        let Some(start) = self.position.length.checked_sub(chain.len() as u64) else {
            self.fail(LogFault::Chain);
            return Ok(());
        };
        if file.metadata().map_err(explain)?.len() < self.position.length {
            self.fail(LogFault::Short);
            return Ok(());
        }
        file.seek(SeekFrom::Start(start)).map_err(explain)?;
        let mut reader = BufReader::new(file);
        let mut found = Vec::new();
        io::Read::read_to_end(&mut io::Read::take(&mut reader, chain.len() as u64), &mut found).map_err(explain)?;
        if found != chain.as_bytes() {
            self.fail(LogFault::Chain);
            return Ok(());
        }
        self.open = Some(reader);
        Ok(())
    }

    fn fail(&mut self, why: LogFault) {
        let file = path(&self.folder, self.position.file);
        self.ended_by.get_or_insert(LogDamage { file, after: self.position.batch, fault: why });
    }

    /// Why the reading ended, if not because the log ends.
    pub(crate) fn ended_by(&self) -> Option<&LogDamage> {
        self.ended_by.as_ref()
    }

    /// Up to where the log was read.
    pub(crate) fn position(&self) -> &Position {
        &self.position
    }

    /// Reads a batch, calls `each` with its entries, and returns the position behind it. The entries count only then: `None`
    /// is returned at the end, and where the log cannot be read on.
    pub(crate) fn next(&mut self, each: &mut dyn FnMut(Entry) -> Result<()>) -> Result<Option<Position>> {
        while self.ended_by.is_none() {
            let Some(reader) = self.open.as_mut() else {
                let Some(number) = self.files.pop() else { return Ok(None) };
                let path = path(&self.folder, number);
                let expected = if self.position.length == 0 { self.position.file } else { self.position.file + 1 };
                self.position = Position { file: expected, length: 0, ..self.position.clone() };
                if number != expected {
                    self.files.push(number);
                    self.fail(LogFault::Missing);
                    continue;
                }
                let file = private::open_file(&path)?;
                self.open = Some(BufReader::new(file));
                continue;
            };
            let path = path(&self.folder, self.position.file);
            let outcome = read_batch(reader, &self.position, each, &path)?;
            match outcome {
                Outcome::Whole(position) => {
                    self.position = position;
                    return Ok(Some(self.position.clone()));
                }
                Outcome::End => self.open = None,
                Outcome::Failed(why) => {
                    self.unread = (self.position.length == 0).then_some(self.position.file);
                    self.fail(why);
                }
            }
        }
        Ok(None)
    }

    /// Whether what follows the last whole batch is the beginning of one that was never finished: nothing of it counts.
    pub(crate) fn is_torn(&self) -> Result<bool> {
        let is_last = self.files.is_empty() && !self.is_elsewhere;
        let Some(end) = self.ended_by.as_ref().filter(|end| is_last && end.fault != LogFault::Missing) else {
            return Ok(false);
        };
        let explain = |error: io::Error| ArchiveError::io("read", &end.file, error);
        let mut reader = BufReader::new(private::open_file(&end.file)?);
        reader.seek(SeekFrom::Start(self.position.length)).map_err(explain)?;
        let mut line = Vec::new();
        loop {
            line.clear();
            read_line(&mut reader, &mut line).map_err(explain)?;
            match line.is_empty() {
                true => return Ok(true),
                false if line.starts_with(b"{\"chain\":") && line.ends_with(b"\n") => return Ok(false),
                false => {}
            }
        }
    }

    /// After a break: passes over what cannot be read, to the next batch from which the log is complete by itself, which
    /// begins with a line that states it. Returns whether there is one.
    pub(crate) fn skip_to_baseline(&mut self) -> Result<bool> {
        self.open = None;
        self.files.extend(self.unread.take().filter(|number| self.skipped_to != Some(*number)));
        // Such a batch is the first one of a file.
        while let Some(number) = self.files.pop() {
            let path = path(&self.folder, number);
            let explain = |error: io::Error| ArchiveError::io("read", &path, error);
            let mut reader = BufReader::new(private::open_file(&path)?);
            let (mut head, mut first) = (Vec::new(), Vec::new());
            read_line(&mut reader, &mut head).map_err(explain)?;
            read_line(&mut reader, &mut first).map_err(explain)?;
            let Some((batch, after)) = head_of(&head) else { continue };
            if !is_baseline(&first) {
                continue;
            }
            self.position = Position { file: number, length: 0, batch: batch.saturating_sub(1), chain: after };
            reader.seek(SeekFrom::Start(0)).map_err(explain)?;
            self.open = Some(reader);
            self.ended_by = None;
            self.skipped_to = Some(number);
            return Ok(true);
        }
        Ok(false)
    }
}

/// Whether a line begins a complete account of the database.
fn is_baseline(line: &[u8]) -> bool {
    serde_json::from_slice::<Entry>(line)
        .is_ok_and(|entry| entry.get("what").and_then(Value::as_str) == Some("baseline"))
}

/// The number of a batch and the chain of the one before, of its first line.
fn head_of(line: &[u8]) -> Option<(u64, String)> {
    let head: Entry = serde_json::from_slice(line).ok()?;
    let (batch, after) = (head.get("batch")?.as_u64()?, head.get("after")?.as_str()?);
    Some((batch, after.to_owned()))
}

fn read_batch(
    reader: &mut BufReader<File>,
    from: &Position,
    each: &mut dyn FnMut(Entry) -> Result<()>,
    path: &Path,
) -> Result<Outcome> {
    let explain = |error: io::Error| ArchiveError::io("read", path, error);
    let (mut line, mut hash, mut length) = (Vec::new(), Sha256::new(), from.length);
    let mut batch = None;
    loop {
        line.clear();
        read_line(reader, &mut line).map_err(explain)?;
        if line.is_empty() && batch.is_none() {
            return Ok(Outcome::End);
        }
        if line.last() != Some(&b'\n') {
            return Ok(Outcome::Failed(LogFault::Cut));
        }
        length += line.len() as u64;
        let Some(number) = batch else {
            match head_of(&line) {
                Some((number, after)) if number == from.batch + 1 && after == from.chain => batch = Some(number),
                Some(_) => return Ok(Outcome::Failed(LogFault::Gap)),
                None => return Ok(Outcome::Failed(LogFault::Line)),
            }
            hash.update(&line);
            continue;
        };
        let Ok(entry) = serde_json::from_slice::<Entry>(&line) else { return Ok(Outcome::Failed(LogFault::Line)) };
        if let Some(noted) = entry.get("chain").and_then(Value::as_str) {
            let chain = hexadecimal(&hash.finalize());
            // Each byte counts, those of the last line too.
            if noted != chain || line != format!("{{\"chain\":\"{chain}\"}}\n").as_bytes() {
                return Ok(Outcome::Failed(LogFault::Chain));
            }
            return Ok(Outcome::Whole(Position { file: from.file, length, batch: number, chain }));
        }
        hash.update(&line);
        each(entry)?;
    }
}

/// Reads a line with its end; less at the end of the file, or of a line that is too long.
fn read_line(reader: &mut BufReader<File>, line: &mut Vec<u8>) -> io::Result<()> {
    io::Read::take(reader, MAX_LINE).read_until(b'\n', line).map(drop)
}
