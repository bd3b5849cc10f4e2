//! Messages that are left out because the server fails at them: each is named, and counted.

use imaplib::types::Uid;

use crate::error::Failure;
use crate::output::count;

/// This many messages that the server fails at are named one by one.
const MAX_NOTES: u64 = 20;

/// Names messages that are left out.
pub(super) struct LeftOut<'a> {
    note: &'a dyn Fn(&str),
    count: u64,
}

impl<'a> LeftOut<'a> {
    pub(super) fn new(note: &'a dyn Fn(&str)) -> Self {
        Self { note, count: 0 }
    }

    /// Names a message, unless very many were named before.
    pub(super) fn add(&mut self, uid: Uid, failure: &Failure) {
        self.count += 1;
        if self.count <= MAX_NOTES {
            (self.note)(&format!("the message with UID {uid} is left out: {}", failure.message()));
        }
    }

    /// Counts them where not all were named. Others were not even asked for.
    pub(super) fn finish(&self, failed: &str, untried: u64) {
        if self.count > MAX_NOTES || untried > 0 {
            let messages = count(self.count, "message");
            (self.note)(&format!("the server {failed} {messages}; not asked for: {}", count(untried, "other")));
        }
    }
}
