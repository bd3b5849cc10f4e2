//! Notes about mailboxes: METADATA (RFC 5464), and the older ANNOTATEMORE.

use imaplib_proto::command::{self, Reply};
use imaplib_proto::types::{Annotation, IntoMailboxName, MetadataEntry};

use super::{Session, maybe_async};
use crate::Result;

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
