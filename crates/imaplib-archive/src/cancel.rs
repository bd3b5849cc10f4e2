//! Ends a run from outside.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::error::{ArchiveError, Result};

/// Ends a run: what has arrived is made durable first. Clones share one state, so that another thread can cancel.
#[derive(Debug, Clone, Default)]
pub struct Cancel(Arc<AtomicBool>);

impl Cancel {
    /// A run that nothing ends yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Ends the run.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether the run is to end.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// The flag itself, for a signal handler that can only set a flag.
    #[must_use]
    pub fn flag(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.0)
    }

    /// Fails if the run is to end.
    pub(crate) fn check(&self) -> Result<()> {
        if self.is_cancelled() { Err(ArchiveError::Cancelled) } else { Ok(()) }
    }
}
