//! What comes in: responses to the command that they belong to, or to the events.

use std::cell::OnceCell;
use std::ops::Range;

use bytes::Bytes;

use super::inbound::RowState;
use super::session_state::Learned;
use super::{Engine, EngineError, Event, State, Step};
use crate::command::Tag;
use crate::parse::{self, Parsed};
use crate::types::{Diagnostic, Fetch, ImapString, Response, ResponseCode, SeqNum, StatusResponse, Untagged};
use crate::wire::{Found, FrameError};

/// About how many bytes the value needs that is made of a response, beside the bytes of the response and its lists.
const VALUE_SIZE: usize = 256;

/// How many diagnostics on the answer to one command are kept.
const MAX_DIAGNOSTICS: usize = 1000;

/// The diagnostic for a number that no message has.
fn beyond(seq: SeqNum) -> Diagnostic {
    let reason = "the number of a message beyond the end of the mailbox";
    Diagnostic::new(0, reason, ImapString::default(), seq.to_string().into())
}

/// Where the bytes of a response lie.
pub(super) enum Origin {
    /// In the block that was received last.
    Block(Range<usize>),
    /// In a copy, in which secrets were replaced.
    Copy(Bytes),
}

impl Origin {
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Block(place) => place.len(),
            Self::Copy(bytes) => bytes.len(),
        }
    }
}

impl Engine {
    /// What the received bytes mean, one step at a time.
    ///
    /// # Errors
    /// If the connection cannot be used any more; the same error comes each time.
    pub fn poll(&mut self) -> Result<Step, EngineError> {
        loop {
            if let Some(error) = &self.failed {
                return Err(error.clone());
            }
            if self.inbound.compressing {
                return Err(self.close_with(EngineError::NotCompressed));
            }
            if self.in_flight.computing {
                match self.compute_more() {
                    Some(step) => return Ok(step),
                    None => continue,
                }
            }
            let found = match self.inbound.framer.find() {
                Ok(Some(found)) => found,
                Ok(None) => return Ok(Step::Blocked),
                Err(FrameError::InDoubt) => return Err(self.close_with(EngineError::FramingLost)),
                Err(error) => return Err(self.close_with(EngineError::Frame(error))),
            };
            let Some(step) = self.found(found) else { continue };
            if !matches!(step, Step::Event) {
                self.counters.answered();
            }
            return Ok(step);
        }
    }

    /// Processes what the framer found.
    #[inline]
    fn found(&mut self, found: Found) -> Option<Step> {
        match found {
            Found::Chunk(bytes) => {
                if matches!(self.inbound.row, RowState::Given(_)) {
                    return Some(Step::Chunk(bytes));
                }
                // Nobody wants it, but it is part of an answer.
                self.counters.answered();
                None
            }
            Found::Head(bytes, _) => {
                if !self.may_stream(&bytes) {
                    // It is held, and comes with its response.
                    return None;
                }
                self.inbound.framer.stream();
                self.trace_received(&bytes);
                self.row_part(&bytes, true)
            }
            Found::Response(place) => {
                self.counters.response_ended();
                if self.inbound.row != RowState::None {
                    let bytes = self.inbound.framer.bytes(place);
                    self.trace_received(&bytes);
                    return self.row_part(&bytes, false);
                }
                if self.expects_rows() { self.row_or_other(place) } else { self.response(place) }
            }
        }
    }

    /// Processes a whole response.
    pub(super) fn response(&mut self, place: Range<usize>) -> Option<Step> {
        if let Some(bytes) = self.without_secrets(&place) {
            let parsed = parse::read(&bytes, &self.context());
            return self.respond(parsed, &Origin::Copy(bytes));
        }
        // Its value may be kept, by a command or among the events.
        let shared = OnceCell::new();
        let parsed = parse::read_frame(self.inbound.framer.frame_to_keep(&place, &shared), &self.context());
        self.respond(parsed, &Origin::Block(place))
    }

    fn respond(&mut self, parsed: Parsed, origin: &Origin) -> Option<Step> {
        if self.trace.is_some() {
            self.trace_response(&self.bytes(origin), &parsed.response);
        }
        if parsed.framing_lost {
            self.close_with(EngineError::FramingLost);
            return None;
        }
        if self.session.state == State::Greeting {
            return self.greet(parsed.response, self.bytes(origin));
        }
        let size = origin.len().saturating_add(parsed.memory_estimate);
        match parsed.response {
            Response::Continuation(text) => self.continuation(text, origin),
            Response::Tagged(tag, status) => self.completion(tag, status, origin, parsed.diagnostics, size),
            Response::Untagged(untagged) => self.untagged(untagged, parsed.diagnostics, size),
        }
    }

    /// The bytes of a response, to be kept.
    pub(super) fn bytes(&self, origin: &Origin) -> Bytes {
        match origin {
            Origin::Block(place) => self.inbound.framer.bytes_to_keep(place.clone()),
            Origin::Copy(bytes) => bytes.clone(),
        }
    }

