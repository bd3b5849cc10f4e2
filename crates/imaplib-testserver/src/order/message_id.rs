//! Message identifiers, in one form for each (RFC 5256 section 3, THREAD).

use crate::mailbox::Message;
use crate::mime::header;

/// A message names no more messages that it refers to: the nearest ones count.
const MAX_REFERENCES: usize = 200;

/// The identifier of a message.
pub(crate) fn own(message: &Message) -> Option<String> {
    field(message, "message-id").into_iter().next()
}

/// What a message refers to, its parent last.
pub(crate) fn references(message: &Message) -> Vec<String> {
    let mut found = field(message, "references");
    if found.is_empty() {
        found.extend(field(message, "in-reply-to").into_iter().next());
    }
    let surplus = found.len().saturating_sub(MAX_REFERENCES);
    found.split_off(surplus)
}

fn field(message: &Message, name: &str) -> Vec<String> {
    let value = header::value(&message.structure().header_bytes(&message.content), name).unwrap_or_default();
    let text = String::from_utf8_lossy(&value);
    text.split('<').skip(1).filter_map(|rest| normalized(rest.split_once('>')?.0)).collect()
}

/// Without the quotes and backslashes that make no difference.
fn normalized(id: &str) -> Option<String> {
    let (local, domain) = id.rsplit_once('@')?;
    let local = match local.strip_prefix('"').and_then(|local| local.strip_suffix('"')) {
        Some(quoted) => quoted.replace("\\\"", "\"").replace("\\\\", "\\"),
        None => local.to_owned(),
    };
    (!local.is_empty() && !domain.is_empty()).then(|| format!("{local}@{domain}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_make_no_difference() {
        for (id, expected) in [
            ("a@b", Some("a@b")),
            ("\"a\"@b", Some("a@b")),
            ("\"a\\\"b\"@c", Some("a\"b@c")),
            ("a", None),
            ("@b", None),
        ] {
            assert_eq!(normalized(id).as_deref(), expected, "{id}");
        }
    }
}
