//! What the framer returns, and within which limits.

use std::fmt;

use bytes::Bytes;

/// What the framer found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// A whole response with its line end and its literals; behind a streamed literal, the rest of its response.
    Response(Bytes),
    /// The beginning of a response (or of the rest of one) up to the line end behind the announcement of a literal that is
    /// longer than the threshold; and the length of that literal. [`Framer::stream`](super::Framer::stream) lets it through
    /// as [`Chunk`](Self::Chunk)s; else it is held, and comes with the response.
    Head(Bytes, u64),
    /// Bytes of a literal that streams, never none. When all have come, the rest of the response follows.
    Chunk(Bytes),
}

/// How much of a response may be held in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FrameLimits {
    /// The greatest response in bytes, streamed literals not counted.
    pub response: usize,
    /// The longest line in bytes: what of a response lies between literals; behind a literal that was streamed, with all
    /// that came of the response before it, streamed literals not counted.
    pub line: usize,
    /// The longest line that is a list of numbers: SEARCH, ESEARCH, SORT, THREAD and VANISHED.
    pub numbers: usize,
    /// A literal longer than this many bytes can be streamed.
    pub stream_threshold: usize,
}

impl FrameLimits {
    /// Sets the greatest response, in bytes.
    #[must_use]
    pub fn response(self, response: usize) -> Self {
        Self { response, ..self }
    }

    /// Sets the longest line, in bytes.
    #[must_use]
    pub fn line(self, line: usize) -> Self {
        Self { line, ..self }
    }

    /// Sets the longest line that is a list of numbers, in bytes.
    #[must_use]
    pub fn numbers(self, numbers: usize) -> Self {
        Self { numbers, ..self }
    }

    /// Sets from which length on, in bytes, a literal can be streamed.
    #[must_use]
    pub fn stream_threshold(self, stream_threshold: usize) -> Self {
        Self { stream_threshold, ..self }
    }
}

impl Default for FrameLimits {
    fn default() -> Self {
        Self { response: 32 << 20, line: 4 << 20, numbers: 16 << 20, stream_threshold: 64 << 10 }
    }
}

/// The response cannot be framed: what follows on the connection cannot be understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FrameError {
    /// The response is, or announces to be, longer than the limit, in bytes.
    TooLong {
        /// The limit.
        limit: usize,
    },
    /// A literal was announced whose length is not a 63-bit number.
    LiteralLength,
    /// A line that is not a response which can hold a literal announces one: what follows may be its bytes, in which anybody
    /// can have written responses.
    InDoubt,
}

impl fmt::Display for FrameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong { limit } => write!(f, "the server's response is longer than the limit of {limit} bytes"),
            Self::LiteralLength => f.write_str("the server announced a literal of an impossible length"),
            Self::InDoubt => f.write_str("the server announced a literal in a line that can hold none"),
        }
    }
}

impl std::error::Error for FrameError {}
