//! What a run has done.

use std::collections::{BTreeMap, HashSet};

use imaplib::types::UidSet;

use crate::error::ArchiveError;
use crate::survey::Survey;
use crate::sync::server_id::ServerId;

/// What a run has done with one mailbox.
#[derive(Debug, Default, Clone)]
#[non_exhaustive]
pub struct MailboxReport {
    /// Its name.
    pub mailbox: String,
    /// Messages that are new in the archive.
    pub new: u64,
    /// The bytes that came for messages.
    pub bytes: u64,
    /// Messages whose files were found in the archive.
    pub adopted: u64,
    /// Messages with changed flags.
    pub flags: u64,
    /// Messages that are new in the mailbox and were in the archive already: nothing of them was fetched.
    pub linked: u64,
    /// Messages that have gone from the mailbox, and that the server has in another one, byte for byte.
    pub moved: u64,
    /// Messages that have gone from the server and are kept.
    pub expunged: u64,
    /// Messages that were removed from the archive.
    pub pruned: u64,
    /// Messages that did not come, or cannot be listed.
    pub failed: u64,
    /// Messages that were fetched again because the file was missing or damaged.
    pub repaired: u64,
    /// Messages whose file was not as it was written.
    pub damaged: u64,
    /// Messages whose files are missing or damaged, and that are no longer on the server; each is counted in one run alone.
    pub lost: u64,
    /// UIDs that mean another message now; the old one is kept.
    pub replaced: u64,
    /// Messages that were fetched again because of a doubt, and are the same.
    pub same: u64,
    /// Messages of which fewer bytes came than the server announced.
    pub short: u64,
    /// Messages of which that was so, fetched again with another text.
    pub completed: u64,
    /// Files whose names another program had changed.
    pub renamed: u64,
    /// Files in the folder that are not messages of the archive; looked for when verifying.
    pub extra: u64,
    /// Messages that were too many to be removed.
    pub unpruned: u64,
    /// Whether the server was set back to an earlier state.
    pub set_back: bool,
    /// Whether it could not be brought up to date.
    pub is_incomplete: bool,
    /// If the UIDVALIDITY changed: the messages of the mailbox that was there under this name before.
    pub former: Option<u64>,
    /// What had not come when the connection was lost.
    pub(crate) left: UidSet,
    /// The UIDVALIDITY that this run saw first.
    pub(crate) uid_validity: Option<u64>,
}

/// What a run has done.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Report {
    /// The mailboxes that were opened or looked at, by their names.
    pub mailboxes: BTreeMap<String, MailboxReport>,
    /// How many mailboxes cannot be listed, were not brought up to date, or are not believed to be gone.
    pub failed_mailboxes: u64,
    /// Mailboxes that the server lists no more, for the first time.
    pub gone: Vec<String>,
    /// How many more were reported before.
    pub gone_before: u64,
    /// How many messages of the archive earlier runs have reported as lost.
    pub lost_before: u64,
    /// How many messages of the archive earlier runs have reported as shorter than the server announces.
    pub short_before: u64,
    /// Why the run ended before all was done.
    pub ended_by: Option<ArchiveError>,
    /// Why what the server showed was not believed.
    pub not_believed: Option<ArchiveError>,
    pub(crate) survey: Survey,
    /// How the server names the contents of messages, once it was asked: `None` in it if it does not.
    pub(crate) server_id: Option<Option<ServerId>>,
    /// UIDs of a mailbox were given again, or its numbers fell: the server was set back.
    pub(crate) is_set_back: bool,
    /// The mailboxes that were not opened, because nothing seemed to have happened in them.
    pub(crate) unopened: HashSet<Vec<u8>>,
}

impl MailboxReport {
    /// Whether nothing has happened that a user wants to know.
    #[must_use]
    pub fn is_quiet(&self) -> bool {
        let counts = [
            self.flags,
            self.linked,
            self.moved,
            self.expunged,
            self.pruned,
            self.failed,
            self.adopted,
            self.damaged,
            self.lost,
            self.same,
            self.short,
            self.completed,
            self.renamed,
            self.extra,
            self.unpruned,
        ];
        self.new + self.repaired + counts.iter().sum::<u64>() == 0 && self.former.is_none()
    }

    /// All messages that came from the server.
    #[must_use]
    pub fn arrived(&self) -> u64 {
        self.new + self.linked + self.repaired + self.same + self.completed
    }

    fn add(&mut self, other: &Self) {
        self.new += other.new;
        self.bytes += other.bytes;
        self.adopted += other.adopted;
        self.flags += other.flags;
        self.linked += other.linked;
        self.moved += other.moved;
        self.expunged += other.expunged;
        self.pruned += other.pruned;
        self.failed += other.failed;
        self.repaired += other.repaired;
        self.damaged += other.damaged;
        self.lost += other.lost;
        self.replaced += other.replaced;
        self.same += other.same;
        self.short += other.short;
        self.completed += other.completed;
        self.renamed += other.renamed;
        self.extra += other.extra;
        self.unpruned += other.unpruned;
    }
}

impl Report {
    /// Whether a mailbox or message is missing or damaged, or was, and had to be fetched again.
    #[must_use]
    pub fn has_failures(&self) -> bool {
        let failures = |mailbox: &MailboxReport| mailbox.failed + mailbox.damaged + mailbox.repaired + mailbox.lost;
        self.failed_mailboxes > 0 || self.mailboxes.values().map(failures).sum::<u64>() > 0
    }

    /// Whether something has happened that is not a failure, and that whoever trusts the archive wants to know: the server was set
    /// back, recreated a mailbox or lists one no more, means other messages by its UIDs, or other programs were at work in the
    /// archive.
    #[must_use]
    pub fn has_notable_changes(&self) -> bool {
        let is_notable = |mailbox: &MailboxReport| {
            mailbox.set_back
                || mailbox.former.is_some_and(|former| former > 0)
                || mailbox.replaced + mailbox.renamed + mailbox.extra + mailbox.adopted > 0
        };
        !self.gone.is_empty() || self.mailboxes.values().any(is_notable)
    }

    /// Whether messages are new in the archive.
    #[must_use]
    pub fn has_new(&self) -> bool {
        self.mailboxes.values().any(|mailbox| mailbox.new + mailbox.linked > 0)
    }

    /// Whether pruning left messages because they were too many.
    #[must_use]
    pub fn has_unpruned(&self) -> bool {
        self.mailboxes.values().any(|mailbox| mailbox.unpruned > 0)
    }

    /// The sums over all mailboxes.
    #[must_use]
    pub fn total(&self) -> MailboxReport {
        let mut total = MailboxReport::default();
        self.mailboxes.values().for_each(|mailbox| total.add(mailbox));
        total
    }

    /// The report of a mailbox, to be added to.
    pub(crate) fn of(&mut self, mailbox: &str) -> &mut MailboxReport {
        self.mailboxes
            .entry(mailbox.to_owned())
            .or_insert_with(|| MailboxReport { mailbox: mailbox.to_owned(), ..MailboxReport::default() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_mailbox_is_enough() {
        let mut report = Report::default();
        report.mailboxes.insert("a".to_owned(), MailboxReport::default());
        assert!(!report.has_new() && !report.has_unpruned());
        report.mailboxes.insert("b".to_owned(), MailboxReport { new: 1, unpruned: 2, ..MailboxReport::default() });
        assert!(report.has_new() && report.has_unpruned());
    }
}
