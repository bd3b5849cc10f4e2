//! Mailboxes that have another name now: they are known again, and nothing of them is fetched again.
//!
//! A mailbox keeps its MAILBOXID when it is renamed (RFC 8474), and on every server that is known its UIDVALIDITY, UIDNEXT and
//! messages. Whether it is the same one is seen as ever: the list of its messages is compared by dates and sizes.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::io;
use std::path::Path;

use imaplib::types::{Listing, MailboxName, MailboxStatus};

use crate::archive::Archive;
use crate::error::{ArchiveError, Result};
use crate::file_system::sync_folder;
use crate::index::{self, MailboxRow};
use crate::maildir::{self, DESCRIPTION, KEYWORDS_FILE};
use crate::observer::{Finding, Observer, report};
use crate::private;

impl Archive {
    /// Finds the mailboxes that `listed` has under another name than the archive, and notes their new names. `all` has the
    /// keys of everything that the server lists.
    pub(crate) fn follow_renames<'a>(
        &mut self,
        listed: impl Iterator<Item = (&'a Listing, Option<&'a MailboxStatus>)>,
        all: &HashSet<Vec<u8>>,
        observer: &dyn Observer,
    ) -> Result<()> {
        let missing: Vec<MailboxRow> =
            self.gone_rows(all).into_iter().filter(|row| !row.gone && row.uid_validity != 0).collect();
        if missing.is_empty() {
            return Ok(());
        }
        let mut found: HashMap<i64, Vec<&Listing>> = HashMap::new();
        for (listing, status) in listed {
            let Some(status) = status.filter(|_| self.known(&listing.name).is_none()) else { continue };
            let mut same = Vec::new();
            for row in &missing {
                if self.is_same(row, status)? {
                    same.push(row.id);
                }
            }
            // What two mailboxes could be is neither.
            if let [id] = same[..] {
                found.entry(id).or_default().push(listing);
            }
        }
        for row in missing {
            let Some([listing]) = found.get(&row.id).map(Vec::as_slice) else { continue };
            let name = listing.name.to_text().into_owned();
            if self.rename_mailbox(&row, &listing.name, listing.delimiter)? {
                report(observer, &name, Finding::RenamedMailbox { before: &row.name });
            }
        }
        Ok(())
    }

    /// Whether a mailbox of the server is this one, by all that is known of both.
    fn is_same(&self, row: &MailboxRow, status: &MailboxStatus) -> Result<bool> {
        if status.uid_validity != Some(row.uid_validity) {
            return Ok(false);
        }
        let id = status.mailbox_id.as_ref().map(|id| String::from_utf8_lossy(id.as_bytes()));
        if let (Some(before), Some(now)) = (&row.about.mailbox_id, id) {
            return Ok(*before == now);
        }
        let count = self.index.count(row.id, row.uid_validity)?;
        Ok(count > 0 && status.messages == Some(count) && status.uid_next == Some(row.uid_next))
    }

    /// Notes the new name of a mailbox, and moves its folders. Returns whether it did: not where something is in the way.
    fn rename_mailbox(&mut self, row: &MailboxRow, name: &MailboxName, delimiter: Option<char>) -> Result<bool> {
        let dir = self.new_folder(name, delimiter);
        let is_taken = |folder: &str| fs::symlink_metadata(self.root().join(folder).join("cur")).is_ok();
        if is_taken(&dir) || is_taken(&maildir::gone_folder(&dir)) {
            return Ok(false);
        }
        // Noted first: a crash leaves a mailbox whose folders are to be moved, which is done when the archive is opened.
        self.index.rename(row.id, name, &dir, &row.dir)?;
        self.rekey(row, index::key(name), MailboxRow { name: name.to_text().into_owned(), dir, ..row.clone() });
        self.complete_renames()?;
        Ok(true)
    }

    /// Moves the folders of mailboxes that were renamed.
    pub(crate) fn complete_renames(&mut self) -> Result<()> {
        for (id, from, to) in self.index.unfinished_renames()? {
            let folders = [(from.clone(), to.clone()), (maildir::gone_folder(&from), maildir::gone_folder(&to))];
            for (from, to) in folders.into_iter().filter(|(from, _)| private::has_folder(self.root(), from)) {
                let explain = |error: io::Error| ArchiveError::io("move", &self.root().join(&from), error);
                private::make_folder(self.root(), &to).map_err(explain)?;
                let (from, to) = (self.root().join(&from), self.root().join(&to));
                for part in ["cur", "new", "tmp", KEYWORDS_FILE, DESCRIPTION] {
                    let (old, new) = (from.join(part), to.join(part));
                    if fs::symlink_metadata(&old).is_ok() && fs::symlink_metadata(&new).is_err() {
                        fs::rename(&old, &new).map_err(|error| ArchiveError::io("move", &old, error))?;
                    }
                }
                let explain = |error: io::Error| ArchiveError::io("update", &to, error);
                let mut way = to.ancestors().take_while(|folder| folder.starts_with(self.root()));
                way.try_for_each(sync_folder).map_err(explain)?;
                sync_folder(&from).map_err(explain)?;
                // The folders of other mailboxes may be in it: what is not empty is not removed.
                let is_below = |folder: &&Path| folder.starts_with(self.root()) && *folder != self.root();
                from.ancestors().take_while(is_below).all(|folder| fs::remove_dir(folder).is_ok());
            }
            self.index.finish_rename(id)?;
        }
        Ok(())
    }
}
