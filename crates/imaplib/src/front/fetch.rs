//! FETCH, and the rows of its answer as they come.

use imaplib_proto::client::{self, FetchMessages, FetchPlan};
use imaplib_proto::command::{self, FetchItems, MessageSet, ResultRange};
use imaplib_proto::engine::Step;
use imaplib_proto::types::{Capability, Diagnostic, Fetch, UidSet};

use super::row::RowsState;
use super::{Connection, Mailbox, Row, maybe_async};
use crate::{Result, SkippedRow};

#[maybe_async]
impl Mailbox<'_> {
    /// Data of messages as a stream of rows: FETCH (RFC 9051, section 6.4.5). The UID is always among the
    /// items. Messages that are no longer there have no row; an empty set has none at all.
    ///
    /// # Errors
    /// If the items cannot be sent, or the connection is over.
    pub fn fetch(&mut self, messages: impl Into<MessageSet>, items: impl Into<FetchItems>) -> Result<Rows<'_>> {
        let plan = FetchPlan::new(&messages.into(), &items.into(), self.session.capabilities());
        self.stream(plan)
    }

    /// As [`fetch`](Self::fetch), of those of the messages that changed after this modification sequence: CHANGEDSINCE
    /// (RFC 7162, section 3.1.4). Once QRESYNC is [enabled](super::Session::enable), [`Rows::vanished`] is which of the
    /// messages were removed since, if they are named by UID.
    ///
    /// # Errors
    /// As for `fetch`, and if the server has no CONDSTORE ([`Error::is_unsupported`](crate::Error::is_unsupported)).
    pub fn fetch_changed_since(
        &mut self,
        messages: impl Into<MessageSet>,
        items: impl Into<FetchItems>,
        mod_seq: u64,
    ) -> Result<Rows<'_>> {
        let engine = &self.session.connection.engine;
        let plan = FetchPlan::changed_since(&messages.into(), &items.into(), mod_seq, engine)?;
        self.stream(plan)
    }

    /// Data of those messages that have these places among the ones that are named, collected: FETCH with PARTIAL (RFC
    /// 9394, section 3.3), such as the newest 50 of a mailbox without knowing their numbers.
    ///
    /// # Errors
    /// If the server has no PARTIAL ([`Error::is_unsupported`](crate::Error::is_unsupported)), refuses, or the connection
    /// fails.
    pub async fn fetch_page(
        &mut self,
        messages: impl Into<MessageSet>,
        places: ResultRange,
        items: impl Into<FetchItems>,
    ) -> Result<Vec<Fetch>> {
        let session = self.selected()?;
        session.offers(Capability::Partial)?;
        let fetch = command::Fetch::new(messages, items).page(places);
        Ok(session.run(command::FetchAll::from(fetch)).await?.value)
    }

    fn stream(&mut self, plan: FetchPlan) -> Result<Rows<'_>> {
        let connection = &mut self.selected()?.connection;
        connection.give_up_current();
        Ok(Rows::new(connection, plan))
    }

    /// Data of messages, collected, for answers that are known to be small; see [`fetch`](Self::fetch).
    ///
    /// # Errors
    /// If the items cannot be sent, the server refuses, or the connection fails. The rows that had come before are
    /// with the error: [`Error::partial_rows`](crate::Error::partial_rows).
    pub async fn fetch_all(
        &mut self,
        messages: impl Into<MessageSet>,
        items: impl Into<FetchItems>,
    ) -> Result<Vec<Fetch>> {
        let capabilities = self.session.capabilities();
        let fetching = FetchMessages::new(self.selection, &messages.into(), &items.into(), capabilities);
        self.session.connection.drive(fetching).await
    }
}

/// The rows of a FETCH, as they come. Dropping it drops the rest.
pub struct Rows<'m> {
    connection: &'m mut Connection,
    state: RowsState,
    /// The row that was given out last: its memory is used again.
    last: Option<Box<Fetch>>,
    /// What was remarked on it.
    diagnostics: Vec<Diagnostic>,
    skipped: Option<Box<SkippedRow>>,
    vanished: UidSet,
}

