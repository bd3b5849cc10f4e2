//! Orders of messages as SORT and THREAD find them (RFC 5256): for clients of servers that have neither, and for servers.
//!
//! | part | what it is |
//! |---|---|
//! | [`SortKeys`], [`SortValue`] | sorting by the keys of SORT |
//! | [`Threading`], [`ThreadMessage`] | threads by each algorithm of THREAD |
//! | [`BaseSubject`] | subjects without `Re:` and its like |
//! | [`message_ids`] | message identifiers in header fields |
//! | [`collation_key`] | what texts are compared by |
//!
//! What is held is bounded; where messages are too many, there is [`TooMany`]. With the feature `mime`, values are made of
//! the rows of a FETCH, and [`SortMessages`](crate::client::SortMessages) and
//! [`ThreadMessages`](crate::client::ThreadMessages) fetch them.

mod base_subject;
mod by_subject;
mod collation;
mod forest;
mod links;
mod message_id;
#[cfg(feature = "mime")]
mod row_values;
mod sort_keys;
mod threading;

pub use base_subject::BaseSubject;
pub use collation::collation_key;
pub use message_id::message_ids;
#[cfg(feature = "mime")]
pub use row_values::{items_to_sort, items_to_thread};
pub use sort_keys::{SortKeys, SortValue};
pub use threading::{ThreadMessage, Threading};

/// There are more messages, or longer texts, than are held to find their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooMany;

impl std::fmt::Display for TooMany {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("too many messages to find their order")
    }
}

impl std::error::Error for TooMany {}
