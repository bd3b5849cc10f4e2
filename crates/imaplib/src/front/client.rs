//! The connection before login, and the login.

use imaplib_proto::client::{self, BadArgument, LogIn, can_run_before_login};
use imaplib_proto::command::{self, Command, Reply};
use imaplib_proto::engine::State;
use imaplib_proto::sasl::{ChannelBinding, Mechanism, OAuthBearer, XOAuth2};
use imaplib_proto::types::{Capabilities, Capability, Id, StatusResponse};
use zeroize::Zeroizing;

use super::{Connection, Session, StreamParts, Tokens, Transport, maybe_async};
use crate::options::nonce;
use crate::{ConnectOptions, Endpoint, Error, Result, TlsInfo};

/// The connection before login.
pub struct Client {
    pub(crate) connection: Connection,
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Client").field(&self.connection.engine).finish()
    }
}

#[maybe_async]
impl Client {
    /// Connects over a stream of the caller's that leads to the endpoint, with TLS or STARTTLS as the endpoint requires it.
    ///
    /// The endpoint's host is the name that the certificate must be for; nothing is looked up and no socket is opened. A
    /// stream for a tunnel or a Unix socket counts as private. Where the options have a [proxy](ConnectOptions::proxy), the
    /// stream leads to that proxy.
    ///
    /// # Errors
    /// If the stream or TLS fails, STARTTLS is required and not offered, or it is not an IMAP server.
    pub async fn connect_over(stream: impl Transport, endpoint: &Endpoint, options: &ConnectOptions) -> Result<Self> {
        let mut connection = Connection::new(Box::new(stream), endpoint.is_private(), options);
        connection.begin(endpoint, options).await?;
        Ok(Self { connection })
    }

    /// Speaks IMAP over a stream of the caller's, without TLS of this library's.
    ///
    /// `private` means that nobody else can read the stream, so that passwords may be sent over it in clear text. For TLS or
    /// STARTTLS over the stream, see [`connect_over`](Self::connect_over).
    ///
    /// # Errors
    /// If the other side is not an IMAP server, or the stream fails.
    pub async fn from_stream(stream: impl Transport, private: bool, options: &ConnectOptions) -> Result<Self> {
        let mut connection = Connection::new(Box::new(stream), private, options);
        connection.greet().await?;
        connection.know_capabilities().await?;
        Ok(Self { connection })
    }

    /// The greeting of the server.
    #[must_use]
    pub fn greeting(&self) -> Option<&StatusResponse> {
        self.connection.engine.greeting()
    }

    /// What the server can do before login.
    #[must_use]
    pub fn capabilities(&self) -> &Capabilities {
        self.connection.engine.capabilities()
    }

    /// The TLS session, if there is one.
    #[must_use]
    pub fn tls(&self) -> Option<&TlsInfo> {
        self.connection.tls.as_ref()
    }

    /// Whether nobody has to log in any more: the server knew the user (PREAUTH), or a login was
    /// [accepted](Self::try_login).
    #[must_use]
    pub fn is_preauthenticated(&self) -> bool {
        self.connection.engine.state() == State::Authenticated
    }

    /// The session of a connection that is logged in: after [`try_login`](Self::try_login) and its like, or where the server
    /// [knew the user](Self::is_preauthenticated).
    ///
    /// # Errors
    /// If the server wants a login.
    pub async fn into_session(mut self) -> Result<Session> {
        if !self.is_preauthenticated() {
            return Err(Error::from(BadArgument::LoginRequired));
        }
        self.connection.know_capabilities().await?;
        let mut session = Session { connection: self.connection };
        if session.connection.revision.enables_rev2(session.capabilities()) {
            match session.enable(&["IMAP4rev2"]).await {
                Err(error) if !error.is_no() && !error.is_bad() => return Err(error),
                _ => {}
            }
        }
        let engine = &session.connection.engine;
        if engine.profile().requires_id && engine.capabilities().has_name("ID") {
            let name = Id::new().with("name", "imaplib")?.with("version", env!("CARGO_PKG_VERSION"))?;
            match session.id(name).await {
                Err(error) if !error.is_no() && !error.is_bad() => return Err(error),
                _ => {}
            }
        }
        Ok(session)
    }

