//! Rows of a FETCH, whole or in parts, to the command that asked for them.
//!
//! Most of what a large answer consists of are rows of a few items, whole in the block that was received last. They need no
//! step, no look at other commands and no diagnostics: [`Engine::try_next_row_fast`]. All else goes through
//! [`Engine::poll`].

use std::ops::Range;

use bytes::Bytes;

use super::inbound::RowState;
use super::{Engine, EngineError, Row, Step, Ticket};
use crate::command::Command;
use crate::parse::{self, RowHead, Tail};
use crate::types::{Diagnostic, Fetch};

impl Engine {
    /// Counts a row for the command at this place; returns whether there are not too many.
    #[inline]
    fn count_row(&mut self, at: usize) -> bool {
        let limit = self.limits.extra_rows;
        let Some(flight) = self.in_flight.flights.get_mut(at) else { return false };
        flight.rows += 1;
        // The mailbox is looked at only when it matters.
        if flight.rows <= limit || flight.rows.saturating_sub(self.session.exists()) <= limit {
            return true;
        }
        self.close_with(EngineError::TooManyRows { limit });
        false
    }

    /// Whether the command at this place has room for a row of its own; those beyond are counted as all are.
    pub(super) fn has_room_for_row(&mut self, at: usize) -> bool {
        let flight = self.in_flight.flights.get_mut(at);
        if flight.is_none_or(|flight| flight.conduct.streams_rows || flight.command.has_room()) {
            return true;
        }
        self.counters.answered();
        self.count_row(at);
        false
    }

    /// Makes a whole row the step of the command at this place; none if nobody wants it any more.
    pub(super) fn whole_row(&mut self, at: usize, fetch: Box<Fetch>, diagnostics: Vec<Diagnostic>) -> Option<Step> {
        let wanted = self.in_flight.flights.get(at).is_some_and(|flight| flight.hands_out_rows);
        if !self.count_row(at) || !wanted {
            self.counters.answered();
            self.inbound.reuse_row(fetch);
            return None;
        }
        Some(row(fetch, diagnostics, false, false))
    }

    /// Whether a row of a FETCH is what most likely comes next, and nobody else is to see it.
    pub(super) fn expects_rows(&self) -> bool {
        self.session.is_logged_in() && self.trace.is_none() && self.in_flight.first_streams_rows()
    }

    /// Reads a row of the first command in flight into memory that was a row before; anything else goes the usual way.
    pub(super) fn row_or_other(&mut self, place: Range<usize>) -> Option<Step> {
        let mut fetch = self.inbound.new_row();
        let context = self.context();
        let slice = self.inbound.framer.frame(&place);
        let Some(read) = parse::read_row(slice, &context, &mut fetch, &mut self.inbound.spare_envelope) else {
            self.inbound.reuse_row(fetch);
            return self.response(place);
        };
        if read.framing_lost {
            self.close_with(EngineError::FramingLost);
            return None;
        }
        match self.in_flight.owner_of_row(&fetch) {
            Some(0) => self.whole_row(0, fetch, read.diagnostics),
            // It may be kept.
            _ => {
                self.inbound.reuse_row(fetch);
                self.response(place)
            }
        }
    }

    /// Whether the literal that these bytes announce is a text of a row that a command wants as a stream.
    pub(super) fn may_stream(&mut self, head: &Bytes) -> bool {
        let context = self.context();
        if self.inbound.row != RowState::None {
            return matches!(parse::read_tail(head, &mut Fetch::default(), &context).end, Tail::Streamed(_));
        }
        let owner = parse::read_head(head, &context).and_then(|head| self.in_flight.owner_of_row(&head.row));
        owner.and_then(|at| self.in_flight.flights.get(at)).is_some_and(|flight| flight.conduct.streams_rows)
    }

    /// The beginning of a row of which a section streams, or what follows such a section.
    pub(super) fn row_part(&mut self, bytes: &Bytes, open: bool) -> Option<Step> {
        let context = self.context();
        let continues = self.inbound.row != RowState::None;
        let (fetch, diagnostics) = if continues {
            let mut fetch = Fetch::default();
            let (_, read) = parse::read_rest(bytes, &mut fetch, &context);
            if read.framing_lost && !open {
                self.close_with(EngineError::FramingLost);
                return None;
            }
            (fetch, read.diagnostics)
        } else {
            let RowHead { row: fetch, diagnostics } = parse::read_head(bytes, &context)?;
            let owner = self.in_flight.owner_of_row(&fetch);
            if owner.is_some_and(|at| !self.count_row(at)) {
                return None;
            }
            let owner = owner.and_then(|at| self.in_flight.flights.get(at));
            let wanted = owner.filter(|flight| flight.hands_out_rows);
            self.inbound.row = wanted.map_or(RowState::Dropped, |flight| RowState::Given(flight.id));
            (fetch, diagnostics)
        };
        let given = matches!(self.inbound.row, RowState::Given(_));
        if !open {
            self.inbound.row = RowState::None;
        }
        given.then(|| row(Box::new(fetch), diagnostics, continues, open))
    }

    /// The next row of the command, if it is here already and there is nothing to it but that; else
    /// [`poll`](Self::poll) returns what comes. What this returns, `poll` would have returned, too.
    #[inline]
    pub fn try_next_row_fast<C: Command>(&mut self, ticket: &Ticket<C>) -> Option<Box<Fetch>> {
        if !self.inbound.tries_fast() || !self.takes_rows_fast(ticket.id()) {
            return None;
        }
        let in_flight = &mut self.in_flight;
        let row = self.inbound.next_row_fast(|row| in_flight.owner_of_row(row) == Some(0))?;
        self.counters.response_ended();
        self.counters.answered();
        self.count_row(0).then_some(row)
    }

    /// Whether a plain row would be the command's, and nothing else is to be done first.
    #[inline]
    fn takes_rows_fast(&self, id: u64) -> bool {
        let first = self.in_flight.flights.first();
        first.is_some_and(|flight| flight.id == id && flight.hands_out_rows)
            && self.inbound.row == RowState::None
            && self.session.is_logged_in()
            && self.outbound.is_drained()
            && self.failed.is_none()
            && !self.inbound.compressing
            && self.trace.is_none()
    }
}

/// The step that hands a row, or a part of one, to the caller.
fn row(fetch: Box<Fetch>, diagnostics: Vec<Diagnostic>, continues: bool, open: bool) -> Step {
    Step::Row(Row { fetch, diagnostics, continues, open })
}
