//! Where the archive's log is not as it was written.

use std::fmt;
use std::path::PathBuf;

/// Where the log of an archive breaks off, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct LogDamage {
    /// The file.
    pub file: PathBuf,
    /// The number of the last batch before it that is whole; 0 if there is none.
    pub after: u64,
    /// What is wrong behind that.
    pub fault: LogFault,
}

/// Why the log of an archive cannot be read on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum LogFault {
    /// It ends within a batch.
    Cut,
    /// A line is not one of a log.
    Line,
    /// The lines of a batch are not those that were written: their chain is another one.
    Chain,
    /// A batch does not follow the one before it.
    Gap,
    /// It ends before what the database knows of it.
    Short,
    /// A file of it is not there.
    Missing,
}

impl fmt::Display for LogDamage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.fault {
            LogFault::Cut => "ends within a batch",
            LogFault::Line => "has a line that cannot be read",
            LogFault::Chain => "has lines that are not as they were written",
            LogFault::Gap => "lacks a batch",
            LogFault::Short => "is shorter than it was",
            LogFault::Missing => "is missing",
        };
        write!(f, "{} {what}, behind batch {}", self.file.display(), self.after)
    }
}
