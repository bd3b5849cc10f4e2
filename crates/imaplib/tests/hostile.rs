//! A hostile server gets nothing out of both clients: no hang, no crash, no password, no more memory than is stated.
//!
//! The scenarios are those of `imaplib_testserver::hostile`. Memory is counted on each client's own thread.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

use hostile::{Outcome, Subject, all_faults, play_all};
use imaplib_testserver::hostile::Ended;

/// How many scenarios are played at once: most of them wait.
const AT_ONCE: usize = 8;

fn check(subject: &Subject) {
    let outcomes = play_all(subject, AT_ONCE).unwrap();
    assert_eq!(all_faults(&outcomes), [""; 0]);
    for (scenario, outcome) in outcomes {
        let Outcome::Played { report, .. } = outcome else { panic!("{} was not played", scenario.name) };
        // Bytes behind the OK to STARTTLS are not only dropped: somebody put them there.
        if scenario.name.starts_with("starttls-") && scenario.name.ends_with("-behind-ok") {
            assert!(matches!(report.ended, Ended::Failed(_)), "{}: {:?}", scenario.name, report.ended);
        }
    }
}

#[test]
fn the_async_client_is_safe() {
    check(&Subject::Async);
}

#[test]
fn the_blocking_client_is_safe() {
    check(&Subject::Blocking);
}
