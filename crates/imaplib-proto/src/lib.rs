//! The IMAP protocol: bytes in, values out. No I/O, no clock, no threads.

pub mod command;
pub mod engine;
pub mod response;
pub mod sasl;
pub mod types;
pub mod wire;
