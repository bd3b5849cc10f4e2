//! The open mailbox, and how one is opened: SELECT and EXAMINE.

use imaplib_proto::client::{BadArgument, SelectOptions, SelectOrCreate, SelectWith, Selection};
use imaplib_proto::command::{self, Reply, Selected};
use imaplib_proto::engine::SelectedMailbox;
use imaplib_proto::types::{Capability, IntoMailboxName};

use super::{Idle, Session, maybe_async};
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

    /// What is known of the mailbox that is open, without a handle of it: for a program that shares its session. `None` if
    /// none is open. It sends nothing.
    #[must_use]
    pub fn mailbox_state(&self) -> Option<&SelectedMailbox> {
        self.connection.engine.mailbox()
    }
}

/// The mailbox that is open. Commands about messages exist only here.
///
/// Dropping it leaves the mailbox open until another one is selected; [`Session::mailbox`] returns it again.
/// [`unselect`](Self::unselect) leaves it, and so does [`close_and_expunge`](Self::close_and_expunge).
pub struct Mailbox<'s> {
    pub(super) session: &'s mut Session,
    /// Which of the session's mailboxes it is: another one may be opened through it.
    pub(super) selection: Selection,
}

impl std::fmt::Debug for Mailbox<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Mailbox").field(&self.state()).finish()
    }
}

#[maybe_async]
impl<'s> Mailbox<'s> {
    /// What is known of the mailbox, up to date with the last response.
    ///
    /// `None` if it is not open any more: the server closed it while the connection continues, or another one was
    /// opened.
    #[must_use]
    pub fn state(&self) -> Option<&SelectedMailbox> {
        self.selection.view(&self.session.connection.engine)
    }

    /// How many messages it holds.
    #[must_use]
    pub fn exists(&self) -> u32 {
        self.state().map_or(0, |view| view.exists)
    }

    /// The UIDVALIDITY: as long as it is the same, so are the UIDs. `None` if UIDs do not last here.
    #[must_use]
    pub fn uid_validity(&self) -> Option<u64> {
        self.state().and_then(|view| view.uid_validity)
    }

    /// The UID that the next message gets, as of when the mailbox was opened.
    #[must_use]
    pub fn uid_next(&self) -> Option<u64> {
        self.state().and_then(|view| view.uid_next)
    }

    /// The highest modification sequence, if the mailbox has them (RFC 7162).
    #[must_use]
    pub fn highest_mod_seq(&self) -> Option<u64> {
        self.state().and_then(|view| view.highest_mod_seq)
    }

    /// Whether nothing can be changed. It can become so while the mailbox is open.
    #[must_use]
    pub fn is_read_only(&self) -> bool {
        self.state().is_none_or(|view| view.read_only)
    }

    /// The session, for commands about other mailboxes. Selecting another one there closes this one: its commands
    /// then fail ([`Error::is_bad_argument`](crate::Error::is_bad_argument)) and touch nothing.
    pub fn session(&mut self) -> &mut Session {
        self.session
    }

    /// Lets the server report what is new, such as expunged messages: NOOP (RFC 9051, section 6.1.2).
    ///
    /// # Errors
    /// If the connection fails.
    pub async fn noop(&mut self) -> Result<Reply<()>> {
        self.selected()?.run(command::Noop).await
    }

    /// Asks for a checkpoint: CHECK (RFC 3501, section 6.4.1). To learn of changes, `noop` is enough.
    ///
    /// # Errors
    /// If the server refuses, or the connection fails.
    pub async fn check(&mut self) -> Result<Reply<()>> {
        self.selected()?.run(command::Check).await
    }

    /// Waits for unsolicited responses: IDLE (RFC 9051, section 6.3.13), or NOOP now and then where the server has no IDLE.
    pub fn idle(&mut self) -> Idle<'_> {
        Idle::new(&mut self.session.connection, self.selection)
    }

    /// Removes all messages with `\Deleted`, without a report of which, and leaves the mailbox: CLOSE (RFC 9051,
    /// section 6.4.1). Nothing is removed from a mailbox that is read-only.
    ///
    /// # Errors
    /// If the server refuses, or the connection fails.
    pub async fn close_and_expunge(mut self) -> Result<()> {
        self.selected()?.run(command::Close).await.map(drop)
    }

    /// Leaves the mailbox and removes nothing: UNSELECT (RFC 9051, section 6.4.2), or EXAMINE and CLOSE where the
    /// server has no UNSELECT.
    ///
    /// # Errors
    /// If the server refuses, or the connection fails.
    pub async fn unselect(mut self) -> Result<()> {
        let capabilities = self.session.capabilities();
        if capabilities.supports(Capability::Unselect) {
            return self.selected()?.run(command::Unselect).await.map(drop);
        }
        self.selected()?;
        let Some(name) = self.state().map(|view| view.name.clone()) else { return Ok(()) };
        let connection = &mut self.selected()?.connection;
        connection.run(command::Select::read_only(name)).await?;
        connection.run(command::Close).await.map(drop)
    }

    /// The session, if this is still the mailbox that is open.
    pub(super) fn selected(&mut self) -> Result<&mut Session> {
        self.selection.check(&self.session.connection.engine)?;
        Ok(self.session)
    }

    /// The session, if the mailbox is open and messages in it can be changed.
    pub(super) fn writable(&mut self) -> Result<&mut Session> {
        self.selection.check_writable(&self.session.connection.engine)?;
        Ok(self.session)
    }
}
