//! A row of a FETCH, and its texts as they arrive.

use std::collections::VecDeque;

use bytes::{Bytes, BytesMut};
use imaplib_proto::client::{self, BadArgument, FetchPlan};
use imaplib_proto::command;
use imaplib_proto::engine::{SelectedMailbox, Step, Ticket};
use imaplib_proto::types::{
    BodyStructure, DateTime, Diagnostic, Envelope, Fetch, Flags, SectionBody, SectionName, SeqNum, Uid,
};

use super::{Connection, Target, maybe_async, write_all};
use crate::{Error, Result};

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

/// Where the answer to a FETCH stands.
pub(crate) struct RowsState {
    /// The command that is answered.
    pub(crate) ticket: Option<Ticket<command::Fetch>>,
    /// Those that follow: a long set of messages is sent in parts.
    pub(crate) waiting: VecDeque<command::Fetch>,
    /// What the ticket is for, where the server may carry out a part only (RFC 9738).
    pub(crate) sent: Option<command::Fetch>,
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
        Self { ticket: None, waiting: first.into(), sent: None, again: again.into(), open: false, dropped: false }
    }
}

/// A text of a message, in constant memory however long it is, and whatever form the server sent it in.
pub struct Body<'b> {
    pub(crate) connection: &'b mut Connection,
    pub(crate) name: SectionName,
    pub(crate) origin: Option<u64>,
    pub(crate) length: Option<u64>,
    /// Bytes that have arrived already.
    pub(crate) here: Option<Bytes>,
    /// How many are to come.
    pub(crate) coming: u64,
    /// Whether a call received a part of the text and has not ended.
    pub(crate) taking: bool,
}

#[maybe_async]
impl Body<'_> {
    /// Which text it is.
    #[must_use]
    pub fn name(&self) -> &SectionName {
        &self.name
    }

    /// Where the text begins in the whole, if a part of it was asked for: bytes from 0.
    #[must_use]
    pub fn origin(&self) -> Option<u64> {
        self.origin
    }

    /// How many bytes it has; `None` if there is no such text (NIL).
    #[must_use]
    pub fn length(&self) -> Option<u64> {
        self.length
    }

    /// The next bytes, or nothing at the end.
    ///
    /// # Errors
    /// If the connection fails before the end: a text is never cut short without an error.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>> {
        self.is_whole()?;
        self.next_chunk().await
    }

    /// Fails if a call received a part of the text and was dropped before its end.
    pub(crate) fn is_whole(&self) -> Result<()> {
        match self.taking {
            true => Err(BadArgument::TextTaken.into()),
            false => Ok(()),
        }
    }

    pub(super) async fn next_chunk(&mut self) -> Result<Option<Bytes>> {
        loop {
            if let Some(here) = self.here.as_mut().filter(|here| !here.is_empty()) {
                return Ok(Some(std::mem::take(here)));
            }
            if self.coming == 0 {
                return Ok(None);
            }
            let step = self.connection.step().await?;
            self.receive(step)?;
        }
    }

    /// The whole text, or what is left of it.
    ///
    /// # Errors
    /// If it is longer than `limit` bytes ([`Error::is_limit`]), the connection fails, or a call before this one
    /// took a part of the text and was dropped.
    pub async fn to_bytes(&mut self, limit: u64) -> Result<Bytes> {
        let length = self.length.unwrap_or_default();
        if length > limit {
            return Err(client::Error::text_too_long(length, limit).into());
        }
        let Some(first) = self.chunk().await? else { return Ok(Bytes::new()) };
        if self.coming == 0 {
            return Ok(first);
        }
        self.taking = true;
        let mut bytes = BytesMut::from(&first[..]);
        while let Some(chunk) = self.next_chunk().await? {
            bytes.extend_from_slice(&chunk);
        }
        self.taking = false;
        Ok(bytes.freeze())
    }

    pub(crate) fn receive(&mut self, step: Step) -> Result<()> {
        match step {
            Step::Chunk(bytes) => {
                self.coming = self.coming.saturating_sub(bytes.len() as u64);
                self.here = Some(bytes);
                Ok(())
            }
            Step::Row(_) | Step::Finished(_) => Err(BadArgument::TextGone.into()),
            _ => Ok(()),
        }
    }

    /// Copies the whole text to `target`, and returns how many bytes it was.
    ///
    /// # Errors
    /// If the connection fails or the target cannot be written to.
    pub async fn copy_to(&mut self, target: &mut (impl Target + ?Sized)) -> Result<u64> {
        self.is_whole()?;
        self.taking = true;
        let mut count = 0;
        while let Some(chunk) = self.next_chunk().await? {
            write_all(target, &chunk).await.map_err(Error::target)?;
            count += chunk.len() as u64;
        }
        self.taking = false;
        Ok(count)
    }
}
