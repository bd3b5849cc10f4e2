//! Text as the server sent it: bytes that are usually, but not always, UTF-8.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use bytes::Bytes;

/// How many bytes a text has room for in itself.
pub(crate) const SHORT: usize = 30;

/// Bytes from the server that stand for text.
///
/// IMAP strings are 7-bit by the standard and UTF-8 after `ENABLE UTF8=ACCEPT`, but real servers also send raw 8-bit
/// text in any charset, so the bytes are kept as they came. A short text lies in the value itself; a long one shares the
/// block it was received in. Cloning either allocates nothing.
#[derive(Clone)]
pub struct ImapString(Repr);

#[derive(Clone)]
enum Repr {
    /// The first `length` bytes; what follows them means nothing.
    Short { length: u8, bytes: [u8; SHORT] },
    /// `length` bytes of the block from `start` on.
    Long { block: Arc<Bytes>, start: usize, length: usize },
}

impl ImapString {
    /// The first `length` bytes of the window.
    #[inline]
    pub(crate) fn short(window: &[u8; SHORT], length: usize) -> Self {
        let length = u8::try_from(length).unwrap_or_default();
        Self(Repr::Short { length, bytes: *window })
    }

    /// A copy of the bytes, if they are few.
    #[inline]
    pub(crate) fn copied(bytes: &[u8]) -> Option<Self> {
        let mut window = [0; SHORT];
        window.get_mut(..bytes.len())?.copy_from_slice(bytes);
        Some(Self::short(&window, bytes.len()))
    }

    /// The bytes from `start` to `end` of a block: a copy if they are few.
    pub(crate) fn within(block: &Arc<Bytes>, start: usize, end: usize) -> Self {
        let bytes = block.get(start..end).unwrap_or_default();
        Self::copied(bytes).unwrap_or_else(|| Self::shared(block, start, end))
    }

    /// The bytes from `start` to `end` of a block.
    #[inline]
    pub(crate) fn shared(block: &Arc<Bytes>, start: usize, end: usize) -> Self {
        Self(Repr::Long { block: Arc::clone(block), start, length: end.saturating_sub(start) })
    }

    /// The bytes.
    #[must_use]
    #[inline]
    pub fn as_bytes(&self) -> &[u8] {
        match &self.0 {
            Repr::Short { length, bytes } => bytes.get(..usize::from(*length)).unwrap_or_default(),
            Repr::Long { block, start, length } => block.get(*start..*start + *length).unwrap_or_default(),
        }
    }

    /// The bytes; those of a long text are shared with the block they were received in.
    #[must_use]
    pub fn into_bytes(self) -> Bytes {
        match &self.0 {
            Repr::Short { .. } => Bytes::copy_from_slice(self.as_bytes()),
            Repr::Long { block, .. } => block.slice_ref(self.as_bytes()),
        }
    }

    /// The text if it is UTF-8.
    #[must_use]
    pub fn to_str(&self) -> Option<&str> {
        std::str::from_utf8(self.as_bytes()).ok()
    }

    /// The text, with each invalid sequence replaced by U+FFFD.
    #[must_use]
    pub fn to_string_lossy(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(self.as_bytes())
    }

    /// Whether there is no byte.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.as_bytes().is_empty()
    }

    /// The number of bytes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.as_bytes().len()
    }

    /// Whether the bytes equal `other`, ASCII letters compared without case.
    #[must_use]
    pub fn eq_ignore_ascii_case(&self, other: impl AsRef<[u8]>) -> bool {
        self.as_bytes().eq_ignore_ascii_case(other.as_ref())
    }
}

impl Default for ImapString {
    fn default() -> Self {
        Self::short(&[0; SHORT], 0)
    }
}

impl PartialEq for ImapString {
    fn eq(&self, other: &Self) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl Eq for ImapString {}

impl PartialOrd for ImapString {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for ImapString {
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_bytes().cmp(other.as_bytes())
    }
}

impl Hash for ImapString {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_bytes().hash(state);
    }
}

impl From<Bytes> for ImapString {
    fn from(bytes: Bytes) -> Self {
        Self::copied(&bytes).unwrap_or_else(|| {
            let length = bytes.len();
            Self(Repr::Long { block: Arc::new(bytes), start: 0, length })
        })
    }
}

impl From<&str> for ImapString {
    fn from(text: &str) -> Self {
        Self::copied(text.as_bytes()).unwrap_or_else(|| Bytes::copy_from_slice(text.as_bytes()).into())
    }
}

impl From<String> for ImapString {
    fn from(text: String) -> Self {
        Bytes::from(text).into()
    }
}

impl AsRef<[u8]> for ImapString {
    fn as_ref(&self) -> &[u8] {
        self.as_bytes()
    }
}

impl PartialEq<str> for ImapString {
    fn eq(&self, other: &str) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl PartialEq<&str> for ImapString {
    fn eq(&self, other: &&str) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl fmt::Display for ImapString {
    /// Writes the text with invalid UTF-8 replaced. Control characters are written as they are.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.to_string_lossy())
    }
}

impl fmt::Debug for ImapString {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.as_bytes().escape_ascii())
    }
}
