//! The archive's log: what was noted, in files that only grow. The database can be made from it.
//!
//! It is written in batches. A batch is a line with its number, a line for each thing that was noted, and a line with its
//! chain: the SHA-256 of the lines before it, of which the first contains the chain of the batch before. A batch without
//! its last line was never noted.

mod damage;
mod read;

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use imaplib::types::DateTime;
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

pub use self::damage::{LogDamage, LogFault};
pub(crate) use self::read::Batches;
use crate::error::{ArchiveError, Result};
use crate::file_system::sync_folder;
use crate::private;

/// The folder of the log in the archive.
pub(crate) const FOLDER: &str = ".log";

/// A file that has grown beyond this is followed by another one.
const MAX_FILE: u64 = 64 << 20;

/// A line of the log.
pub(crate) type Entry = Map<String, Value>;

/// Up to where the log was written, or read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Position {
    /// The number of the file.
    pub(crate) file: u32,
    /// Its length.
    pub(crate) length: u64,
    /// The number of the last batch.
    pub(crate) batch: u64,
    /// The chain of the last batch: 64 hexadecimal digits.
    pub(crate) chain: String,
}

impl Position {
    /// Before the first batch.
    pub(crate) fn start() -> Self {
        Self { file: 1, length: 0, batch: 0, chain: "0".repeat(64) }
    }
}

/// The log, to be written.
#[derive(Debug)]
pub(crate) struct Log {
    folder: PathBuf,
    position: Position,
    file: Option<File>,
    /// A batch was written, and is not in the database: whoever opens the archive next reads it.
    is_ahead: bool,
    /// What the next batch contains beside what was noted in the database.
    remarks: Vec<Entry>,
}

impl Log {
    /// The log of the archive in `root`, to be continued from the position, at which its file must end.
    pub(crate) fn new(root: &Path, position: Position) -> Self {
        Self { folder: root.join(FOLDER), position, file: None, is_ahead: false, remarks: Vec::new() }
    }

    /// The log of an archive in which nothing is noted.
    pub(crate) fn closed(root: &Path, position: Position) -> Self {
        Self { is_ahead: true, ..Self::new(root, position) }
    }

    pub(crate) fn position(&self) -> &Position {
        &self.position
    }

    /// Adds a line to the next batch that is about the archive, and changes nothing in the database.
    pub(crate) fn remark(&mut self, remark: Entry) {
        self.remarks.push(remark);
    }

    pub(crate) fn has_remarks(&self) -> bool {
        !self.remarks.is_empty()
    }

    /// Writes a batch and makes it durable. `write` adds the entries.
    pub(crate) fn append(&mut self, write: impl FnOnce(&mut BatchWriter<'_>) -> Result<()>) -> Result<()> {
        let path = path(&self.folder, self.position.file);
        let explain = |error: io::Error| ArchiveError::io("write", &path, error);
        if self.is_ahead {
            return Err(explain(io::Error::other("it does not end where the database is: open the archive again")));
        }
        if self.position.length > MAX_FILE {
            self.position = Position { file: self.position.file + 1, length: 0, ..self.position.clone() };
            self.file = None;
            return self.append(write);
        }
        let file = match self.file.take() {
            Some(file) => file,
            None => open(&self.folder, &path, self.position.length).map_err(explain)?,
        };
        let before = self.position.length;
        let outcome = self.write_batch(&file, &path, write);
        match outcome {
            Ok(position) => {
                self.position = position;
                self.remarks.clear();
                self.file = Some(file);
                Ok(())
            }
            Err(error) => {
                // A part of a batch is passed over when it is read, but nothing may be written behind it.
                self.is_ahead = file.set_len(before).is_err();
                Err(error)
            }
        }
    }

    /// Notes that the database has not taken what was written last.
    pub(crate) fn note_ahead(&mut self) {
        self.is_ahead = true;
    }

    fn write_batch(
        &self,
        file: &File,
        path: &Path,
        write: impl FnOnce(&mut BatchWriter<'_>) -> Result<()>,
    ) -> Result<Position> {
        let batch = self.position.batch + 1;
        let mut writer = BatchWriter {
            out: BufWriter::new(Behind { file, at: self.position.length }),
            path,
            hash: Sha256::new(),
            length: 0,
        };
        writer.line(&json!({ "batch": batch, "at": timestamp(now()), "after": self.position.chain }))?;
        self.remarks.iter().try_for_each(|remark| writer.entry(remark))?;
        write(&mut writer)?;
        let chain = hexadecimal(&writer.hash.finalize_reset());
        writer.line(&json!({ "chain": chain }))?;
        let explain = |error: io::Error| ArchiveError::io("write", path, error);
        writer.out.flush().map_err(explain)?;
        file.sync_data().map_err(explain)?;
        Ok(Position { file: self.position.file, length: self.position.length + writer.length, batch, chain })
    }
}

/// Writes behind what is in a file.
#[derive(Debug)]
struct Behind<'a> {
    file: &'a File,
    at: u64,
}

impl Write for Behind<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        #[cfg(unix)]
        let written = std::os::unix::fs::FileExt::write_at(self.file, bytes, self.at)?;
        #[cfg(windows)]
        let written = std::os::windows::fs::FileExt::seek_write(self.file, bytes, self.at)?;
        #[cfg(not(any(unix, windows)))]
        let written = {
            io::Seek::seek(&mut self.file, io::SeekFrom::Start(self.at))?;
            io::Write::write(&mut self.file, bytes)?
        };
        self.at += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Writes the entries of a batch.
pub(crate) struct BatchWriter<'a> {
    out: BufWriter<Behind<'a>>,
    path: &'a Path,
    hash: Sha256,
    length: u64,
}

