//! Every call, through the async and the blocking client, against the test server and against real servers.
//!
//! A case is written once and made for both fronts. It checks what it can know by itself and writes down what it saw;
//! what both fronts saw must be equal.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
#![allow(missing_docs, unreachable_pub)]

mod cases;
mod target;

use cases::{asynchronous, blocking};
use target::Target;

fn run_all(target: &Target) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let mut failures = Vec::new();
    for ((name, case), (_, async_case)) in blocking::CASES.iter().zip(asynchronous::CASES) {
        if !target.runs(name) {
            continue;
        }
        let with = |kind: &str| target.login(&format!("{name}-{kind}"));
        let login = with("blocking");
        let blocking = std::panic::catch_unwind(|| case(&login)).unwrap_or_else(|_| Err("panicked".into()));
        let login = with("async");
        let asynchronous =
            std::panic::catch_unwind(|| async_case(&runtime, &login)).unwrap_or_else(|_| Err("panicked".into()));
        match (blocking, asynchronous) {
            (Ok(a), Ok(b)) if a == b => {}
            (Ok(a), Ok(b)) => {
                failures.push(format!("{name}: the fronts differ:\n  blocking: {a:#?}\n  async:    {b:#?}"))
            }
            (a, b) => failures.push(format!("{name}: blocking {:?}, async {:?}", a.err(), b.err())),
        }
    }
    assert!(failures.is_empty(), "{}:\n{}", target.name, failures.join("\n"));
}

#[test]
fn test_server_in_clear_text() {
    run_all(&Target::test_server(false));
}

#[test]
fn test_server_over_tls() {
    run_all(&Target::test_server(true));
}

#[test]
fn dovecot_in_clear_text() {
    if let Some(target) = Target::dovecot("imap+insecure") {
        run_all(&target);
    }
}

#[test]
fn dovecot_over_tls() {
    if let Some(target) = Target::dovecot("imaps") {
        run_all(&target);
    }
}

#[test]
fn dovecot_over_starttls() {
    if let Some(target) = Target::dovecot("imap") {
        run_all(&target);
    }
}

#[test]
fn dovecot_as_a_child() {
    if let Some(target) = Target::dovecot_child() {
        run_all(&target);
    }
}
