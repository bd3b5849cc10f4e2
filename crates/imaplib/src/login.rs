//! Which mechanism to log in by.

use imaplib_proto::client::{BadArgument, password_mechanism};
use imaplib_proto::sasl::{Mechanism, OAuthBearer, XOAuth2};

use crate::{Error, Result};

/// A mechanism by its name, for programs that leave the choice to their users: `secret` is the password, or the
/// access token of OAUTHBEARER and XOAUTH2; EXTERNAL and ANONYMOUS need none.
///
/// # Errors
/// If the name is not known, or the system has no random numbers.
pub fn mechanism(name: &str, user: &str, secret: &str) -> Result<Box<dyn Mechanism>> {
    use imaplib_proto::sasl::{Anonymous, External};
    if let Some(mechanism) = password_mechanism(name, user, secret, &nonce()?) {
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
pub(crate) fn nonce() -> Result<String> {
    let mut bytes = [0; 24];
    getrandom::fill(&mut bytes)
        .map_err(|error| Error::system("cannot get random numbers", std::io::Error::other(error.to_string())))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
