//! Long sets of messages are sent in parts.

use imaplib_proto::command::MessageSet;
use imaplib_proto::types::CopyUid;

/// Command lines are kept to this many octets, as RFC 7162, section 4, asks: sets of messages are split.
const MAX_SET: usize = 7_500;

/// The parts in which a set of messages is sent; none for an empty set.
pub(crate) fn parts(messages: &MessageSet) -> Vec<MessageSet> {
    if messages.is_empty() { Vec::new() } else { messages.split(MAX_SET) }
}

/// The answers to a COPY that was sent in parts, as one.
#[derive(Default)]
pub(crate) struct Copied {
    pub(crate) all: Option<CopyUid>,
}

impl Copied {
    pub(crate) fn add(&mut self, part: Option<CopyUid>) {
        match (&mut self.all, part) {
            (Some(all), Some(part)) => {
                all.source.append(part.source);
                all.target.append(part.target);
            }
            (all, part) => *all = all.take().or(part),
        }
    }
}
