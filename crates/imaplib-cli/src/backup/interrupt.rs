//! SIGINT and SIGTERM: a flag, so that what has arrived is made durable before the end.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

use crate::exit::{Exit, Failure, Result};

/// Whether somebody wants the run to end.
#[derive(Debug, Clone, Default)]
pub(crate) struct Interrupt(Arc<AtomicUsize>);

impl Interrupt {
    /// From now on the signals only set the flag; a second one ends the process at once.
    pub(crate) fn install() -> Result<Self> {
        let interrupt = Self::default();
        let again = Arc::new(AtomicBool::new(false));
        for (signal, exit) in [(SIGINT, Exit::Interrupted), (SIGTERM, Exit::Terminated)] {
            // In this order: the first signal must not find the flag that it sets itself.
            flag::register_conditional_shutdown(signal, exit as i32, Arc::clone(&again))?;
            flag::register(signal, Arc::clone(&again))?;
            flag::register_usize(signal, Arc::clone(&interrupt.0), exit as usize)?;
        }
        Ok(interrupt)
    }

    pub(crate) fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed) != 0
    }

    /// An error if the run is to end.
    pub(crate) fn check(&self) -> Result<()> {
        let exit = match self.0.load(Ordering::Relaxed) {
            0 => return Ok(()),
            code if code == Exit::Terminated as usize => Exit::Terminated,
            _ => Exit::Interrupted,
        };
        Err(Failure::new(exit, "interrupted: what had arrived is kept, run the same command again"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_signal_has_its_exit_code() {
        let interrupt = Interrupt::default();
        assert!(interrupt.check().is_ok() && !interrupt.is_set());
        for exit in [Exit::Interrupted, Exit::Terminated] {
            interrupt.0.store(exit as usize, Ordering::Relaxed);
            assert_eq!(interrupt.check().unwrap_err().exit(), exit);
        }
    }
}
