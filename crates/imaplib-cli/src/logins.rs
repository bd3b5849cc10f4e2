//! The logins of a connection that is made again whenever it is lost: what has expired meanwhile is asked for again.

use std::sync::{Mutex, PoisonError};

use imaplib::blocking::Session;

use crate::connect::Connector;
use crate::exit::{Exit, Failure, Result};
use crate::secret::Secret;

/// A password or token, and how many were asked for up to it.
#[derive(Clone)]
pub(crate) struct Held {
    pub(crate) secret: Secret,
    number: u64,
}

/// The password or token of an account: asked for once, however many connections there are, and again when it is told
/// that it may be good no longer.
#[derive(Default)]
pub(crate) struct Holder(Mutex<Option<Held>>);

impl Holder {
    /// The secret; `ask` is called if there is none that was asked for after number `expired`.
    pub(crate) fn get(&self, expired: Option<u64>, ask: impl FnOnce() -> Result<Secret>) -> Result<Held> {
        // Locked while it is asked: other connections of the account wait for the same answer.
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(held) = held.as_ref().filter(|held| expired.is_none_or(|expired| held.number > expired)) {
            return Ok(held.clone());
        }
        let number = held.as_ref().map_or(1, |held| held.number + 1);
        Ok(held.insert(Held { secret: ask()?, number }).clone())
    }
}

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

    /// Connects and logs in.
    ///
    /// From the second time on, an access token is asked for anew, for tokens last about an hour. A password from a
    /// command or a file is asked for anew if the server refuses the one that it accepted before.
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

    /// Connects and logs in, with a secret that was asked for after the number `expired`. An error tells with which.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_asked_for_once_and_again_when_it_has_expired() {
        let holder = Holder::default();
        let asked = std::cell::Cell::new(0);
        let ask = || {
            asked.set(asked.get() + 1);
            Ok(Secret::new(format!("secret {}", asked.get())))
        };
        let first = holder.get(None, ask).unwrap();
        assert_eq!(holder.get(None, ask).unwrap().number, first.number);
        let second = holder.get(Some(first.number), ask).unwrap();
        assert_eq!(second.secret.reveal(), "secret 2");
        // Another connection that had the first one takes the one that is new already.
        assert_eq!(holder.get(Some(first.number), ask).unwrap().number, second.number);
        assert_eq!(asked.get(), 2);
        // What cannot be had now leaves what there was.
        assert!(holder.get(Some(second.number), || Err(Failure::config("no network"))).is_err());
        assert_eq!(holder.get(None, ask).unwrap().number, second.number);
    }
}
