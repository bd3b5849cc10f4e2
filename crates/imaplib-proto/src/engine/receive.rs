//! The way in: responses to the command that they belong to, or to the events.

use std::cell::OnceCell;
use std::ops::Range;

use bytes::Bytes;

use super::{Engine, EngineError, Event, Row, RowState, ServerProfile, State, Step};
use crate::command::Role;
use crate::parse::{self, Parsed, Tail};
use crate::types::{Diagnostic, Fetch, ImapString, Response, ResponseCode, SeqNum, StatusKind, Untagged};
use crate::wire::{Found, FrameError};

/// About how many octets the value takes that is made of a response, beside the octets of the response and its lists.
const VALUE_SIZE: usize = 256;

/// How many diagnostics on the answer to one command are kept.
const MAX_DIAGNOSTICS: usize = 1000;

/// The diagnostic for a number that no message has.
fn beyond(seq: SeqNum) -> Diagnostic {
    let reason = "the number of a message beyond the end of the mailbox";
    Diagnostic { position: 0, reason, item: ImapString::default(), raw: seq.to_string().into() }
}

/// Where the octets of a response lie.
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
            Self::Copy(octets) => octets.len(),
        }
    }
}

impl Engine {
    /// What the received octets mean, one step at a time.
    ///
    /// # Errors
    /// If the connection cannot be used any more; the same error comes each time.
    pub fn poll(&mut self) -> Result<Step, EngineError> {
        loop {
            if let Some(error) = &self.failed {
                return Err(error.clone());
            }
            if self.compressing {
                return Err(self.close_with(EngineError::NotCompressed));
            }
            if self.working {
                match self.work() {
                    Some(step) => return Ok(step),
                    None => continue,
                }
            }
            let found = match self.framer.find() {
                Ok(Some(found)) => found,
                Ok(None) => return Ok(Step::Blocked),
                Err(FrameError::InDoubt) => return Err(self.close_with(EngineError::FramingLost)),
                Err(error) => return Err(self.close_with(EngineError::Frame(error))),
            };
            self.progress.responses += u64::from(matches!(found, Found::Response(_)));
            let step = match found {
                Found::Chunk(octets) => (self.row == RowState::Given).then_some(Step::Chunk(octets)),
                // It is held, and comes with its response.
                Found::Head(octets, _) if !self.streams(&octets) => continue,
                Found::Head(octets, _) => {
                    self.framer.stream();
                    self.trace_received(&octets);
                    self.row_part(&octets, true)
                }
                Found::Response(place) if self.row != RowState::None => {
                    let octets = self.framer.octets(place);
                    self.trace_received(&octets);
                    self.row_part(&octets, false)
                }
                Found::Response(place) if self.expects_rows() => self.row_or_other(place),
                Found::Response(place) => self.response(place),
            };
            if let Some(step) = step {
                if !matches!(step, Step::Event) {
                    self.answered();
                }
                return Ok(step);
            }
        }
    }

    /// Whether the literal that these octets announce is a text of a row that a command wants as a stream.
    fn streams(&self, head: &Bytes) -> bool {
        let context = self.context();
        if self.row != RowState::None {
            let (tail, _) = parse::read_tail(head, &mut Fetch::default(), &context);
            return matches!(tail, Tail::Streamed(_));
        }
        let row = parse::read_head(head, &context);
        let taker = row.and_then(|(row, _)| self.flights.iter().find(|flight| flight.command.matches_row(&row)));
        taker.is_some_and(|flight| matches!(flight.role, Role::Rows { .. }))
    }

    /// Notes that the server has said something that it was asked for.
    pub(super) fn answered(&mut self) {
        self.progress.answers += 1;
        self.unasked = 0;
    }

    pub(super) fn response(&mut self, place: Range<usize>) -> Option<Step> {
        if let Some(octets) = self.without_secrets(&place) {
            let parsed = parse::read(&octets, &self.context());
            return self.respond(parsed, &Origin::Copy(octets));
        }
        // Its value may be kept, by a command or among the events.
        let shared = OnceCell::new();
        let parsed = parse::read_frame(self.framer.frame_to_keep(&place, &shared), &self.context());
        self.respond(parsed, &Origin::Block(place))
    }

