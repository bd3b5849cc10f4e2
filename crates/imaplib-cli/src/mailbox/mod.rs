//! Mailboxes: which one is meant, what is searched in it, and how it is read although single messages fail.

pub(crate) mod figures;
pub(crate) mod forms;
mod left_out;
pub(crate) mod reader;
pub(crate) mod resolve;
pub(crate) mod search;
