//! SASL mechanisms as small state machines (RFC 4422).
//!
//! A mechanism makes its first response, then answers challenges. [`Mechanism`] is open: make your own for what is not
//! here. Nothing in this module prints a secret, and secrets are wiped when they are dropped.
//!
//! ```
//! use imaplib_proto::sasl::{Answer, CramMd5, Mechanism, Plain};
//!
//! let mut plain = Plain::new("ann", "secret");
//! assert_eq!(plain.initial().as_deref(), Some(&b"\0ann\0secret"[..]));
//! assert!(plain.reveals_secret());
//!
//! let mut cram = CramMd5::new("tim", "tanstaaftanstaaf"); // the example of RFC 2195
//! assert_eq!(cram.initial(), None); // the server speaks first
//! let answer = cram.respond(b"<1896.697170952@postoffice.reston.mci.net>")?;
//! assert_eq!(answer, Answer::Ready(b"tim b913a602c7eda7a495b4e6e7334d3890".to_vec()));
//! # Ok::<(), imaplib_proto::sasl::SaslError>(())
//! ```

mod channel_binding;
mod oauth;
mod pbkdf2;
mod scram;
mod simple;

use std::fmt;

pub use channel_binding::{ChannelBinding, ChannelBindingType};
pub use oauth::{OAuthBearer, XOAuth2};
pub use scram::{ScramSha1, ScramSha256, ScramSha512};
pub use simple::{Anonymous, CramMd5, External, LoginMechanism, Plain};

/// An answer to a challenge. It may hold a secret.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Answer {
    /// These bytes, without base64.
    Ready(Vec<u8>),
    /// It needs more time: continue with [`Mechanism::compute_more`].
    InProgress,
}

impl From<Vec<u8>> for Answer {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Ready(bytes)
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ready(_) => "Ready(…)",
            Self::InProgress => "InProgress",
        })
    }
}

/// One side of a SASL exchange.
///
/// Called in this order: [`bind`](Self::bind), [`initial`](Self::initial), [`limit_iterations`](Self::limit_iterations),
/// [`check`](Self::check), then [`respond`](Self::respond) for each challenge. `initial` cannot fail: what it finds wrong,
/// `check` reports.
pub trait Mechanism: Send + Sync + 'static {
    /// The registered name, such as `SCRAM-SHA-256`.
    fn name(&self) -> &str;

    /// Whether the user name and the secret can be sent: they hold nothing that would end them.
    ///
    /// # Errors
    /// [`SaslError::Credentials`] if they cannot; [`SaslError::NoChannelBinding`] if there is nothing to
    /// [bind](Self::bind) to.
    fn check(&self) -> Result<(), SaslError> {
        Ok(())
    }

    /// Learns of the connection, before the first response: what ties a login to it, if there is such, and whether the server
    /// offers mechanisms that do so.
    fn bind(&mut self, _binding: Option<&ChannelBinding>, _offered: bool) {}

    /// Refuses to hash the password more often than this, for mechanisms in which the server decides how often.
    fn limit_iterations(&mut self, _most: u32) {}

    /// What the client sends first; `None` if the server sends first.
    fn initial(&mut self) -> Option<Vec<u8>>;

    /// Answers a challenge, both without base64, or begins to.
    ///
    /// # Errors
    /// If the challenge is not legal here; the exchange is then cancelled.
    fn respond(&mut self, challenge: &[u8]) -> Result<Answer, SaslError>;

    /// Continues with an answer that is not ready yet, for about a millisecond.
    ///
    /// # Errors
    /// As those of [`respond`](Self::respond), and if there is nothing to go on with.
    fn compute_more(&mut self) -> Result<Answer, SaslError> {
        Err(SaslError::Challenge)
    }

    /// Whether the server has proved what this mechanism wants proved; asked when the server sends OK. A mechanism in which the
    /// server proves itself must override this.
    fn is_complete(&self) -> bool {
        true
    }

    /// What the server sent to explain its refusal, without base64: of OAuth mechanisms a JSON object.
    fn server_reason(&self) -> Option<&[u8]> {
        None
    }

    /// The password or token, so that it can be taken out of texts in which the server repeats it; empty if there is none.
    fn secret(&self) -> &str {
        ""
    }

    /// Whether the exchange would give the password, or something as good, to anyone who can read it. It is for callers that choose
    /// a mechanism: what runs one does not look at it, and sends it over clear text whatever this returns.
    fn reveals_secret(&self) -> bool;
}

impl Mechanism for Box<dyn Mechanism> {
    fn name(&self) -> &str {
        (**self).name()
    }

    fn check(&self) -> Result<(), SaslError> {
        (**self).check()
    }

    fn bind(&mut self, binding: Option<&ChannelBinding>, offered: bool) {
        (**self).bind(binding, offered);
    }

    fn limit_iterations(&mut self, most: u32) {
        (**self).limit_iterations(most);
    }

    fn initial(&mut self) -> Option<Vec<u8>> {
        (**self).initial()
    }

    fn respond(&mut self, challenge: &[u8]) -> Result<Answer, SaslError> {
        (**self).respond(challenge)
    }

    fn compute_more(&mut self) -> Result<Answer, SaslError> {
        (**self).compute_more()
    }

    fn is_complete(&self) -> bool {
        (**self).is_complete()
    }

    fn server_reason(&self) -> Option<&[u8]> {
        (**self).server_reason()
    }

    fn secret(&self) -> &str {
        (**self).secret()
    }

    fn reveals_secret(&self) -> bool {
        (**self).reveals_secret()
    }
}

/// Refuses texts that hold one of these characters.
fn without(characters: &[char], texts: &[&str]) -> Result<(), SaslError> {
    match texts.iter().any(|text| text.contains(characters)) {
        true => Err(SaslError::Credentials),
        false => Ok(()),
    }
}

/// Why an exchange was cancelled by the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SaslError {
    /// The challenge is malformed, or came when none was due.
    Challenge,
    /// The server's proof is wrong: it does not know the password.
    ServerProof,
    /// The server asks for more rounds of hashing than the limit allows.
    TooManyRounds,
    /// The user or the password holds characters that the mechanism cannot carry.
    Credentials,
    /// The mechanism ties the login to the connection, and there is nothing to tie it to: no TLS, or an old version of it.
    NoChannelBinding,
    /// The server offers mechanisms with channel binding, and its list as it arrived had none: somebody in between changed
    /// it, who may read all that is sent (RFC 5802, section 6).
    Downgraded,
}

impl fmt::Display for SaslError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Challenge => "the server's challenge does not belong here or is malformed",
            Self::ServerProof => "the server could not prove that it knows the password",
            Self::TooManyRounds => "the server asks for too many rounds of password hashing",
            Self::Credentials => "the user name or the password holds characters that cannot be sent",
            Self::NoChannelBinding => "the mechanism needs channel binding, which this connection does not have",
            Self::Downgraded => "the server offers channel binding, and somebody between took it out of its list",
        })
    }
}

impl std::error::Error for SaslError {}
