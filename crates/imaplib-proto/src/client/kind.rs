//! What kind of failure an error is, and why a call cannot be made.

use std::{fmt, io};

use super::mechanisms::mechanism_names;
use crate::types::InvalidValue;

/// What kind of failure an [`Error`](super::Error) is: the first question of a program that maps errors to its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The call was wrong; nothing was sent, unless [`BadArgument`] states otherwise.
    BadArgument,
    /// The server does not offer what is required, and nothing was sent.
    Unsupported,
    /// The mailbox is read-only: nothing was sent, or the server refused with the response code READ-ONLY.
    ReadOnly,
    /// The server refused a command, NO or BAD, for a reason that is none of those below, or for one that it does not state
    /// in a response code.
    Refused,
    /// The login was refused, cancelled or is not possible.
    Authentication,
    /// The server cannot do it now: the same may succeed later. The response codes UNAVAILABLE and INUSE, and the words of
    /// known servers for too many requests or connections.
    Unavailable,
    /// There is no mailbox of this name: the response codes NONEXISTENT and TRYCREATE.
    NoSuchMailbox,
    /// What was to be created exists: the response code ALREADYEXISTS.
    AlreadyExists,
    /// The quota would be exceeded: the response code OVERQUOTA.
    OverQuota,
    /// The user may not do this: the response code NOPERM.
    PermissionDenied,
    /// The server does not follow the protocol.
    Protocol,
    /// A limit was reached: one of [`Limits`](crate::engine::Limits), which ends the connection, one of the caller's, or one
    /// of the server's, which refuses with the response code LIMIT.
    Limit,
    /// The connection was closed or lost.
    ConnectionLost,
    /// A timeout ran out.
    Timeout,
    /// The server could not be reached.
    Unreachable,
    /// TLS failed.
    Tls,
    /// A file or stream of the caller failed.
    CallerIo,
}

impl ErrorKind {
    /// The nearest kind of [`io::Error`].
    #[must_use]
    pub fn to_io(self) -> io::ErrorKind {
        match self {
            Self::BadArgument => io::ErrorKind::InvalidInput,
            Self::Unsupported => io::ErrorKind::Unsupported,
            Self::ReadOnly | Self::PermissionDenied | Self::Authentication => io::ErrorKind::PermissionDenied,
            Self::NoSuchMailbox => io::ErrorKind::NotFound,
            Self::AlreadyExists => io::ErrorKind::AlreadyExists,
            Self::OverQuota => io::ErrorKind::QuotaExceeded,
            Self::Unavailable => io::ErrorKind::ResourceBusy,
            Self::Protocol | Self::Limit | Self::Tls => io::ErrorKind::InvalidData,
            Self::ConnectionLost => io::ErrorKind::ConnectionAborted,
            Self::Timeout => io::ErrorKind::TimedOut,
            Self::Unreachable => io::ErrorKind::HostUnreachable,
            Self::Refused | Self::CallerIo => io::ErrorKind::Other,
        }
    }
}

/// A failure outside the protocol: its cause is with whoever owns the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ExternalFailure {
    /// The server could not be reached.
    Unreachable,
    /// The connection failed while it was read or written.
    Connection,
    /// TLS failed.
    Tls,
    /// A file of certificates or keys cannot be used.
    CertificateFile,
    /// The caller's source of a message failed.
    Source,
    /// The caller's target of a text failed.
    Target,
    /// The caller's provider of access tokens failed.
    Token,
}

impl fmt::Display for ExternalFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unreachable => "the server cannot be reached",
            Self::Connection => "the connection failed",
            Self::Tls => "TLS failed",
            Self::CertificateFile => "a file of certificates or keys cannot be used",
            Self::Source => "the message cannot be read",
            Self::Target => "the text cannot be written",
            Self::Token => "there is no access token",
        })
    }
}

/// A call was wrong: a value that cannot be sent, or a call that makes no sense in this state. Nothing was sent, unless the
/// variant states otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BadArgument {
    /// A certificate or a key in memory cannot be used; why, for people.
    Certificate(String),
    /// A value cannot be sent.
    Value(InvalidValue),
    /// An address cannot be read; what is wrong with it, for people.
    Address(String),
    /// No mechanism has this name.
    UnknownMechanism(String),
    /// The command has a call of its own, whose name this is.
    OwnCall(&'static str),
    /// The command makes sense only after login, or has a call of its own.
    NotBeforeLogin,
    /// The server requires a login first.
    LoginRequired,
    /// The handle is of a mailbox that is not open any more.
    MailboxNotOpen,
    /// No mailbox is open.
    NoMailboxOpen,
    /// The command was given up: its answer was dropped.
    GivenUp,
    /// Commands were started and not finished, before a call that changes the whole connection.
    Unfinished,
    /// The connection is compressed, and the call would have to end that.
    Compressed,
    /// The connection was closed by an earlier call.
    Closed,
    /// The source of a message ended this many bytes before its length.
    ShortMessage {
        /// How many bytes are missing.
        missing: u64,
    },
    /// The text of a message was read or dropped before.
    TextGone,
    /// The text was dropped when the rest of the row was received.
    TextDropped,
    /// A part of the text went to a call that was dropped or failed.
    TextTaken,
    /// The command of a tunnel cannot be used; why, for people.
    Tunnel(&'static str),
    /// This system has no such kind of connection.
    NotOnThisSystem(&'static str),
}

impl fmt::Display for BadArgument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Certificate(reason) => write!(f, "a certificate or a key cannot be used: {reason}"),
            Self::Value(invalid) => invalid.fmt(f),
            Self::Address(text) => f.write_str(text),
            Self::UnknownMechanism(name) => {
                let known: Vec<&str> = mechanism_names().collect();
                write!(f, "the mechanism \"{}\" is not known; known are {}", name.escape_debug(), known.join(", "))
            }
            Self::OwnCall(call) => write!(f, "this command has a call of its own: {call}"),
            Self::NotBeforeLogin => f.write_str("the command has a call of its own, or makes sense only after login"),
            Self::LoginRequired => f.write_str("the server requires a login first"),
            Self::MailboxNotOpen => {
                f.write_str("this mailbox is not open any more: another one was opened, or it was closed")
            }
            Self::NoMailboxOpen => f.write_str("no mailbox is open: select one first"),
            Self::GivenUp => f.write_str("the command was given up"),
            Self::Unfinished => f.write_str("commands were started and not finished: finish them first"),
            Self::Compressed => f.write_str("the call would have to end compression: open another connection instead"),
            Self::Closed => f.write_str("the connection is closed"),
            Self::ShortMessage { missing } => write!(f, "the message ended {missing} bytes before its length"),
            Self::TextGone => f.write_str("the text is not there any more: it was read or dropped before"),
            Self::TextDropped => f.write_str("the text was dropped when the rest of the row was received"),
            Self::TextTaken => f.write_str("a part of the text went to a call that was dropped or failed"),
            Self::Tunnel(reason) => f.write_str(reason),
            Self::NotOnThisSystem(what) => write!(f, "this system has no {what}"),
        }
    }
}

impl std::error::Error for BadArgument {}

impl From<InvalidValue> for BadArgument {
    fn from(invalid: InvalidValue) -> Self {
        Self::Value(invalid)
    }
}
