//! The pages that rustdoc writes about the libraries.

use std::path::PathBuf;
use std::process::Command;

/// Lets rustdoc write its pages into a folder of their own; returns that folder.
pub(crate) fn document() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let target = test.ancestors().nth(3).unwrap().join("public-items");
    let mut cargo = Command::new(env!("CARGO"));
    // What cargo tells the tests would make it build some dependencies anew.
    let told = ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_EXE_", "CARGO_CRATE_", "CARGO_PRIMARY_"];
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(|name| told.iter().any(|prefix| name.starts_with(prefix))) {
            cargo.env_remove(name);
        }
    }
    cargo.args(["doc", "--no-deps", "--quiet", "--all-features", "-p", "imaplib", "-p", "imaplib-proto"]);
    let output = cargo.arg("--target-dir").arg(&target).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    target.join("doc")
}

/// What stands between each `before` and the next quotation mark.
pub(crate) fn values<'a>(html: &'a str, before: &'a str) -> impl Iterator<Item = &'a str> {
    html.split(before).skip(1).filter_map(|rest| rest.split('"').next())
}
