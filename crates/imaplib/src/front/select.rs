//! SELECT and EXAMINE: which mailbox is open.

use imaplib_proto::client::Selection;
use imaplib_proto::command;
use imaplib_proto::types::IntoMailboxName;

use super::{Mailbox, Session, maybe_async};
use crate::Result;

#[maybe_async]
impl Session {
    /// Opens a mailbox for reading and writing: SELECT (RFC 9051, section 6.3.2).
    ///
    /// The server may open it for reading only: see [`Mailbox::is_read_only`].
    ///
    /// # Errors
    /// If the server refuses, or the connection fails. No mailbox is open then.
    pub async fn select(&mut self, mailbox: impl IntoMailboxName) -> Result<Mailbox<'_>> {
        let command = command::Select::new(mailbox.into_mailbox_name()?);
        self.connection.run(command).await?;
        let selection = Selection::current(&self.connection.engine);
        Ok(Mailbox { session: self, selection })
    }

    /// Opens a mailbox for reading only: EXAMINE (RFC 9051, section 6.3.3).
    ///
    /// # Errors
    /// If the server refuses, or the connection fails. No mailbox is open then.
    pub async fn examine(&mut self, mailbox: impl IntoMailboxName) -> Result<Mailbox<'_>> {
        let command = command::Select::read_only(mailbox.into_mailbox_name()?);
        self.connection.run(command).await?;
        let selection = Selection::current(&self.connection.engine);
        Ok(Mailbox { session: self, selection })
    }

    /// The mailbox that was opened last, if it is still open: for a program that keeps the session, and not the
    /// handle, between its calls.
    pub fn mailbox(&mut self) -> Option<Mailbox<'_>> {
        self.connection.engine.mailbox()?;
        let selection = Selection::current(&self.connection.engine);
        Some(Mailbox { session: self, selection })
    }
}
