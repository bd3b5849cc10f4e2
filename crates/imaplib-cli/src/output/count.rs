//! Numbers of things in sentences.

use imaplib::types::UidSet;

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
}