    /// Whether commands can still be sent, as far as is known without asking the server; see
    /// [`Session::is_usable`].
    #[must_use]
    pub fn is_usable(&self) -> bool {
        self.connection.is_usable()
    }

    /// Ends the use of IMAP and returns the stream, without a word to the server; see [`StreamParts`].
    ///
    /// # Errors
    /// If the connection is not [usable](Self::is_usable) any more. It is then closed.
    pub async fn into_stream(self) -> Result<StreamParts> {
        self.connection.into_parts().await
    }

    /// Runs a command that changes nothing about the connection, such as [`Id`](crate::command::Id).
    ///
    /// # Errors
    /// If it is another command ([`Error::is_bad_argument`]), the server refuses, or the connection fails.
    pub async fn run<C: Command>(&mut self, command: C) -> Result<Reply<C::Output>> {
        can_run_before_login(&command.conduct())?;
        self.connection.run(command).await
    }

    /// Ends the session with LOGOUT and closes the connection.
    ///
    /// # Errors
    /// If the connection fails before the server answered.
    pub async fn logout(mut self) -> Result<()> {
        self.connection.logout().await
    }
}

#[maybe_async]
impl Client {
    /// Logs in by the strongest way that the server offers: SCRAM, with channel binding first, CRAM-MD5, PLAIN, LOGIN.
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
        let login = login.bound_to(self.channel_binding(), &self.connection.engine);
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

    /// Logs in by a SASL mechanism (RFC 9051, section 6.2.2). One with channel binding receives what
    /// [ties](crate::TlsInfo::channel_binding) it to a connection with TLS 1.3.
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
    pub async fn try_authenticate(&mut self, mut mechanism: impl Mechanism) -> Result<()> {
        mechanism.bind(self.channel_binding().as_ref(), self.capabilities().has_channel_binding());
        let initial = self.capabilities().has(Capability::SaslIr);
        let command = command::Authenticate::new(Box::new(mechanism), initial);
        let result = self.connection.run(command).await.map(drop);
        result.map_err(|error| error.of_login(self.connection.engine.status_events()))
    }

    fn channel_binding(&self) -> Option<ChannelBinding> {
        self.tls()?.channel_binding.clone()
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

#[maybe_async]
impl Client {
    /// Logs in with an access token of OAuth 2.0: by OAUTHBEARER (RFC 7628), or by XOAUTH2 where the server has only that.
    ///
    /// The provider is asked for a token; if the server refuses that one, it is asked once more for a fresh one, on the same
    /// connection.
    ///
    /// # Errors
    /// If the server accepts no tokens ([`Error::is_unsupported`]), refuses them ([`Error::is_authentication`];
    /// [`Error::login_reason`] may be why), the provider fails ([`Error::is_caller_io`]), or the connection does. The connection
    /// is then closed; [`try_login_with_tokens`](Self::try_login_with_tokens) keeps it.
    pub async fn login_with_tokens(mut self, user: &str, tokens: impl Tokens) -> Result<Session> {
        self.try_login_with_tokens(user, tokens).await?;
        self.into_session().await
    }

    /// As [`login_with_tokens`](Self::login_with_tokens), and keeps the connection, as [`try_login`](Self::try_login) does.
    ///
    /// There are servers that close the connection with the first refusal: the error is then that of the refusal, and a fresh
    /// token is needed for the next connection.
    ///
    /// # Errors
    /// As those of [`login_with_tokens`](Self::login_with_tokens).
    pub async fn try_login_with_tokens(&mut self, user: &str, mut tokens: impl Tokens) -> Result<()> {
        if self.is_preauthenticated() {
            return Ok(());
        }
        let has_bearer = self.capabilities().has_auth("OAUTHBEARER");
        if !has_bearer && !self.capabilities().has_auth("XOAUTH2") {
            return Err(client::Error::unsupported("AUTH=OAUTHBEARER").into());
        }
        let mut refused = false;
        loop {
            let token = Zeroizing::new(tokens.token(refused).await.map_err(Error::token)?);
            let result = match has_bearer {
                true => self.try_authenticate(OAuthBearer::new(user, token.as_str())).await,
                false => self.try_authenticate(XOAuth2::new(user, token.as_str())).await,
            };
            match result {
                Err(error) if error.is_authentication() && !refused && self.is_usable() => refused = true,
                result => return result,
            }
        }
    }
}
