//! What is watched while the server is waited for.

use std::time::Instant;

use imaplib_proto::client::Watchdog;

use crate::Timeouts;

/// What is watched while the server is waited for.
pub(crate) struct Waiting {
    pub(super) watchdog: Watchdog,
}

impl Waiting {
    pub(super) fn new(timeouts: &Timeouts) -> Self {
        Self { watchdog: Watchdog::new(timeouts, Instant::now()) }
    }
}
