//! What time it is.

use std::time::{SystemTime, UNIX_EPOCH};

use imaplib_proto::types::DateTime;

/// Seconds since 1970.
pub(crate) fn seconds() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    i64::try_from(since).unwrap_or(i64::MAX)
}

/// The present moment, unless the clock is wrong by thousands of years.
pub(crate) fn now() -> Option<DateTime> {
    DateTime::from_unix(seconds()).ok()
}
