//! The identifiers of messages in header fields, by which replies name what they answer (RFC 5256, section 3, THREAD).

use std::hash::{BuildHasher as _, RandomState};

/// The message identifiers of a field, such as Message-ID, References or In-Reply-To, in the order of the field: each without
/// its angle brackets, blanks, and the quotes that make no difference. What has no `@` is not one.
///
/// ```
/// use imaplib_proto::order::message_ids;
///
/// let field = b"<1@example.org>\r\n <\"2\"@example.org> (yesterday)";
/// assert!(message_ids(field).eq([&b"1@example.org"[..], b"2@example.org"]));
/// ```
pub fn message_ids(field: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    // What stands before the last `<` is not a part of the identifier.
    let before_ends = field.split(|byte| *byte == b'>');
    let complete = field.iter().filter(|byte| **byte == b'>').count();
    before_ends.take(complete).filter_map(|text| {
        let start = text.iter().rposition(|byte| *byte == b'<')?;
        let id: Vec<u8> = text.get(start + 1..)?.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
        normalized(&id)
    })
}

fn normalized(id: &[u8]) -> Option<Vec<u8>> {
    let at = id.iter().rposition(|byte| *byte == b'@')?;
    let (local, domain) = id.split_at_checked(at)?;
    let local = match local.strip_prefix(b"\"").and_then(|local| local.strip_suffix(b"\"")) {
        Some(quoted) => unescaped(quoted),
        None => local.to_vec(),
    };
    (!local.is_empty() && domain.len() > 1).then(|| [&local, domain].concat())
}

/// The content of a quoted string.
fn unescaped(quoted: &[u8]) -> Vec<u8> {
    let mut is_escaped = false;
    let mut text = quoted.to_vec();
    text.retain(|byte| {
        is_escaped = *byte == b'\\' && !is_escaped;
        !is_escaped
    });
    text
}

/// What stands for an identifier: its hash, with a key that no sender knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct MessageId(u64);

/// Makes short values of identifiers and subjects.
#[derive(Debug, Default)]
pub(super) struct Ids(RandomState);

impl Ids {
    /// The identifiers of a field, in the order of the field.
    pub(super) fn all<'a>(&'a self, field: &'a [u8]) -> impl Iterator<Item = MessageId> + 'a {
        message_ids(field).map(|id| MessageId(self.0.hash_one(id)))
    }

    /// What stands for a text, so that equal ones are found.
    pub(super) fn text(&self, text: &str) -> u64 {
        self.0.hash_one(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_what_stands_in_angle_brackets() {
        for (field, expected) in [
            ("<a@x> <b@x>", &["a@x", "b@x"][..]),
            ("<a@x><b@x>", &["a@x", "b@x"]),
            ("Your message of Monday <a@x>", &["a@x"]),
            ("<a@\r\n x>", &["a@x"]),
            ("<a@x <b@x>", &["b@x"]),
            ("<a@x> <cut", &["a@x"]),
            ("<A@x> <a@X>", &["A@x", "a@X"]),
            (r#"<"a"@x> <"a\"b\\"@x> <a"b@x>"#, &["a@x", r#"a"b\@x"#, r#"a"b@x"#]),
            ("<a@b@x>", &["a@b@x"]),
            ("<> < > none> <a> <@x> <a@> <\"\"@x>", &[]),
            ("", &[]),
        ] {
            let found: Vec<Vec<u8>> = message_ids(field.as_bytes()).collect();
            assert_eq!(found, expected.iter().map(|id| id.as_bytes().to_vec()).collect::<Vec<_>>(), "{field:?}");
        }
    }
}
