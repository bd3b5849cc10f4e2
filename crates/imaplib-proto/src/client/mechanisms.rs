//! The login mechanisms that are known by name: the one table of them.

use crate::sasl::{
    Anonymous, CramMd5, External, LoginMechanism, Mechanism, OAuthBearer, Plain, ScramSha1, ScramSha256, ScramSha512,
    XOAuth2,
};

/// Makes a mechanism of a user, a secret and fresh entropy.
type Make = fn(&str, &str, &str) -> Box<dyn Mechanism>;

/// Each mechanism by its name: those that need a password first, the strongest first among them.
const KNOWN: [(&str, Make); 13] = [
    ("SCRAM-SHA-512-PLUS", |user, password, nonce| Box::new(ScramSha512::plus(user, password, nonce))),
    ("SCRAM-SHA-256-PLUS", |user, password, nonce| Box::new(ScramSha256::plus(user, password, nonce))),
    ("SCRAM-SHA-1-PLUS", |user, password, nonce| Box::new(ScramSha1::plus(user, password, nonce))),
    ("SCRAM-SHA-512", |user, password, nonce| Box::new(ScramSha512::new(user, password, nonce))),
    ("SCRAM-SHA-256", |user, password, nonce| Box::new(ScramSha256::new(user, password, nonce))),
    ("SCRAM-SHA-1", |user, password, nonce| Box::new(ScramSha1::new(user, password, nonce))),
    ("CRAM-MD5", |user, password, _| Box::new(CramMd5::new(user, password))),
    ("PLAIN", |user, password, _| Box::new(Plain::new(user, password))),
    ("LOGIN", |user, password, _| Box::new(LoginMechanism::new(user, password))),
    ("OAUTHBEARER", |user, token, _| Box::new(OAuthBearer::new(user, token))),
    ("XOAUTH2", |user, token, _| Box::new(XOAuth2::new(user, token))),
    ("EXTERNAL", |user, _, _| Box::new(External::new(user))),
    ("ANONYMOUS", |user, _, _| Box::new(Anonymous::new(user))),
];

/// The names of all mechanisms that [`mechanism`] knows.
pub fn mechanism_names() -> impl Iterator<Item = &'static str> {
    KNOWN.iter().map(|(name, _)| *name)
}

/// The mechanism of this name, in any case; `None` if it is not known.
///
/// `secret` is the password, or the access token of OAUTHBEARER and XOAUTH2; EXTERNAL and ANONYMOUS need none. `nonce` is
/// fresh entropy for SCRAM, as of [`ScramSha256::new`].
#[must_use]
pub fn mechanism(name: &str, user: &str, secret: &str, nonce: &str) -> Option<Box<dyn Mechanism>> {
    let (_, make) = KNOWN.iter().find(|(known, _)| known.eq_ignore_ascii_case(name))?;
    Some(make(user, secret, nonce))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_name_makes_the_mechanism_of_that_name() {
        for name in mechanism_names() {
            let made = mechanism(&name.to_ascii_lowercase(), "user", "secret", "nonce").unwrap();
            assert_eq!(made.name(), name);
        }
        assert!(mechanism("SCRAM-SHA-3", "user", "secret", "nonce").is_none());
    }
}
