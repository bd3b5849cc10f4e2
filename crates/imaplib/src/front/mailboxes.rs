//! Mailboxes by name: their list, figures, annotations, rights and quotas.

use imaplib_proto::client::{ListSpecialUse, ListSubscribed, ListWithStatus, StatusItems};
use imaplib_proto::command::{self, AclChange, Reply, Search, SearchReturn, SearchedMailboxes};
use imaplib_proto::types::{
    Acl, Annotation, Capability, ExtendedSearch, IntoMailboxName, ListRights, ListedMailbox, Listing, MailboxAttribute,
    MailboxName, MailboxQuotas, MailboxStatus, MetadataEntry, MyRights, Namespaces, Quota, Rights, StatusItem,
};

use super::{Session, maybe_async};
use crate::Result;

#[maybe_async]
impl Session {
    /// Creates a mailbox: CREATE (RFC 9051, section 6.3.4).
    ///
    /// # Errors
    /// If an argument cannot be sent, the server refuses, or the connection fails.
    pub async fn create(&mut self, mailbox: impl IntoMailboxName) -> Result<Reply<()>> {
        self.run(command::Create::new(mailbox.into_mailbox_name()?)).await
    }

    /// Creates a mailbox for special uses, such as [`MailboxAttribute::Sent`]: CREATE with USE (RFC 6154, section 3).
    ///
    /// # Errors
    /// If the server has no CREATE-SPECIAL-USE ([`Error::is_unsupported`](crate::Error::is_unsupported)), refuses the use
    /// ([`ResponseCode::UseAttr`](crate::types::ResponseCode::UseAttr)) or the name, or the connection fails.
    pub async fn create_special_use(
        &mut self,
        mailbox: impl IntoMailboxName,
        uses: &[MailboxAttribute],
    ) -> Result<Reply<()>> {
        self.offers(Capability::CreateSpecialUse)?;
        self.run(command::CreateSpecialUse::new(mailbox.into_mailbox_name()?, uses.iter().cloned())).await
    }

    /// Removes a mailbox and all messages in it: DELETE (RFC 9051, section 6.3.5).
    ///
    /// # Errors
    /// If an argument cannot be sent, the server refuses, or the connection fails.
    pub async fn delete(&mut self, mailbox: impl IntoMailboxName) -> Result<Reply<()>> {
        self.run(command::Delete::new(mailbox.into_mailbox_name()?)).await
    }

    /// Renames a mailbox: RENAME (RFC 9051, section 6.3.6).
    ///
    /// # Errors
    /// If an argument cannot be sent, the server refuses, or the connection fails.
    pub async fn rename(&mut self, from: impl IntoMailboxName, to: impl IntoMailboxName) -> Result<Reply<()>> {
        self.run(command::Rename::new(from.into_mailbox_name()?, to.into_mailbox_name()?)).await
    }

    /// Marks a mailbox as one that the user wants to see: SUBSCRIBE (RFC 9051, section 6.3.7).
    ///
    /// # Errors
    /// If an argument cannot be sent, the server refuses, or the connection fails.
    pub async fn subscribe(&mut self, mailbox: impl IntoMailboxName) -> Result<Reply<()>> {
        self.run(command::Subscribe::new(mailbox.into_mailbox_name()?)).await
    }

    /// Removes that mark: UNSUBSCRIBE (RFC 9051, section 6.3.8).
    ///
    /// # Errors
    /// If an argument cannot be sent, the server refuses, or the connection fails.
    pub async fn unsubscribe(&mut self, mailbox: impl IntoMailboxName) -> Result<Reply<()>> {
        self.run(command::Unsubscribe::new(mailbox.into_mailbox_name()?)).await
    }

    /// The mailboxes that match the pattern, in which `*` stands for any text and `%` for any within one
    /// level: LIST (RFC 9051, section 6.3.9).
    ///
    /// # Errors
    /// If an argument cannot be sent, the server refuses, or the connection fails.
    pub async fn list(&mut self, pattern: impl IntoMailboxName) -> Result<Vec<Listing>> {
        Ok(self.run(command::List::new(MailboxName::new("")?, pattern.into_mailbox_name()?)).await?.value)
    }

