//! Login with access tokens that expire.

use imaplib_proto::client;
use imaplib_proto::sasl::{OAuthBearer, XOAuth2};
use zeroize::Zeroizing;

use super::{Client, Session, Tokens, maybe_async};
use crate::{Error, Result};

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
