//! FETCH: its answer as a stream of rows, or collected.

use imaplib_proto::client::{FetchMessages, FetchPlan};
use imaplib_proto::command::{FetchItems, MessageSet};
use imaplib_proto::types::Fetch;

use super::{Mailbox, Rows, maybe_async};
use crate::Result;

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
