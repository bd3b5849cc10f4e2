//! Numbers and moments in sentences.

use imaplib::types::UidSet;
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// `1 message`, `2 messages`, `2 mailboxes`.
pub(crate) fn count(number: u64, thing: &str) -> String {
    let ending = match number {
        1 => "",
        _ if thing.ends_with('x') => "es",
        _ => "s",
    };
    format!("{number} {thing}{ending}")
}

/// `message with UID 4`, `messages with UIDs 4,7:9`.
pub(crate) fn messages_with(uids: &UidSet) -> String {
    if uids.len() == 1 { format!("message with UID {uids}") } else { format!("messages with UIDs {uids}") }
}

/// This many ranges of UIDs are named.
const MAX_RANGES: usize = 20;

/// The same, with the first ranges of a long set alone: `messages with UIDs 4,7:9 and 12 more`.
pub(crate) fn some_messages_with(uids: &UidSet) -> String {
    let mut named = UidSet::new();
    uids.ranges().take(MAX_RANGES).for_each(|(low, high)| named.insert_range(low, high));
    match uids.len() - named.len() {
        0 => messages_with(&named),
        more => format!("{} and {more} more", messages_with(&named)),
    }
}

/// A moment in local time, to the minute.
pub(crate) fn local_time(seconds: i64) -> String {
    match Timestamp::from_second(seconds) {
        Ok(timestamp) => timestamp.to_zoned(TimeZone::system()).strftime("%Y-%m-%d %H:%M").to_string(),
        Err(_) => String::new(),
    }
}

/// A moment in UTC, in the form of RFC 3339, for programs.
pub(crate) fn utc_time(seconds: i64) -> Option<String> {
    Timestamp::from_second(seconds).ok().map(|timestamp| timestamp.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_thing_is_singular() {
        assert_eq!([0, 1, 2].map(|number| count(number, "message")), ["0 messages", "1 message", "2 messages"]);
        assert_eq!([1, 2].map(|number| count(number, "mailbox")), ["1 mailbox", "2 mailboxes"]);
        assert_eq!(messages_with(&"4".parse().unwrap()), "message with UID 4");
        let even: UidSet = (1..=30).filter_map(|number| imaplib::types::Uid::new(2 * number)).collect();
        let some = some_messages_with(&even);
        assert!(some.starts_with("messages with UIDs 2,4,") && some.ends_with(",40 and 10 more"), "{some}");
        assert_eq!(messages_with(&"4:5".parse().unwrap()), "messages with UIDs 4:5");
    }

    #[test]
    fn moments_for_programs_are_in_utc() {
        assert_eq!(utc_time(915_213_600).as_deref(), Some("1999-01-01T18:00:00Z"));
        assert_eq!((utc_time(i64::MAX), local_time(i64::MAX)), (None, String::new()));
    }
}
