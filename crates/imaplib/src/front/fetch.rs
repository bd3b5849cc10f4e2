//! FETCH: its answer as a stream of rows, or collected.

use imaplib_proto::command::{self, FetchItems, MessageSet};
use imaplib_proto::types::{Capability, Fetch};

use super::rows::RowsState;
use super::{Mailbox, Rows, maybe_async};
use crate::Result;
use crate::message_sets::parts;

#[maybe_async]
impl Mailbox<'_> {
    /// Data of messages as a stream of rows: FETCH (RFC 9051, section 6.4.5). The UID is always among the
    /// items. Messages that are no longer there have no row; an empty set has none at all.
    ///
    /// # Errors
    /// If the items cannot be sent, or the connection is over.
    pub fn fetch(&mut self, messages: impl Into<MessageSet>, items: impl Into<FetchItems>) -> Result<Rows<'_>> {
        let items = items.into();
        let again = self.without_rfc822(&items);
        let parts = parts(&messages.into());
        let with = |items: &FetchItems| {
            parts.iter().map(|part| command::FetchCommand::new(part.clone(), items.clone())).collect()
        };
        let (waiting, again) = (with(&items), again.as_ref().map(with).unwrap_or_default());
        let connection = &mut self.selected()?.connection;
        connection.give_up_current();
        let state = RowsState { ticket: None, waiting, again, open: false, dropped: false };
        Ok(Rows { connection, state, last: None, diagnostics: Vec::new() })
    }

    /// Data of messages, collected, for answers that are known to be small; see [`fetch`](Self::fetch).
    ///
    /// # Errors
    /// If the items cannot be sent, the server refuses, or the connection fails. The rows that had come before are
    /// with the error: [`Error::partial_rows`].
    pub async fn fetch_all(
        &mut self,
        messages: impl Into<MessageSet>,
        items: impl Into<FetchItems>,
    ) -> Result<Vec<Fetch>> {
        let items = items.into();
        let parts = parts(&messages.into());
        let rows = self.collect(&parts, &items).await?;
        match self.without_rfc822(&items) {
            Some(items) if rows.is_empty() => self.collect(&parts, &items).await,
            _ => Ok(rows),
        }
    }

    async fn collect(&mut self, parts: &[MessageSet], items: &FetchItems) -> Result<Vec<Fetch>> {
        let mut rows = Vec::new();
        for part in parts {
            let command = command::FetchAll::from(command::FetchCommand::new(part.clone(), items.clone()));
            match self.selected()?.run(command).await {
                Ok(reply) => rows.extend(reply.value),
                Err(error) => return Err(error.after_rows(rows)),
            }
        }
        Ok(rows)
    }

    /// What to ask for if nothing came of these items: iCloud does not answer RFC822.
    fn without_rfc822(&self, items: &FetchItems) -> Option<FetchItems> {
        let capabilities = self.session.capabilities();
        let knows = capabilities.has(Capability::Imap4Rev1) || capabilities.has(Capability::Imap4Rev2);
        items.without_rfc822().filter(|_| knows)
    }
}
