//! A FETCH whose rows are sent one after the other, each made when those before it are nearly sent.

use bytes::Bytes;
use imaplib_proto::types::Uid;

use crate::fetch::item::Item;
use crate::view::Numbers;

/// A FETCH that has begun.
#[derive(Debug)]
pub(crate) struct Fetching {
    pub(crate) tag: Bytes,
    pub(crate) numbers: Numbers,
    pub(crate) items: Vec<Item>,
    pub(crate) with_modseq: bool,
    pub(crate) rows: std::vec::IntoIter<Row>,
    pub(crate) outcome: Outcome,
}

/// What is sent of one message.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) number: u32,
    pub(crate) uid: Uid,
    pub(crate) recent: bool,
    /// FETCH has set `\Seen`, which the client is to be told.
    pub(crate) newly_seen: bool,
}

/// What could not be sent.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    /// Some messages are gone.
    pub(crate) gone: bool,
    /// The encoding of some part is not known.
    pub(crate) unknown_encoding: bool,
    /// How many messages could not be read.
    pub(crate) unreadable: u32,
}
