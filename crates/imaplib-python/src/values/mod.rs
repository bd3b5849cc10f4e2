//! Values of the protocol as objects of Python.

pub(crate) mod changes;
pub(crate) mod dates;
pub(crate) mod envelope;
pub(crate) mod error;
pub(crate) mod event;
pub(crate) mod flags;
pub(crate) mod items;
pub(crate) mod mailbox;
pub(crate) mod row;
pub(crate) mod search;
pub(crate) mod structure;
pub(crate) mod uids;
