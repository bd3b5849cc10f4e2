//! PLAIN (RFC 4616), LOGIN, EXTERNAL (RFC 4422), ANONYMOUS (RFC 4505), CRAM-MD5 (RFC 2195), OAUTHBEARER (RFC 7628) and
//! its forerunner XOAUTH2.

use hmac::{Hmac, KeyInit, Mac};
use md5::Md5;

use super::mechanism::{Lookup, Mechanism, Step};

pub(super) struct Plain;

impl Mechanism for Plain {
    fn step(&mut self, lookup: &Lookup<'_>, response: &[u8]) -> Step {
        let mut pieces = response.splitn(3, |byte| *byte == 0);
        let (Some(authorization), Some(user), Some(password)) = (pieces.next(), pieces.next(), pieces.next()) else {
            return Step::malformed();
        };
        let user = String::from_utf8_lossy(user);
        if !authorization.is_empty() && authorization != user.as_bytes() {
            return Step::Failure("[AUTHORIZATIONFAILED] nobody may act for another user".to_owned());
        }
        lookup.check(&user, password)
    }
}

#[derive(Default)]
pub(super) struct Login {
    user: Option<String>,
}

impl Mechanism for Login {
    fn greeting(&mut self) -> Option<Vec<u8>> {
        Some(b"Username:".to_vec())
    }

    fn step(&mut self, lookup: &Lookup<'_>, response: &[u8]) -> Step {
        match self.user.take() {
            None => {
                self.user = Some(String::from_utf8_lossy(response).into_owned());
                Step::Challenge(b"Password:".to_vec())
            }
            Some(user) => lookup.check(&user, response),
        }
    }
}

pub(super) struct External;

impl Mechanism for External {
    fn step(&mut self, lookup: &Lookup<'_>, response: &[u8]) -> Step {
        match &lookup.settings.external_user {
            Some(user) if response.is_empty() || response == user.as_bytes() => Step::Success(user.clone()),
            _ => Step::refused(),
        }
    }
}

pub(super) struct Anonymous;

impl Mechanism for Anonymous {
    fn step(&mut self, lookup: &Lookup<'_>, _trace: &[u8]) -> Step {
        const USER: &str = "anonymous";
        if lookup.store.password(USER).is_none() {
            lookup.store.add_user(USER, "");
        }
        Step::Success(USER.to_owned())
    }
}

pub(super) struct CramMd5 {
    challenge: String,
}

impl CramMd5 {
    pub(super) fn new(nonce: &str) -> Self {
        Self { challenge: format!("<{nonce}@localhost>") }
    }
}

impl Mechanism for CramMd5 {
    fn greeting(&mut self) -> Option<Vec<u8>> {
        Some(self.challenge.clone().into_bytes())
    }

    fn step(&mut self, lookup: &Lookup<'_>, response: &[u8]) -> Step {
        let text = String::from_utf8_lossy(response);
        let Some((user, digest)) = text.rsplit_once(' ') else { return Step::malformed() };
        let Some(password) = lookup.store.password(user) else { return Step::refused() };
        if digest.eq_ignore_ascii_case(&keyed_digest(password.as_bytes(), self.challenge.as_bytes())) {
            Step::Success(user.to_owned())
        } else {
            Step::refused()
        }
    }
}

fn keyed_digest(key: &[u8], text: &[u8]) -> String {
    let Ok(mut mac) = Hmac::<Md5>::new_from_slice(key) else { return String::new() };
    mac.update(text);
    mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What is sent as a challenge when a token is refused; the client answers it before the tagged NO comes.
const FAILURE: &str = r#"{"status":"invalid_token","schemes":"bearer","scope":"https://mail.example.org/"}"#;

pub(super) struct OAuth {
    bearer: bool,
    failed: bool,
}

impl OAuth {
    pub(super) fn xoauth2() -> Self {
        Self { bearer: false, failed: false }
    }

    pub(super) fn bearer() -> Self {
        Self { bearer: true, failed: false }
    }
}

impl Mechanism for OAuth {
    fn step(&mut self, lookup: &Lookup<'_>, response: &[u8]) -> Step {
        if self.failed {
            return Step::refused();
        }
        let text = String::from_utf8_lossy(response);
        let mut fields = text.split('\u{1}');
        let first = fields.next().unwrap_or_default();
        let Some(token) = fields.find_map(|field| field.strip_prefix("auth=Bearer ")) else {
            return Step::malformed();
        };
        let user = if self.bearer {
            let named = first.split(',').find_map(|piece| piece.strip_prefix("a=")).map(str::to_owned);
            // Without an authorization identity the token would say whose it is; here it is the first user's.
            named.or_else(|| lookup.store.users().into_iter().next())
        } else {
            first.strip_prefix("user=").map(str::to_owned)
        };
        match user {
            Some(user) if lookup.settings.token.as_deref() == Some(token) && lookup.store.password(&user).is_some() => {
                Step::Success(user)
            }
            _ => {
                self.failed = true;
                Step::Challenge(FAILURE.as_bytes().to_vec())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn example_of_the_standard() {
        let digest = keyed_digest(b"tanstaaftanstaaf", b"<1896.697170952@postoffice.reston.mci.net>");
        assert_eq!(digest, "b913a602c7eda7a495b4e6e7334d3890");
    }
}