    fn greet(&mut self, response: Response, bytes: Bytes) -> Option<Step> {
        // Blank lines before the greeting are harmless.
        if bytes.trim_ascii().is_empty() {
            return None;
        }
        let Some(status) = greeting(response) else {
            self.close_with(EngineError::NoGreeting(bytes));
            return None;
        };
        if let Some(error) = self.session.greet(status) {
            self.close_with(error);
            return None;
        }
        self.apply_limits();
        Some(Step::Ready)
    }

    /// Processes untagged data, which needs about `size` bytes.
    fn untagged(&mut self, response: Untagged, mut diagnostics: Vec<Diagnostic>, size: usize) -> Option<Step> {
        if let Untagged::Expunge(seq) = response
            && self.session.is_beyond(seq)
        {
            diagnostics.push(beyond(seq));
            return self.event(response, diagnostics, size);
        }
        if matches!(&response, Untagged::Status(status) if status.code == Some(ResponseCode::Closed)) {
            self.return_rows_of_closed();
        }
        if let Untagged::Status(StatusResponse { code: Some(ResponseCode::InProgress { .. }), .. }) = &response
            && !self.in_flight.flights.is_empty()
        {
            self.counters.works_on();
        }
        match self.session.learn(&response) {
            Learned::Known => {}
            Learned::Ignored => return None,
            Learned::Over => {
                self.close_with(self.session.closed());
                return None;
            }
        }
        let owner = match &response {
            Untagged::Fetch(row) => self.in_flight.owner_of_row(row),
            _ => None,
        };
        if let Some(at) = owner
            && !self.has_room_for_row(at)
        {
            return None;
        }
        let mut offered = response;
        for (at, flight) in self.in_flight.flights.iter_mut().enumerate() {
            if owner == Some(at) && flight.conduct.streams_rows {
                let Untagged::Fetch(row) = offered else { return None };
                return self.whole_row(at, Box::new(row), diagnostics);
            }
            let Some(back) = flight.command.collect(offered, Tag::new(flight.id)) else {
                self.counters.answered();
                if flight.abandoned && !flight.command.take_rows().is_empty() {
                    return None;
                }
                flight.collected = flight.collected.saturating_add(size).saturating_add(VALUE_SIZE);
                let left = MAX_DIAGNOSTICS.saturating_sub(flight.diagnostics.len());
                flight.diagnostics.extend(diagnostics.into_iter().take(left));
                let (collected, limit) = (flight.collected, self.limits.collected);
                if collected > limit {
                    self.close_with(EngineError::TooMuch { limit });
                }
                return None;
            };
            offered = back;
        }
        self.collect_late(offered, diagnostics, size)
    }

    /// Makes the rows that a SELECT collected so far events: they were about the mailbox that is closed now.
    fn return_rows_of_closed(&mut self) {
        if !self.session.is_leaving() {
            return;
        }
        let selecting = self.in_flight.flights.iter_mut().filter(|flight| flight.conduct.selects.is_some());
        let rows: Vec<Fetch> = selecting.flat_map(|flight| flight.command.take_rows()).collect();
        for row in rows {
            self.event(Untagged::Fetch(row), Vec::new(), size_of::<Fetch>());
        }
    }

    /// Offers a response to the commands that outlive their completion.
    fn collect_late(&mut self, response: Untagged, diagnostics: Vec<Diagnostic>, size: usize) -> Option<Step> {
        let mut offered = response;
        for finished in self.in_flight.finished.iter_mut().filter(|finished| finished.collects) {
            let Some(back) = finished.command.collect(offered, Tag::new(finished.id)) else {
                finished.collected = finished.collected.saturating_add(size).saturating_add(VALUE_SIZE);
                let limit = self.limits.collected;
                if finished.collected > limit {
                    self.close_with(EngineError::TooMuch { limit });
                    return None;
                }
                return Some(Step::Updated(finished.id));
            };
            offered = back;
        }
        self.event(offered, diagnostics, size)
    }

    /// Keeps a response that belongs to no command for the caller.
    pub(super) fn event(&mut self, response: Untagged, mut diagnostics: Vec<Diagnostic>, size: usize) -> Option<Step> {
        if let Untagged::Fetch(Fetch { seq: Some(seq), .. }) = response
            && self.session.is_beyond(seq)
        {
            diagnostics.push(beyond(seq));
        }
        let limit = self.limits.unsolicited;
        if !self.counters.unsolicited(limit) {
            self.close_with(EngineError::TooManyResponses { limit });
            return None;
        }
        let mailbox = self.session.mailbox_name();
        self.events.push(Event { mailbox, response, diagnostics }, size);
        Some(Step::Event)
    }
}

/// The status of a greeting, if the response can be one.
fn greeting(response: Response) -> Option<StatusResponse> {
    match response {
        Response::Untagged(Untagged::Status(status)) => Some(status),
        // A refusal whose tag is missing, where there is none to be had.
        Response::Tagged(tag, status) if tag.is_empty() => Some(status),
        _ => None,
    }
}
