//! Patterns for mailbox names: `*` stands for anything, `%` for anything within one level.

/// Whether the whole name matches. `INBOX` matches in any case.
///
/// ```
/// assert!(imaplib_archive::pattern::matches("Lists/*", "Lists/rust/core", Some('/')));
/// assert!(!imaplib_archive::pattern::matches("Lists/%", "Lists/rust/core", Some('/')));
/// ```
#[must_use]
pub fn matches(pattern: &str, name: &str, delimiter: Option<char>) -> bool {
    if name == "INBOX" && pattern.eq_ignore_ascii_case("INBOX") {
        return true;
    }
    let pattern: Vec<char> = pattern.chars().collect();
    // The states in which the pattern can be after each character: linear, whatever the pattern.
    let mut states = closure(&pattern, [0].into());
    for c in name.chars() {
        let next = states.iter().filter_map(|at| match pattern.get(*at) {
            Some('*') => Some(*at),
            Some('%') => (Some(c) != delimiter).then_some(*at),
            Some(wanted) => (*wanted == c).then_some(at + 1),
            None => None,
        });
        states = closure(&pattern, next.collect());
    }
    states.contains(&pattern.len())
}

/// Adds the states behind wildcards that stand for nothing.
fn closure(pattern: &[char], mut states: std::collections::BTreeSet<usize>) -> std::collections::BTreeSet<usize> {
    let mut open: Vec<usize> = states.iter().copied().collect();
    while let Some(at) = open.pop() {
        if matches!(pattern.get(at), Some('*' | '%')) && states.insert(at + 1) {
            open.push(at + 1);
        }
    }
    states
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards() {
        for (pattern, name, expected) in [
            ("*", "a/b", true),
            ("%", "a/b", false),
            ("%", "ab", true),
            ("a*", "a/b", true),
            ("a/%", "a/b/c", false),
            ("Inbox", "INBOX", true),
            ("Lists/*", "Lists", false),
            ("*b*", "abc", true),
            ("", "", true),
            ("", "a", false),
            ("**%*x", "aaaa", false),
        ] {
            assert_eq!(matches(pattern, name, Some('/')), expected, "{pattern} {name}");
        }
        assert!(!matches(&"*a".repeat(50), &"a".repeat(49), None));
    }
}
