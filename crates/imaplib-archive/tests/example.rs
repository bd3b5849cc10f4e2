//! The example runs, and prints what it says.

#![allow(clippy::unwrap_used)]

use std::path::Path;
use std::process::Command;

/// Builds the example where cargo was not asked to, or its source is newer.
fn build(program: &Path) {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/read_back.rs");
    let modified = |path: &Path| path.metadata().and_then(|file| file.modified()).ok();
    if modified(program) >= modified(&source) {
        return;
    }
    let mut cargo = Command::new(env!("CARGO"));
    // With what cargo sets for tests it would compile some dependencies again.
    let set = ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_CRATE_", "CARGO_PRIMARY_"];
    for (name, _) in std::env::vars().filter(|(name, _)| set.iter().any(|begin| name.starts_with(begin))) {
        cargo.env_remove(name);
    }
    let built = cargo.args(["build", "--quiet", "--package", "imaplib-archive", "--examples"]).status();
    assert!(built.unwrap().success());
}

#[test]
fn the_example_backs_up_lists_and_reads() {
    let test = std::env::current_exe().unwrap();
    let folder = test.parent().and_then(Path::parent).unwrap().join("examples");
    let program = folder.join(format!("read_back{}", std::env::consts::EXE_SUFFIX));
    build(&program);
    let output = Command::new(program).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines.first().unwrap().ends_with("mailboxes"), "{text}");
    assert!(lines.iter().any(|line| line.ends_with(" INBOX")), "{text}");
    assert!(lines.last().unwrap().contains("Subject: "), "{text}");
}
