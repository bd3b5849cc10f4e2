//! Rows of a FETCH, whole or in parts, to the command that asked for them.

use std::ops::Range;

use bytes::Bytes;

use super::{Engine, EngineError, Row, RowState, State, Step};
use crate::command::Role;
use crate::parse;
use crate::types::Fetch;

impl Engine {
    /// Counts a row for the command at this place; says whether there are not too many.
    #[inline]
    pub(super) fn takes_row(&mut self, at: usize) -> bool {
        let limit = self.limits.extra_rows;
        let exists = self.view.as_ref().map_or(0, |view| u64::from(view.exists));
        let Some(flight) = self.flights.get_mut(at) else { return false };
        flight.rows += 1;
        if flight.rows.saturating_sub(exists) <= limit {
            return true;
        }
        self.close_with(EngineError::TooManyRows { limit });
        false
    }

    /// Whether a row of a FETCH is what most likely comes next, and nobody else is to hear of it.
    pub(super) fn expects_rows(&self) -> bool {
        let first = self.flights.first();
        let trusted = matches!(self.state, State::Authenticated | State::Selected);
        trusted && self.trace.is_none() && first.is_some_and(|flight| matches!(flight.role, Role::Rows { .. }))
    }

    /// Takes the short way for a row of the first command in flight: it is read into memory that was a row before.
    pub(super) fn row_or_other(&mut self, place: Range<usize>) -> Option<Step> {
        let mut fetch = self.spare.take().unwrap_or_default();
        let (frame, context) = (self.framer.frame(&place), self.context());
        let Some(read) = parse::read_row(frame, &context, &mut fetch, &mut self.spare_envelope) else {
            self.reuse_row(fetch);
            return self.response(place);
        };
        if read.in_doubt {
            self.close_with(EngineError::FramingLost);
            return None;
        }
        let diagnostics = read.diagnostics;
        match self.flights.first() {
            Some(flight) if flight.command.matches_row(&fetch) => {
                let abandoned = flight.abandoned;
                if !self.takes_row(0) || abandoned {
                    self.reuse_row(fetch);
                    return None;
                }
                Some(Step::Row(Row { fetch, diagnostics, continues: false, open: false }))
            }
            // It may be kept.
            _ => {
                self.reuse_row(fetch);
                self.response(place)
            }
        }
    }

    /// The beginning of a row of which a section streams, or what follows such a section.
    pub(super) fn row_part(&mut self, octets: &Bytes, open: bool) -> Option<Step> {
        let context = self.context();
        let continues = self.row != RowState::None;
        let (fetch, diagnostics) = if continues {
            let mut fetch = Fetch::default();
            let (_, read) = parse::read_rest(octets, &mut fetch, &context);
            if read.in_doubt && !open {
                self.close_with(EngineError::FramingLost);
                return None;
            }
            (fetch, read.diagnostics)
        } else {
            let (fetch, diagnostics) = parse::read_head(octets, &context)?;
            let taker = self.flights.iter().position(|flight| flight.command.matches_row(&fetch));
            if taker.is_some_and(|at| !self.takes_row(at)) {
                return None;
            }
            let taker = taker.and_then(|at| self.flights.get(at));
            let wanted = taker.is_some_and(|flight| !flight.abandoned && matches!(flight.role, Role::Rows { .. }));
            self.row_of = taker.map_or(0, |flight| flight.id);
            self.row = if wanted { RowState::Given } else { RowState::Dropped };
            (fetch, diagnostics)
        };
        let given = self.row == RowState::Given;
        if !open {
            self.row = RowState::None;
        }
        given.then(|| Step::Row(Row { fetch: Box::new(fetch), diagnostics, continues, open }))
    }
}
