//! What a client decides, without I/O and without a clock.
//!
//! | part | what it is |
//! |---|---|
//! | [`Error`] | the error of a client: whose fault it is, and what to do |
//! | [`Timeouts`], [`Watchdog`] | how long to wait, and the one owner of time |
//!
//! The clients of the crate `imaplib` are this with sockets, TLS and a clock; so can be another runtime, or another language.

mod bad_argument;
mod error;
mod kind;
mod timeouts;
mod watchdog;

use std::time::{Duration, Instant};

pub use bad_argument::BadArgument;
pub use error::{Error, Result, TruncatedLiteral};
pub use kind::{ErrorKind, ExternalFailure};
pub use timeouts::{TimeoutPhase, Timeouts};
pub use watchdog::{Wait, Watchdog};

/// Longer than any program runs, and short enough for every clock.
const FOREVER: Duration = Duration::from_secs(1 << 29);

/// The time that lies this far ahead.
#[must_use]
pub fn after(now: Instant, span: Duration) -> Instant {
    now + span.min(FOREVER)
}
