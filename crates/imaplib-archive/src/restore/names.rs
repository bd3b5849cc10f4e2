//! Names of mailboxes of one server as another one has them.

/// How names are written on the target.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Naming {
    /// Names that are chosen, of mailboxes and of all below them.
    pub(crate) map: Vec<(String, String)>,
    /// What stands between the levels of a name.
    pub(crate) delimiter: Option<char>,
    /// What all names of the user's own mailboxes begin with, such as `INBOX.`.
    pub(crate) prefix: String,
    /// All names but INBOX are below INBOX where they come from, as on servers whose prefix that is.
    pub(crate) drops_inbox: bool,
}

/// A name on the target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Named {
    pub(crate) name: String,
    /// A level had the target's delimiter in it, which is `_` now.
    pub(crate) is_altered: bool,
}

/// Whether all of these mailboxes are INBOX or below it.
pub(crate) fn are_below_inbox<'a>(names: impl IntoIterator<Item = (&'a str, Option<char>)>) -> bool {
    let mut is_any_below = false;
    for (name, delimiter) in names {
        match delimiter.and_then(|delimiter| name.split_once(delimiter)) {
            Some((first, _)) if first.eq_ignore_ascii_case("INBOX") => is_any_below = true,
            _ if name.eq_ignore_ascii_case("INBOX") => {}
            _ => return false,
        }
    }
    is_any_below
}

impl Naming {
    /// What a mailbox is called on the target.
    pub(crate) fn name(&self, name: &str, delimiter: Option<char>) -> Named {
        let below = |from: &str| match name.strip_prefix(from) {
            Some("") => Some(None),
            Some(rest) => rest.strip_prefix(delimiter?).map(Some),
            None => None,
        };
        let chosen = self.map.iter().filter_map(|(from, to)| Some((from.len(), to, below(from)?)));
        if let Some((_, to, rest)) = chosen.max_by_key(|(length, ..)| *length) {
            let Some(rest) = rest else { return Named { name: to.clone(), is_altered: false } };
            let (rest, is_altered) = self.levels(rest.split(|c| Some(c) == delimiter));
            return Named { name: format!("{to}{}{rest}", self.joint()), is_altered };
        }
        if name.eq_ignore_ascii_case("INBOX") {
            return Named { name: "INBOX".to_owned(), is_altered: false };
        }
        let mut levels = name.split(|c| Some(c) == delimiter).peekable();
        let is_below_inbox = levels.peek().is_some_and(|first| first.eq_ignore_ascii_case("INBOX"));
        if is_below_inbox && (self.drops_inbox || !self.prefix.is_empty()) {
            levels.next();
        }
        let (levels, is_altered) = self.levels(levels);
        Named { name: format!("{}{levels}", self.prefix), is_altered }
    }

    /// What stands between two levels: of a server without levels, something that is not one.
    fn joint(&self) -> char {
        self.delimiter.unwrap_or('_')
    }

    fn levels<'a>(&self, levels: impl Iterator<Item = &'a str>) -> (String, bool) {
        let (mut joined, mut is_altered) = (String::new(), false);
        for (number, level) in levels.enumerate() {
            if number > 0 {
                joined.push(self.joint());
                is_altered |= self.delimiter.is_none();
            }
            match self.delimiter.filter(|delimiter| level.contains(*delimiter)) {
                Some(delimiter) => {
                    joined.push_str(&level.replace(delimiter, "_"));
                    is_altered = true;
                }
                None => joined.push_str(level),
            }
        }
        (joined, is_altered)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_target() {
        let naming = |prefix: &str, delimiter, drops_inbox| Naming {
            map: vec![("Old".to_owned(), "New".to_owned()), ("Old/Sub".to_owned(), "Else/Where".to_owned())],
            delimiter,
            prefix: prefix.to_owned(),
            drops_inbox,
        };
        for (prefix, delimiter, drops, name, from, expected, is_altered) in [
            ("", Some('/'), false, "INBOX", '/', "INBOX", false),
            ("", Some('/'), false, "inbox", '/', "INBOX", false),
            ("", Some('/'), false, "Lists/rust", '/', "Lists/rust", false),
            ("", Some('.'), false, "Lists/rust", '/', "Lists.rust", false),
            ("", Some('.'), false, "Lists/v1.0", '/', "Lists.v1_0", true),
            ("", Some('/'), false, "a/b.c", '.', "a_b/c", true),
            ("", None, false, "Lists/rust", '/', "Lists_rust", true),
            ("INBOX.", Some('.'), false, "Lists/rust", '/', "INBOX.Lists.rust", false),
            ("INBOX.", Some('.'), false, "INBOX/Lists", '/', "INBOX.Lists", false),
            ("INBOX.", Some('.'), false, "INBOX", '/', "INBOX", false),
            ("", Some('/'), true, "INBOX.Lists.rust", '.', "Lists/rust", false),
            ("", Some('/'), false, "INBOX.Lists.rust", '.', "INBOX/Lists/rust", false),
            ("", Some('.'), false, "Old", '/', "New", false),
            ("", Some('.'), false, "Old/x/y", '/', "New.x.y", false),
            ("", Some('.'), false, "Old/Sub/y", '/', "Else/Where.y", false),
            ("", Some('.'), false, "Older", '/', "Older", false),
        ] {
            let named = naming(prefix, delimiter, drops).name(name, Some(from));
            assert_eq!(named, Named { name: expected.to_owned(), is_altered }, "{name}");
        }
    }

    #[test]
    fn a_prefix_is_known_by_all_names() {
        let below = |names: &[&str]| are_below_inbox(names.iter().map(|name| (*name, Some('.'))));
        assert!(below(&["INBOX", "INBOX.Sent", "inbox.Lists.rust"]));
        assert!(!below(&["INBOX", "INBOX.Sent", "Sent"]) && !below(&["INBOX"]) && !below(&[]));
    }
}
