//! Mailbox names: UTF-8 with `/` inside, modified UTF-7 on the wire (RFC 3501 section 5.1.3).

use bytes::Bytes;
use imaplib_proto::types::{MailboxName, NameEncoding};

/// Separates the levels of a name.
pub(crate) const DELIMITER: char = '/';

/// Reads a name from the wire; `None` if it is not in modified UTF-7.
pub(crate) fn decode(wire: &Bytes) -> Option<String> {
    let name = MailboxName::from_wire(wire.clone(), NameEncoding::ModifiedUtf7);
    let text = name.to_text().into_owned();
    let canonical = encode(&text);
    (name.is_inbox() || canonical == wire.as_ref()).then(|| normalize(&text))
}

/// The form of a name on the wire.
pub(crate) fn encode(name: &str) -> Vec<u8> {
    match MailboxName::new(name) {
        Ok(name) => name.to_wire(NameEncoding::ModifiedUtf7).into_owned(),
        Err(_) => name.as_bytes().to_vec(),
    }
}

/// `INBOX` in upper case, also as the first level of a longer name.
pub(crate) fn normalize(name: &str) -> String {
    match name.split_once(DELIMITER) {
        Some((first, rest)) if first.eq_ignore_ascii_case("INBOX") => format!("INBOX{DELIMITER}{rest}"),
        None if name.eq_ignore_ascii_case("INBOX") => "INBOX".to_owned(),
        _ => name.to_owned(),
    }
}

/// Whether `name` lies below `parent`.
pub(crate) fn is_below(name: &str, parent: &str) -> bool {
    name.strip_prefix(parent).is_some_and(|rest| rest.starts_with(DELIMITER))
}

/// The names above `name`, the nearest first.
pub(crate) fn ancestors(name: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(name), |name| name.rsplit_once(DELIMITER).map(|(parent, _)| parent)).skip(1)
}

/// Matches a name against a LIST pattern: `*` is anything, `%` anything within a level.
pub(crate) fn matches(pattern: &str, name: &str) -> bool {
    let pattern: Vec<char> = normalize(pattern).chars().collect();
    let name: Vec<char> = name.chars().collect();
    // `reach[j]`: the pattern so far can match the first j characters.
    let mut reach = vec![false; name.len() + 1];
    if let Some(first) = reach.first_mut() {
        *first = true;
    }
    for symbol in pattern {
        let mut next = vec![false; name.len() + 1];
        let mut carried = false;
        for (index, slot) in next.iter_mut().enumerate() {
            let here = reach.get(index).copied().unwrap_or(false);
            let previous = index.checked_sub(1).and_then(|at| Some((reach.get(at).copied()?, name.get(at).copied()?)));
            *slot = match symbol {
                '*' | '%' => {
                    let passes = previous.is_some_and(|(_, letter)| symbol == '*' || letter != DELIMITER);
                    carried = here || (carried && passes);
                    carried
                }
                _ => previous.is_some_and(|(reached, letter)| reached && letter == symbol),
            };
        }
        reach = next;
    }
    reach.last().copied().unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns() {
        let cases = [
            ("*", "a/b", true),
            ("%", "a/b", false),
            ("%", "a", true),
            ("a/%", "a/b", true),
            ("a/%", "a/b/c", false),
            ("a*c", "a/b/c", true),
            ("%/%", "a/b", true),
            ("inbox", "INBOX", true),
            ("", "a", false),
            ("A", "a", false),
            ("*%*%*%*%*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaa", false),
        ];
        for (pattern, name, expected) in cases {
            assert_eq!(matches(pattern, name), expected, "{pattern} {name}");
        }
    }

    #[test]
    fn names_on_the_wire() {
        assert_eq!(decode(&Bytes::from_static(b"Entw&APw-rfe")).unwrap(), "Entw\u{fc}rfe");
        assert_eq!(decode(&Bytes::from_static(b"inbox/x")).unwrap(), "INBOX/x");
        assert_eq!(decode(&Bytes::from_static(b"a&b")), None);
        assert_eq!(encode("a&b"), b"a&-b");
        assert_eq!(ancestors("a/b/c").collect::<Vec<_>>(), ["a/b", "a"]);
    }
}
