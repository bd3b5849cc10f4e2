//! Errors of an archive: which exit code they mean, and what the user can do.

use std::error::Error;

use imaplib_archive::{ArchiveError, DatabaseFault, ExportFault, MailboxFault, SourceError};

use crate::error::library::{failure, of_listing};
use crate::error::{Cause, Exit, Failure};

/// What an error of an archive is to the user.
pub(crate) fn failure_of(error: &ArchiveError) -> Failure {
    let told = |exit| Failure::new(exit, error.to_string());
    match error {
        ArchiveError::Server(error) | ArchiveError::NothingListed(error) => failure(error),
        ArchiveError::List(error) => of_listing(error, "`imap backup DIR --mailbox 'A*'` lists those that match a pattern"),
        ArchiveError::Connect(error) => own(error.inner(), Exit::Temporary),
        ArchiveError::Selection(error) => own(&**error, Exit::Usage),
        ArchiveError::Locked { .. } => told(Exit::Temporary).hint("wait for it to end, then run this again"),
        ArchiveError::OtherAccount { .. } => told(Exit::Usage)
            .hint("give another folder; if the account has moved, --adopt makes this archive the account's"),
        ArchiveError::NotAnArchive { .. } => told(Exit::Usage)
            .hint("give an empty or a new folder; --adopt goes on in an archive that has lost its database"),
        ArchiveError::NoArchive { .. } => {
            told(Exit::NoInput).hint("is the disk mounted? `imap backup` without --must-exist makes an archive")
        }
        ArchiveError::NewerFormat { .. } => told(Exit::Config).hint("use that version"),
        ArchiveError::NotAFile { .. } => told(Exit::Io).hint("move it away, then run this again"),
        ArchiveError::Damaged { .. } => told(Exit::Io).hint(
            "`imap archive rebuild DIR` makes the database anew from the log; without one, move .imap-backup.sqlite away and \
             run again with --adopt: the messages in the folders are not fetched again",
        ),
        ArchiveError::BadRow { .. } => told(Exit::Io).hint("`imap verify DIR --repair` makes the database from the log"),
        ArchiveError::Io { action, path, source } => Failure::file(action, path, source),
        ArchiveError::Database { fault, .. } => match fault {
            DatabaseFault::DiskFull => {
                told(Exit::Io).hint("the disk is full: make room, then run the same command again")
            }
            DatabaseFault::InUse => told(Exit::Temporary),
            DatabaseFault::Io => told(Exit::Io).hint("is the disk full, or does it fail?"),
            _ => told(Exit::Io),
        },
        ArchiveError::Mailbox(fault) => match fault {
            MailboxFault::NoUidValidity => {
                told(Exit::Protocol).hint("`imap get` fetches messages without noting which they are")
            }
            MailboxFault::UidValidityDoesNotLast => told(Exit::Protocol)
                .hint("nothing of it is stored in this run, for all of it would be stored once more each time"),
            MailboxFault::Recreated => {
                told(Exit::Temporary).hint("run the same command again: what had arrived before is kept")
            }
            _ => told(Exit::Protocol),
        },
        ArchiveError::NotBelieved(_) => told(Exit::Temporary)
            .hint("the archive is as it was; run this again later, or with --allow-mass-changes if it is true"),
        ArchiveError::NoMailbox(_) => told(Exit::Unavailable),
        ArchiveError::Changed { .. } => {
            told(Exit::Io).hint("`imap verify` looks at every file, and `imap backup --verify` fetches it again")
        }
        ArchiveError::Export { fault, .. } => told(Exit::Usage).hint(match fault {
            ExportFault::OtherFile => "give the name of a new file",
            _ => "give a new or an empty folder, or one of an earlier export of this archive in this form",
        }),
        _ => told(Exit::Io),
    }
}

/// An error of this program that went through the archive.
fn own(error: &(dyn Error + Send + Sync + 'static), exit: Exit) -> Failure {
    error.downcast_ref::<Failure>().cloned().unwrap_or_else(|| Failure::new(exit, error.to_string()))
}

/// A failed connection, for the archive: whether another one may be had.
pub(super) fn source_error(failure: Failure, has_token: bool) -> SourceError {
    // A server may still count the connection that was lost.
    let may_pass = failure.leaves() == Cause::Connection || failure.is_lost() || failure.exit() == Exit::Temporary;
    // A token that has expired may still be handed out for a while.
    let may_pass = may_pass || (failure.exit() == Exit::Login && has_token);
    let wait = failure.asked_to_wait();
    SourceError::new(failure).may_pass(may_pass).wait(wait)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_went_through_the_archive_is_what_it_was() {
        let failure = Failure::new(Exit::Login, "refused").hint("check it");
        for (has_token, exit) in [(true, Exit::Login), (false, Exit::Login)] {
            let error = ArchiveError::Connect(source_error(failure.clone(), has_token).into());
            assert_eq!(
                (failure_of(&error).exit(), failure_of(&error).with_hints().as_str()),
                (exit, "refused; check it")
            );
        }
    }

    #[test]
    fn a_mailbox_that_cannot_be_stored_says_why() {
        for (fault, exit, hint) in [
            (MailboxFault::NoCount, Exit::Protocol, ""),
            (MailboxFault::NoUidValidity, Exit::Protocol, "`imap get`"),
            (MailboxFault::UidValidityDoesNotLast, Exit::Protocol, "nothing of it is stored"),
            (MailboxFault::Recreated, Exit::Temporary, "run the same command again"),
        ] {
            let failure = failure_of(&ArchiveError::Mailbox(fault));
            assert_eq!(failure.exit(), exit, "{fault:?}");
            assert!(failure.with_hints().contains(hint), "{fault:?}: {}", failure.with_hints());
        }
    }
}
