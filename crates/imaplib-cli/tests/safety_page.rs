//! The page `docs/safety.md` names files and tests: all of them exist.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

use std::fs;
use std::path::Path;

#[test]
fn what_the_page_names_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let page = fs::read_to_string(root.join("docs/safety.md")).unwrap();
    let mut named = 0;
    let mut missing = Vec::new();
    for name in page
        .split('`')
        .skip(1)
        .step_by(2)
        .filter(|name| name.contains(".rs") && name.contains("/src/") | name.contains("/tests/"))
    {
        let (file, function) = name.split_once("::").unwrap_or((name, ""));
        let text = fs::read_to_string(root.join("crates").join(file)).unwrap_or_default();
        let there = function.is_empty()
            || [format!("fn {function}("), format!("test! {{ {function} {{")].iter().any(|begin| text.contains(begin));
        if text.is_empty() || !there {
            missing.push(name);
        }
        named += 1;
    }
    assert!(named > 60, "{named} are named");
    assert!(missing.is_empty(), "these are not there: {missing:#?}");
}
