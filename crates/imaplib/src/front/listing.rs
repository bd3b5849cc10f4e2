//! Mailboxes by name: LIST in the fewest round trips, and STATUS.

use imaplib_proto::client::{ListSpecialUse, ListSubscribed, ListWithStatus, StatusItems};
use imaplib_proto::command;
use imaplib_proto::types::{IntoMailboxName, ListedMailbox, Listing, MailboxStatus, StatusItem};

use super::{Session, maybe_async};
use crate::Result;

#[maybe_async]
impl Session {
    /// Figures of a mailbox that need not be open: STATUS (RFC 9051, section 6.3.11).
    ///
    /// # Errors
    /// If an argument cannot be sent, the server refuses, or the connection fails.
    pub async fn status(&mut self, mailbox: impl IntoMailboxName, items: &[StatusItem]) -> Result<MailboxStatus> {
        let mailbox = mailbox.into_mailbox_name()?;
        let asked = StatusItems::new(items, self.capabilities());
        let reply = self.run(command::Status::new(mailbox, asked.to_send())).await?;
        Ok(asked.complete(reply.value))
    }

    /// The mailboxes that match the pattern, each with its figures, in one round trip where the server has
    /// LIST-STATUS, else in two. A mailbox that cannot be opened, or whose STATUS is refused, has none.
    ///
    /// # Errors
    /// If the server refuses LIST, or the connection fails.
    pub async fn list_status(
        &mut self,
        pattern: impl IntoMailboxName,
        items: &[StatusItem],
    ) -> Result<Vec<ListedMailbox>> {
        let pattern = pattern.into_mailbox_name()?;
        let listing = ListWithStatus::new(pattern, items, self.capabilities());
        self.connection.drive(listing).await
    }

    /// The mailboxes that the user subscribes to, also those that are not there any more: LIST with a selection
    /// where the server has LIST-EXTENDED, with children and special uses as a plain LIST returns them; else LSUB.
    ///
    /// # Errors
    /// If the server refuses, or the connection fails.
    pub async fn list_subscribed(&mut self, pattern: impl IntoMailboxName) -> Result<Vec<Listing>> {
        let listing = ListSubscribed::new(pattern.into_mailbox_name()?);
        self.connection.drive(listing).await
    }

    /// The mailboxes with a special use, such as `\Sent`: LIST with a selection where the server has SPECIAL-USE
    /// (RFC 6154), else those of all mailboxes that LIST returns with one.
    ///
    /// # Errors
    /// If the server refuses, or the connection fails.
    pub async fn list_special_use(&mut self, pattern: impl IntoMailboxName) -> Result<Vec<Listing>> {
        let listing = ListSpecialUse::new(pattern.into_mailbox_name()?);
        self.connection.drive(listing).await
    }
}
