//! The examples of the pages of this repository are compiled as tests of this crate.
//!
//! They are not tests of the crates that they show: a published crate holds only its own files.

/// The page that is read first.
#[doc = include_str!("../../../README.md")]
pub mod readme {}

/// The README files of the crates.
#[doc = include_str!("../../../crates/imaplib/README.md")]
#[doc = include_str!("../../../crates/imaplib-archive/README.md")]
#[doc = include_str!("../../../crates/imaplib-proto/README.md")]
#[doc = include_str!("../../../crates/imaplib-testserver/README.md")]
pub mod crates {}

/// For people who come from Python's imaplib.
#[doc = include_str!("../../../docs/from-python.md")]
pub mod from_python {}

/// Proxies, streams and trust.
#[doc = include_str!("../../../docs/proxies-and-tls.md")]
pub mod proxies_and_tls {}

/// For people who come from the crates imap and async-imap.
#[doc = include_str!("../../../docs/from-rust.md")]
pub mod from_rust {}

/// For programs that keep a copy of a mailbox.
#[doc = include_str!("../../../docs/staying-in-step.md")]
pub mod staying_in_step {}
