//! What the mailboxes of an archive are called when it is served: levels are separated by `/`, and no two names are equal.

use std::collections::BTreeSet;

use imaplib_archive::ArchivedMailbox;

/// The name above those that the server has no more.
const GONE: &str = "Gone";
/// In place of `/` in a name whose levels are separated by something else.
const IN_PLACE_OF_SLASH: &str = "|";

/// The names that were given.
#[derive(Debug, Default)]
pub(super) struct Names(BTreeSet<String>);

impl Names {
    /// A name for what the server has of a mailbox.
    pub(super) fn live(&mut self, mailbox: &ArchivedMailbox) -> String {
        self.take(levels(&mailbox.name, mailbox.delimiter))
    }

    /// A name for what the server has no more of it.
    pub(super) fn gone(&mut self, mailbox: &ArchivedMailbox) -> String {
        self.take(format!("{GONE}/{}", levels(&mailbox.name, mailbox.delimiter)))
    }

    /// The name, or the next one like it that is free.
    fn take(&mut self, name: String) -> String {
        let key = |name: &str| if name.eq_ignore_ascii_case("INBOX") { "INBOX".to_owned() } else { name.to_owned() };
        if self.0.insert(key(&name)) {
            return name;
        }
        let next = (2_u64..).map(|number| format!("{name} ({number})")).find(|next| self.0.insert(key(next)));
        next.unwrap_or(name)
    }
}

fn levels(name: &str, delimiter: Option<char>) -> String {
    match delimiter {
        Some('/') | None => name.to_owned(),
        Some(delimiter) => {
            name.split(delimiter).map(|level| level.replace('/', IN_PLACE_OF_SLASH)).collect::<Vec<_>>().join("/")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_separated_by_a_slash() {
        for (name, delimiter, expected) in [
            ("Work/Old", Some('/'), "Work/Old"),
            ("Work.Old", Some('.'), "Work/Old"),
            ("Work.Old/New", Some('.'), "Work/Old|New"),
            ("Work.Old", None, "Work.Old"),
        ] {
            assert_eq!(levels(name, delimiter), expected);
        }
    }

    #[test]
    fn no_two_names_are_equal() {
        let mut names = Names::default();
        let taken = ["a/b", "a/b", "INBOX", "inbox", "a/b (2)"].map(|name| names.take(name.to_owned()));
        assert_eq!(taken, ["a/b", "a/b (2)", "INBOX", "inbox (2)", "a/b (2) (2)"]);
    }
}
