//! Mailboxes that are watched, over as many connections as it needs.

use std::time::{Duration, Instant};

use imaplib_proto::client::{KnownMailbox, WatchMailboxes};
use imaplib_proto::types::{IntoMailboxName, MailboxName};

use super::{Connect, Session, after, maybe_async, now, sleep_until};
use crate::{Error, Result, WatchEvent};

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
                    if let Some(until) = until.filter(|until| *until < retry) {
                        sleep_until(until).await;
                        return Ok(None);
                    }
                    sleep_until(retry).await;
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
