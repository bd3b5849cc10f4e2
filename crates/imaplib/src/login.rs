//! Which mechanism to log in by.

use imaplib_proto::client::{self, BadArgument};
use imaplib_proto::sasl::{CramMd5, LoginMechanism, Mechanism, OAuthBearer, Plain, ScramSha1, ScramSha256, XOAuth2};
use imaplib_proto::types::{Capabilities, Capability};

use crate::{Error, Result};

/// One way to log in with a password.
pub(crate) enum Attempt {
    Sasl(Box<dyn Mechanism>),
    /// The LOGIN command.
    Command,
}

impl Attempt {
    /// Whether who can read the connection learns the password.
    pub(crate) fn reveals_secret(&self) -> bool {
        match self {
            Self::Sasl(mechanism) => mechanism.reveals_secret(),
            Self::Command => true,
        }
    }
}

/// The ways to log in with a password that the server offers, the strongest first.
///
/// Where others can read the connection, a way that shows the password is tried only if there is no other.
pub(crate) fn attempts(capabilities: &Capabilities, user: &str, password: &str, private: bool) -> Result<Vec<Attempt>> {
    let mut attempts = Vec::new();
    for name in ["SCRAM-SHA-256", "SCRAM-SHA-1", "CRAM-MD5", "PLAIN", "LOGIN"] {
        if capabilities.has_auth(name) {
            attempts.extend(password_mechanism(name, user, password)?.map(Attempt::Sasl));
        }
    }
    if !capabilities.has(Capability::LoginDisabled) {
        attempts.push(Attempt::Command);
    }
    if attempts.is_empty() {
        return Err(client::Error::login_disabled().into());
    }
    if !private {
        let hides = attempts.iter().any(|attempt| !attempt.reveals_secret());
        attempts.retain(|attempt| !hides || !attempt.reveals_secret());
    }
    Ok(attempts)
}

/// The mechanism of this name that takes a password.
pub(crate) fn password_mechanism(name: &str, user: &str, password: &str) -> Result<Option<Box<dyn Mechanism>>> {
    Ok(Some(match name.to_ascii_uppercase().as_str() {
        "SCRAM-SHA-256" => Box::new(ScramSha256::new(user, password, &nonce()?)),
        "SCRAM-SHA-1" => Box::new(ScramSha1::new(user, password, &nonce()?)),
        "CRAM-MD5" => Box::new(CramMd5::new(user, password)),
        "PLAIN" => Box::new(Plain::new(user, password)),
        "LOGIN" => Box::new(LoginMechanism::new(user, password)),
        _ => return Ok(None),
    }))
}

/// A mechanism by its name, for programs that leave the choice to their users: `secret` is the password, or the
/// access token of OAUTHBEARER and XOAUTH2; EXTERNAL and ANONYMOUS need none.
///
/// # Errors
/// If the name is not known, or the system gives no random numbers.
pub fn mechanism(name: &str, user: &str, secret: &str) -> Result<Box<dyn Mechanism>> {
    use imaplib_proto::sasl::{Anonymous, External};
    if let Some(mechanism) = password_mechanism(name, user, secret)? {
        return Ok(mechanism);
    }
    Ok(match name.to_ascii_uppercase().as_str() {
        "OAUTHBEARER" => Box::new(OAuthBearer::new(user, secret)),
        "XOAUTH2" => Box::new(XOAuth2::new(user, secret)),
        "EXTERNAL" => Box::new(External::new(user)),
        "ANONYMOUS" => Box::new(Anonymous::new(user)),
        _ => {
            return Err(BadArgument::UnknownMechanism(name.to_owned()).into());
        }
    })
}

/// Fresh entropy as text, for SCRAM.
fn nonce() -> Result<String> {
    let mut octets = [0; 24];
    getrandom::fill(&mut octets)
        .map_err(|error| Error::system("cannot get random numbers", std::io::Error::other(error.to_string())))?;
    Ok(octets.iter().map(|octet| format!("{octet:02x}")).collect())
}
