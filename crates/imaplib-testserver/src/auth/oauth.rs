//! OAUTHBEARER (RFC 7628) and its forerunner XOAUTH2.

use super::mechanism::{Lookup, Mechanism, Step};

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
