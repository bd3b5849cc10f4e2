//! What the core's hot paths cost in instructions, so that nobody makes them dearer unseen: times say too little on a
//! machine that does other things, too. Needs valgrind.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

use std::path::PathBuf;
use std::process::Command;

/// What is known of a path of the example `hot_paths`: instructions for one response, number or row, and for how many it
/// is measured.
const COSTS: [(&str, u64, u64); 7] = [
    ("flags", 920, 20_000),
    ("envelope", 3706, 5_000),
    ("structure", 5285, 5_000),
    ("list", 1437, 10_000),
    ("numbers", 64, 50_000),
    ("rows", 430, 50_000),
    ("mailboxes", 3307, 10_000),
];

/// Another compiler or processor may count a little more; by how much, in per cent.
const TOLERANCE: u64 = 20;

fn instructions(program: &PathBuf, path: &str, count: u64) -> u64 {
    let mut command = Command::new("valgrind");
    command.args(["--tool=callgrind", "--callgrind-out-file=/dev/null", "--toggle-collect=*measured*"]).arg(program);
    let output = command.args([path, &count.to_string()]).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let found = said.lines().find_map(|line| line.split_once("Collected :")).unwrap();
    found.1.trim().parse().unwrap()
}

#[test]
fn hot_paths_cost_no_more_than_they_did() {
    if Command::new("valgrind").arg("--version").output().is_err() {
        assert!(std::env::var_os("CI").is_none(), "valgrind is not there");
        eprintln!("\n*** SKIPPED: valgrind is not there: get it with `apt-get install valgrind`\n");
        return;
    }
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let target = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("instructions");
    let mut build = Command::new(env!("CARGO"));
    build.args(["build", "--quiet", "--release", "--example", "hot_paths", "--target-dir"]).arg(&target);
    assert!(build.current_dir(root).status().unwrap().success());
    let program = target.join("release/examples/hot_paths");
    let mut dear = Vec::new();
    for (path, known, count) in COSTS {
        let each = instructions(&program, path, count) / count;
        eprintln!("{path}: {each} instructions, {known} are known");
        if each * 100 > known * (100 + TOLERANCE) {
            dear.push(format!("{path} costs {each} instructions instead of {known}"));
        }
    }
    assert!(dear.is_empty(), "{}", dear.join("; "));
}