    /// Mailboxes with what the options select, and what they return of each: LIST with options (RFC 5258), such as figures,
    /// rights, notes and special uses in one round trip.
    ///
    /// # Errors
    /// If the server does not offer what one of the options needs ([`Error::is_unsupported`](crate::Error::is_unsupported)),
    /// refuses, or the connection fails.
    pub async fn list_extended(&mut self, listing: command::ListExtended) -> Result<Vec<ListedMailbox>> {
        match listing.unsupported(self.capabilities()) {
            Some(capability) => Err(crate::Error::not_offered(capability)),
            None => Ok(self.run(listing).await?.value),
        }
    }

    /// The messages of several mailboxes that meet the conditions, with what is wanted of each result: ESEARCH (RFC 7377).
    /// The numbers are UIDs; mailboxes in which nothing was found have no result.
    ///
    /// # Errors
    /// If the server has no MULTISEARCH ([`Error::is_unsupported`](crate::Error::is_unsupported)), refuses, or the
    /// connection fails.
    pub async fn search_mailboxes(
        &mut self,
        mailboxes: impl IntoIterator<Item = SearchedMailboxes>,
        conditions: Search,
        wanted: &[SearchReturn],
    ) -> Result<Vec<ExtendedSearch>> {
        self.offers(Capability::MultiSearch)?;
        Ok(self.run(command::MultiSearch::new(mailboxes, conditions, wanted)).await?.value)
    }

    /// As [`list`](Self::list), of the mailboxes that the user subscribes to: LSUB (RFC 3501, section 6.3.9).
    ///
    /// # Errors
    /// If an argument cannot be sent, the server refuses, or the connection fails.
    pub async fn lsub(&mut self, pattern: impl IntoMailboxName) -> Result<Vec<Listing>> {
        Ok(self.run(command::Lsub::new(MailboxName::new("")?, pattern.into_mailbox_name()?)).await?.value)
    }

    /// Asks where mailboxes are: NAMESPACE (RFC 9051, section 6.3.10). It is not sent to servers that are known
    /// to close the connection at it ([`Error::is_unsupported`](crate::Error::is_unsupported)).
    ///
    /// # Errors
    /// If an argument cannot be sent, the server refuses, or the connection fails.
    pub async fn namespace(&mut self) -> Result<Namespaces> {
        Ok(self.run(command::Namespace::default()).await?.value)
    }

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
    /// (RFC 6154), else XLIST where it has that, else those of all mailboxes that LIST returns with one.
    ///
    /// # Errors
    /// If the server refuses, or the connection fails.
    pub async fn list_special_use(&mut self, pattern: impl IntoMailboxName) -> Result<Vec<Listing>> {
        let listing = ListSpecialUse::new(pattern.into_mailbox_name()?);
        self.connection.drive(listing).await
    }
}

#[maybe_async]
impl Session {
    /// Notes about a mailbox, or about the server by an empty name: GETMETADATA (RFC 5464, section 4.2).
    ///
    /// # Errors
    /// If an argument cannot be sent, the server refuses, or the connection fails.
    pub async fn get_metadata(
        &mut self,
        mailbox: impl IntoMailboxName,
        entries: &[&str],
    ) -> Result<Vec<MetadataEntry>> {
        Ok(self.run(command::GetMetadata::new(mailbox.into_mailbox_name()?, entries.iter().copied())).await?.value)
    }

    /// Writes notes about a mailbox, or about the server by an empty name; `None` removes an entry:
    /// SETMETADATA (RFC 5464, section 4.3).
    ///
    /// # Errors
    /// If an argument cannot be sent, the server refuses, or the connection fails.
    pub async fn set_metadata(
        &mut self,
        mailbox: impl IntoMailboxName,
        entries: &[(&str, Option<&[u8]>)],
    ) -> Result<Reply<()>> {
        self.run(command::SetMetadata::new(
            mailbox.into_mailbox_name()?,
            entries.iter().map(|(entry, value)| (*entry, value.map(<[u8]>::to_vec))),
        ))
        .await
    }

    /// Notes about mailboxes on servers older than RFC 5464: GETANNOTATION.
    ///
    /// # Errors
    /// If an argument cannot be sent, the server refuses, or the connection fails.
    pub async fn get_annotation(
        &mut self,
        mailbox: impl IntoMailboxName,
        entry: &str,
        attribute: &str,
    ) -> Result<Vec<Annotation>> {
        Ok(self.run(command::GetAnnotation::new(mailbox.into_mailbox_name()?, entry, attribute)).await?.value)
    }

