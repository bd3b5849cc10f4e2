//! Changes to messages: STORE, COPY, MOVE and EXPUNGE.

use imaplib_proto::client::{CopyMessages, ExpungeUids, MoveMessages, StoreMessages};
use imaplib_proto::command::{self, FlagChange, MessageSet, StoreOutcome};
use imaplib_proto::types::{CopyUid, IntoMailboxName, UidSet};

use super::{Mailbox, maybe_async};
use crate::Result;

#[maybe_async]
impl Mailbox<'_> {
    /// Changes flags: STORE (RFC 9051, section 6.4.6). Returns the messages with the flags that they have now.
    ///
    /// # Errors
    /// If the mailbox is read-only ([`Error::is_read_only`](crate::Error::is_read_only)), a flag cannot be set by a client, the server
    /// refuses, or the connection fails. The rows that had come before are with the error:
    /// [`Error::partial_rows`](crate::Error::partial_rows).
    pub async fn store(&mut self, messages: impl Into<MessageSet>, change: FlagChange) -> Result<StoreOutcome> {
        let storing = StoreMessages::new(self.selection, &messages.into(), &change);
        self.session.connection.drive(storing).await
    }

    /// As [`store`](Self::store), of those of the messages that nobody changed after this modification sequence: STORE with
    /// UNCHANGEDSINCE (RFC 7162, section 3.1.3). The others are in [`StoreOutcome::modified`], and stay as they are.
    ///
    /// # Errors
    /// As for `store`, and if the server has no CONDSTORE ([`Error::is_unsupported`](crate::Error::is_unsupported)).
    pub async fn store_unchanged_since(
        &mut self,
        messages: impl Into<MessageSet>,
        change: FlagChange,
        mod_seq: u64,
    ) -> Result<StoreOutcome> {
        let (messages, capabilities) = (messages.into(), self.session.capabilities());
        let storing = StoreMessages::unchanged_since(self.selection, &messages, &change, mod_seq, capabilities)?;
        self.session.connection.drive(storing).await
    }

    /// Copies messages into another mailbox: COPY (RFC 9051, section 6.4.7). Returns where the copies are if the
    /// server reports it.
    ///
    /// # Errors
    /// If the server refuses ([`ResponseCode::TryCreate`](crate::types::ResponseCode::TryCreate): the target must be created first), or the connection
    /// fails.
    pub async fn copy(
        &mut self,
        messages: impl Into<MessageSet>,
        target: impl IntoMailboxName,
    ) -> Result<Option<CopyUid>> {
        let target = target.into_mailbox_name()?;
        let copying = CopyMessages::new(self.selection, messages.into(), target);
        self.session.connection.drive(copying).await
    }

    /// Moves messages into another mailbox: MOVE (RFC 9051, section 6.4.8), or COPY, STORE and UID EXPUNGE
    /// where the server has no MOVE. Returns which messages were moved and where they are now, if the server reports it: those
    /// that it does not name are still here. [`CopyUid::among`] bounds what it names by what was asked for.
    ///
    /// # Errors
    /// If the server has neither MOVE nor UIDPLUS ([`Error::is_unsupported`](crate::Error::is_unsupported)), because other messages could be
    /// removed then; if it refuses, or the connection fails. [`Error::partial_copy`](crate::Error::partial_copy) has what was
    /// reported before. On a server without MOVE, a report that contradicts itself is an error, too, and nothing is removed.
    pub async fn move_messages(
        &mut self,
        messages: impl Into<MessageSet>,
        target: impl IntoMailboxName,
    ) -> Result<Option<CopyUid>> {
        let target = target.into_mailbox_name()?;
        let moving = MoveMessages::new(self.selection, messages.into(), target);
        self.session.connection.drive(moving).await
    }

    /// Removes all messages with `\Deleted`, whoever set it: EXPUNGE (RFC 9051, section 6.4.3). Returns how
    /// many messages were removed; which ones is among the events.
    ///
    /// # Errors
    /// If the mailbox is read-only ([`Error::is_read_only`](crate::Error::is_read_only)), the server refuses, or the connection fails.
    pub async fn expunge(&mut self) -> Result<u32> {
        Ok(self.writable()?.run(command::Expunge::default()).await?.value)
    }

    /// Removes those of the messages that have `\Deleted`: UID EXPUNGE (RFC 4315, section 2.1). Returns how
    /// many messages were removed; which ones is among the events.
    ///
    /// # Errors
    /// If the server has no UIDPLUS ([`Error::is_unsupported`](crate::Error::is_unsupported)), refuses, or the connection fails.
    pub async fn expunge_uids(&mut self, uids: &UidSet) -> Result<u32> {
        let expunging = ExpungeUids::new(self.selection, uids, self.session.capabilities())?;
        self.session.connection.drive(expunging).await
    }
}
