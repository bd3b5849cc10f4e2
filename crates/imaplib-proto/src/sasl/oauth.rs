//! Mechanisms for OAuth 2 tokens: OAUTHBEARER (RFC 7628) and XOAUTH2 (Google's forerunner).

use zeroize::Zeroizing;

use super::{Answer, Mechanism, SaslError, without};

/// The longest reason that is kept, in bytes.
const LONGEST_REASON: usize = 8 << 10;

/// OAUTHBEARER: an OAuth 2 access token (RFC 7628).
pub struct OAuthBearer {
    user: String,
    token: Zeroizing<String>,
    host: Option<(String, u16)>,
    reason: Option<Vec<u8>>,
}

impl OAuthBearer {
    /// Logs in as `user` with an access token.
    #[must_use]
    pub fn new(user: impl Into<String>, token: impl Into<String>) -> Self {
        Self { user: user.into(), token: Zeroizing::new(token.into()), host: None, reason: None }
    }

    /// Names the server and the port for which the token is, which some servers want.
    #[must_use]
    pub fn for_host(mut self, host: impl Into<String>, port: u16) -> Self {
        self.host = Some((host.into(), port));
        self
    }
}

impl Mechanism for OAuthBearer {
    fn name(&self) -> &str {
        "OAUTHBEARER"
    }

    fn check(&self) -> Result<(), SaslError> {
        without(&['\0', '\u{1}'], &[&self.user, &self.token])
    }

    fn initial(&mut self) -> Option<Vec<u8>> {
        // In the header of GS2, `,` and `=` are written so.
        let user = self.user.replace('=', "=3D").replace(',', "=2C");
        let host = self.host.as_ref().map(|(host, port)| format!("host={host}\u{1}port={port}\u{1}"));
        let host = host.unwrap_or_default();
        let token = self.token.as_str();
        Some(format!("n,a={user},\u{1}{host}auth=Bearer {token}\u{1}\u{1}").into_bytes())
    }

    fn respond(&mut self, challenge: &[u8]) -> Result<Answer, SaslError> {
        // A challenge is the reason why the token is refused; the exchange ends only after this answer.
        self.reason = reason(challenge);
        Ok(vec![1].into())
    }

    fn server_reason(&self) -> Option<&[u8]> {
        self.reason.as_deref()
    }

    fn secret(&self) -> &str {
        &self.token
    }

    fn reveals_secret(&self) -> bool {
        true
    }
}

/// XOAUTH2: an OAuth 2 access token, in the form that came before OAUTHBEARER.
pub struct XOAuth2 {
    user: String,
    token: Zeroizing<String>,
    reason: Option<Vec<u8>>,
}

impl XOAuth2 {
    /// Logs in as `user` with an access token.
    #[must_use]
    pub fn new(user: impl Into<String>, token: impl Into<String>) -> Self {
        Self { user: user.into(), token: Zeroizing::new(token.into()), reason: None }
    }
}

impl Mechanism for XOAuth2 {
    fn name(&self) -> &str {
        "XOAUTH2"
    }

    fn check(&self) -> Result<(), SaslError> {
        without(&['\0', '\u{1}'], &[&self.user, &self.token])
    }

    fn initial(&mut self) -> Option<Vec<u8>> {
        Some(format!("user={}\u{1}auth=Bearer {}\u{1}\u{1}", self.user, self.token.as_str()).into_bytes())
    }

    fn respond(&mut self, challenge: &[u8]) -> Result<Answer, SaslError> {
        // A challenge is the reason why the token is refused; the exchange ends only after an empty answer.
        self.reason = reason(challenge);
        Ok(Vec::new().into())
    }

    fn server_reason(&self) -> Option<&[u8]> {
        self.reason.as_deref()
    }

    fn secret(&self) -> &str {
        &self.token
    }

    fn reveals_secret(&self) -> bool {
        true
    }
}

/// A reason as it is kept; one that is longer than any server's is not.
fn reason(challenge: &[u8]) -> Option<Vec<u8>> {
    (!challenge.is_empty() && challenge.len() <= LONGEST_REASON).then(|| challenge.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_framed_as_the_standards_show() {
        let mut bearer = OAuthBearer::new("user@example.com", "vF9dft4qmT").for_host("server.example.com", 143);
        assert_eq!(
            bearer.initial().unwrap(),
            b"n,a=user@example.com,\x01host=server.example.com\x01port=143\x01auth=Bearer vF9dft4qmT\x01\x01"
        );
        assert_eq!(bearer.respond(b"{\"status\":\"invalid_token\"}").unwrap(), Answer::Ready(b"\x01".to_vec()));
        assert_eq!(bearer.server_reason(), Some(&b"{\"status\":\"invalid_token\"}"[..]));
        let mut older = XOAuth2::new("someuser@example.com", "ya29");
        assert_eq!(older.initial().unwrap(), b"user=someuser@example.com\x01auth=Bearer ya29\x01\x01");
        assert_eq!(older.respond(b"{}").unwrap(), Answer::Ready(b"".to_vec()));
    }
}
