//! What FETCH can be asked for, and how a message answers it.

pub(crate) mod item;
pub(crate) mod rows;
pub(crate) mod section;
pub(crate) mod structure;
