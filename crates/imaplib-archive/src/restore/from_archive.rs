//! Messages out of an archive: each is sent only if its file is what was stored.

use imaplib::types::MailboxAttribute;

use crate::archive::Archive;
use crate::error::{ArchiveError, Result};
use crate::messages::{ArchivedMailbox, ArchivedMessage};
use crate::restore::contents::Contents;
use crate::restore::ledger::Key;
use crate::restore::origin::{Origin, OriginMailbox};
use crate::sync::server_state::Watch;

impl Archive {
    fn archived(&self, mailbox: &OriginMailbox) -> Result<ArchivedMailbox> {
        let row = self.rows().find(|row| row.id == mailbox.id);
        let row = row.ok_or_else(|| ArchiveError::NoMailbox(mailbox.name.clone()))?;
        Ok(ArchivedMailbox::of(row, self.folder_of(row)))
    }

    /// The contents of a message, if its file is as it was stored.
    fn whole(&self, mailbox: &ArchivedMailbox, message: &ArchivedMessage) -> Result<Contents> {
        let file = self.read(mailbox, message)?;
        let explain = |error| ArchiveError::io("read", &message.file, error);
        let damaged = || ArchiveError::DamagedFile { path: message.file.clone() };
        if file.metadata().map_err(explain)?.len() != message.size {
            return Err(damaged());
        }
        let contents = Contents::of_file(file, message.size).map_err(explain)?;
        if let Some(sum) = &message.sha256
            && contents.facts().map_err(explain)?.sha256 != *sum
        {
            return Err(damaged());
        }
        Ok(contents)
    }
}

impl Origin for &Archive {
    fn mailboxes(&mut self, _: Watch<'_>) -> Result<Vec<OriginMailbox>> {
        let attribute = |used: &str| MailboxAttribute::from_wire(used.to_owned().into());
        let mut mailboxes: Vec<OriginMailbox> = self
            .rows()
            .map(|row| OriginMailbox {
                id: row.id,
                name: row.name.clone(),
                delimiter: row.about.delimiter.as_ref().and_then(|delimiter| delimiter.chars().next()),
                special_use: row.about.special_use.iter().flat_map(|uses| uses.split(' ')).map(attribute).collect(),
                is_subscribed: row.about.subscribed,
                is_gone: row.gone,
                uid_validity: row.uid_validity,
            })
            .collect();
        mailboxes.sort_unstable_by(|one, other| one.name.cmp(&other.name));
        Ok(mailboxes)
    }

    fn open(&mut self, mailbox: &OriginMailbox, _: Watch<'_>) -> Result<OriginMailbox> {
        Ok(mailbox.clone())
    }

    fn messages(
        &mut self,
        mailbox: &OriginMailbox,
        last: Option<&ArchivedMessage>,
        count: usize,
        _: Watch<'_>,
    ) -> Result<Vec<ArchivedMessage>> {
        Archive::messages(self, &self.archived(mailbox)?, last, count)
    }

    fn has(&self, mailbox: &OriginMailbox, (validity, uid): Key, size: u64, date: Option<i64>) -> bool {
        let stored = self.index.stored(mailbox.id, validity, uid).ok().flatten();
        stored.is_some_and(|stored| stored.size == size && stored.date == date)
    }

    fn contents(
        &mut self,
        mailbox: &OriginMailbox,
        messages: &[ArchivedMessage],
        _: Watch<'_>,
    ) -> Result<Vec<Result<Contents>>> {
        let mailbox = self.archived(mailbox)?;
        Ok(messages.iter().map(|message| self.whole(&mailbox, message)).collect())
    }
}
