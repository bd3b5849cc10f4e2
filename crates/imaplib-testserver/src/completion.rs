//! How a command ends.

use crate::cursor::Syntax;
use crate::store_error::StoreError;

/// The end of a command; the tag is put before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Completion {
    /// Success, with an optional response code in its text.
    Ok(String),
    No(String),
    Bad(String),
    /// The command continues with the next line of the client (IDLE, AUTHENTICATE).
    Pending,
}

/// Success or refusal; refusals travel by `?`.
pub(crate) type Handled = Result<Completion, Completion>;

impl Completion {
    pub(crate) fn ok(text: impl Into<String>) -> Handled {
        Ok(Self::Ok(text.into()))
    }

    pub(crate) fn no<T>(text: impl Into<String>) -> Result<T, Self> {
        Err(Self::No(text.into()))
    }

    pub(crate) fn bad<T>(text: impl Into<String>) -> Result<T, Self> {
        Err(Self::Bad(text.into()))
    }
}

impl From<Syntax> for Completion {
    fn from(syntax: Syntax) -> Self {
        Self::Bad(syntax.0)
    }
}

impl From<StoreError> for Completion {
    fn from(error: StoreError) -> Self {
        let code = match error {
            StoreError::NoSuchMailbox => "[NONEXISTENT] ",
            StoreError::MailboxExists => "[ALREADYEXISTS] ",
            StoreError::Inbox | StoreError::InvalidName => "[CANNOT] ",
            StoreError::HasChildren => "[HASCHILDREN] ",
            StoreError::TooMany => "[OVERQUOTA] ",
            StoreError::NoSuchUser | StoreError::NoSuchMessage => "",
        };
        Self::No(format!("{code}{error}"))
    }
}

/// The answer to a missing target mailbox of APPEND, COPY and MOVE (RFC 3501 section 6.3.11).
pub(crate) fn try_create(error: StoreError) -> Completion {
    match error {
        StoreError::NoSuchMailbox => Completion::No("[TRYCREATE] no such mailbox".to_owned()),
        other => other.into(),
    }
}
