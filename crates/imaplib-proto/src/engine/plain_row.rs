//! The short way of a row that needs nothing but to be read.
//!
//! Most of what a large answer consists of are rows of a few items, whole in the block that was received last. They
//! need no step, no look at other commands and no notes; all else takes the long way, [`Engine::poll`].

use super::{Engine, RowState, State, Ticket};
use crate::command::FetchCommand;
use crate::parse;
use crate::types::Fetch;

/// After so many rows in a row that were not plain, a command's rows are not tried any more.
const MOST_MISSES: u8 = 4;

impl Engine {
    /// The next row of the command, if it is here already and there is nothing to it but that; else
    /// [`poll`](Self::poll) says what comes. What it gives, `poll` would have given, too.
    #[inline]
    pub fn try_next_row_fast(&mut self, ticket: &Ticket<FetchCommand>) -> Option<Box<Fetch>> {
        if self.misses >= MOST_MISSES || !self.takes_plain_rows(ticket) {
            return None;
        }
        let frame = self.framer.unframed()?;
        let mut row = self.spare.take().unwrap_or_default();
        let length = parse::read_plain_row(&frame, &mut row).filter(|_| self.is_answered_by(&row));
        if !length.is_some_and(|length| self.framer.give_line(length)) {
            self.misses += 1;
            self.reuse_row(row);
            return None;
        }
        self.misses = 0;
        self.progress.responses += 1;
        self.answered();
        self.takes_row(0).then_some(row)
    }

    /// Whether the row belongs to the first command in flight.
    #[inline]
    fn is_answered_by(&self, row: &Fetch) -> bool {
        let Some(flight) = self.flights.first() else { return false };
        match flight.plain {
            Some(claim) => claim.is_met_by(row),
            None => flight.command.matches_row(row),
        }
    }

    /// Whether a plain row would be the command's, and nothing else is to be done first.
    #[inline]
    fn takes_plain_rows(&self, ticket: &Ticket<FetchCommand>) -> bool {
        let first = self.flights.first();
        first.is_some_and(|flight| flight.id == ticket.id() && !flight.abandoned)
            && self.row == RowState::None
            && matches!(self.state, State::Authenticated | State::Selected)
            && self.gone == self.out.len()
            && self.failed.is_none()
            && !self.compressing
            && self.trace.is_none()
    }
}
