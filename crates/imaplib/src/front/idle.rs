//! IDLE: waits for unsolicited responses.

use std::time::Duration;

use imaplib_proto::client::AwaitEvents;
use imaplib_proto::engine::Event;

use super::{Connection, after, maybe_async};
use crate::Result;

/// Waits for unsolicited responses about the mailbox that is open.
pub struct Idle<'m> {
    pub(super) connection: &'m mut Connection,
    pub(super) events: AwaitEvents,
}

#[maybe_async]
impl Idle<'_> {
    /// The next event; nothing if none came within `timeout`. Without a time-out it waits for ever.
    ///
    /// The server's IDLE is renewed on time, whether it says something or not.
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
