//! The IMAP protocol: bytes in, values out. No I/O, no clock, no threads.

pub mod response;
pub mod types;
