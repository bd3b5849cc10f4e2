//! What the async clients have in common besides the text of all clients: how a stream is polled, and how long.
//!
//! This folder is mounted once for each of them. What differs, the traits of streams and the timer, stands in the modules that
//! mount it, under the names that the files here import.

mod driver;
mod layered;
#[cfg(feature = "stream")]
mod streams;
mod waiting;

pub(super) use layered::tls;
#[cfg(feature = "stream")]
pub use streams::{EventStream, RowStream};
pub(crate) use waiting::Waiting;
pub(super) use waiting::{read_before, write_before};
