//! Orders of messages: SORT and THREAD (RFC 5256).

pub(crate) mod sort;
pub(crate) mod thread;
