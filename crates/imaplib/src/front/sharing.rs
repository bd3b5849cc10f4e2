//! Rights (ACL, RFC 4314) and quotas (RFC 9208).

use imaplib_proto::command::{self, AclChange, Reply};
use imaplib_proto::types::{Acl, IntoMailboxName, ListRights, MailboxQuotas, MyRights, Quota, Rights};

use super::{Session, maybe_async};
use crate::Result;

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
