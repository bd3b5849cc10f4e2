//! What a client decides, without I/O and without a clock.
//!
//! | part | what it is |
//! |---|---|
//! | [`Error`] | the error of a client: whose fault it is, and what to do |
//! | [`Timeouts`] | how long to wait in each phase |
//!
//! The clients of the crate `imaplib` are this with sockets, TLS and a clock; so can be another runtime, or another language.

mod bad_argument;
mod error;
mod kind;
mod timeouts;

pub use bad_argument::BadArgument;
pub use error::{Error, Result, TruncatedLiteral};
pub use kind::{ErrorKind, ExternalFailure};
pub use timeouts::{TimeoutPhase, Timeouts};
