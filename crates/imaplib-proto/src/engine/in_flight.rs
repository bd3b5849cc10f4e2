//! Commands that went out, and those that are answered.

use crate::command::{Conduct, Effect, ErasedCommand, RowFilter, Tag};
use crate::types::{Diagnostic, Fetch, ImapString, StatusResponse};

/// A command that went out, at least in part, and is not answered.
pub(super) struct Flight {
    pub(super) id: u64,
    pub(super) conduct: Conduct,
    /// Which rows are surely the command's, if that is easily said.
    pub(super) filter: Option<RowFilter>,
    pub(super) command: Box<dyn ErasedCommand>,
    /// How many bytes of the pipeline it uses.
    pub(super) size: usize,
    /// How many bytes had been queued before its first one.
    pub(super) begins: u64,
    /// How many bytes of responses it has collected.
    pub(super) collected: usize,
    /// What was repaired in them.
    pub(super) diagnostics: Vec<Diagnostic>,
    /// How many rows have come for it.
    pub(super) rows: u64,
    /// How often the server asked it for more.
    pub(super) rounds: u32,
    pub(super) sent: bool,
    pub(super) abandoned: bool,
    /// Whether the caller gets rows of it: it streams them, and was not abandoned.
    pub(super) hands_out_rows: bool,
    /// Whether a continuation request that nothing waits for can be answered with an empty line, once.
    pub(super) answers_request: bool,
}

impl Flight {
    /// Whether the row is part of the command's answer.
    #[inline]
    fn asked_for(&mut self, row: &Fetch) -> bool {
        self.filter.is_some_and(|filter| filter.is_met_by(row)) || self.command.matches_row(row)
    }
}

/// A command that is answered, and whose result nobody has taken.
pub(super) struct Finished {
    pub(super) id: u64,
    pub(super) command: Box<dyn ErasedCommand>,
    pub(super) completion: StatusResponse,
    /// Whether responses still belong to it.
    pub(super) collects: bool,
    /// How many bytes of responses it has collected.
    pub(super) collected: usize,
    pub(super) diagnostics: Vec<Diagnostic>,
}

/// How far an IDLE has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum IdleState {
    #[default]
    None,
    Requested,
    Accepted,
    /// DONE is to be sent as soon as the server is ready for it.
    DoneWanted,
    Done,
}

/// The commands that are not over, in the order in which they were sent, and the results that wait.
#[derive(Default)]
pub(super) struct InFlight {
    pub(super) flights: Vec<Flight>,
    pub(super) finished: Vec<Finished>,
    pub(super) idle: IdleState,
    /// Whether the newest command has an answer to compute before anything else is looked at.
    pub(super) computing: bool,
    last_id: u64,
}

impl InFlight {
    /// The number of the next command.
    pub(super) fn next_id(&mut self) -> u64 {
        self.last_id += 1;
        self.last_id
    }

    /// The number of the command that was started last.
    pub(super) fn last_id(&self) -> u64 {
        self.last_id
    }

    /// Whose row it is: the place of the first command that asked for it.
    #[inline]
    pub(super) fn owner_of_row(&mut self, row: &Fetch) -> Option<usize> {
        self.flights.iter_mut().position(|flight| flight.asked_for(row))
    }

    /// Whether the oldest command streams rows.
    pub(super) fn first_streams_rows(&self) -> bool {
        self.flights.first().is_some_and(|flight| flight.conduct.streams_rows)
    }

    /// The place of the command that a completion with this tag ends.
    pub(super) fn of_tag(&self, tag: &ImapString) -> Option<usize> {
        if tag.is_empty() {
            // Servers answer in order: a refusal without a tag is that of the oldest command.
            return (!self.flights.is_empty()).then_some(0);
        }
        let id = Tag::from_wire(tag)?.id();
        self.flights.iter().position(|flight| flight.id == id)
    }

    /// The login that is in flight.
    pub(super) fn login(&mut self) -> Option<&mut Flight> {
        self.flights.iter_mut().find(|flight| flight.conduct.effect == Effect::LogsIn)
    }

    /// The result that waits under this number, taken out.
    pub(super) fn take_finished(&mut self, id: u64) -> Option<Finished> {
        let at = self.finished.iter().position(|finished| finished.id == id)?;
        Some(self.finished.swap_remove(at))
    }

    /// How many bytes of the pipeline are taken.
    pub(super) fn size(&self) -> usize {
        self.flights.iter().map(|flight| flight.size).sum()
    }
}