impl BatchWriter<'_> {
    pub(crate) fn entry(&mut self, entry: &Entry) -> Result<()> {
        self.write(serde_json::to_vec(entry))
    }

    fn line(&mut self, line: &Value) -> Result<()> {
        self.write(serde_json::to_vec(line))
    }

    fn write(&mut self, line: serde_json::Result<Vec<u8>>) -> Result<()> {
        let explain = |error: io::Error| ArchiveError::io("write", self.path, error);
        let mut line = line.map_err(|error| explain(error.into()))?;
        line.push(b'\n');
        self.hash.update(&line);
        self.length += line.len() as u64;
        self.out.write_all(&line).map_err(explain)
    }
}

/// The path of a file of the log.
pub(crate) fn path(folder: &Path, number: u32) -> PathBuf {
    folder.join(format!("{number:06}.jsonl"))
}

/// The numbers of the files of the log, ascending.
pub(crate) fn numbers(root: &Path) -> Result<Vec<u32>> {
    let folder = root.join(FOLDER);
    let explain = |error: io::Error| ArchiveError::io("read", &folder, error);
    let entries = match fs::read_dir(&folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(explain(error)),
    };
    let mut numbers = Vec::new();
    for entry in entries {
        let name = entry.map_err(explain)?.file_name();
        let number = name.to_str().and_then(|name| name.strip_suffix(".jsonl")?.parse::<u32>().ok());
        numbers.extend(number.filter(|number| path(&folder, *number).file_name() == Some(&name)));
    }
    numbers.sort_unstable();
    Ok(numbers)
}

/// Opens a file of the log for what follows its first `length` bytes; what is behind them was never noted.
fn open(folder: &Path, path: &Path, length: u64) -> io::Result<File> {
    let is_link = |path: &Path| fs::symlink_metadata(path).is_ok_and(|metadata| !metadata.is_file());
    if is_link(path) {
        return Err(io::Error::other("it is not a regular file: move it away"));
    }
    if length == 0 && !path.exists() {
        let root = folder.parent().unwrap_or(folder);
        if private::make_folder(root, FOLDER)? {
            sync_folder(root)?;
        }
        drop(private::create_file(path)?);
        sync_folder(folder)?;
    }
    let file = File::options().write(true).open(path)?;
    if file.metadata()?.len() != length {
        file.set_len(length)?;
    }
    Ok(file)
}

/// Now, in seconds since 1970.
pub(crate) fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}

/// A moment as people read it, in UTC; the seconds since 1970 if it is not one of the calendar.
pub(crate) fn timestamp(seconds: i64) -> Value {
    let Ok(moment) = DateTime::from_unix(seconds) else { return seconds.into() };
    let date = moment.date();
    let (hour, minute, second) = (moment.hour(), moment.minute(), moment.second());
    format!("{:04}-{:02}-{:02}T{hour:02}:{minute:02}:{second:02}Z", date.year(), date.month(), date.day()).into()
}

