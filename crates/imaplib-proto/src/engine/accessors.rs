//! What is known of the connection.

use super::{Engine, Event, Limits, Progress, SelectedMailbox, ServerProfile, State};
use crate::types::{Capabilities, NameEncoding, StatusResponse, Untagged};

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
        self.session.names == NameEncoding::Utf8
    }

    /// The mailbox that is selected.
    #[must_use]
    pub fn mailbox(&self) -> Option<&SelectedMailbox> {
        self.session.mailbox.as_ref()
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
