//! Orders of messages: SORT and THREAD (RFC 5256).

pub(crate) mod date;
pub(crate) mod message_id;
pub(crate) mod references;
pub(crate) mod sort;
pub(crate) mod subject;
pub(crate) mod thread;
