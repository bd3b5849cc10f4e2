//! What kind of failure an error is.

use std::{fmt, io};

/// What kind of failure an [`Error`](super::Error) is: the first question of a program that maps errors to its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The call was wrong, and nothing was sent.
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
        })
    }
}