    /// Writes notes about a mailbox on servers older than RFC 5464; `None` removes an attribute:
    /// SETANNOTATION.
    ///
    /// # Errors
    /// If an argument cannot be sent, the server refuses, or the connection fails.
    pub async fn set_annotation(
        &mut self,
        mailbox: impl IntoMailboxName,
        entry: &str,
        attributes: &[(&str, Option<&str>)],
    ) -> Result<Reply<()>> {
        self.run(command::SetAnnotation::new(
            mailbox.into_mailbox_name()?,
            entry,
            attributes.iter().map(|(name, value)| (*name, value.map(str::to_owned))),
        ))
        .await
    }
}

#[maybe_async]
impl Session {
    /// Who may do what with a mailbox: GETACL (RFC 4314, section 3.3).
    ///
    /// # Errors
    /// If an argument cannot be sent, the server refuses, or the connection fails.
    pub async fn get_acl(&mut self, mailbox: impl IntoMailboxName) -> Result<Acl> {
        Ok(self.run(command::GetAcl::new(mailbox.into_mailbox_name()?)).await?.value)
    }

    /// Changes what somebody may do with a mailbox: SETACL (RFC 4314, section 3.1).
    ///
    /// # Errors
    /// If an argument cannot be sent, the server refuses, or the connection fails.
    pub async fn set_acl(
        &mut self,
        mailbox: impl IntoMailboxName,
        identifier: &str,
        change: AclChange,
        rights: Rights,
    ) -> Result<Reply<()>> {
        self.run(command::SetAcl::new(mailbox.into_mailbox_name()?, identifier, change, rights)).await
    }

    /// Forgets somebody's rights: DELETEACL (RFC 4314, section 3.2).
    ///
    /// # Errors
    /// If an argument cannot be sent, the server refuses, or the connection fails.
    pub async fn delete_acl(&mut self, mailbox: impl IntoMailboxName, identifier: &str) -> Result<Reply<()>> {
        self.run(command::DeleteAcl::new(mailbox.into_mailbox_name()?, identifier)).await
    }

    /// Which rights can be given to somebody: LISTRIGHTS (RFC 4314, section 3.4).
    ///
    /// # Errors
    /// If an argument cannot be sent, the server refuses, or the connection fails.
    pub async fn list_rights(&mut self, mailbox: impl IntoMailboxName, identifier: &str) -> Result<ListRights> {
        Ok(self.run(command::ListRights::new(mailbox.into_mailbox_name()?, identifier)).await?.value)
    }

    /// What the user may do with a mailbox: MYRIGHTS (RFC 4314, section 3.5).
    ///
    /// # Errors
    /// If an argument cannot be sent, the server refuses, or the connection fails.
    pub async fn my_rights(&mut self, mailbox: impl IntoMailboxName) -> Result<MyRights> {
        Ok(self.run(command::MyRights::new(mailbox.into_mailbox_name()?)).await?.value)
    }

    /// The limits of a quota root; `None` if the server does not tell: GETQUOTA (RFC 9208, section 4.1.1).
    ///
    /// # Errors
    /// If an argument cannot be sent, the server refuses, or the connection fails.
    pub async fn get_quota(&mut self, root: &str) -> Result<Option<Quota>> {
        Ok(self.run(command::GetQuota::new(root)).await?.value)
    }

    /// The quota roots of a mailbox, and the limits of each: GETQUOTAROOT (RFC 9208, section 4.1.2).
    ///
    /// # Errors
    /// If an argument cannot be sent, the server refuses, or the connection fails.
    pub async fn get_quota_root(&mut self, mailbox: impl IntoMailboxName) -> Result<MailboxQuotas> {
        Ok(self.run(command::GetQuotaRoot::new(mailbox.into_mailbox_name()?)).await?.value)
    }

    /// Sets the limits of a quota root, by the name of the resource: SETQUOTA (RFC 9208, section 4.1.3).
    ///
    /// # Errors
    /// If an argument cannot be sent, the server refuses, or the connection fails.
    pub async fn set_quota(&mut self, root: &str, limits: &[(&str, u64)]) -> Result<Option<Quota>> {
        Ok(self
            .run(command::SetQuota::new(
                root,
                limits.iter().map(|(name, limit)| ((*name).to_owned(), *limit)).collect(),
            ))
            .await?
            .value)
    }
}
