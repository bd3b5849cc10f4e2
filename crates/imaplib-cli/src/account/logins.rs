//! The logins of a connection that is made again whenever it is lost: what has expired meanwhile is asked for again.

use imaplib::blocking::Session;

use crate::account::connector::{Connector, Held};
use crate::error::{Exit, Failure, Result};

/// Logs one connection in, and in again after each time that it was lost.
pub(crate) struct Logins<'a> {
    connector: &'a Connector,
    /// The number of the secret of the last login.
    used: Option<u64>,
}

impl<'a> Logins<'a> {
    pub(crate) fn new(connector: &'a Connector) -> Self {
        Self { connector, used: None }
    }

    /// The account, as the user names it.
    pub(crate) fn label(&self) -> &str {
        &self.connector.account.label
    }

    /// Connects and logs in.
    ///
    /// From the second login on, a new access token is requested, because tokens last about an hour. A password from a
    /// command or a file is read again if the server refuses the one that it accepted before.
    pub(crate) fn session(&mut self) -> Result<Session> {
        let expired = self.used.filter(|_| self.connector.has_token());
        let was_accepted = self.used.is_some();
        let (refused, held) = match self.log_in(expired) {
            Err((failure, Some(held))) if failure.exit() == Exit::Login && was_accepted => (failure, held),
            Err((failure, _)) => return Err(failure),
            Ok(session) => return Ok(session),
        };
        if !self.connector.can_ask_again() {
            return Err(refused);
        }
        // The same once more would only bring the account closer to being locked.
        if self.connector.asked_again(held.number)?.secret == held.secret {
            return Err(refused);
        }
        self.log_in(Some(held.number)).map_err(|(failure, _)| failure)
    }

    /// Connects and logs in, with a secret that was asked for after the number `expired`. An error contains which.
    fn log_in(&mut self, expired: Option<u64>) -> Result<Session, (Failure, Option<Held>)> {
        let connector = self.connector;
        let held = || match expired {
            Some(expired) => connector.asked_again(expired),
            None => connector.held(),
        };
        // A server must not wait for it; a tunnel or a socket may need none.
        let early = || connector.require_user().and_then(|()| held());
        let early = connector.needs_login().then(early).transpose().map_err(|failure| (failure, None))?;
        let client = connector.open().map_err(|failure| (failure, None))?;
        if client.is_preauthenticated() {
            return connector.login(client).map_err(|failure| (failure, None));
        }
        let held = early.map_or_else(held, Ok).map_err(|failure| (failure, None))?;
        match connector.login_with(client, &held) {
            Ok(session) => {
                self.used = Some(held.number);
                Ok(session)
            }
            Err(failure) => Err((failure, Some(held))),
        }
    }
}
