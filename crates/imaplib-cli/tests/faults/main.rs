//! The tool where everything goes wrong: cut connections, `kill -9`, full disks, power failures. The next run mends it all.
//!
//! The normal run takes a seeded sample of the moments; `FAULTS=all` takes all of them.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::string_slice)]
#![allow(missing_docs, unreachable_pub)]

mod archive;
mod crash;
mod cut;
mod full;
mod power;
mod proxy;
#[path = "../support/mod.rs"]
mod support;
mod trace;

use std::sync::atomic::{AtomicUsize, Ordering};

/// Whether all moments are to be taken, and not only a sample.
pub fn all() -> bool {
    std::env::var("FAULTS").is_ok_and(|value| value == "all")
}

/// Says that a test cannot run here, and what it needs; where tests must run, that is a failure.
pub fn skip(test: &str, needs: &str) {
    assert!(std::env::var_os("CI").is_none(), "{test} cannot run: {needs}");
    println!("SKIPPED {test}: {needs}");
}

/// The same numbers each time.
pub struct Random(pub u64);

impl Random {
    pub fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }
}

/// Does the work with each, many at the same time.
pub fn in_parallel<T: Sync>(jobs: &[T], at_once: usize, work: impl Fn(usize, &T) + Sync) {
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..at_once {
            scope.spawn(|| {
                while let Some((at, job)) =
                    Some(next.fetch_add(1, Ordering::SeqCst)).and_then(|at| Some((at, jobs.get(at)?)))
                {
                    work(at, job);
                }
            });
        }
    });
}
