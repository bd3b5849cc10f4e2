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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_thing_is_singular() {
        assert_eq!([0, 1, 2].map(|number| count(number, "message")), ["0 messages", "1 message", "2 messages"]);
        assert_eq!([1, 2].map(|number| count(number, "mailbox")), ["1 mailbox", "2 mailboxes"]);
        assert_eq!(messages_with(&"4".parse().unwrap()), "message with UID 4");
        assert_eq!(messages_with(&"4:5".parse().unwrap()), "messages with UIDs 4:5");
    }
}
