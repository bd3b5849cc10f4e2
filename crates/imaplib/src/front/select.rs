//! SELECT and EXAMINE: which mailbox is open.

use imaplib_proto::client::{BadArgument, SelectOptions, SelectOrCreate, SelectWith, Selection};
use imaplib_proto::command::{self, Selected};
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

    /// Opens a mailbox for reading and writing, and creates it first if there is none of this name: SELECT, and CREATE
    /// where the server reports that the mailbox does not exist, or refuses without a reason.
    ///
    /// # Errors
    /// If the mailbox cannot be opened for another reason, cannot be created, or the connection fails. No mailbox is open
    /// then.
    pub async fn select_or_create(&mut self, mailbox: impl IntoMailboxName) -> Result<Mailbox<'_>> {
        self.connection.drive(SelectOrCreate::new(mailbox.into_mailbox_name()?)).await?;
        self.mailbox()
    }

    /// Opens a mailbox with options: for reading only, with modification sequences, or with what changed since the client saw
    /// it last (QRESYNC, RFC 7162). QRESYNC is [enabled](Self::enable) first, if it is needed and is not; servers may refuse
    /// that while a mailbox is open.
    ///
    /// # Errors
    /// If the server does not offer what is asked for ([`Error::is_unsupported`](crate::Error::is_unsupported)), a value
    /// cannot be sent, the server refuses, or the connection fails.
    pub async fn select_with(
        &mut self,
        mailbox: impl IntoMailboxName,
        options: SelectOptions,
    ) -> Result<(Mailbox<'_>, Selected)> {
        let selecting = SelectWith::new(mailbox.into_mailbox_name()?, options);
        let selected = self.connection.drive(selecting).await?;
        Ok((self.mailbox()?, selected))
    }

    /// The mailbox that was opened last, if it is still open: for a program that keeps the session, and not the
    /// handle, between its calls. It sends nothing.
    ///
    /// # Errors
    /// If no mailbox is open ([`BadArgument::NoMailboxOpen`]).
    pub fn mailbox(&mut self) -> Result<Mailbox<'_>> {
        if self.connection.engine.mailbox().is_none() {
            return Err(BadArgument::NoMailboxOpen.into());
        }
        let selection = Selection::current(&self.connection.engine);
        Ok(Mailbox { session: self, selection })
    }
}
