//! When a message was sent (RFC 5256 section 2.2).

use crate::mailbox::Message;
use crate::mime::header;

/// The moment of the Date field, in seconds since 1970; without a valid one, the internal date.
pub(crate) fn sent(message: &Message) -> i64 {
    let field = header::value(&message.structure().header_bytes(&message.content), "date");
    let date = field.and_then(|value| mail_parser::DateTime::parse_rfc822(&String::from_utf8_lossy(&value)));
    match date.filter(mail_parser::DateTime::is_valid) {
        Some(date) => date.to_timestamp(),
        None => message.date.unix_timestamp(),
    }
}
