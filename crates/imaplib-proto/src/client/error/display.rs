//! What people read of an error.

use std::fmt;

use super::{Error, MissedBecause, Reason, TruncatedLiteral};
use crate::types::StatusResponse;

impl fmt::Debug for Error {
    /// As [`Display`](fmt::Display), for this is what a `main` that returns an error prints; with `{:#?}` all that is
    /// known.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match f.alternate() {
            true => f.debug_tuple("Error").field(&self.0).finish(),
            false => fmt::Display::fmt(self, f),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.reason.fmt(f)?;
        match &self.0.context.literal {
            Some(literal) => literal.fmt(f),
            None => Ok(()),
        }
    }
}

impl fmt::Display for TruncatedLiteral {
    /// The end of a sentence.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { received, announced } = self;
        write!(f, ", in the middle of a literal: {received} of its {announced} bytes were received")
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let refusal = |f: &mut fmt::Formatter<'_>, what: &str, status: &StatusResponse| {
            write!(f, "{what}: {}", status.kind)?;
            if let Some(code) = &status.code {
                write!(f, " [{}]", code.name())?;
            }
            write!(f, " {}", status.text)
        };
        match self {
            Self::Argument(argument) => argument.fmt(f),
            Self::Refused(status) => refusal(f, "the server refused", status),
            Self::Login(status) => refusal(f, "the server refused the login", status),
            Self::Sasl(error) => write!(f, "the login was cancelled: {error}"),
            Self::LoginDisabled => {
                f.write_str("the server allows no login here (LOGINDISABLED): it may require TLS or another mechanism")
            }
            Self::ReadOnly => f.write_str("the mailbox is read-only: nothing in it can be changed"),
            Self::Unsupported(capability, because) => write!(f, "the server does not offer {capability}{because}"),
            Self::Incomplete(error) => error.fmt(f),
            Self::Connection(error) => error.fmt(f),
            Self::Timeout(phase) => write!(f, "timed out: {phase}"),
            Self::TextTooLong { length, limit } => {
                write!(f, "the text is {length} bytes long, more than the limit of {limit}")
            }
            Self::External(failure) => failure.fmt(f),
        }
    }
}

impl fmt::Display for MissedBecause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotOffered => "",
            Self::Preauthenticated => ", for it greets with PREAUTH: somebody may be tampering",
            Self::NoUidExpunge => ": single messages cannot be removed safely, only all that are marked (expunge)",
            Self::NoStartTls => ": use imaps:// (implicit TLS, port 993) if it has that",
        })
    }
}
