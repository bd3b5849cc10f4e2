//! Threads of messages: what they are made of, and their form on the wire (RFC 5256, sections 3 and 4).

use imaplib_proto::order::{ThreadMessage, message_ids};
use imaplib_proto::types::Threads;

use super::sort::{field, sent, subject};
use crate::mailbox::Message;

/// The message under this number.
pub(crate) fn thread_message(number: u32, message: &Message) -> ThreadMessage {
    let mut threaded = ThreadMessage::new(number, sent(message), subject(message));
    threaded.message_id = field(message, "message-id");
    threaded.references = field(message, "references");
    threaded.in_reply_to = field(message, "in-reply-to");
    threaded
}

/// The first message of the thread as far as the fields of this one show: what it refers to first, else itself.
pub(crate) fn thread_root(message: &Message) -> Option<Vec<u8>> {
    let mut fields = ["references", "in-reply-to", "message-id"].into_iter();
    fields.find_map(|name| message_ids(&field(message, name)).next())
}

/// The threads as THREAD sends them.
pub(crate) fn to_text(threads: &Threads) -> String {
    let mut children = vec![0_usize; threads.iter().len()];
    for parent in threads.iter().filter_map(|node| node.parent) {
        if let Some(count) = children.get_mut(parent) {
            *count += 1;
        }
    }
    let count = |place: usize| children.get(place).copied().unwrap_or_default();
    let mut text = String::new();
    // How deep the nodes stand whose parentheses are open.
    let mut open: Vec<usize> = Vec::new();
    for (place, node) in threads.iter().enumerate() {
        while open.pop_if(|depth| *depth >= node.depth).is_some() {
            text.push(')');
        }
        if node.parent.is_none_or(|parent| count(parent) > 1) {
            text.push('(');
            open.push(node.depth);
        }
        if let Some(number) = node.number {
            text.push_str(&number.to_string());
            text.push_str(if count(place) > 0 { " " } else { "" });
        }
    }
    text + &")".repeat(open.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_on_the_wire() {
        let threads = Threads::new([
            (Some(2), None),
            (Some(3), None),
            (Some(6), Some(1)),
            (Some(4), Some(2)),
            (Some(23), Some(3)),
            (Some(44), Some(2)),
            (Some(7), Some(5)),
            (Some(96), Some(6)),
            (None, None),
            (Some(1), Some(8)),
            (Some(5), Some(8)),
            (Some(8), Some(10)),
        ]);
        // The example of RFC 5256, section 4, and a parent that is not there.
        assert_eq!(to_text(&threads), "(2)(3 6 (4 23)(44 7 96))((1)(5 8))");
        assert_eq!(to_text(&Threads::default()), "");
    }

    #[test]
    fn a_deep_thread() {
        let nodes = (0..100_000_usize).map(|place| (Some(1), place.checked_sub(1)));
        assert_eq!(to_text(&Threads::new(nodes)).len(), 200_001);
    }
}
