//! SEARCH: its keys, and whether a message matches them.

pub(crate) mod context;
pub(crate) mod evaluate;
pub(crate) mod key;
pub(crate) mod results;
