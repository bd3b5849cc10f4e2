//! An encoded command: bytes to send, and where the server must be waited for.

use std::fmt;
use std::ops::Range;

use zeroize::Zeroizing;

/// A part of an encoded command.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fragment {
    /// Bytes to send, which are wiped when they are dropped, and which of them are secrets.
    Bytes(Zeroizing<Vec<u8>>, Vec<Range<usize>>),
    /// The server's go-ahead, `+`, must be awaited.
    GoAhead,
    /// So many bytes that the caller brings.
    Stream(u64),
}

impl fmt::Debug for Fragment {
    /// Leaves secrets out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bytes(bytes, secrets) if secrets.is_empty() => write!(f, "Bytes(\"{}\")", bytes.escape_ascii()),
            Self::Bytes(bytes, _) => write!(f, "Bytes({} with secrets)", bytes.len()),
            Self::GoAhead => f.write_str("GoAhead"),
            Self::Stream(length) => write!(f, "Stream({length})"),
        }
    }
}

/// An encoded command, without tag and with its line end.
pub type Fragments = Vec<Fragment>;
