//! What the async clients have in common besides the text of all clients: how a stream is polled, and how long.
//!
//! This folder is mounted once for each of them. What differs, the traits of streams and the timer, stands in the modules that
//! mount it, under the names that the files here import.

mod driver;
mod layered;
mod limited;
#[cfg(feature = "stream")]
mod streams;
mod waiting;

pub(super) use layered::tls;
pub(super) use limited::{read_before, write_before};
#[cfg(feature = "stream")]
pub use streams::{EventStream, RowStream};
pub(crate) use waiting::Waiting;
