//! The commands that a server has received, for a test to look at.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// So many commands are kept; the oldest go first.
const MAX_COMMANDS: usize = 10_000;
/// So many bytes of a command are kept.
const MAX_LENGTH: usize = 4096;

/// A list of commands; a clone is a handle to the same list.
#[derive(Debug, Clone, Default)]
pub(crate) struct Journal(Arc<Mutex<VecDeque<String>>>);

impl Journal {
    fn lock(&self) -> MutexGuard<'_, VecDeque<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a command without its tag.
    pub(crate) fn add(&self, command: &[u8]) {
        let start = command.iter().position(|byte| *byte == b' ').map_or(0, |at| at + 1);
        let text = command.get(start..).unwrap_or_default();
        let text = String::from_utf8_lossy(text.get(..text.len().min(MAX_LENGTH)).unwrap_or_default()).into_owned();
        let mut commands = self.lock();
        if commands.len() >= MAX_COMMANDS {
            commands.pop_front();
        }
        commands.push_back(text);
    }

    pub(crate) fn commands(&self) -> Vec<String> {
        self.lock().iter().cloned().collect()
    }
}
