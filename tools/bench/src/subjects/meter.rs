//! What a stretch of a program costs.

use std::time::Instant;

use crate::{counting, usage};

/// Counts from its making until [`end`](Self::end).
pub(crate) struct Meter {
    start: Instant,
    cpu: f64,
    calls: u64,
    live: i64,
}

impl Meter {
    pub(crate) fn start() -> Self {
        counting::reset_peak();
        let (calls, live) = (counting::calls(), counting::live());
        Self { calls, live, cpu: usage::own().cpu(), start: Instant::now() }
    }

    /// Reports to the parent process what was used.
    pub(crate) fn end(self) {
        let wall = self.start.elapsed().as_secs_f64();
        println!("cpu {:.6}", usage::own().cpu() - self.cpu);
        println!("wall {wall:.6}");
        println!("allocations {}", counting::calls() - self.calls);
        println!("heap {}", counting::peak() - self.live);
        if let Some(peak) = usage::own_peak() {
            println!("peak {peak}");
        }
    }
}
