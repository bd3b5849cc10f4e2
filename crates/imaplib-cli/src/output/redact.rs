//! A server may repeat the password or token that it was sent: its texts are printed without them.

use std::borrow::Cow;
use std::sync::{LazyLock, Mutex, PoisonError};

use imaplib::redact::Redactor;

use crate::account::secret::Secret;

/// A run of several months uses a new token every hour: this many secrets are remembered.
const MAX_REMEMBERED: usize = 32;

/// The secrets of this run.
static SECRETS: LazyLock<Mutex<Redactor>> = LazyLock::new(Mutex::default);

/// Notes a secret that is going to be sent.
pub(crate) fn remember(secret: &Secret) {
    SECRETS.lock().unwrap_or_else(PoisonError::into_inner).add(secret.reveal(), MAX_REMEMBERED);
}

/// What a server said, without the secrets.
pub(crate) fn redact(text: &str) -> Cow<'_, str> {
    SECRETS.lock().unwrap_or_else(PoisonError::into_inner).redact_str(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_that_were_sent_are_not_shown() {
        for number in 0..40 {
            remember(&Secret::new(format!("token-{number:04}-of-the-hour")));
        }
        assert_eq!(redact("NO TOKEN-0039-of-the-hour is wrong"), "NO <secret> is wrong");
        assert_eq!(redact("NO it is wrong"), "NO it is wrong");
    }
}
