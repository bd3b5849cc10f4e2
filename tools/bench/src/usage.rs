//! What a process has used, as the system reports it.
#![allow(unsafe_code)] // The two calls of the system that count, getrusage and wait4.

use std::process::Child;

/// Processor time in seconds, and the most memory in bytes.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Usage {
    pub(crate) user: f64,
    pub(crate) system: f64,
    pub(crate) peak: f64,
}

impl Usage {
    pub(crate) fn cpu(self) -> f64 {
        self.user + self.system
    }
}

#[allow(clippy::cast_precision_loss)]
fn convert(usage: &libc::rusage) -> Usage {
    let seconds = |time: libc::timeval| time.tv_sec as f64 + time.tv_usec as f64 / 1e6;
    Usage {
        user: seconds(usage.ru_utime),
        system: seconds(usage.ru_stime),
        peak: usage.ru_maxrss as f64 * if cfg!(target_os = "macos") { 1.0 } else { 1024.0 },
    }
}

/// Of this process, all threads.
pub(crate) fn own() -> Usage {
    // SAFETY: the system fills the structure, all of whose bit patterns are values.
    let mut usage = unsafe { std::mem::zeroed() };
    unsafe { libc::getrusage(libc::RUSAGE_SELF, &mut usage) };
    convert(&usage)
}

/// The most memory that this program has had, in bytes. Unlike [`Usage::peak`] it leaves out what the process was before
/// this program took its place; where the system does not report it, there is none.
pub(crate) fn own_peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.split_whitespace().next()?.parse::<u64>().ok()? << 10)
}

/// Waits for a child that has closed its output; reports how it ended and what it and its own children have used.
pub(crate) fn wait(child: &Child) -> (bool, Usage) {
    let mut status = 0;
    // SAFETY: as above; the child is ours and nobody else waits for it.
    let mut usage = unsafe { std::mem::zeroed() };
    let pid = libc::pid_t::try_from(child.id()).unwrap_or(-1);
    let found = unsafe { libc::wait4(pid, &mut status, 0, &mut usage) };
    (found == pid && libc::WIFEXITED(status) && libc::WEXITSTATUS(status) == 0, convert(&usage))
}
