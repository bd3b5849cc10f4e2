//! What kind of failure an error is.

use std::fmt;

/// What kind of failure an [`Error`](super::Error) is: the first question of a program that maps errors to its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The call was wrong, and nothing was sent.
    BadArgument,
    /// The server does not offer what is required, and nothing was sent.
    Unsupported,
    /// The mailbox is read-only, and nothing was sent.
    ReadOnly,
    /// The server refused a command: NO or BAD.
    Refused,
    /// The login was refused, cancelled or is not possible.
    Authentication,
    /// The server does not follow the protocol.
    Protocol,
    /// A limit was reached.
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
