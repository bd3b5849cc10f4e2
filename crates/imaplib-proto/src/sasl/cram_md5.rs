//! CRAM-MD5 (RFC 2195).

use hmac::{Hmac, KeyInit, Mac};
use md5::Md5;
use zeroize::Zeroizing;

use super::{Answer, Mechanism, SaslError};

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
