//! The clock of the runtime, which stands still in tests that pause it.

use std::time::Instant;

/// The present, by the clock of the runtime.
pub(super) fn now() -> Instant {
    tokio::time::Instant::now().into_std()
}

pub(super) async fn sleep_until(time: Instant) {
    tokio::time::sleep_until(time.into()).await;
}
