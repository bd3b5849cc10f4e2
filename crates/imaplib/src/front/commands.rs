//! Methods of a session that are one command each.

use imaplib_proto::command::{self, Reply};
use imaplib_proto::types::{Capabilities, Id, IntoMailboxName, Listing, MailboxName, Namespaces};

use super::{Session, maybe_async};
use crate::Result;

#[maybe_async]
impl Session {
    /// Does nothing, and lets the server report changes: NOOP (RFC 9051, section 6.1.2).
    ///
    /// # Errors
    /// If an argument cannot be sent, the server refuses, or the connection fails.
    pub async fn noop(&mut self) -> Result<Reply<()>> {
        self.run(command::Noop).await
    }

    /// Asks what the server can do: CAPABILITY (RFC 9051, section 6.1.1).
    ///
    /// # Errors
    /// If an argument cannot be sent, the server refuses, or the connection fails.
    pub async fn capability(&mut self) -> Result<Capabilities> {
        Ok(self.run(command::Capability::default()).await?.value)
    }

    /// Sends who the client is and asks who the server is: ID (RFC 2971).
    ///
    /// # Errors
    /// If an argument cannot be sent, the server refuses, or the connection fails.
    pub async fn id(&mut self, fields: Id) -> Result<Id> {
        Ok(self.run(command::Id::new(fields)).await?.value)
    }

    /// Asks where mailboxes are: NAMESPACE (RFC 9051, section 6.3.10). It is not sent to servers that are known
    /// to close the connection at it ([`Error::is_unsupported`](crate::Error::is_unsupported)).
    ///
    /// # Errors
    /// If an argument cannot be sent, the server refuses, or the connection fails.
    pub async fn namespace(&mut self) -> Result<Namespaces> {
        Ok(self.run(command::Namespace::default()).await?.value)
    }

    /// Enables extensions, by name; returns those that are enabled: ENABLE (RFC 9051, section 6.3.1).
    ///
    /// # Errors
    /// If an argument cannot be sent, the server refuses, or the connection fails.
    pub async fn enable(&mut self, names: &[&str]) -> Result<Capabilities> {
        Ok(self.run(command::Enable::new(names.iter().copied())).await?.value)
    }

    /// Creates a mailbox: CREATE (RFC 9051, section 6.3.4).
    ///
    /// # Errors
    /// If an argument cannot be sent, the server refuses, or the connection fails.
    pub async fn create(&mut self, mailbox: impl IntoMailboxName) -> Result<Reply<()>> {
        self.run(command::Create::new(mailbox.into_mailbox_name()?)).await
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

    /// As [`list`](Self::list), of the mailboxes that the user subscribes to: LSUB (RFC 3501, section 6.3.9).
    ///
    /// # Errors
    /// If an argument cannot be sent, the server refuses, or the connection fails.
    pub async fn lsub(&mut self, pattern: impl IntoMailboxName) -> Result<Vec<Listing>> {
        Ok(self.run(command::Lsub::new(MailboxName::new("")?, pattern.into_mailbox_name()?)).await?.value)
    }

    /// Continues as another user, on servers that have it: PROXYAUTH.
    ///
    /// # Errors
    /// If an argument cannot be sent, the server refuses, or the connection fails.
    pub async fn proxy_auth(&mut self, user: &str) -> Result<Reply<()>> {
        self.run(command::ProxyAuth::new(user)).await
    }
}
