//! Logging in.

use imaplib_proto::client::{self, LogIn};
use imaplib_proto::command;
use imaplib_proto::sasl::Mechanism;
use imaplib_proto::types::Capability;

use super::{Client, Session, maybe_async};
use crate::login::nonce;
use crate::{Error, Result};

#[maybe_async]
impl Client {
    /// Logs in by the strongest way that the server offers: SCRAM, CRAM-MD5, PLAIN, LOGIN.
    ///
    /// Where the server refuses a way that hides the password, and gives no reason, one more is tried: there are servers
    /// that offer SCRAM without being set up for it. On a private connection that is PLAIN or LOGIN. Where others can read
    /// the connection, a way that reveals the password is used only if there is no other;
    /// [`Error::is_password_withheld`] returns whether there would have been one.
    ///
    /// # Errors
    /// If the server refuses ([`Error::is_authentication`]), or offers no way. The connection is then closed.
    pub async fn login(mut self, user: &str, password: &str) -> Result<Session> {
        if self.is_preauthenticated() {
            return self.into_session().await;
        }
        let private = self.connection.private;
        let login = LogIn::new(self.capabilities(), user, password, private, nonce()?)?;
        self.connection.drive(login).await?;
        self.into_session().await
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
            return Err(Error::from(client::Error::login_disabled()));
        }
        let command = command::Login::new(user, password);
        let result = self.connection.run(command).await.map(drop);
        result.map_err(|error| error.of_login(self.connection.engine.status_events()))
    }
}
