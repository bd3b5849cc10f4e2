//! The last lines that came, for who looks at them after an error.

use std::collections::VecDeque;

/// How many lines are kept, as stock does.
const COUNT: usize = 10;

/// How much of a line is kept, in bytes.
const LONGEST: usize = 4 << 10;

/// The last lines. Their memory is used again.
#[derive(Default)]
pub(super) struct RecentLines(VecDeque<Vec<u8>>);

impl RecentLines {
    pub(super) fn push(&mut self, line: &[u8]) {
        let mut kept = match self.0.len() < COUNT {
            true => Vec::new(),
            false => self.0.pop_front().unwrap_or_default(),
        };
        kept.clear();
        kept.extend_from_slice(line.get(..LONGEST).unwrap_or(line));
        self.0.push_back(kept);
    }

    /// The lines, oldest first, which are forgotten then.
    pub(super) fn drain(&mut self) -> Vec<Vec<u8>> {
        self.0.drain(..).collect()
    }
}
