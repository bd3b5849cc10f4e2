//! Who receives a copy of each line.

use std::borrow::Cow;
use std::ops::Range;

use bytes::Bytes;
use zeroize::Zeroizing;

use super::Engine;
use crate::redact::{Redactor, mark};
use crate::types::{Response, StatusKind, Untagged};

/// Receives a copy of each line that goes out and comes in, with secrets replaced.
pub trait Trace: Send + Sync {
    /// Bytes that go out. `<secret>` stands for what was replaced.
    fn sent(&mut self, bytes: &[u8]);
    /// A response that came in; literals of bodies that stream are not part of it.
    fn received(&mut self, bytes: &[u8]);
}

impl Engine {
    /// A response that comes during a login, with the secrets replaced that it repeats; nothing if it repeats none.
    ///
    /// Challenges stay as they are, and so does the success, whose capabilities count.
    pub(super) fn without_secrets(&mut self, place: &Range<usize>) -> Option<Bytes> {
        self.in_flight.login()?;
        let bytes = self.inbound.framer.bytes(place.clone());
        let is_success = || {
            let words = bytes.split(|byte| *byte == b' ').nth(1);
            bytes.starts_with(b"A") && words.is_some_and(|word| word.eq_ignore_ascii_case(b"OK"))
        };
        if bytes.starts_with(b"+") || is_success() {
            return None;
        }
        self.clean(&bytes)
    }

    /// The bytes with the secrets replaced of the login that is in flight; nothing if they hold none.
    fn clean(&mut self, bytes: &[u8]) -> Option<Bytes> {
        match Redactor::of_long(self.in_flight.login()?.command.secrets()).redact(bytes) {
            Cow::Borrowed(_) => None,
            Cow::Owned(clean) => Some(clean.into()),
        }
    }

    /// Traces a response; what a server sends during authentication may repeat a secret.
    pub(super) fn trace_response(&mut self, bytes: &Bytes, response: &Response) {
        let authenticating = self.in_flight.login().is_some();
        match response {
            Response::Continuation(_) if authenticating => self.trace_received(b"+ <secret>\r\n"),
            Response::Tagged(tag, status) if authenticating && status.kind != StatusKind::Ok => {
                let line = format!("{tag} {} <text hidden>\r\n", status.kind);
                self.trace_received(line.as_bytes());
            }
            Response::Untagged(Untagged::Status(status)) if authenticating && status.kind != StatusKind::Ok => {
                self.trace_received(format!("* {} <text hidden>\r\n", status.kind).as_bytes());
            }
            Response::Untagged(Untagged::Unknown { .. }) if authenticating => self.trace_received(b"<line hidden>\r\n"),
            _ => {
                let clean = self.clean(bytes);
                self.trace_received(clean.as_ref().unwrap_or(bytes));
            }
        }
    }

    /// Queues bytes to be sent, and traces them without the secrets that lie in these ranges.
    pub(super) fn put(&mut self, bytes: Zeroizing<Vec<u8>>, secrets: &[Range<usize>]) {
        if let Some(trace) = &mut self.trace {
            trace.sent(&mark(&bytes, secrets));
        }
        self.outbound.put(bytes, !secrets.is_empty());
    }

    pub(super) fn trace_received(&mut self, bytes: &[u8]) {
        if let Some(trace) = &mut self.trace {
            trace.received(bytes);
        }
    }
}
