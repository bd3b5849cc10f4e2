//! Messages to another account, each of them once: out of an archive, or from another server.
//!
//! What is sent is noted before and after, and looked up on the target where a run or a connection broke off between the two.

mod compare;
pub(crate) mod contents;
mod copy;
mod from_archive;
mod from_server;
mod job;
pub(crate) mod ledger;
pub(crate) mod ledger_file;
mod names;
pub(crate) mod options;
pub(crate) mod origin;
pub(crate) mod plan;
pub(crate) mod report;
mod run;
mod send;
pub(crate) mod target;
mod there;
