//! Logging in, and out again without closing the connection.

use imaplib_proto::client::{self, BadArgument, LogIn};
use imaplib_proto::command;
use imaplib_proto::sasl::Mechanism;
use imaplib_proto::types::Capability;

use super::{Client, Session, maybe_async};
use crate::mechanism::nonce;
use crate::{Error, Result};

#[maybe_async]
impl Client {
    /// Logs in by the strongest way that the server offers: SCRAM, CRAM-MD5, PLAIN, LOGIN.
    ///
    /// Where the server refuses a way that hides the password, and sends no reason, one more is tried: there are servers
    /// that offer SCRAM without being set up for it. On a private connection that is PLAIN or LOGIN. Where others can read
    /// the connection, a way that reveals the password is used only if there is no other;
    /// [`Error::is_password_withheld`] returns whether there would have been one.
    ///
    /// # Errors
    /// If the server refuses ([`Error::is_authentication`]), or offers no way. The connection is then closed;
    /// [`try_login`](Self::try_login) keeps it.
    pub async fn login(mut self, user: &str, password: &str) -> Result<Session> {
        self.try_login(user, password).await?;
        self.into_session().await
    }

    /// As [`login`](Self::login), and keeps the connection: after a refusal, another login can be tried on it as long as it
    /// [is usable](Self::is_usable); after a success, [`into_session`](Self::into_session) is the session.
    ///
    /// On a connection that is logged in already it does nothing.
    ///
    /// # Errors
    /// If the server refuses ([`Error::is_authentication`]), or offers no way, or the connection fails.
    pub async fn try_login(&mut self, user: &str, password: &str) -> Result<()> {
        if self.is_preauthenticated() {
            return Ok(());
        }
        let private = self.connection.private;
        let login = LogIn::new(self.capabilities(), user, password, private, nonce()?)?;
        self.connection.drive(login).await
    }

    /// Logs in with the LOGIN command, which sends the password as it is (RFC 9051, section 6.2.3).
    ///
    /// # Errors
    /// If the server refuses, or forbids it by LOGINDISABLED. The connection is then closed.
    pub async fn login_command(mut self, user: &str, password: &str) -> Result<Session> {
        self.try_login_command(user, password).await?;
        self.into_session().await
    }

    /// Logs in by a SASL mechanism (RFC 9051, section 6.2.2).
    ///
    /// # Errors
    /// If the server refuses, or the exchange fails. The connection is then closed.
    pub async fn authenticate(mut self, mechanism: impl Mechanism) -> Result<Session> {
        self.try_authenticate(mechanism).await?;
        self.into_session().await
    }

    /// As [`authenticate`](Self::authenticate), and keeps the connection, as [`try_login`](Self::try_login) does.
    ///
    /// # Errors
    /// If the server refuses ([`Error::is_authentication`]; [`Error::login_reason`] may be why), the exchange fails, or
    /// the connection does.
    pub async fn try_authenticate(&mut self, mechanism: impl Mechanism) -> Result<()> {
        let initial = self.capabilities().has(Capability::SaslIr);
        let command = command::Authenticate::new(Box::new(mechanism), initial);
        let result = self.connection.run(command).await.map(drop);
        result.map_err(|error| error.of_login(self.connection.engine.status_events()))
    }

    /// As [`login_command`](Self::login_command), and keeps the connection, as [`try_login`](Self::try_login) does.
    ///
    /// # Errors
    /// If the server refuses ([`Error::is_authentication`]), forbids it by LOGINDISABLED
    /// ([`Error::is_login_disabled`]), or the connection fails.
    pub async fn try_login_command(&mut self, user: &str, password: &str) -> Result<()> {
        if self.capabilities().has(Capability::LoginDisabled) {
            return Err(Error::from(client::Error::login_disabled()));
        }
        let command = command::Login::new(user, password);
        let result = self.connection.run(command).await.map(drop);
        result.map_err(|error| error.of_login(self.connection.engine.status_events()))
    }
}

#[maybe_async]
impl Session {
    /// Leaves the account and keeps the connection, so that another user can log in: UNAUTHENTICATE (RFC 8437).
    ///
    /// The server forgets what was selected, [enabled](Self::enable) and saved, and so does the client: events that nobody
    /// has taken are dropped. TLS stays.
    ///
    /// # Errors
    /// If the server does not offer it ([`Error::is_unsupported`]); if commands that were started are not finished, or the
    /// connection is [compressed](Self::compress) ([`Error::is_bad_argument`]): the standard lets compression end in the
    /// middle of a stream, and a client cannot see where; if the server refuses, which RFC 8437 forbids; or the connection
    /// fails. The connection is then closed.
    pub async fn unauthenticate(mut self) -> Result<Client> {
        if !self.capabilities().has(Capability::Unauthenticate) {
            return Err(Error::not_offered(Capability::Unauthenticate));
        }
        if self.connection.compressed {
            return Err(BadArgument::Compressed.into());
        }
        self.connection.give_up_current();
        if self.connection.engine.has_started() {
            return Err(BadArgument::Unfinished.into());
        }
        self.connection.run(command::Unauthenticate).await?;
        self.connection.know_capabilities().await?;
        Ok(Client { connection: self.connection })
    }
}
