//! SIGINT and SIGTERM: a flag, so that what has arrived is made durable before the end.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use imaplib_archive::Cancel;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

use crate::error::{Exit, Failure, Result};

/// Whether somebody wants the run to end, and by which signal.
#[derive(Debug, Default)]
pub(in crate::verbs) struct Interrupt {
    cancel: Cancel,
    exit: Arc<AtomicUsize>,
}

impl Interrupt {
    /// From now on the signals only set the flag; a second one ends the process at once.
    pub(in crate::verbs) fn install(&self) -> Result<()> {
        let again = Arc::new(AtomicBool::new(false));
        for (signal, exit) in [(SIGINT, Exit::Interrupted), (SIGTERM, Exit::Terminated)] {
            // In this order: the first signal must not find the flag that it sets itself.
            flag::register_conditional_shutdown(signal, exit as i32, Arc::clone(&again))?;
            flag::register(signal, Arc::clone(&again))?;
            // And the run must not end before it is known why.
            flag::register_usize(signal, Arc::clone(&self.exit), exit as usize)?;
            flag::register(signal, self.cancel.flag())?;
        }
        Ok(())
    }

    /// What ends the run.
    pub(in crate::verbs) fn cancel(&self) -> &Cancel {
        &self.cancel
    }

    /// The failure of a run that was ended.
    pub(in crate::verbs) fn failure(&self) -> Failure {
        self.failure_with("interrupted: what had arrived is kept, run the same command again")
    }

    /// The same, with another text.
    pub(in crate::verbs) fn failure_with(&self, text: &str) -> Failure {
        let exit = match self.exit.load(Ordering::Relaxed) {
            code if code == Exit::Terminated as usize => Exit::Terminated,
            _ => Exit::Interrupted,
        };
        Failure::new(exit, text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_signal_has_its_exit_code() {
        let interrupt = Interrupt::default();
        assert!(!interrupt.cancel().is_cancelled());
        for exit in [Exit::Interrupted, Exit::Terminated] {
            interrupt.exit.store(exit as usize, Ordering::Relaxed);
            assert_eq!(interrupt.failure().exit(), exit);
        }
    }
}
