//! Logging in.

use imaplib_proto::client;
use imaplib_proto::command;
use imaplib_proto::sasl::Mechanism;
use imaplib_proto::types::{Capability, ResponseCode};

use super::{Client, Session, maybe_async};
use crate::login::{self, Attempt};
use crate::{Error, Result};

#[maybe_async]
impl Client {
    /// Logs in by the strongest way that the server offers: SCRAM, CRAM-MD5, PLAIN, LOGIN.
    ///
    /// Where others can read the connection, a way that shows them the password is taken only if there is no
    /// other. Where nobody can, and the server refuses a stronger way without saying that the password is
    /// wrong, PLAIN or LOGIN is tried once: there are servers that offer SCRAM without being set up for it.
    ///
    /// # Errors
    /// If the server refuses ([`Error::is_authentication`]), or offers no way. The connection is then closed.
    pub async fn login(mut self, user: &str, password: &str) -> Result<Session> {
        if self.is_preauthenticated() {
            return self.into_session().await;
        }
        let attempts = login::attempts(self.capabilities(), user, password, self.connection.private)?;
        let mut refused = None;
        let mut passes_hidden = false;
        for attempt in attempts {
            if passes_hidden && !attempt.reveals_secret() {
                continue;
            }
            let is_last = attempt.reveals_secret();
            let result = match attempt {
                Attempt::Sasl(mechanism) => self.try_authenticate(mechanism).await,
                Attempt::Command => self.try_login(user, password).await,
            };
            match result {
                Ok(()) => return self.into_session().await,
                // It is neither the mechanism nor the password.
                Err(error) if error.refusal_hint().is_some() => return Err(error),
                // Another mechanism may work where this one is not set up, but no other password will.
                Err(error) if error.is_bad() || matches!(error.code(), Some(ResponseCode::Cannot)) => {
                    refused.get_or_insert(error);
                }
                // A refusal without a reason may be the mechanism's fault: servers offer those for which they
                // keep no secrets. One more attempt tells, and only one: passwords are locked after a few.
                Err(error) if error.is_no() && error.code().is_none() && !is_last => {
                    passes_hidden = true;
                    refused.get_or_insert(error);
                }
                Err(error) => return Err(error),
            }
        }
        Err(refused.unwrap_or_else(|| Error::from(client::Error::login_disabled())))
    }

    /// Logs in with the LOGIN command, which sends the password as it is (RFC 9051, section 6.2.3).
    ///
    /// # Errors
    /// If the server refuses, or forbids it by LOGINDISABLED. The connection is then closed.
    pub async fn login_command(mut self, user: &str, password: &str) -> Result<Session> {
        self.try_login(user, password).await?;
        self.into_session().await
    }

    /// Logs in by a SASL mechanism (RFC 9051, section 6.2.2).
    ///
    /// # Errors
    /// If the server refuses, or the exchange fails. The connection is then closed.
    pub async fn authenticate(mut self, mechanism: impl Mechanism) -> Result<Session> {
        self.try_authenticate(Box::new(mechanism)).await?;
        self.into_session().await
    }

    async fn try_authenticate(&mut self, mechanism: Box<dyn Mechanism>) -> Result<()> {
        let initial = self.capabilities().has(Capability::SaslIr);
        let command = command::Authenticate::new(mechanism, initial);
        let result = self.connection.run(command).await.map(drop);
        result.map_err(|error| error.of_login(self.connection.engine.status_events()))
    }

    async fn try_login(&mut self, user: &str, password: &str) -> Result<()> {
        if self.capabilities().has(Capability::LoginDisabled) {
            return Err(client::Error::login_disabled().into());
        }
        let command = command::Login::new(user, password);
        let result = self.connection.run(command).await.map(drop);
        result.map_err(|error| error.of_login(self.connection.engine.status_events()))
    }
}
