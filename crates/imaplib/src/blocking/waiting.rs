//! What is watched while the server is waited for.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use imaplib_proto::client::Watchdog;

use crate::ConnectOptions;

/// What is watched while the server is waited for.
pub(crate) struct Waiting {
    pub(super) watchdog: Watchdog,
    /// Whether the caller wants no more.
    pub(super) interrupt: Option<Arc<AtomicBool>>,
}

impl Waiting {
    pub(super) fn new(options: &ConnectOptions) -> Self {
        let watchdog = Watchdog::new(&options.timeouts, Instant::now());
        Self { watchdog, interrupt: options.interrupt.clone() }
    }
}
