//! Every call, through the async and the blocking client, against the test server and against real servers.
//!
//! A case is written once and made for both fronts. It checks what it can know by itself and writes down what it saw;
//! what both fronts saw must be equal. `docs/coverage.md` is the table of all outcomes.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
#![allow(missing_docs, unreachable_pub)]

mod cases;
mod coverage;
mod extensions;
mod faults;
mod target;

use std::sync::{Mutex, PoisonError};

use cases::{AnyError, Missing, Seen, asynchronous, blocking};
use coverage::Outcome;
use target::Target;

/// Runs all cases against a server, in each way in which it is reached; holds what was seen against the table.
fn run_all(targets: &[Target]) {
    let Some(name) = targets.first().map(|target| target.name) else { return };
    // What is offered in one way need not be offered in another, such as channel binding without TLS.
    let merged = targets.iter().map(outcomes).reduce(|all, more| {
        let better = |(one, other)| if other == Outcome::Passed { other } else { one };
        all.into_iter().zip(more).map(better).collect()
    });
    if std::env::var_os("CASE").is_none() || std::env::var_os("UPDATE_COVERAGE").is_some() {
        let (outcomes, capabilities) = (merged.unwrap_or_default(), targets.iter().flat_map(Target::capabilities));
        extensions::compare(name, &outcomes, &capabilities.collect::<Vec<_>>());
        coverage::compare(name, outcomes);
    }
}

/// What became of each case in one way.
fn outcomes(target: &Target) -> Vec<Outcome> {
    let only = std::env::var("CASE").ok();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let mut failures = Vec::new();
    let mut outcomes = Vec::new();
    for ((name, _, case), async_case) in blocking::CASES.iter().zip(asynchronous::CASES) {
        if !target.runs(name) {
            outcomes.push(Outcome::NotRun);
            continue;
        }
        if only.as_ref().is_some_and(|only| !only.split(',').any(|only| only == *name)) {
            outcomes.push(coverage::before(target.name, name));
            continue;
        }
        let login = target.login(&target::user(name, "blocking"));
        let blocking = caught(|| case(&login));
        let login = target.login(&target::user(name, "async"));
        let asynchronous = caught(|| async_case(&runtime, &login));
        let fault = target.faults.iter().find(|(case, _)| case == name);
        outcomes.push(match (blocking, asynchronous, fault) {
            (Ok(_), Ok(_), Some((_, why))) => {
                failures.push(format!("{name} passes, though the server was seen to fail: {why}"));
                Outcome::Passed
            }
            (Ok(a), Ok(b), None) => {
                if a != b {
                    failures.push(format!("{name}: the fronts differ:\n  blocking: {a:#?}\n  async:    {b:#?}"));
                }
                Outcome::Passed
            }
            (Err(a), Err(b), None) if is_unsupported(&a) && is_unsupported(&b) => Outcome::NotOffered,
            (Err(_), Err(_), Some((_, why))) => Outcome::Fault(why),
            (a, b, _) => {
                failures.push(format!("{name}: blocking {:?}, async {:?}", a.err(), b.err()));
                Outcome::NotRun
            }
        });
    }
    assert!(failures.is_empty(), "{}:\n{}", target.name, failures.join("\n"));
    if let Some(only) = &only {
        // Seen with `--nocapture`: a case that is not offered passes as well.
        let seen =
            blocking::CASES.iter().zip(&outcomes).filter(|((name, ..), _)| only.split(',').any(|only| only == *name));
        seen.for_each(|((name, ..), outcome)| eprintln!("{}: {name} {outcome:?}", target.name));
    }
    outcomes
}

fn caught(case: impl FnOnce() -> Seen) -> Seen {
    let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(case));
    result.unwrap_or_else(|panic| {
        let text = panic
            .downcast_ref::<String>()
            .cloned()
            .or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
        Err(text.unwrap_or_default().into())
    })
}

fn is_unsupported(error: &AnyError) -> bool {
    error.is::<Missing>() || error.downcast_ref::<imaplib::Error>().is_some_and(imaplib::Error::is_unsupported)
}

fn run(target: Option<Target>) {
    run_all(target.as_slice());
}

#[test]
fn test_server() {
    run_all(&[Target::test_server(false), Target::test_server(true)]);
}

#[test]
fn dovecot() {
    let ways = ["imap+insecure", "imap", "imaps"].map(|scheme| Target::dovecot(scheme, "maildir"));
    run_all(&ways.into_iter().flatten().collect::<Vec<_>>());
}

#[test]
fn dovecot_with_mdbox() {
    run(Target::dovecot("imaps", "mdbox"));
}

#[test]
fn dovecot_as_a_child() {
    run(Target::dovecot_child());
}

#[test]
fn dovecot24() {
    run(Target::real("Dovecot 2.4", "imaps"));
}

/// Cyrus ends all processes of its group when it ends, and so another Cyrus of this program.
static ONE_CYRUS: Mutex<()> = Mutex::new(());

#[test]
fn cyrus() {
    let _lock = ONE_CYRUS.lock().unwrap_or_else(PoisonError::into_inner);
    run(Target::real("Cyrus 3.12", "imaps"));
}

#[test]
fn cyrus_with_rev2() {
    let _lock = ONE_CYRUS.lock().unwrap_or_else(PoisonError::into_inner);
    run(Target::real("Cyrus 3.12 rev2", "imaps"));
}

#[test]
fn cyrus_with_uid_only() {
    let _lock = ONE_CYRUS.lock().unwrap_or_else(PoisonError::into_inner);
    run(Target::real("Cyrus 3.12 UIDONLY", "imaps"));
}

#[test]
fn courier() {
    run(Target::real("Courier 5.2", "imap"));
}

#[test]
fn mailutils() {
    run(Target::real("mailutils 3.19", "imaps"));
}

#[test]
fn pymap() {
    run(Target::real("pymap 0.36", "imap"));
}
