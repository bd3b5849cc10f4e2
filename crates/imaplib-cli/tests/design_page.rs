//! The page `docs/design.md` names each folder of the crates, and each file that it names exists.
#![allow(clippy::unwrap_used, missing_docs)]

use std::fs;
use std::path::{Path, PathBuf};

const CRATES: [&str; 5] = ["imaplib-proto", "imaplib", "imaplib-archive", "imaplib-cli", "imaplib-testserver"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

#[test]
fn the_page_names_each_folder() {
    let page = fs::read_to_string(root().join("docs/design.md")).unwrap();
    let mut missing = Vec::new();
    for name in CRATES {
        let whole = format!("| `{name}/src` |");
        let row = page.lines().find(|line| line.starts_with(&whole)).unwrap_or_default();
        for entry in fs::read_dir(root().join("crates").join(name).join("src")).unwrap() {
            let entry = entry.unwrap();
            let folder = entry.file_name().into_string().unwrap();
            let is_named = page.contains(&format!("`{name}/src/{folder}`")) || row.contains(&format!("`{folder}`"));
            if entry.file_type().unwrap().is_dir() && folder != "bin" && !is_named {
                missing.push(format!("{name}/src/{folder}"));
            }
        }
    }
    assert!(missing.is_empty(), "the table of folders has no row for: {missing:#?}");
}

#[test]
fn what_the_page_names_exists() {
    let page = fs::read_to_string(root().join("docs/design.md")).unwrap();
    let names = page.split('`').skip(1).step_by(2).filter(|name| name.contains("/src") || name.contains("/tests/"));
    let missing: Vec<&str> = names
        .filter(|name| {
            let path = name.trim_end_matches('/');
            !["", "crates"].iter().any(|folder| root().join(folder).join(path).exists())
        })
        .collect();
    assert!(missing.is_empty(), "these are not there: {missing:#?}");
}
