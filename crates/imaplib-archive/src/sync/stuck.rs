//! Files of the archive that cannot be renamed or removed: each costs its own message alone.

use imaplib::types::{Uid, UidSet};

use crate::error::{ArchiveError, Leaves, Result};
use crate::files::Identity;
use crate::observer::{Finding, Observer, report};

/// The messages whose files could not be renamed or removed, and why the first of them could not.
#[derive(Debug, Default)]
pub(crate) struct Stuck {
    uids: UidSet,
    /// How many files belong to messages that have no UID of the mailbox as it is now.
    others: u64,
    reason: Option<ArchiveError>,
}

impl Stuck {
    /// The value of `result`; `None` for an error of this file alone, which is noted.
    pub(crate) fn note<T>(&mut self, uid_validity: u64, message: Identity, result: Result<T>) -> Result<Option<T>> {
        let error = match result {
            Ok(value) => return Ok(Some(value)),
            Err(error @ ArchiveError::Io { .. }) if error.leaves() == Leaves::Others => error,
            Err(error) => return Err(error),
        };
        match Uid::new(message.1).filter(|_| message.0 == uid_validity) {
            Some(uid) => self.uids.insert(uid),
            None => self.others += 1,
        }
        self.reason.get_or_insert(error);
        Ok(None)
    }

    pub(crate) fn add(&mut self, other: Self) {
        self.uids.extend(other.uids.iter());
        self.others += other.others;
        self.reason = self.reason.take().or(other.reason);
    }

    /// Reports them; returns how many there are.
    pub(crate) fn report(&self, observer: &dyn Observer, mailbox: &str) -> u64 {
        if let Some(reason) = &self.reason {
            report(observer, mailbox, Finding::Stuck { uids: &self.uids, others: self.others, reason });
        }
        self.uids.len() + self.others
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::path::Path;

    use super::*;

    fn failure(kind: io::ErrorKind) -> Result<()> {
        Err(ArchiveError::io("rename", Path::new("x"), kind.into()))
    }

    #[test]
    fn only_what_is_of_one_file_is_noted() {
        let mut stuck = Stuck::default();
        assert!(stuck.note(7, (7, 1), Ok(5)).unwrap() == Some(5) && stuck.report(&(), "INBOX") == 0);
        for (message, kind) in [
            ((7, 2), io::ErrorKind::PermissionDenied),
            ((7, 2), io::ErrorKind::IsADirectory),
            ((7, 3), io::ErrorKind::ReadOnlyFilesystem),
            ((0, 9), io::ErrorKind::PermissionDenied),
        ] {
            assert!(stuck.note(7, message, failure(kind)).unwrap().is_none(), "{kind}");
        }
        assert!(stuck.note(7, (7, 4), failure(io::ErrorKind::StorageFull)).is_err());
        assert_eq!((stuck.uids.to_string().as_str(), stuck.others, stuck.report(&(), "INBOX")), ("2:3", 1, 3));
    }
}
