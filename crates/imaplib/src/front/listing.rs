//! Mailboxes by name: LIST in the fewest round trips, and STATUS.

use std::collections::VecDeque;

use imaplib_proto::command;
use imaplib_proto::engine::Ticket;
use imaplib_proto::types::{Capability, IntoMailboxName, ListedMailbox, Listing, MailboxStatus, StatusItem};

use super::{Session, maybe_async};
use crate::Result;
use crate::listings::{StatusItems, attributes};

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
        let asked = StatusItems::new(items, self.capabilities());
        if self.capabilities().has(Capability::ListStatus) {
            let status = command::ListReturn::Status(asked.to_send());
            let returned = attributes(self.capabilities()).into_iter().chain([status]);
            let extended = command::ListExtended::new([pattern.clone()]).returning(returned);
            if let Some(mut found) = self.try_list(extended).await? {
                for mailbox in &mut found {
                    mailbox.status = mailbox.status.take().map(|status| asked.complete(status));
                }
                return Ok(found);
            }
        }
        /// So many are begun at a time.
        const AT_ONCE: usize = 256;
        let mut listings = self.list(pattern).await?.into_iter();
        let mut found = Vec::with_capacity(listings.len());
        let mut begun = VecDeque::new();
        loop {
            while begun.len() < AT_ONCE
                && let Some(listing) = listings.next()
            {
                let ticket = match listing.is_selectable() {
                    true => Some(self.start(command::Status::new(listing.name.clone(), asked.to_send()))?),
                    false => None,
                };
                self.connection.current.extend(ticket.as_ref().map(Ticket::id));
                begun.push_back((listing, ticket));
            }
            let Some((listing, ticket)) = begun.pop_front() else { return Ok(found) };
            let status = match ticket {
                None => None,
                Some(ticket) => match self.connection.finish(&ticket).await {
                    Ok(reply) => Some(asked.complete(reply.value)),
                    Err(error) if error.is_no() || error.is_bad() => None,
                    Err(error) => return Err(error),
                },
            };
            found.push(ListedMailbox::new(listing, status));
        }
    }

    /// The mailboxes that the user subscribes to, also those that are not there any more: LIST with a selection
    /// where the server has LIST-EXTENDED, else LSUB.
    ///
    /// # Errors
    /// If the server refuses, or the connection fails.
    pub async fn list_subscribed(&mut self, pattern: impl IntoMailboxName) -> Result<Vec<Listing>> {
        let capabilities = self.capabilities();
        let rev2 = capabilities.has(Capability::Imap4Rev2);
        let pattern = pattern.into_mailbox_name()?;
        if !capabilities.has(Capability::ListExtended) && !rev2 {
            return self.lsub(pattern).await;
        }
        let command = command::ListExtended::new([pattern.clone()]);
        match self.try_list(command.select([command::ListSelection::Subscribed])).await? {
            Some(found) => Ok(found.into_iter().map(|mailbox| mailbox.listing).collect()),
            // IMAP4rev2 has no LSUB.
            None => match self.lsub(pattern).await {
                Err(error) if rev2 && error.is_bad() => Ok(Vec::new()),
                result => result,
            },
        }
    }

    /// The mailboxes with a special use, such as `\Sent`: LIST with a selection where the server has SPECIAL-USE
    /// (RFC 6154), else those of all that LIST tells it of.
    ///
    /// # Errors
    /// If the server refuses, or the connection fails.
    pub async fn list_special_use(&mut self, pattern: impl IntoMailboxName) -> Result<Vec<Listing>> {
        let pattern = pattern.into_mailbox_name()?;
        if self.capabilities().has(Capability::SpecialUse) {
            let command = command::ListExtended::new([pattern.clone()]);
            if let Some(found) = self.try_list(command.select([command::ListSelection::SpecialUse])).await? {
                return Ok(found.into_iter().map(|mailbox| mailbox.listing).collect());
            }
        }
        let mut all = self.list(pattern).await?;
        all.retain(|listing| listing.attributes.iter().any(|attribute| attribute.is_special_use()));
        Ok(all)
    }

    /// What an extended LIST finds; `None` if that is nothing, or the server does not understand, for both happens
    /// where the plain command works.
    async fn try_list(&mut self, command: command::ListExtended) -> Result<Option<Vec<ListedMailbox>>> {
        match self.run(command).await {
            Ok(reply) if reply.value.is_empty() => Ok(None),
            Ok(reply) => Ok(Some(reply.value)),
            Err(error) if error.is_bad() => Ok(None),
            Err(error) => Err(error),
        }
    }
}
