//! Messages: what the server lists of them, what they contain, and how both are shown.

pub(crate) mod base_subject;
pub(crate) mod body;
pub(crate) mod list;
pub(crate) mod mime;
pub(crate) mod object;
pub(crate) mod requested_section;
pub(crate) mod rows;
pub(crate) mod sort;
mod sort_keys;
pub(crate) mod threads;
pub(crate) mod warnings;
