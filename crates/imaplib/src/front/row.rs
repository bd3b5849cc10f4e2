//! One row of a FETCH.

use bytes::Bytes;
use imaplib_proto::client::BadArgument;
use imaplib_proto::engine::{SelectedMailbox, Step};
use imaplib_proto::types::Diagnostic;
use imaplib_proto::types::{BodyStructure, DateTime, Envelope, Fetch, Flags, SectionBody, SeqNum, Uid};

use super::rows_state::RowsState;
use super::{Body, Connection, maybe_async};
use crate::Result;

/// One message in the answer to a FETCH.
pub struct Row<'r> {
    pub(super) connection: &'r mut Connection,
    pub(super) state: &'r mut RowsState,
    pub(super) fetch: &'r mut Fetch,
    pub(super) diagnostics: &'r mut Vec<Diagnostic>,
    /// How many of the texts were given out.
    pub(super) taken: usize,
}

#[maybe_async]
impl Row<'_> {
    /// All that is known of the message so far. What the server sends behind a long text is known only when
    /// that text was read, or [`finish`](Self::finish)ed.
    #[must_use]
    pub fn data(&self) -> &Fetch {
        self.fetch
    }

    /// All that is known of the message so far, taken out.
    #[must_use]
    pub fn into_data(self) -> Fetch {
        std::mem::take(self.fetch)
    }

    /// The unique identifier.
    #[must_use]
    pub fn uid(&self) -> Option<Uid> {
        self.fetch.uid
    }

    /// The message sequence number.
    #[must_use]
    pub fn sequence_number(&self) -> Option<SeqNum> {
        self.fetch.seq
    }

    /// The flags, if they were asked for.
    #[must_use]
    pub fn flags(&self) -> Option<&Flags> {
        self.fetch.flags.as_ref()
    }

    /// The parsed header, if it was asked for.
    #[must_use]
    pub fn envelope(&self) -> Option<&Envelope> {
        self.fetch.envelope.as_deref()
    }

    /// The MIME structure, if it was asked for, with or without extension data.
    #[must_use]
    pub fn body_structure(&self) -> Option<&BodyStructure> {
        self.fetch.body_structure.as_deref().or(self.fetch.body.as_deref())
    }

    /// When the message arrived, if it was asked for.
    #[must_use]
    pub fn internal_date(&self) -> Option<DateTime> {
        self.fetch.internal_date
    }

    /// The size of the message in bytes, if it was asked for.
    #[must_use]
    pub fn size(&self) -> Option<u64> {
        self.fetch.size
    }

    /// The mailbox as the server shows it now.
    #[must_use]
    pub fn mailbox(&self) -> Option<&SelectedMailbox> {
        self.connection.engine.mailbox()
    }

    /// What was malformed in the row, and what was made of it.
    #[must_use]
    pub fn diagnostics(&self) -> &[Diagnostic] {
        self.diagnostics
    }

    /// The next text of the message, in the order in which the server sends them. What was not read of the text
    /// before is dropped. After the last one, all items of the row are known.
    ///
    /// # Errors
    /// If the connection fails.
    pub async fn next_body(&mut self) -> Result<Option<Body<'_>>> {
        while self.fetch.sections.len() <= self.taken {
            if !self.state.open {
                return Ok(None);
            }
            self.more().await?;
        }
        let Some(section) = self.fetch.sections.get(self.taken) else { return Ok(None) };
        let is_last = self.taken + 1 == self.fetch.sections.len();
        self.taken += 1;
        // Only the last text of a row that is open is still to come.
        let streams = matches!(section.data, SectionBody::Streamed(_));
        if streams && (!is_last || !self.state.open || self.state.dropped) {
            return Err(BadArgument::TextDropped.into());
        }
        let (here, coming) = match &section.data {
            SectionBody::Nil => (None, 0),
            SectionBody::Here(bytes) => (Some(bytes.clone()), 0),
            SectionBody::Streamed(length) => (Some(Bytes::new()), *length),
        };
        let (name, origin, length) = (section.name.clone(), section.origin, section.data.len());
        Ok(Some(Body { connection: self.connection, name, origin, length, here, coming, taking: false }))
    }

    /// Receives what is left of the row, so that all items of it are known; texts that stream are dropped.
    ///
    /// # Errors
    /// If the connection fails.
    pub async fn finish(&mut self) -> Result<()> {
        while self.state.open {
            self.more().await?;
        }
        Ok(())
    }

    async fn more(&mut self) -> Result<()> {
        match self.connection.step().await? {
            Step::Row(row) => {
                self.state.open = row.open;
                self.state.dropped = false;
                self.fetch.merge(*row.fetch);
                self.diagnostics.extend(row.diagnostics);
            }
            Step::Chunk(_) => self.state.dropped = true,
            _ => {}
        }
        Ok(())
    }
}
