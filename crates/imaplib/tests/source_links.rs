//! The source links of the clients lead to the line at which a method is written.
#![cfg(all(feature = "blocking", feature = "tokio"))]
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

mod rustdoc;

use rustdoc::{document, values};

/// Where a client's types are described, from the crate's page.
const ASYNC: &str = ".";
const BLOCKING: &str = "blocking";
const ANY_RUNTIME: &str = "any_runtime";

#[test]
fn a_method_links_to_its_own_line_in_both_clients() {
    let docs = document();
    for name in ["Client", "Session", "Mailbox", "Rows", "Row", "Body", "Idle"] {
        let mut asynchronous = links(&docs, ASYNC, name);
        asynchronous.retain(|method, _| is_common(method));
        let blocking = links(&docs, BLOCKING, name);
        assert!(!blocking.is_empty(), "{name}: rustdoc may write other pages now");
        assert_eq!(asynchronous, blocking, "{name}: the clients are one text");
        let mut opens_no_sockets = blocking.clone();
        opens_no_sockets
            .retain(|method, _| !(name == "Client" && matches!(method.as_str(), "connect" | "connect_with")));
        let mut any_runtime = links(&docs, ANY_RUNTIME, name);
        any_runtime.retain(|method, _| is_common(method));
        assert_eq!(any_runtime, opens_no_sockets, "{name}: the clients are one text");
        for (method, (file, line)) in blocking {
            let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(&file);
            let text = fs::read_to_string(path).unwrap();
            let linked = text.lines().nth(line - 1).unwrap_or_default();
            assert!(linked.contains(&format!("fn {method}")), "{name}::{method} leads to {file}:{line}: {linked}");
        }
    }
}

/// Whether a method is in all clients: streams of `futures-core` are in the async ones alone.
fn is_common(method: &str) -> bool {
    !matches!(method, "into_row_stream" | "into_event_stream")
}

/// The file and the line that each method of a type links to.
fn links(docs: &Path, module: &str, name: &str) -> BTreeMap<String, (String, usize)> {
    let html = fs::read_to_string(docs.join("imaplib").join(module).join(format!("struct.{name}.html"))).unwrap();
    let mut links = BTreeMap::new();
    for section in html.split("<section id=\"method.").skip(1) {
        // Methods of traits have another class.
        let Some((method, _)) = section.split_once("\" class=\"method\">") else { continue };
        if method.contains('"') {
            continue;
        }
        let href = values(section, "class=\"src rightside\" href=\"").next().unwrap();
        let (_, source) = href.split_once("/src/imaplib/").unwrap();
        let (file, lines) = source.split_once(".html#").unwrap();
        let first = lines.split('-').next().unwrap_or_default();
        links.insert(method.to_owned(), (file.to_owned(), first.parse().unwrap()));
    }
    links
}
