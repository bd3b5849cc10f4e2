//! The connection after login: commands of any kind, and IDLE.

use std::time::Duration;

use imaplib_proto::client::{AwaitEvents, Selection, can_run};
use imaplib_proto::command::{self, Command, Reply};
use imaplib_proto::engine::{Event, ServerProfile, Ticket, Trace};
use imaplib_proto::types::{Capabilities, Id, StatusResponse};

use super::{Connection, after, maybe_async};
use crate::{Result, TlsInfo};

/// The connection after login.
pub struct Session {
    pub(super) connection: Connection,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Session").field(&self.connection.engine).finish()
    }
}

#[maybe_async]
impl Session {
    /// Runs any command, also one of your own.
    ///
    /// # Errors
    /// If it is one that has a call of its own, such as APPEND, FETCH as a stream, or IDLE
    /// ([`Error::is_bad_argument`](crate::Error::is_bad_argument)); if an argument cannot be sent, the server refuses, or the connection fails.
    pub async fn run<C: Command>(&mut self, command: C) -> Result<Reply<C::Output>> {
        can_run(&command.conduct())?;
        self.connection.run(command).await
    }

    /// Starts a command without waiting for its answer: several can be in flight together. The ticket is for
    /// [`finish`](Self::finish).
    ///
    /// Commands that could be mistaken for each other, or disturb each other, are held back until those before
    /// them are answered (RFC 9051, section 5.5).
    ///
    /// # Errors
    /// As for [`run`](Self::run), before anything is sent.
    pub fn start<C: Command>(&mut self, command: C) -> Result<Ticket<C>> {
        can_run(&command.conduct())?;
        Ok(self.connection.engine.start(command)?)
    }

    /// Waits for the answer to a command that was [started](Self::start).
    ///
    /// # Errors
    /// If the server refuses, or the connection fails.
    pub async fn finish<C: Command>(&mut self, ticket: Ticket<C>) -> Result<Reply<C::Output>> {
        self.connection.give_up_current();
        self.connection.current.push(ticket.id());
        self.connection.finish(&ticket).await
    }

    /// Waits for unsolicited responses, also where no mailbox is open: IDLE (RFC 9051, section 6.3.13), or
    /// NOOP now and then where the server has no IDLE. Without a mailbox, few servers send more than alerts and that they close the connection.
    pub fn idle(&mut self) -> Idle<'_> {
        let selection = Selection::current(&self.connection.engine);
        Idle::new(&mut self.connection, selection)
    }

    /// Whether commands can still be sent, as far as is known without asking the server: for pools of sessions.
    ///
    /// It is false after a call that failed because of the connection, a timeout, a limit or the protocol, after a BYE,
    /// and after a dropped call that had sent a message in part. It sends and receives nothing: whether the server is still
    /// there, [`noop`](Self::noop) finds out.
    #[must_use]
    pub fn is_usable(&self) -> bool {
        self.connection.is_usable()
    }

    /// What the server can do.
    #[must_use]
    pub fn capabilities(&self) -> &Capabilities {
        self.connection.engine.capabilities()
    }

    /// The extensions that were [enabled](Self::enable).
    #[must_use]
    pub fn enabled(&self) -> &Capabilities {
        self.connection.engine.enabled()
    }

    /// Whether names of mailboxes and quoted texts travel as UTF-8, because UTF8=ACCEPT or IMAP4rev2 was
    /// [enabled](Self::enable), or the server has nothing but IMAP4rev2 (RFC 9755, RFC 9051).
    #[must_use]
    pub fn utf8_enabled(&self) -> bool {
        self.connection.engine.utf8_enabled()
    }

    /// The greeting of the server.
    #[must_use]
    pub fn greeting(&self) -> Option<&StatusResponse> {
        self.connection.engine.greeting()
    }

    /// How the server must be treated, if it is one that is known.
    #[must_use]
    pub fn profile(&self) -> ServerProfile {
        self.connection.engine.profile()
    }

    /// The TLS session, if there is one.
    #[must_use]
    pub fn tls(&self) -> Option<&TlsInfo> {
        self.connection.tls.as_ref()
    }

    /// The oldest unsolicited response that is left, if there is one. It does not wait: to receive more, send
    /// [`noop`](Self::noop) or [`idle`](Self::idle).
    pub fn next_event(&mut self) -> Option<Event> {
        self.connection.engine.next_event()
    }

    /// How many events were dropped because nobody took them; counts from zero again.
    pub fn take_dropped_event_count(&mut self) -> u64 {
        self.connection.engine.take_dropped_event_count()
    }

    /// Passes each line that is sent and received from now on to `trace`, secrets replaced.
    pub fn set_trace(&mut self, trace: Box<dyn Trace>) {
        self.connection.engine.set_trace(trace);
    }

    /// Ends the session and closes the connection: LOGOUT (RFC 9051, section 6.1.3).
    ///
    /// # Errors
    /// If the connection fails before the server answered.
    pub async fn logout(mut self) -> Result<()> {
        self.connection.logout().await
    }
}

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

    /// Enables extensions, by name; returns those that are enabled: ENABLE (RFC 9051, section 6.3.1).
    ///
    /// # Errors
    /// If an argument cannot be sent, the server refuses, or the connection fails.
    pub async fn enable(&mut self, names: &[&str]) -> Result<Capabilities> {
        Ok(self.run(command::Enable::new(names.iter().copied())).await?.value)
    }

    /// Continues as another user, on servers that have it: PROXYAUTH.
    ///
    /// # Errors
    /// If an argument cannot be sent, the server refuses, or the connection fails.
    pub async fn proxy_auth(&mut self, user: &str) -> Result<Reply<()>> {
        self.run(command::ProxyAuth::new(user)).await
    }
}

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
