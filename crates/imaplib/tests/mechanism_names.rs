//! What lists the login mechanisms, in pages, help texts and the test server, lists those of the one table.
#![allow(clippy::unwrap_used, missing_docs)]

use std::collections::BTreeSet;
use std::path::Path;

/// Where the mechanisms are listed: the file, and the text between which the list stands.
const LISTS: [(&str, &str, &str); 4] = [
    ("README.md", "| login | LOGIN, ", ", your own |"),
    ("crates/imaplib-cli/src/args/access.rs", "/// Use this mechanism: ", "\n"),
    ("crates/imaplib-testserver/src/lib.rs", "Authentication by LOGIN, ", ". [`Settings`]"),
    ("crates/imaplib-cli/src/account/mod.rs", "const ALL: [(Self, &str); 13] = [", "];"),
];

#[test]
fn each_list_of_mechanisms_is_that_of_the_table() {
    let known: BTreeSet<String> = imaplib::mechanism_names().map(str::to_owned).collect();
    for (file, begin, end) in LISTS {
        let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(file)).unwrap();
        let list = text.split_once(begin).unwrap_or_else(|| panic!("{file} has no {begin:?}")).1;
        // The command LOGIN stands before the mechanisms; the mechanism of that name may be marked as one.
        let list = list.split_once(end).unwrap().0.replace(" (SASL)", "").replace("//!", "").replace(" and ", ", ");
        let mut found: BTreeSet<String> = list
            .split([',', '\n', '"', '(', ')'])
            .map(|word| word.trim().to_ascii_uppercase())
            .filter(|word| !word.is_empty() && !word.starts_with("SELF::"))
            .collect();
        found.insert("LOGIN".to_owned());
        assert_eq!(found, known, "{file}");
    }
}

#[test]
fn a_name_that_is_not_known_is_answered_with_all_that_are() {
    let error = imaplib::mechanism("SCRAM-SHA-3", "user", "secret").err().unwrap().to_string();
    for name in imaplib::mechanism_names() {
        assert!(error.contains(name), "{error}");
    }
}
