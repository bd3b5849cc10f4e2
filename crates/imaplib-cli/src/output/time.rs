//! Moments: in local time for people, in UTC for programs.

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// A moment in local time, to the minute.
pub(crate) fn local(seconds: i64) -> String {
    match Timestamp::from_second(seconds) {
        Ok(timestamp) => timestamp.to_zoned(TimeZone::system()).strftime("%Y-%m-%d %H:%M").to_string(),
        Err(_) => String::new(),
    }
}

/// A moment in UTC, in the form of RFC 3339, for programs.
pub(crate) fn utc(seconds: i64) -> Option<String> {
    Timestamp::from_second(seconds).ok().map(|timestamp| timestamp.to_string())
}
