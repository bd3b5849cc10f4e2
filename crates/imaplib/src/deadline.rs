//! How far ahead a deadline can lie.

use std::time::Duration;

/// Longer than any program runs, and short enough for every clock.
pub(crate) const FOREVER: Duration = Duration::from_secs(1 << 29);
