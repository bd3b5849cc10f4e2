//! What changed in a mailbox since the program saw it last.

use imaplib_proto::client::{FindChanges, KnownMailbox, ListWithStatus, MailboxIdentity, Synced};
use imaplib_proto::types::{Capability, MailboxName};

use super::{Mailbox, Session, maybe_async};
use crate::Result;

#[maybe_async]
impl Mailbox<'_> {
    /// What changed since the program saw the mailbox last: which messages are new, gone, or have other flags. With
    /// [`KnownMailbox::new`], all are new.
    ///
    /// It is found by QRESYNC or CONDSTORE (RFC 7162) where the server has them, else by comparing the flags of all
    /// messages. Open the mailbox with [`SelectOptions::for_changes`](crate::SelectOptions::for_changes) for the best way.
    /// What the program itself has changed meanwhile is among the changes. Events that wait are left where they are.
    ///
    /// # Errors
    /// If the mailbox is not open any more, the server refuses or contradicts itself, or the connection fails. Nothing
    /// is known then that was not before: ask again with the same value.
    pub async fn changes(&mut self, known: &KnownMailbox) -> Result<Synced> {
        let finding = FindChanges::new(self.selection, known.clone());
        self.session.connection.drive(finding).await
    }
}

#[maybe_async]
impl Session {
    /// The name that a mailbox has now, after it was renamed or moved: by its MAILBOXID (RFC 8474), or, on servers
    /// without, by UIDVALIDITY and UIDNEXT. `None` if there is none, or if more than one could be it.
    ///
    /// It asks for the figures of all mailboxes: use it where a mailbox is missing under its name, or
    /// [another one has it](crate::Restart::OtherMailbox).
    ///
    /// # Errors
    /// If the server refuses, or the connection fails.
    pub async fn find_renamed(&mut self, known: &KnownMailbox) -> Result<Option<MailboxName>> {
        let capabilities = self.capabilities();
        let items = KnownMailbox::status_items(false, capabilities.has(Capability::ObjectId));
        let listing = ListWithStatus::new(MailboxName::new("*")?, &items, capabilities);
        let listed = self.connection.drive(listing).await?;
        let of = |identity| {
            let mut found = listed
                .iter()
                .filter(move |listed| listed.status.as_ref().is_some_and(|status| known.identify(status) == identity));
            found.next().filter(|_| found.next().is_none()).map(|listed| listed.listing.name.clone())
        };
        Ok(of(MailboxIdentity::Same).or_else(|| of(MailboxIdentity::Probable)))
    }
}
