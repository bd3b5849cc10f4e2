//! Mechanisms of one or two messages: PLAIN, LOGIN, EXTERNAL, ANONYMOUS, CRAM-MD5.

use hmac::{Hmac, KeyInit, Mac};
use md5::Md5;
use zeroize::Zeroizing;

use super::{Answer, Mechanism, SaslError, without};

/// PLAIN: user and password in the clear (RFC 4616).
pub struct Plain {
    identity: String,
    user: String,
    password: Zeroizing<String>,
}

impl Plain {
    /// Logs in as `user`.
    #[must_use]
    pub fn new(user: impl Into<String>, password: impl Into<String>) -> Self {
        Self { identity: String::new(), user: user.into(), password: Zeroizing::new(password.into()) }
    }

    /// Acts as another user once logged in.
    #[must_use]
    pub fn acting_as(mut self, identity: impl Into<String>) -> Self {
        self.identity = identity.into();
        self
    }
}

impl Mechanism for Plain {
    fn name(&self) -> &str {
        "PLAIN"
    }

    fn check(&self) -> Result<(), SaslError> {
        without(&['\0'], &[&self.identity, &self.user, &self.password])
    }

    fn initial(&mut self) -> Option<Vec<u8>> {
        Some([self.identity.as_bytes(), self.user.as_bytes(), self.password.as_bytes()].join(&0))
    }

    fn respond(&mut self, _challenge: &[u8]) -> Result<Answer, SaslError> {
        Err(SaslError::Challenge)
    }

    fn secret(&self) -> &str {
        &self.password
    }

    fn reveals_secret(&self) -> bool {
        true
    }
}

/// LOGIN: user and password in the clear, each upon a challenge. Never registered, but widespread.
pub struct LoginMechanism {
    user: Option<String>,
    password: Zeroizing<String>,
    answered: bool,
}

impl LoginMechanism {
    /// Logs in as `user`.
    #[must_use]
    pub fn new(user: impl Into<String>, password: impl Into<String>) -> Self {
        Self { user: Some(user.into()), password: Zeroizing::new(password.into()), answered: false }
    }
}

impl Mechanism for LoginMechanism {
    fn name(&self) -> &str {
        "LOGIN"
    }

    fn initial(&mut self) -> Option<Vec<u8>> {
        None
    }

    fn respond(&mut self, _challenge: &[u8]) -> Result<Answer, SaslError> {
        // The challenges are `User Name` and `Password` in many spellings and languages.
        match self.user.take() {
            Some(user) => Ok(user.into_bytes().into()),
            None if !std::mem::replace(&mut self.answered, true) => Ok(self.password.as_bytes().to_vec().into()),
            None => Err(SaslError::Challenge),
        }
    }

    fn secret(&self) -> &str {
        &self.password
    }

    fn reveals_secret(&self) -> bool {
        true
    }
}

/// EXTERNAL: the server knows the client by other means, such as its TLS certificate (RFC 4422, appendix A).
pub struct External {
    identity: String,
}

impl External {
    /// Acts as this user; an empty name leaves the choice to the server.
    #[must_use]
    pub fn new(identity: impl Into<String>) -> Self {
        Self { identity: identity.into() }
    }
}

impl Mechanism for External {
    fn name(&self) -> &str {
        "EXTERNAL"
    }

    fn initial(&mut self) -> Option<Vec<u8>> {
        Some(self.identity.clone().into_bytes())
    }

    fn respond(&mut self, _challenge: &[u8]) -> Result<Answer, SaslError> {
        Err(SaslError::Challenge)
    }

    fn reveals_secret(&self) -> bool {
        false
    }
}

/// ANONYMOUS: no user at all, only a trace of who it might be (RFC 4505).
pub struct Anonymous {
    trace: String,
}

impl Anonymous {
    /// Leaves this trace, such as an e-mail address.
    #[must_use]
    pub fn new(trace: impl Into<String>) -> Self {
        Self { trace: trace.into() }
    }
}

impl Mechanism for Anonymous {
    fn name(&self) -> &str {
        "ANONYMOUS"
    }

    fn initial(&mut self) -> Option<Vec<u8>> {
        Some(self.trace.clone().into_bytes())
    }

    fn respond(&mut self, _challenge: &[u8]) -> Result<Answer, SaslError> {
        Err(SaslError::Challenge)
    }

    fn reveals_secret(&self) -> bool {
        false
    }
}

/// CRAM-MD5: the password proves itself by a keyed hash of the server's challenge.
///
/// Better than a password in the clear, but who can read the exchange can try passwords at leisure.
pub struct CramMd5 {
    user: String,
    password: Zeroizing<String>,
    answered: bool,
}

impl CramMd5 {
    /// Logs in as `user`.
    #[must_use]
    pub fn new(user: impl Into<String>, password: impl Into<String>) -> Self {
        Self { user: user.into(), password: Zeroizing::new(password.into()), answered: false }
    }
}

impl Mechanism for CramMd5 {
    fn name(&self) -> &str {
        "CRAM-MD5"
    }

    fn initial(&mut self) -> Option<Vec<u8>> {
        None
    }

    fn respond(&mut self, challenge: &[u8]) -> Result<Answer, SaslError> {
        if std::mem::replace(&mut self.answered, true) || challenge.is_empty() {
            return Err(SaslError::Challenge);
        }
        let mut mac = Hmac::<Md5>::new_from_slice(self.password.as_bytes()).map_err(|_| SaslError::Credentials)?;
        mac.update(challenge);
        let mut answer = format!("{} ", self.user);
        for byte in mac.finalize().into_bytes() {
            answer.push_str(&format!("{byte:02x}"));
        }
        Ok(answer.into_bytes().into())
    }

    fn secret(&self) -> &str {
        &self.password
    }

    fn reveals_secret(&self) -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_standard() {
        let mut mechanism = CramMd5::new("tim", "tanstaaftanstaaf");
        let challenge = b"<1896.697170952@postoffice.reston.mci.net>";
        assert_eq!(
            mechanism.respond(challenge).unwrap(),
            Answer::Ready(b"tim b913a602c7eda7a495b4e6e7334d3890".to_vec())
        );
        assert_eq!(mechanism.respond(challenge), Err(SaslError::Challenge));
    }
}