    fn respond(&mut self, parsed: Parsed, origin: &Origin) -> Option<Step> {
        if self.trace.is_some() {
            self.trace_response(&self.octets(origin), &parsed.response);
        }
        if parsed.in_doubt {
            self.close_with(EngineError::FramingLost);
            return None;
        }
        if self.state == State::Greeting {
            return self.greet(parsed.response, self.octets(origin));
        }
        let size = origin.len().saturating_add(parsed.weight);
        match parsed.response {
            Response::Continuation(text) => self.continuation(text, origin),
            Response::Tagged(tag, status) => self.completion(tag, status, origin, parsed.diagnostics, size),
            Response::Untagged(untagged) => self.untagged(untagged, parsed.diagnostics, size),
        }
    }

    /// The octets of a response, to be kept.
    pub(super) fn octets(&self, origin: &Origin) -> Bytes {
        match origin {
            Origin::Block(place) => self.framer.octets_to_keep(place.clone()),
            Origin::Copy(octets) => octets.clone(),
        }
    }

    fn greet(&mut self, response: Response, octets: Bytes) -> Option<Step> {
        // Blank lines before the greeting are harmless.
        if octets.trim_ascii().is_empty() {
            return None;
        }
        let status = match response {
            Response::Untagged(Untagged::Status(status)) => status,
            // A refusal whose tag is missing, where there is none to be had.
            Response::Tagged(tag, status) if tag.is_empty() => status,
            _ => {
                self.close_with(EngineError::NoGreeting(octets));
                return None;
            }
        };
        self.state = match status.kind {
            StatusKind::Ok => State::NotAuthenticated,
            StatusKind::PreAuth => State::Authenticated,
            StatusKind::Bye | StatusKind::No | StatusKind::Bad => {
                self.bye = Some(status.clone());
                self.close_with(EngineError::Closed(Some(Box::new(status))));
                return None;
            }
        };
        if let Some(ResponseCode::Capability(list)) = &status.code {
            self.learn_capabilities(list);
        }
        self.profile = ServerProfile::by_greeting(&status.text.to_string_lossy());
        self.greeting = Some(status);
        self.apply_limits();
        Some(Step::Ready)
    }

    /// Takes untagged data, which take about `size` octets.
    pub(super) fn untagged(
        &mut self,
        response: Untagged,
        mut diagnostics: Vec<Diagnostic>,
        size: usize,
    ) -> Option<Step> {
        if let Untagged::Expunge(seq) = response
            && self.is_beyond(seq)
        {
            diagnostics.push(beyond(seq));
            return self.event(response, diagnostics, size);
        }
        let response = self.learn(response)?;
        let mut offered = response;
        for (at, flight) in self.flights.iter_mut().enumerate() {
            if let Untagged::Fetch(row) = offered {
                if matches!(flight.role, Role::Rows { .. }) && flight.command.matches_row(&row) {
                    let row = Row { fetch: Box::new(row), diagnostics, continues: false, open: false };
                    let given = !flight.abandoned;
                    return (self.takes_row(at) && given).then_some(Step::Row(row));
                }
                offered = Untagged::Fetch(row);
            }
            offered = match flight.command.collect(offered) {
                Some(offered) => offered,
                None => {
                    flight.collected = flight.collected.saturating_add(size).saturating_add(VALUE_SIZE);
                    let left = MAX_DIAGNOSTICS.saturating_sub(flight.diagnostics.len());
                    flight.diagnostics.extend(diagnostics.into_iter().take(left));
                    let (collected, limit) = (flight.collected, self.limits.collected);
                    self.answered();
                    if collected > limit {
                        self.close_with(EngineError::TooMuch { limit });
                    }
                    return None;
                }
            };
        }
        self.event(offered, diagnostics, size)
    }

    pub(super) fn event(&mut self, response: Untagged, mut diagnostics: Vec<Diagnostic>, size: usize) -> Option<Step> {
        if let Untagged::Fetch(Fetch { seq: Some(seq), .. }) = response
            && self.is_beyond(seq)
        {
            diagnostics.push(beyond(seq));
        }
        let view = self.next_view.as_ref().or(self.view.as_ref());
        let mailbox = view.map(|view| view.name.clone());
        self.unasked += 1;
        if self.unasked > self.limits.unsolicited {
            self.close_with(EngineError::TooManyResponses { limit: self.limits.unsolicited });
            return None;
        }
        self.events.push(Event { mailbox, response, diagnostics }, size);
        Some(Step::Event)
    }
}