/// Bytes as lower-case hexadecimal digits.
pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The bytes of hexadecimal digits.
pub(crate) fn bytes_of(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> =
        text.chars().map(|c| c.to_digit(16).and_then(|digit| u8::try_from(digit).ok())).collect::<Option<_>>()?;
    let pairs = digits.chunks_exact(2);
    let is_even = pairs.remainder().is_empty();
    let bytes = pairs.filter_map(|pair| Some(pair.first()? << 4 | pair.get(1)?)).collect();
    is_even.then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(number: u64) -> Entry {
        json!({ "what": "test", "number": number }).as_object().unwrap().clone()
    }

    /// The numbers of the batches and of the entries, and how the reading ended.
    fn read(root: &Path, from: &Position) -> (Vec<(u64, Vec<u64>)>, Option<LogDamage>) {
        let mut batches = Batches::new(root, from.clone()).unwrap();
        let mut found = Vec::new();
        loop {
            let mut numbers = Vec::new();
            let next = batches.next(&mut |entry| {
                numbers.extend(entry.get("number").and_then(Value::as_u64));
                Ok(())
            });
            match next.unwrap() {
                Some(position) => found.push((position.batch, numbers)),
                None => return (found, batches.ended_by().cloned()),
            }
        }
    }

    #[test]
    fn batches_are_read_as_they_were_written_and_from_any_position() {
        let dir = tempfile::tempdir().unwrap();
        let mut log = Log::new(dir.path(), Position::start());
        let mut positions = vec![log.position().clone()];
        for number in 0..3 {
            log.append(|out| (0..number).try_for_each(|number| out.entry(&entry(number)))).unwrap();
            positions.push(log.position().clone());
        }
        let all = [(1, vec![]), (2, vec![0]), (3, vec![0, 1])];
        for (from, position) in positions.iter().enumerate() {
            assert_eq!(read(dir.path(), position), (all[from..].to_vec(), None));
        }
        // It is continued where it ended.
        let mut log = Log::new(dir.path(), positions[3].clone());
        log.append(|out| out.entry(&entry(9))).unwrap();
        assert_eq!(read(dir.path(), &positions[3]), (vec![(4, vec![9])], None));
    }

    #[test]
    fn a_batch_that_was_cut_was_never_noted() {
        let dir = tempfile::tempdir().unwrap();
        let mut log = Log::new(dir.path(), Position::start());
        log.append(|out| out.entry(&entry(1))).unwrap();
        let noted = log.position().clone();
        log.append(|out| out.entry(&entry(2))).unwrap();
        let file = path(&dir.path().join(FOLDER), 1);
        let whole = fs::read(&file).unwrap();
        let noted_length = usize::try_from(noted.length).unwrap();
        for length in noted_length..whole.len() {
            fs::write(&file, &whole[..length]).unwrap();
            let (found, end) = read(dir.path(), &Position::start());
            assert_eq!((found.len(), end.is_some()), (1, length > noted_length), "{length}");
            assert!(end.is_none_or(|end| end.fault == LogFault::Cut));
        }
        // What was cut is not in the way of what follows.
        let mut log = Log::new(dir.path(), noted);
        log.append(|out| out.entry(&entry(3))).unwrap();
        assert_eq!(read(dir.path(), &Position::start()), (vec![(1, vec![1]), (2, vec![3])], None));
    }

    #[test]
    fn no_byte_can_be_changed() {
        let dir = tempfile::tempdir().unwrap();
        let mut log = Log::new(dir.path(), Position::start());
        (0..3).for_each(|number| log.append(|out| out.entry(&entry(number))).unwrap());
        let file = path(&dir.path().join(FOLDER), 1);
        let whole = fs::read(&file).unwrap();
        for at in 0..whole.len() {
            let mut changed = whole.clone();
            changed[at] ^= 1;
            fs::write(&file, &changed).unwrap();
            let (found, end) = read(dir.path(), &Position::start());
            assert!(end.is_some() && found.len() < 3, "{at}");
        }
    }

    #[test]
    fn a_long_log_is_several_files() {
        let dir = tempfile::tempdir().unwrap();
        let mut log = Log::new(dir.path(), Position::start());
        log.append(|out| out.entry(&entry(1))).unwrap();
        log.position.length = MAX_FILE + 1;
        log.append(|out| out.entry(&entry(2))).unwrap();
        assert_eq!((log.position.file, numbers(dir.path()).unwrap()), (2, vec![1, 2]));
        assert_eq!(read(dir.path(), &Position::start()).0, [(1, vec![1]), (2, vec![2])]);
    }

    #[test]
    fn moments_and_bytes_are_written_plainly() {
        assert_eq!(timestamp(1_700_000_000), "2023-11-14T22:13:20Z");
        assert_eq!(hexadecimal(&[0, 255, 16]), "00ff10");
        assert_eq!(bytes_of("00ff10"), Some(vec![0, 255, 16]));
        assert_eq!((bytes_of("0"), bytes_of("0g"), bytes_of("")), (None, None, Some(vec![])));
    }
}
