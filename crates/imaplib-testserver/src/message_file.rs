//! Messages in files, which are opened when they are read.

use std::fmt;
use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;

/// A message in a file.
///
/// ```
/// use std::fs::File;
/// use std::path::PathBuf;
/// use std::sync::Arc;
/// use imaplib_testserver::{Content, MessageFile};
///
/// #[derive(Debug)]
/// struct Stored(PathBuf, u64);
///
/// impl MessageFile for Stored {
///     fn size(&self) -> u64 {
///         self.1
///     }
///     fn open(&self) -> std::io::Result<File> {
///         File::open(&self.0)
///     }
/// }
///
/// let content = Content::file(Arc::new(Stored("missing".into(), 100)));
/// assert_eq!(content.len(), 100);
/// ```
pub trait MessageFile: fmt::Debug + Send + Sync {
    /// The number of bytes.
    fn size(&self) -> u64;

    /// Opens the file, which is read and never written.
    ///
    /// # Errors
    /// If it cannot be opened: then the message counts as one that cannot be read.
    fn open(&self) -> io::Result<File>;
}

/// A file that is open, with what became of reading it.
#[derive(Debug)]
pub(crate) struct OpenFile {
    file: Mutex<File>,
    failed: AtomicBool,
}

impl OpenFile {
    /// Opens a message's file, which must be as long as is known.
    pub(crate) fn open(message: &dyn MessageFile) -> io::Result<Self> {
        let file = message.open()?;
        let length = file.metadata()?.len();
        if length != message.size() {
            let text = format!("it has {length} bytes in place of {}", message.size());
            return Err(io::Error::new(io::ErrorKind::InvalidData, text));
        }
        Ok(Self { file: Mutex::new(file), failed: AtomicBool::new(false) })
    }

    /// Reads these bytes. Where they cannot be read there are none, and the file has failed for good.
    pub(crate) fn read(&self, start: u64, count: usize) -> Bytes {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let mut bytes = vec![0; count];
        match file.seek(SeekFrom::Start(start)).and_then(|_| file.read_exact(&mut bytes)) {
            Ok(()) => bytes.into(),
            Err(_) => {
                self.failed.store(true, Ordering::Relaxed);
                Bytes::new()
            }
        }
    }

    /// Whether some bytes could not be read.
    pub(crate) fn has_failed(&self) -> bool {
        self.failed.load(Ordering::Relaxed)
    }
}
