//! What changed in mailboxes: since the program saw them last, and while they are watched.

use std::time::{Duration, Instant};

use imaplib_proto::client::{FindChanges, KnownMailbox, ListWithStatus, MailboxIdentity, Synced, WatchMailboxes};
use imaplib_proto::types::{IntoMailboxName, MailboxName};

use super::{Connect, Mailbox, Session, after, clock_of, maybe_async, now};
use crate::{Error, Result, WatchEvent};

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
        let items = KnownMailbox::status_items(false, KnownMailbox::id_item(capabilities));
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

/// Mailboxes that are watched: what changes in each comes once, also what changed while the connection was lost.
///
/// Changes are reported by NOTIFY (RFC 5465) or IDLE (RFC 9051, section 6.3.13) where the server has them, and else found
/// by polling, as often as [`Timeouts::idle_polling`](crate::Timeouts#structfield.idle_polling). The mailboxes are opened for
/// reading only. It holds what is [known](KnownMailbox) of each mailbox, and one connection.
pub struct Watch<C> {
    connect: C,
    mailboxes: WatchMailboxes,
    session: Option<Session>,
    /// When a lost connection is made again.
    retry: Option<Instant>,
}

impl<C> std::fmt::Debug for Watch<C> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Watch").field("session", &self.session).finish_non_exhaustive()
    }
}

#[maybe_async]
impl<C: Connect> Watch<C> {
    /// Watches mailboxes on sessions that this makes: it is called whenever a connection is needed.
    #[must_use]
    pub fn new(connect: C) -> Self {
        Self { connect, mailboxes: WatchMailboxes::new(), session: None, retry: None }
    }

    /// Watches this mailbox, too, of which this is known: with [`KnownMailbox::new`], all its messages come as new first.
    ///
    /// # Errors
    /// If the name cannot be one.
    pub fn mailbox(mut self, name: impl IntoMailboxName, known: KnownMailbox) -> Result<Self> {
        self.mailboxes.add(name.into_mailbox_name()?, known);
        Ok(self)
    }

    /// What is known of a mailbox that is watched, after the changes that came last.
    #[must_use]
    pub fn known(&self, name: &MailboxName) -> Option<&KnownMailbox> {
        self.mailboxes.known(name)
    }

    /// The next change, or that the connection is lost; `None` if there was neither within `timeout`. Without a timeout it
    /// waits forever. It can be dropped: what it had found by then comes with the next call.
    ///
    /// # Errors
    /// If a mailbox cannot be opened: the others are watched by the next call. If the first connection fails, or a login is
    /// refused: the next call tries again at once.
    pub async fn next(&mut self, timeout: Option<Duration>) -> Result<Option<WatchEvent>> {
        let until = timeout.map(after);
        loop {
            let Some(session) = &mut self.session else {
                if let Some(retry) = self.retry {
                    let clock = clock_of(&self.connect);
                    if let Some(until) = until.filter(|until| *until < retry) {
                        clock.sleep_until(until).await;
                        return Ok(None);
                    }
                    clock.sleep_until(retry).await;
                }
                match self.connect.connect().await {
                    Ok(session) => {
                        self.session = Some(session);
                        self.mailboxes.connected(now());
                    }
                    Err(error) => return self.lost(error).map(Some),
                }
                continue;
            };
            let connection = &mut session.connection;
            let timeouts = connection.timeouts.clone();
            match connection.drive_on(self.mailboxes.next(&timeouts, until)).await {
                Ok(change) => return Ok(change.map(|change| WatchEvent::Changed(Box::new(change)))),
                Err(error) if error.is_command_level() => return Err(error),
                Err(error) => return self.lost(error).map(Some),
            }
        }
    }

    fn lost(&mut self, error: Error) -> Result<WatchEvent> {
        self.session = None;
        match self.mailboxes.disconnected(error.core(), now()) {
            Some(retry_in) => {
                self.retry = Some(after(retry_in));
                Ok(WatchEvent::Lost { error, retry_in })
            }
            None => {
                self.retry = None;
                Err(error)
            }
        }
    }
}
