//! What the owner of the transport tells: octets that came, their end, and other layers beneath.

use bytes::Bytes;

use super::{Engine, EngineError, EventQueue, ServerProfile, State};
use crate::types::{Capabilities, NameEncoding};

impl Engine {
    /// Room for octets to be received: read into it, then tell how many came with [`advance`](Self::advance).
    ///
    /// There is more of it where the last one was filled. What it holds means nothing.
    pub fn recv_buffer(&mut self) -> &mut [u8] {
        self.framer.room()
    }

    /// Tells how many octets were read into the [`recv_buffer`](Self::recv_buffer).
    pub fn advance(&mut self, count: usize) {
        self.framer.received(count);
    }

    /// Appends received octets.
    pub fn push(&mut self, octets: &[u8]) {
        self.framer.receive(octets);
    }

    /// How many octets were received that [`poll`](Self::poll) has not looked at.
    #[must_use]
    pub fn buffered(&self) -> usize {
        self.framer.unread()
    }

    /// Tells that the server has closed the connection. Returns why that is an error, unless it ended in order.
    pub fn end_of_input(&mut self) -> Option<EngineError> {
        let in_order = self.state == State::Logout && self.framer.is_empty() && !self.is_busy();
        if in_order || self.failed.is_some() {
            return self.failed.clone();
        }
        let error = self.closed();
        Some(self.close_with(error))
    }

    /// Tells that the connection cannot be used any more.
    pub fn close_with(&mut self, error: EngineError) -> EngineError {
        self.failed.get_or_insert(error).clone()
    }

    /// Tells that both sides compress from now on, after the answer to COMPRESS; gives the octets behind that answer, which
    /// are compressed already (RFC 4978). What is received next must be plain again.
    pub fn compression_started(&mut self) -> Bytes {
        self.compressing = false;
        self.framer.take_unread()
    }

    /// Tells that TLS has begun after STARTTLS. All that was learnt in clear text is forgotten.
    ///
    /// # Errors
    /// If octets were received behind the answer to STARTTLS: someone put them there (RFC 9051, section 11.1).
    pub fn tls_started(&mut self) -> Result<(), EngineError> {
        if !self.framer.is_empty() {
            return Err(self.close_with(EngineError::DataBeforeTls));
        }
        self.framer.clear();
        self.forget_capabilities();
        self.enabled = Capabilities::default();
        self.names = NameEncoding::default();
        self.bye = None;
        self.profile = ServerProfile::default();
        self.events = EventQueue::new(&self.limits);
        if let Some(greeting) = &mut self.greeting {
            greeting.code = None;
        }
        Ok(())
    }
}
