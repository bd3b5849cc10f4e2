//! The connection as its owner sees it: what is known of it, and what is reported to it of the transport.

use bytes::Bytes;

use super::{Engine, EngineError, Event, EventQueue, Limits, Progress, SelectedMailbox, ServerProfile, State};
use crate::types::{Capabilities, NameEncoding, StatusResponse, Untagged};

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

    /// Returns the bytes that were received and not looked at, for whoever continues on the stream without this engine. What
    /// is received next would begin a new response.
    pub fn take_unread(&mut self) -> Bytes {
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

impl Engine {
    /// What the connection is held to.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Whether the command is neither sent in full nor answered, or not answered yet.
    #[must_use]
    pub fn is_pending(&self, id: u64) -> bool {
        self.outbound.is_waiting(id) || self.in_flight.flights.iter().any(|flight| flight.id == id)
    }

    /// The commands that went out, at least in part, and are neither answered nor abandoned: the server may carry them out.
    pub fn unanswered(&self) -> impl Iterator<Item = u64> + '_ {
        let written = self.outbound.written();
        let flights = self.in_flight.flights.iter();
        flights.filter(move |flight| flight.begins < written && !flight.abandoned).map(|flight| flight.id)
    }

    /// The number of the command that was started last; those of all commands count up from 1.
    #[must_use]
    pub fn last_started(&self) -> u64 {
        self.in_flight.last_id()
    }

    /// The literal in whose middle the server is: how many bytes of it were received, and how many were announced.
    #[must_use]
    pub fn open_literal(&self) -> Option<(u64, u64)> {
        self.inbound.framer.open_literal()
    }

    /// Whether any command is unanswered that was not abandoned.
    #[must_use]
    pub fn has_started(&self) -> bool {
        !self.outbound.waiting.is_empty() || self.in_flight.flights.iter().any(|flight| !flight.abandoned)
    }

    /// Whether any command is unanswered.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        !self.outbound.waiting.is_empty() || !self.in_flight.flights.is_empty()
    }

    /// Whether commands can still be sent: nothing has failed, the server has not announced that it closes the connection,
    /// and no message is half sent.
    #[must_use]
    pub fn is_usable(&self) -> bool {
        let over = self.failed.is_some() || self.session.state == State::Logout || self.session.bye.is_some();
        !over && !self.awaits_literal() && !self.inbound.compressing
    }

    /// Where the connection stands.
    #[must_use]
    pub fn state(&self) -> State {
        self.session.state
    }

    /// What the server said first.
    #[must_use]
    pub fn greeting(&self) -> Option<&StatusResponse> {
        self.session.greeting.as_ref()
    }

    /// How the server must be treated, as far as its greeting and its ID show.
    #[must_use]
    pub fn profile(&self) -> ServerProfile {
        self.session.profile
    }

    /// What the server said when it announced that it closes the connection.
    #[must_use]
    pub fn bye(&self) -> Option<&StatusResponse> {
        self.session.bye.as_ref()
    }

    /// What the server supports, as far as it has said.
    #[must_use]
    pub fn capabilities(&self) -> &Capabilities {
        &self.session.capabilities
    }

    /// Whether the list is that of the present state; else the server must be asked with CAPABILITY.
    #[must_use]
    pub fn capabilities_known(&self) -> bool {
        self.session.capabilities_known
    }

    /// The extensions that were switched on.
    #[must_use]
    pub fn enabled(&self) -> &Capabilities {
        &self.session.enabled
    }

    /// Whether names of mailboxes and quoted texts travel as UTF-8: UTF8=ACCEPT or IMAP4rev2 was switched on (RFC 9755,
    /// RFC 9051).
    #[must_use]
    pub fn utf8_enabled(&self) -> bool {
        self.session.names() == NameEncoding::Utf8
    }

    /// The mailbox that is selected.
    #[must_use]
    pub fn mailbox(&self) -> Option<&SelectedMailbox> {
        self.session.mailbox.as_ref()
    }

    /// Whether no command was started since the mailbox was selected that is.
    pub(crate) fn has_just_selected(&self) -> bool {
        self.session.selected_by == self.last_started()
    }

    /// Notes UIDNEXT and a modification sequence of the mailbox that is selected, where they are later than those known.
    pub(crate) fn learn_of_mailbox(&mut self, uid_next: u64, mod_seq: u64) {
        if let Some(mailbox) = &mut self.session.mailbox {
            mailbox.learn(uid_next, mod_seq);
        }
    }

    /// Counts the mailboxes that were selected and left: as long as the number is the same, so is the mailbox.
    #[must_use]
    pub fn selection_epoch(&self) -> u64 {
        self.session.selection_epoch
    }

    /// How far the server has come, for whoever watches its pace.
    #[must_use]
    pub fn progress(&self) -> Progress {
        self.counters.progress
    }

    /// The oldest event that nobody has taken.
    pub fn next_event(&mut self) -> Option<Event> {
        self.events.pop()
    }

    /// The untagged OK, NO, BAD and BYE among the events that nobody has taken, the oldest first: servers may say there
    /// why they refuse a command.
    pub fn status_events(&self) -> impl DoubleEndedIterator<Item = &StatusResponse> + Clone {
        self.events.iter().filter_map(|event| match &event.response {
            Untagged::Status(status) => Some(status),
            _ => None,
        })
    }

    /// How many events were dropped because nobody took them; counts from zero again.
    pub fn take_dropped_event_count(&mut self) -> u64 {
        self.events.take_lost()
    }

    /// Whether the caller must bring bytes of a message before anything else can be sent.
    #[must_use]
    pub fn awaits_literal(&self) -> bool {
        self.outbound.stream().is_some()
    }
}
