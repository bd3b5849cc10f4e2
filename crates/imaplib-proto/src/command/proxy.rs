//! PROXYAUTH: acts as another user, on servers that know it (Sun, Cyrus Murder).

use super::{Command, Incomplete};
use crate::types::StatusResponse;
use crate::wire::Encoder;

/// PROXYAUTH: an administrator continues as another user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProxyAuth {
    user: String,
}

impl ProxyAuth {
    /// Continues as this user.
    #[must_use]
    pub fn new(user: impl Into<String>) -> Self {
        Self { user: user.into() }
    }
}

impl Command for ProxyAuth {
    type Output = ();

    fn encode(&self, encoder: &mut Encoder) {
        encoder.raw("PROXYAUTH ").astring(&self.user);
    }

    fn finish(self, _completion: &StatusResponse) -> Result<(), Incomplete> {
        Ok(())
    }
}
