//! Waiting for news.

use std::time::{Duration, Instant};

use imaplib_proto::engine::{Event, Ticket};
use imaplib_proto::{client, command};

use super::{Connection, after, maybe_async, now, sleep_until};
use crate::Result;
use crate::refusals::not_open;

/// Waiting for news of the mailbox that is open.
pub struct Idle<'m> {
    pub(super) connection: &'m mut Connection,
    pub(super) ticket: Option<Ticket<command::Idle>>,
    /// When the present IDLE began, or the server was last asked.
    pub(super) since: Instant,
    /// Whether the server has IDLE.
    pub(super) offered: bool,
    /// Which of the session's mailboxes it is about.
    pub(super) selection: u64,
}

#[maybe_async]
impl Idle<'_> {
    /// The next event; nothing if none came within `timeout`. Without a time-out it waits for ever.
    ///
    /// The server's IDLE is renewed on time, whether it says something or not.
    ///
    /// # Errors
    /// If the mailbox is not open any more ([`Error::is_bad_argument`]), the server refuses, or the connection fails.
    pub async fn next(&mut self, timeout: Option<Duration>) -> Result<Option<Event>> {
        let end = timeout.map(after);
        loop {
            if let Some(event) = self.connection.engine.next_event() {
                return Ok(Some(event));
            }
            if self.connection.engine.selection_epoch() != self.selection {
                return Err(not_open());
            }
            let span = match self.offered {
                true => self.connection.timeouts.idle_renewal,
                false => self.connection.timeouts.idle_polling,
            };
            let renewal = client::after(self.since, span);
            let until = end.map_or(renewal, |end| end.min(renewal));
            if !self.offered {
                sleep_until(until).await;
                if now() >= renewal {
                    self.since = now();
                    self.connection.run(command::Noop).await?;
                }
            } else {
                self.listen(until).await?;
            }
            let heard = self.connection.engine.next_event();
            if heard.is_some() || end.is_some_and(|end| end <= now()) {
                return Ok(heard);
            }
        }
    }

    /// Stops waiting, so that other commands can be sent. Dropping does the same, without waiting for the
    /// server's answer.
    ///
    /// # Errors
    /// If the connection fails.
    pub async fn done(mut self) -> Result<()> {
        self.stop().await
    }

    /// Listens until something happens or the time has come.
    async fn listen(&mut self, until: Instant) -> Result<()> {
        let ticket = match &self.ticket {
            Some(ticket) => ticket,
            None => {
                self.since = now();
                let ticket = self.connection.engine.start(command::Idle)?;
                self.ticket.insert(ticket)
            }
        };
        if let Some(result) = self.connection.engine.take(ticket) {
            self.ticket = None;
            result?;
            // A server that ends each IDLE at once would be sent one after the other.
            self.offered = now() - self.since > Duration::from_secs(1);
            return Ok(());
        }
        if self.connection.step_before(until).await?.is_none()
            && now() >= client::after(self.since, self.connection.timeouts.idle_renewal)
        {
            self.stop().await?;
        }
        Ok(())
    }

    async fn stop(&mut self) -> Result<()> {
        let Some(ticket) = self.ticket.take() else { return Ok(()) };
        self.connection.engine.idle_done();
        self.connection.current.push(ticket.id());
        self.connection.finish(&ticket).await.map(drop)
    }
}

impl Drop for Idle<'_> {
    fn drop(&mut self) {
        if let Some(ticket) = &self.ticket {
            self.connection.engine.abandon(ticket.id());
        }
    }
}
