//! Where the answer to a FETCH stands.

use std::collections::VecDeque;

use imaplib_proto::client::FetchPlan;
use imaplib_proto::command;
use imaplib_proto::engine::Ticket;

/// Where the answer to a FETCH stands.
pub(crate) struct RowsState {
    /// The command that is answered.
    pub(crate) ticket: Option<Ticket<command::Fetch>>,
    /// Those that follow: a long set of messages is sent in parts.
    pub(crate) waiting: VecDeque<command::Fetch>,
    /// Those that follow if no row comes of them.
    pub(crate) again: VecDeque<command::Fetch>,
    /// Whether more of the last row is to come.
    pub(crate) open: bool,
    /// Whether bytes of the text that streams were dropped.
    pub(crate) dropped: bool,
}

impl RowsState {
    pub(super) fn new(plan: FetchPlan) -> Self {
        let FetchPlan { first, again, .. } = plan;
        Self { ticket: None, waiting: first.into(), again: again.into(), open: false, dropped: false }
    }
}
