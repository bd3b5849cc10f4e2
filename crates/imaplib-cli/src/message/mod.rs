//! Messages: what the server lists of them, what they contain, and how both are shown.

pub(crate) mod list;
pub(crate) mod mime;
pub(crate) mod object;
pub(crate) mod rows;
pub(crate) mod sort;
pub(crate) mod threads;