impl<'m> Rows<'m> {
    pub(super) fn new(connection: &'m mut Connection, plan: FetchPlan) -> Self {
        let state = RowsState::new(plan);
        Self { connection, state, last: None, diagnostics: Vec::new(), skipped: None, vanished: UidSet::new() }
    }
}

#[maybe_async]
impl Rows<'_> {
    /// The next row, or nothing when all have come.
    ///
    /// The texts of the row before that were not read are dropped; its other items are then in [`skipped`](Self::skipped).
    ///
    /// # Errors
    /// If the server refuses, which it may do after some rows, or the connection fails.
    #[allow(clippy::should_implement_trait)] // A row borrows the rows, which no iterator can say.
    pub async fn next(&mut self) -> Result<Option<Row<'_>>> {
        self.skipped = None;
        if let Some(last) = self.last.take() {
            match self.state.open {
                true => {
                    let diagnostics = std::mem::take(&mut self.diagnostics);
                    self.skipped = Some(Box::new(SkippedRow { data: *last, diagnostics }));
                }
                // What it holds of the received bytes goes before more are received.
                false => self.connection.engine.reuse_row(last),
            }
        }
        if !self.diagnostics.is_empty() {
            self.diagnostics.clear();
        }
        if let Some(row) =
            self.state.ticket.as_ref().and_then(|ticket| self.connection.engine.try_next_row_fast(ticket))
        {
            self.state.open = false;
            return Ok(Some(self.give(row)));
        }
        let row = loop {
            let Some(ticket) = &self.state.ticket else {
                match self.state.waiting.pop_front() {
                    None if self.state.again.is_empty() => return Ok(None),
                    None => self.state.waiting = std::mem::take(&mut self.state.again),
                    Some(command) => {
                        let limit = self.connection.engine.capabilities().message_limit();
                        self.state.sent = limit.map(|_| command.clone());
                        self.state.ticket = Some(self.connection.engine.start(command)?);
                    }
                }
                continue;
            };
            if let Some(result) = self.connection.engine.take(ticket) {
                self.state.ticket = None;
                if result.is_err() {
                    self.state.waiting.clear();
                    self.state.again.clear();
                }
                let reply = result?;
                for (low, high) in reply.value.vanished.ranges() {
                    self.vanished.insert_range(low, high);
                }
                if let Some(sent) = self.state.sent.take() {
                    let rest = client::rest_of_fetch(&sent, reply.code.as_ref())?;
                    rest.into_iter().for_each(|rest| self.state.waiting.push_front(rest));
                }
                continue;
            }
            if let Step::Row(row) = self.connection.step().await? {
                self.state.open = row.open;
                self.state.dropped = false;
                if !row.continues {
                    break row;
                }
                if let Some(skipped) = &mut self.skipped {
                    skipped.data.merge(*row.fetch);
                    skipped.diagnostics.extend(row.diagnostics);
                }
            }
        };
        self.diagnostics = row.diagnostics;
        Ok(Some(self.give(row.fetch)))
    }

    /// The row before the one that [`next`](Self::next) returned last, if the caller left it before its end: whole, with
    /// what came behind the text at which it was left. Nothing was skipped where all texts of the row were read, or the row
    /// was [finished](Row::finish).
    #[must_use]
    pub fn skipped(&self) -> Option<&SkippedRow> {
        self.skipped.as_deref()
    }

    /// Which of the messages were removed since the modification sequence of
    /// [`fetch_changed_since`](super::Mailbox::fetch_changed_since): all of them once [`next`](Self::next) has returned
    /// nothing. Empty where QRESYNC is not enabled. The set may contain UIDs that no message ever had.
    #[must_use]
    pub fn vanished(&self) -> &UidSet {
        &self.vanished
    }

    #[inline]
    fn give(&mut self, fetch: Box<Fetch>) -> Row<'_> {
        if !self.state.again.is_empty() {
            self.state.again.clear();
        }
        let (fetch, diagnostics) = (self.last.insert(fetch), &mut self.diagnostics);
        Row { connection: self.connection, state: &mut self.state, fetch, diagnostics, taken: 0 }
    }
}

impl Drop for Rows<'_> {
    fn drop(&mut self) {
        if let Some(ticket) = &self.state.ticket {
            self.connection.engine.abandon(ticket.id());
        }
    }
}
