//! The way in: what was received, the row that is being received, and the memory for the next one.

use super::Limits;
use crate::parse;
use crate::types::{Envelope, Fetch};
use crate::wire::{FrameLimits, Framer};

/// How many consecutive rows that were not plain end the attempts to read a command's rows the fast way.
const MAX_MISSES: u8 = 4;

/// Whether a row is being received in parts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum RowState {
    #[default]
    None,
    /// The command with this number gets it.
    Given(u64),
    /// Nobody wants it.
    Dropped,
}

/// What was received and not handed out.
#[derive(Default)]
pub(super) struct Inbound {
    pub(super) framer: Framer,
    pub(super) row: RowState,
    /// The server agreed to compress, and the caller has not begun.
    pub(super) compressing: bool,
    /// Memory for the next row.
    spare: Option<Box<Fetch>>,
    /// Memory for the next envelope.
    pub(super) spare_envelope: Option<Box<Envelope>>,
    /// How many consecutive rows were not plain.
    misses: u8,
}

impl Inbound {
    /// Holds what comes to the limits, of which one is smaller before login.
    pub(super) fn apply(&mut self, limits: &Limits, logged_in: bool) {
        let response = if logged_in { limits.response } else { limits.response_before_login };
        let Limits { line, number_list_line: numbers, stream_threshold, .. } = *limits;
        self.framer.set_limits(FrameLimits { response, line, numbers, stream_threshold });
    }

    /// Memory for a row.
    #[inline]
    pub(super) fn new_row(&mut self) -> Box<Fetch> {
        self.spare.take().unwrap_or_default()
    }

    /// Keeps the memory of a row for the next one.
    #[inline(always)]
    pub(super) fn reuse_row(&mut self, mut row: Box<Fetch>) {
        if let Some(mut envelope) = row.envelope.take() {
            envelope.clear();
            self.spare_envelope = Some(envelope);
        }
        row.clear();
        self.spare = Some(row);
    }

    /// Whether rows are still tried the fast way.
    #[inline]
    pub(super) fn tries_fast(&self) -> bool {
        self.misses < MAX_MISSES
    }

    /// Reads the next row into memory that was a row before, if it is here, plain and `is_wanted`.
    #[inline]
    pub(super) fn next_row_fast(&mut self, is_wanted: impl FnOnce(&Fetch) -> bool) -> Option<Box<Fetch>> {
        let slice = self.framer.unframed()?;
        let mut row = self.spare.take().unwrap_or_default();
        let length = parse::read_plain_row(&slice, &mut row).filter(|_| is_wanted(&row));
        if !length.is_some_and(|length| self.framer.give_line(length)) {
            self.miss(row);
            return None;
        }
        self.misses = 0;
        Some(row)
    }

    #[cold]
    fn miss(&mut self, row: Box<Fetch>) {
        self.misses += 1;
        self.reuse_row(row);
    }

    /// Begins to try again, for another command.
    pub(super) fn try_fast_again(&mut self) {
        self.misses = 0;
    }
}
