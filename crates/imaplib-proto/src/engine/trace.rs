//! Who is told of each line.

use bytes::Bytes;

use super::Engine;
use crate::command::Role;
use crate::response::{Response, StatusKind, Untagged};

/// Is told of each line that goes out and comes in, secrets replaced.
pub trait Trace: Send + Sync {
    /// Octets that go out. `secret` marks what was replaced.
    fn sent(&mut self, octets: &[u8]);
    /// A response that came in; literals of bodies that stream are not part of it.
    fn received(&mut self, octets: &[u8]);
}

impl Engine {
    /// Traces a response; what a server says during authentication may repeat a secret.
    pub(super) fn trace_response(&mut self, octets: &Bytes, response: &Response) {
        let authenticating = self.flights.iter().any(|flight| flight.role == Role::Authenticate);
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
            _ => self.trace_received(octets),
        }
    }

    pub(super) fn trace_received(&mut self, octets: &[u8]) {
        if let Some(trace) = &mut self.trace {
            trace.received(octets);
        }
    }
}
