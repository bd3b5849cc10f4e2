//! What the owner of the transport reports: bytes that came, their end, and other layers beneath.

use bytes::Bytes;

use super::{Engine, EngineError, EventQueue, State};

impl Engine {
    /// The buffer for bytes to be received: read into it, then report how many came with [`advance`](Self::advance).
    ///
    /// There is more of it where the last one was filled. What it holds means nothing.
    pub fn recv_buffer(&mut self) -> &mut [u8] {
        self.inbound.framer.room()
    }

    /// Reports how many bytes were read into the [`recv_buffer`](Self::recv_buffer).
    pub fn advance(&mut self, count: usize) {
        self.inbound.framer.received(count);
    }

    /// Appends received bytes.
    pub fn push(&mut self, bytes: &[u8]) {
        self.inbound.framer.receive(bytes);
    }

    /// How many bytes were received that [`poll`](Self::poll) has not looked at.
    #[must_use]
    pub fn buffered(&self) -> usize {
        self.inbound.framer.unread()
    }

    /// Reports that the server has closed the connection. Returns why that is an error, unless it ended in order.
    pub fn end_of_input(&mut self) -> Option<EngineError> {
        let in_order = self.session.state == State::Logout && self.inbound.framer.is_empty() && !self.is_busy();
        if in_order || self.failed.is_some() {
            return self.failed.clone();
        }
        let error = self.session.closed();
        Some(self.close_with(error))
    }

    /// Reports that the connection cannot be used any more. Returns the first reason for that.
    pub fn close_with(&mut self, error: EngineError) -> EngineError {
        self.failed.get_or_insert(error).clone()
    }

    /// Reports that both sides compress from now on, after the answer to COMPRESS; returns the bytes behind that answer,
    /// which are compressed already (RFC 4978). What is received next must be plain again.
    pub fn compression_started(&mut self) -> Bytes {
        self.inbound.compressing = false;
        self.inbound.framer.take_unread()
    }

    /// Reports that TLS has begun after STARTTLS. All that was learnt in clear text is forgotten.
    ///
    /// # Errors
    /// If bytes were received behind the answer to STARTTLS: someone put them there (RFC 9051, section 11.1).
    pub fn tls_started(&mut self) -> Result<(), EngineError> {
        if !self.inbound.framer.is_empty() {
            return Err(self.close_with(EngineError::DataBeforeTls));
        }
        self.inbound.framer.clear();
        self.session.forget_clear_text();
        self.events = EventQueue::new(&self.limits);
        Ok(())
    }

    /// Drops what was received for the user who was logged in, so that the next one does not get it: the events, and the
    /// responses to commands that outlive their completion (RFC 8437, section 4.1).
    pub(super) fn forget_user(&mut self) {
        self.events = EventQueue::new(&self.limits);
        for finished in &mut self.in_flight.finished {
            finished.collects = false;
        }
        self.apply_limits();
    }
}
