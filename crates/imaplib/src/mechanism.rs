//! Login mechanisms by name, and the entropy that they need.

use imaplib_proto::client::{self, BadArgument};
use imaplib_proto::sasl::Mechanism;

use crate::{Error, Result};

/// A mechanism by its name, for programs that leave the choice to their users: `secret` is the password, or the
/// access token of OAUTHBEARER and XOAUTH2; EXTERNAL and ANONYMOUS need none. [`mechanism_names`](crate::mechanism_names)
/// lists the names.
///
/// # Errors
/// If the name is not known, or the system has no random numbers.
pub fn mechanism(name: &str, user: &str, secret: &str) -> Result<Box<dyn Mechanism>> {
    let found = client::mechanism(name, user, secret, &nonce()?);
    found.ok_or_else(|| BadArgument::UnknownMechanism(name.to_owned()).into())
}

/// Fresh entropy as text, for SCRAM.
pub(crate) fn nonce() -> Result<String> {
    let mut bytes = [0; 24];
    getrandom::fill(&mut bytes)
        .map_err(|error| Error::system("cannot get random numbers", std::io::Error::other(error.to_string())))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
