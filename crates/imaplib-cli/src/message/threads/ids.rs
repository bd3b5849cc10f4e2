//! The identifiers of messages in header fields, by which answers name what they answer.

use std::hash::{BuildHasher as _, RandomState};

/// What stands for an identifier: its hash, with a key that no sender knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct MessageId(u64);

/// Reads identifiers.
#[derive(Default)]
pub(super) struct Ids(RandomState);

impl Ids {
    /// The identifiers of a field, in the order of the field.
    pub(super) fn all<'a>(&'a self, field: &'a [u8]) -> impl Iterator<Item = MessageId> + 'a {
        // What stands before the last `<` is not a part of the identifier.
        let before_ends = field.split(|byte| *byte == b'>');
        let complete = field.iter().filter(|byte| **byte == b'>').count();
        before_ends.take(complete).filter_map(move |text| {
            let start = text.iter().rposition(|byte| *byte == b'<')?;
            let letters: Vec<u8> =
                text.get(start + 1..)?.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
            (!letters.is_empty()).then(|| MessageId(self.0.hash_one(letters)))
        })
    }

    /// The first identifier of a field.
    pub(super) fn first(&self, field: &[u8]) -> Option<MessageId> {
        self.all(field).next()
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
        let ids = Ids::default();
        let id = |text: &str| ids.first(text.as_bytes()).unwrap();
        for (field, expected) in [
            ("<a@x> <b@x>", &["<a@x>", "<b@x>"][..]),
            ("<a@x><b@x>", &["<a@x>", "<b@x>"]),
            ("Your message of Monday <a@x>", &["<a@x>"]),
            ("<a@\r\n x>", &["<a@x>"]),
            ("<a@x <b@x>", &["<b@x>"]),
            ("<a@x> <cut", &["<a@x>"]),
            ("<> < > none>", &[]),
            ("", &[]),
        ] {
            let expected: Vec<MessageId> = expected.iter().map(|text| id(text)).collect();
            assert_eq!(ids.all(field.as_bytes()).collect::<Vec<_>>(), expected, "{field:?}");
        }
        assert_ne!(id("<a@x>"), id("<A@x>"));
    }
}
