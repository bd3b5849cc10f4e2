//! The tool decides nothing by the words of a message: those are for people, and change.
#![allow(clippy::unwrap_used, clippy::panic, clippy::string_slice, missing_docs)]

use std::fs;
use std::path::{Path, PathBuf};

/// What looks for something in a text, or compares it.
const SEARCHES: [&str; 14] = [
    "contains",
    "starts_with",
    "ends_with",
    "strip_prefix",
    "strip_suffix",
    "find",
    "rfind",
    "matches",
    "split",
    "split_once",
    "rsplit_once",
    "eq",
    "eq_ignore_ascii_case",
    "cmp",
];

/// Receivers that are the text of a message: calls that make one, and the names that variables with one have.
const CALLS: [&str; 3] = ["to_string()", "message()", "message(error)"];
const NAMES: [&str; 8] = ["message", "hint", "reason", "description", "explanation", "refusal_hint", "words", "error"];

/// Uses that decide nothing: they cut what is shown.
const ALLOWED: [(&str, &str); 2] = [
    // The mark that the parser of arguments puts in front of its messages.
    ("main.rs", "message.strip_prefix(\"error: \")"),
    // Only the server's words are searched for secrets.
    ("error/library.rs", "message.strip_suffix(&said)"),
];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// The code without its comments and its tests, each chain of calls on one line.
fn code(text: &str) -> String {
    let code = text.split("\nmod tests {").next().unwrap_or_default();
    let lines = code.lines().map(str::trim).filter(|line| !line.starts_with("//"));
    let mut joined = String::new();
    for line in lines {
        if !line.starts_with('.') {
            joined.push('\n');
        }
        joined.push_str(line);
    }
    joined
}

/// Whether what stands in front of a search is the text of a message.
fn is_message(before: &str) -> bool {
    // What turns one text into another.
    let plain =
        ["as_str()", "as_ref()", "to_lowercase()", "to_ascii_lowercase()", "trim()", "trim_end()", "trim_start()"];
    if let Some(inner) = plain.iter().find_map(|call| before.strip_suffix(&format!(".{call}"))) {
        return is_message(inner);
    }
    let is_call = CALLS.iter().any(|call| {
        before
            .strip_suffix(call)
            .is_some_and(|rest| !rest.ends_with(|letter: char| letter.is_alphanumeric() || letter == '_'))
    });
    is_call
        || NAMES.iter().any(|name| {
            // A field of that name is data; a variable of that name is a message.
            let rest = before.strip_suffix(name);
            rest.is_some_and(|rest| !rest.ends_with(|letter: char| letter.is_alphanumeric() || "_.".contains(letter)))
        })
}

/// The searches in messages, as they stand in the code.
fn searches(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for line in code(text).lines() {
        for search in SEARCHES {
            let call = format!(".{search}(");
            for (at, _) in line.match_indices(&call) {
                let (before, after) = line.split_at(at);
                if is_message(before) {
                    let begin = before.rfind([' ', '!', '|']).map_or(0, |space| space + 1);
                    let end = after.find(')').map_or(after.len(), |end| end + 1);
                    found.push(format!("{}{}", &before[begin..], &after[..end]));
                }
            }
        }
        for comparison in [" == \"", " != \""] {
            for (at, _) in line.match_indices(comparison) {
                if is_message(&line[..at]) {
                    found.push(line.to_owned());
                }
            }
        }
        let matched = ["match ", "matches!("].iter().any(|keyword| {
            let ways =
                CALLS.map(|call| [format!(".{call} {{"), format!(".{call}.as_str()"), format!(".{call}.as_ref()")]);
            line.contains(keyword) && ways.iter().flatten().any(|way| line.contains(way.as_str()))
        });
        if matched {
            found.push(line.to_owned());
        }
    }
    found
}

#[test]
fn nothing_is_decided_by_the_words_of_a_message() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&root, &mut files);
    assert!(files.len() > 50, "{} files", files.len());
    let mut wrong = Vec::new();
    let mut allowed = Vec::new();
    for file in files {
        let name = file.strip_prefix(&root).unwrap().display().to_string();
        for search in searches(&fs::read_to_string(&file).unwrap()) {
            match ALLOWED.iter().find(|(file, text)| *file == name && search.ends_with(text)) {
                Some(entry) => allowed.push(entry),
                None => wrong.push(format!("{name}: {search}")),
            }
        }
    }
    assert!(wrong.is_empty(), "a decision by words; use a type: {wrong:#?}");
    for entry in &ALLOWED {
        assert!(allowed.contains(&entry), "{entry:?} is not there any more: remove it from the list");
    }
}

#[test]
fn decisions_by_words_are_seen_and_others_are_not() {
    for text in [
        "if error.to_string().starts_with(\"cannot use \") {",
        "if error.is_timeout() && error.to_string().contains(\"did not greet\") {",
        "let found = hints.iter().find(|(words, _)| message.contains(words));",
        "let starts_clear = !endpoint.to_string().starts_with(\"imaps:\");",
        "if failure\n    .message()\n    .to_lowercase()\n    .contains(\"trusted\") {",
        "if error.to_string() == \"the connection is closed\" {",
        "match error.to_string().as_str() {",
        "let is_tls = failure.message().ends_with(\"TLS\");",
    ] {
        assert!(!searches(text).is_empty(), "{text}");
    }
    for text in [
        "let header = message.headers.iter().find(|header| header.is(name));",
        "if !message.text.ends_with('\\n') {",
        "if text.contains(\"://\") {",
        "// if error.to_string().contains(\"TLS\") {",
        "#[cfg(test)]\nmod tests {\n    assert!(error.to_string().contains(\"TLS\"));\n}",
    ] {
        assert_eq!(searches(text), Vec::<String>::new(), "{text}");
    }
}
