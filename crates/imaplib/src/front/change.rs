//! Changes to messages: STORE, COPY, MOVE and EXPUNGE.

use imaplib_proto::client;
use imaplib_proto::command::{self, MessageSet, Search, Store, StoreOutcome};
use imaplib_proto::types::{Capability, CopyUid, Flag, IntoMailboxName, MailboxName, UidSet};

use super::{Mailbox, maybe_async};
use crate::message_sets::{Copied, parts};
use crate::{Error, Result};

#[maybe_async]
impl Mailbox<'_> {
    /// Changes flags: STORE (RFC 9051, section 6.4.6). Gives the messages with the flags that they have now.
    ///
    /// # Errors
    /// If the mailbox is read-only ([`Error::is_read_only`]), a flag cannot be set by a client, the server
    /// refuses, or the connection fails. The rows that had come before are with the error:
    /// [`Error::partial_rows`].
    pub async fn store(&mut self, messages: impl Into<MessageSet>, change: Store) -> Result<StoreOutcome> {
        let mut outcome = StoreOutcome::default();
        for (at, part) in parts(&messages.into()).into_iter().enumerate() {
            let stored = self.writable()?.run(command::StoreCommand::new(part, change.clone())).await;
            match stored {
                Ok(reply) => outcome.rows.extend(reply.value.rows),
                Err(error) => return Err(error.after_a_part(at > 0).after_rows(outcome.rows)),
            }
        }
        Ok(outcome)
    }

    /// Copies messages into another mailbox: COPY (RFC 9051, section 6.4.7). Tells where the copies are if the
    /// server does.
    ///
    /// # Errors
    /// If the server refuses ([`ResponseCode::TryCreate`]: the target must be made first), or the connection
    /// fails.
    pub async fn copy(
        &mut self,
        messages: impl Into<MessageSet>,
        target: impl IntoMailboxName,
    ) -> Result<Option<CopyUid>> {
        let target = target.into_mailbox_name()?;
        let mut copied = Copied::default();
        for (at, part) in parts(&self.by_uid(messages.into()).await?).into_iter().enumerate() {
            let part = self.selected()?.run(command::Copy::new(part, target.clone())).await;
            copied.add(part.map_err(|error| error.after_a_part(at > 0))?.value);
        }
        Ok(copied.all)
    }

    /// Moves messages into another mailbox: MOVE (RFC 9051, section 6.4.8), or COPY, STORE and UID EXPUNGE
    /// where the server has no MOVE. Tells where the messages are now if the server does.
    ///
    /// # Errors
    /// If the server has neither MOVE nor UIDPLUS ([`Error::is_unsupported`]), for then others' messages could
    /// be removed; if it refuses, or the connection fails.
    pub async fn move_messages(
        &mut self,
        messages: impl Into<MessageSet>,
        target: impl IntoMailboxName,
    ) -> Result<Option<CopyUid>> {
        let target = target.into_mailbox_name()?;
        let messages = messages.into();
        self.writable()?;
        let capabilities = self.session.capabilities();
        if !capabilities.has(Capability::Move) && !capabilities.has(Capability::Imap4Rev2) {
            return self.copy_and_expunge(messages, target).await;
        }
        let mut moved = Copied::default();
        for (at, part) in parts(&self.by_uid(messages).await?).into_iter().enumerate() {
            let part = self.writable()?.run(command::Move::new(part, target.clone())).await;
            moved.add(part.map_err(|error| error.after_a_part(at > 0))?.value);
        }
        Ok(moved.all)
    }

    async fn copy_and_expunge(&mut self, messages: MessageSet, target: MailboxName) -> Result<Option<CopyUid>> {
        self.need_uid_expunge()?;
        // What arrives from now on must not go: the set is made once, and only what was copied is removed.
        let asked = match &messages {
            MessageSet::Uids(uids) if !uids.is_open() => Some(uids.clone()),
            _ => None,
        };
        let here = match messages {
            MessageSet::Uids(uids) => Search::new().uids(uids),
            MessageSet::Seqs(numbers) => Search::new().sequence_numbers(numbers),
            MessageSet::SavedSearch => return Err(Error::not_offered(Capability::Move)),
        };
        let found = self.search(here).await?;
        // A server that finds more must not make this remove more.
        let uids = asked.map_or_else(|| found.clone(), |asked| found.intersection(&asked));
        let copied = self.copy(&uids, target).await?;
        let gone = copied.as_ref().map_or_else(|| uids.clone(), |copied| copied.source.to_set().intersection(&uids));
        let marked = self.store(&gone, Store::add(Flag::Deleted).silent()).await;
        marked.map_err(|error| error.after_a_part(true))?;
        self.expunge_uids(&gone).await.map_err(|error| error.after_a_part(true))?;
        Ok(copied)
    }

    /// Removes all messages with `\Deleted`, whoever set it: EXPUNGE (RFC 9051, section 6.4.3). Gives how many
    /// messages went; which ones is among the events.
    ///
    /// # Errors
    /// If the mailbox is read-only ([`Error::is_read_only`]), the server refuses, or the connection fails.
    pub async fn expunge(&mut self) -> Result<u32> {
        Ok(self.writable()?.run(command::Expunge::default()).await?.value)
    }

    /// Removes those of the messages that have `\Deleted`: UID EXPUNGE (RFC 4315, section 2.1). Gives how many
    /// messages went; which ones is among the events.
    ///
    /// # Errors
    /// If the server has no UIDPLUS ([`Error::is_unsupported`]), refuses, or the connection fails.
    pub async fn expunge_uids(&mut self, uids: &UidSet) -> Result<u32> {
        self.need_uid_expunge()?;
        let mut count = 0u32;
        for (at, part) in parts(&uids.into()).into_iter().enumerate() {
            if let MessageSet::Uids(uids) = part {
                let gone = self.writable()?.run(command::UidExpunge::new(uids)).await;
                count = count.saturating_add(gone.map_err(|error| error.after_a_part(at > 0))?.value);
            }
        }
        Ok(count)
    }

    /// The messages by UID, where parts of the set of sequence numbers would be renumbered by the parts before.
    async fn by_uid(&mut self, messages: MessageSet) -> Result<MessageSet> {
        match &messages {
            MessageSet::Seqs(numbers) if parts(&messages).len() > 1 => {
                let numbers = Search::new().sequence_numbers(numbers.clone());
                Ok(MessageSet::Uids(self.search(numbers).await?))
            }
            _ => Ok(messages),
        }
    }

    fn need_uid_expunge(&self) -> Result<()> {
        let capabilities = self.session.capabilities();
        if capabilities.has(Capability::UidPlus) || capabilities.has(Capability::Imap4Rev2) {
            return Ok(());
        }
        Err(client::Error::no_uid_expunge().into())
    }
}
