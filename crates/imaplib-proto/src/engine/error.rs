//! What can go wrong on a connection.

use std::fmt;

use bytes::Bytes;

use crate::command::Incomplete;
use crate::sasl::SaslError;
use crate::types::{InvalidValue, StatusResponse};
use crate::wire::FrameError;

/// The connection cannot be used any more.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EngineError {
    /// A response cannot be framed, or exceeds a limit.
    Frame(FrameError),
    /// A response does not end where it should, so that what follows may be bytes of a message's text, in which anybody can
    /// have written responses: a literal was announced where none can be recognised, or a row goes wrong behind one.
    FramingLost,
    /// The first line is not the greeting of an IMAP server.
    NoGreeting(Bytes),
    /// The server turned the connection away, or closed it; its last words, if it had any.
    Closed(Option<Box<StatusResponse>>),
    /// The server said OK to a command that was not sent in full.
    PrematureCompletion,
    /// Bytes came behind the answer to STARTTLS and before TLS.
    DataBeforeTls,
    /// The answer to a command is longer than the limit, in bytes.
    TooMuch {
        /// The limit.
        limit: usize,
    },
    /// More rows answer a FETCH than the mailbox has messages, by more than the limit.
    TooManyRows {
        /// The limit.
        limit: u64,
    },
    /// More responses than the limit came in a row that are no part of an answer.
    TooManyResponses {
        /// The limit.
        limit: u64,
    },
    /// The server asked for more in a login more often than the limit.
    TooManyRounds {
        /// The limit.
        limit: u32,
    },
    /// The compressed bytes became more than the limit allows for each of them.
    Inflated {
        /// The limit.
        limit: u32,
    },
    /// The caller stopped in the middle of a literal.
    TruncatedLiteral,
    /// The server compresses what it sends, and the caller does not know.
    NotCompressed,
}

impl fmt::Display for EngineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Frame(error) => error.fmt(f),
            Self::FramingLost => f.write_str(
                "the server's response does not end where it should: what follows cannot be told from the text of a message",
            ),
            Self::NoGreeting(line) => {
                let line = line.get(..line.len().min(80)).unwrap_or_default();
                write!(f, "this is no IMAP server: it begins with \"{}\"", line.trim_ascii().escape_ascii())
            }
            Self::Closed(Some(bye)) => write!(f, "the server closed the connection: {}", bye.text),
            Self::Closed(None) => f.write_str("the server closed the connection"),
            Self::PrematureCompletion => {
                f.write_str("the server answered a command before it was sent: somebody may be tampering")
            }
            Self::DataBeforeTls => {
                f.write_str("the server sent more than its answer to STARTTLS in clear text: somebody may be tampering")
            }
            Self::TooMuch { limit } => write!(f, "the answer to a command is longer than the limit of {limit} bytes"),
            Self::TooManyRows { limit } => {
                write!(f, "the server sends more messages than the mailbox has, by more than the limit of {limit}")
            }
            Self::TooManyResponses { limit } => {
                write!(f, "the server sends more than the limit of {limit} responses that nobody asked for")
            }
            Self::TooManyRounds { limit } => {
                write!(f, "the server asks for more than the limit of {limit} times in one login")
            }
            Self::Inflated { limit } => {
                write!(f, "what the server compressed becomes more than the limit of {limit} bytes for each one")
            }
            Self::NotCompressed => {
                f.write_str("the call that began compression was dropped, so nothing can be read any more")
            }
            Self::TruncatedLiteral => f.write_str("a message was not sent to its end, so nothing can follow it"),
        }
    }
}

impl EngineError {
    /// Whether one of the [`Limits`](super::Limits) was reached.
    #[must_use]
    pub fn is_limit(&self) -> bool {
        matches!(
            self,
            Self::Frame(_)
                | Self::TooMuch { .. }
                | Self::TooManyRows { .. }
                | Self::TooManyResponses { .. }
                | Self::TooManyRounds { .. }
                | Self::Inflated { .. }
        )
    }
}

impl std::error::Error for EngineError {}

/// A command did not succeed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CommandError {
    /// An argument cannot be sent; nothing was.
    Invalid(InvalidValue),
    /// The server said NO or BAD.
    Refused(Box<StatusResponse>),
    /// The server answered OK, but what came with it is not an answer.
    Incomplete(Incomplete),
    /// This server would close the connection at this command: nothing was sent.
    Withheld(&'static str),
    /// The client cancelled the authentication.
    Sasl(SaslError),
    /// The connection is over.
    Connection(EngineError),
}

impl fmt::Display for CommandError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invalid(error) => error.fmt(f),
            Self::Refused(status) => write!(f, "the server says {}: {}", status.kind, status.text),
            Self::Incomplete(error) => error.fmt(f),
            Self::Withheld(command) => write!(f, "{command} is not sent: this server would close the connection"),
            Self::Sasl(error) => error.fmt(f),
            Self::Connection(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for CommandError {}
