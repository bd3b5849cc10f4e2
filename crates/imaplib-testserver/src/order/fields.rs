//! What of a message its place in an order depends on (RFC 5256).

use imaplib_proto::order::{BaseSubject, message_ids};

use crate::mailbox::Message;
use crate::mime::decode::decode_words;
use crate::mime::header;

/// The moment of the Date field, in seconds since 1970; without a valid one, the internal date (RFC 5256, section 2.2).
pub(crate) fn sent(message: &Message) -> i64 {
    let date = mail_parser::DateTime::parse_rfc822(&String::from_utf8_lossy(&field(message, "date")));
    match date.filter(mail_parser::DateTime::is_valid) {
        Some(date) => date.to_timestamp(),
        None => message.date.unix_timestamp(),
    }
}

/// The subject without `Re:` and its like (RFC 5256, section 2.1).
pub(crate) fn subject(message: &Message) -> BaseSubject {
    BaseSubject::of(&decode_words(&field(message, "subject")))
}

/// The first message of the thread as far as the fields of this one show: what it refers to first, else itself.
pub(crate) fn thread_root(message: &Message) -> Option<Vec<u8>> {
    let mut fields = ["references", "in-reply-to", "message-id"].into_iter();
    fields.find_map(|name| message_ids(&field(message, name)).next())
}

/// The value of a header field; empty if there is none.
pub(crate) fn field(message: &Message, name: &str) -> Vec<u8> {
    header::value(&message.structure().header_bytes(&message.content), name).unwrap_or_default()
}
