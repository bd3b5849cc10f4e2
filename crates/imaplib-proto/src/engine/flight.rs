//! Commands on their way.

use crate::command::{InFlight, PlainClaim, Role};
use crate::types::{Diagnostic, StatusResponse};
use crate::wire::Fragment;

/// A command that waits for its turn.
pub(super) struct Waiting {
    pub(super) id: u64,
    pub(super) role: Role,
    pub(super) plain: Option<PlainClaim>,
    pub(super) command: Box<dyn InFlight>,
    pub(super) fragments: Vec<Fragment>,
}

/// A command that went out, at least in part, and is not answered.
pub(super) struct Flight {
    pub(super) id: u64,
    pub(super) role: Role,
    /// Which rows are surely the command's, if that is easily said.
    pub(super) plain: Option<PlainClaim>,
    pub(super) command: Box<dyn InFlight>,
    pub(super) octets: usize,
    /// How many octets had been queued before its first one.
    pub(super) begins: u64,
    /// How many octets of responses it has collected.
    pub(super) collected: usize,
    /// What was repaired in them.
    pub(super) diagnostics: Vec<Diagnostic>,
    /// How many rows have come for it.
    pub(super) rows: u64,
    /// How often the server asked it for more.
    pub(super) rounds: u32,
    pub(super) sent: bool,
    pub(super) abandoned: bool,
    /// Whether a request to go on that nothing waits for can be answered with an empty line, once.
    pub(super) answers_request: bool,
}

/// A command that is answered, and of which nobody has taken what it gave.
pub(super) struct Finished {
    pub(super) id: u64,
    pub(super) command: Box<dyn InFlight>,
    pub(super) completion: StatusResponse,
    pub(super) diagnostics: Vec<Diagnostic>,
}

/// Whether a row is being received in parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RowState {
    None,
    /// It is given to the caller.
    Given,
    /// Nobody wants it.
    Dropped,
}

/// How far an IDLE has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum IdleState {
    None,
    Requested,
    Accepted,
    /// DONE is to be sent as soon as the server is ready for it.
    DoneWanted,
    Done,
}
