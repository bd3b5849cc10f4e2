//! IDLE: waits for unsolicited responses.

use std::time::Duration;

use imaplib_proto::client::{AwaitEvents, Selection};
use imaplib_proto::engine::Event;

use super::{Connection, after, maybe_async};
use crate::Result;

/// Waits for unsolicited responses.
pub struct Idle<'m> {
    pub(super) connection: &'m mut Connection,
    pub(super) events: AwaitEvents,
}

impl<'m> Idle<'m> {
    pub(super) fn new(connection: &'m mut Connection, selection: Selection) -> Self {
        connection.give_up_current();
        let events = AwaitEvents::new(&connection.engine, selection);
        Self { connection, events }
    }
}

#[maybe_async]
impl Idle<'_> {
    /// The next event; `None` if none arrived within `timeout`. Without a timeout it waits forever.
    ///
    /// The server's IDLE is renewed on time, whether it sends something or not.
    ///
    /// # Errors
    /// If the mailbox is not open any more ([`Error::is_bad_argument`](crate::Error::is_bad_argument)), the server refuses, or the connection fails.
    pub async fn next(&mut self, timeout: Option<Duration>) -> Result<Option<Event>> {
        let until = timeout.map(after);
        let timeouts = self.connection.timeouts.clone();
        self.connection.drive_on(self.events.wait(&timeouts, until)).await
    }

    /// Stops waiting, so that other commands can be sent. Dropping does the same, without waiting for the
    /// server's answer.
    ///
    /// # Errors
    /// If the connection fails.
    pub async fn done(mut self) -> Result<()> {
        self.connection.drive_on(self.events.done()).await
    }
}

impl Drop for Idle<'_> {
    fn drop(&mut self) {
        self.events.abandon(&mut self.connection.engine);
    }
}
