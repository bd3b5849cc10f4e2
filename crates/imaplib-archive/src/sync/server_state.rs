//! A mailbox as the server shows it, and what an error at it can come of.

use imaplib::blocking::Mailbox;
use imaplib::types::MailboxStatus;

use crate::error::{ArchiveError, Leaves, MailboxFault, Result};
use crate::index::MailboxRow;
use crate::observer::Observer;
use crate::options::Cancel;

/// The mailbox as the server shows it at the beginning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ServerState {
    pub(crate) messages: u64,
    pub(crate) uid_validity: u64,
    pub(crate) uid_next: u64,
    pub(crate) highest_modseq: u64,
}

impl ServerState {
    pub(crate) fn from_status(status: &MailboxStatus) -> Option<Self> {
        Some(Self {
            messages: status.messages?,
            uid_validity: status.uid_validity?,
            uid_next: status.uid_next?,
            highest_modseq: status.highest_mod_seq?,
        })
    }

    pub(crate) fn from_mailbox(mailbox: &Mailbox<'_>) -> Result<Self> {
        if !mailbox.state().is_some_and(|view| view.exists_is_known) {
            return Err(ArchiveError::Mailbox(MailboxFault::NoCount));
        }
        let lasting = mailbox.uid_validity().filter(|_| !mailbox.state().is_some_and(|view| view.uids_not_sticky));
        let Some(uid_validity) = lasting else {
            return Err(ArchiveError::Mailbox(MailboxFault::NoUidValidity));
        };
        Ok(Self {
            messages: mailbox.exists().into(),
            uid_validity,
            uid_next: mailbox.uid_next().unwrap_or_default(),
            highest_modseq: mailbox.highest_mod_seq().unwrap_or_default(),
        })
    }

    /// Which of its numbers is below that of the last run, with both: these only rise unless the server was set back.
    pub(crate) fn fallen(&self, row: &MailboxRow) -> Option<(&'static str, u64, u64)> {
        let numbers =
            [("UIDNEXT", row.uid_next, self.uid_next), ("HIGHESTMODSEQ", row.highest_modseq, self.highest_modseq)];
        let is_same = row.uid_validity == self.uid_validity;
        numbers.into_iter().find(|(_, before, now)| is_same && *now != 0 && now < before)
    }
}

/// What a listing needs beside the mailbox.
#[derive(Clone, Copy)]
pub(crate) struct Watch<'a> {
    pub(crate) cancel: &'a Cancel,
    pub(crate) observer: &'a dyn Observer,
}

/// Whether this can come of a message that the server cannot read.
pub(crate) fn may_be_a_message(failure: &ArchiveError) -> bool {
    matches!(failure.leaves(), Leaves::Archive | Leaves::Connection) && failure.retry_after().is_none()
}
