//! The rows of a FETCH, and the texts in them.

use std::collections::VecDeque;

use imaplib_proto::command::FetchCommand;
use imaplib_proto::engine::Ticket;

/// Where the answer to a FETCH stands.
pub(crate) struct RowsState {
    /// The command that is answered.
    pub(crate) ticket: Option<Ticket<FetchCommand>>,
    /// Those that follow: a long set of messages is sent in parts.
    pub(crate) waiting: VecDeque<FetchCommand>,
    /// Those that follow if no row comes of them.
    pub(crate) again: VecDeque<FetchCommand>,
    /// Whether more of the last row is to come.
    pub(crate) open: bool,
    /// Whether octets of the text that streams were dropped.
    pub(crate) dropped: bool,
}

macro_rules! row_methods {
    ($($async:ident)?) => {
        impl Rows<'_> {
            /// The next row, or nothing when all have come. What was not read of the row before is dropped.
            ///
            /// # Errors
            /// If the server refuses, which it may do after some rows, or the connection fails.
            #[allow(clippy::should_implement_trait)] // A row borrows the rows, which no iterator can say.
            pub $($async)? fn next(&mut self) -> Result<Option<Row<'_>>> {
                // What it holds of the received octets goes before more are received.
                if let Some(last) = self.last.take() {
                    self.connection.engine.reuse_row(last);
                }
                if !self.diagnostics.is_empty() {
                    self.diagnostics.clear();
                }
                if let Some(row) = self.state.ticket.as_ref().and_then(|ticket| self.connection.engine.try_next_row_fast(ticket)) {
                    self.state.open = false;
                    return Ok(Some(self.give(row)));
                }
                let row = loop {
                    let Some(ticket) = &self.state.ticket else {
                        match self.state.waiting.pop_front() {
                            None if self.state.again.is_empty() => return Ok(None),
                            None => self.state.waiting = std::mem::take(&mut self.state.again),
                            Some(command) => self.state.ticket = Some(self.connection.engine.start(command)?),
                        }
                        continue;
                    };
                    if let Some(result) = self.connection.engine.take(ticket) {
                        self.state.ticket = None;
                        if result.is_err() {
                            self.state.waiting.clear();
                            self.state.again.clear();
                        }
                        result?;
                        continue;
                    }
                    if let Step::Row(row) = wait!(self.connection.step())? {
                        self.state.open = row.open;
                        self.state.dropped = false;
                        if !row.continues {
                            break row;
                        }
                    }
                };
                self.diagnostics = row.diagnostics;
                Ok(Some(self.give(row.fetch)))
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

            /// The size of the message in octets, if it was asked for.
            #[must_use]
            pub fn size(&self) -> Option<u64> {
                self.fetch.size
            }

            /// The mailbox as the server shows it now.
            #[must_use]
            pub fn view(&self) -> Option<&SelectedMailbox> {
                self.connection.engine.mailbox()
            }

            /// What was malformed in the row, and what was made of it.
            #[must_use]
            pub fn diagnostics(&self) -> &[Diagnostic] {
                self.diagnostics
            }

            /// The next text of the message, in the order in which the server sends them. What was not read of the text
            /// before is dropped.
            ///
            /// # Errors
            /// If the connection fails.
            pub $($async)? fn next_body(&mut self) -> Result<Option<Body<'_>>> {
                while self.fetch.sections.len() <= self.taken {
                    if !self.state.open {
                        return Ok(None);
                    }
                    wait!(self.more())?;
                }
                let Some(section) = self.fetch.sections.get(self.taken) else { return Ok(None) };
                let is_last = self.taken + 1 == self.fetch.sections.len();
                self.taken += 1;
                // Only the last text of a row that is open is still to come.
                let streams = matches!(section.data, SectionBody::Streamed(_));
                if streams && (!is_last || !self.state.open || self.state.dropped) {
                    return Err(Error::argument("the text was dropped when the rest of the row was received"));
                }
                let (here, coming) = match &section.data {
                    SectionBody::Nil => (None, 0),
                    SectionBody::Here(octets) => (Some(octets.clone()), 0),
                    SectionBody::Streamed(length) => (Some(Bytes::new()), *length),
                };
                let (name, origin, length) = (section.name.clone(), section.origin, section.data.len());
                Ok(Some(Body { connection: self.connection, name, origin, length, here, coming, taking: false }))
            }

            /// Receives what is left of the row, so that all items of it are known; texts that stream are dropped.
            ///
            /// # Errors
            /// If the connection fails.
            pub $($async)? fn finish(&mut self) -> Result<()> {
                while self.state.open {
                    wait!(self.more())?;
                }
                Ok(())
            }

            $($async)? fn more(&mut self) -> Result<()> {
                match wait!(self.connection.step())? {
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

        impl Body<'_> {
            /// Which text it is.
            #[must_use]
            pub fn name(&self) -> &SectionName {
                &self.name
            }

            /// Where the text begins in the whole, if a part of it was asked for: octets from 0.
            #[must_use]
            pub fn origin(&self) -> Option<u64> {
                self.origin
            }

            /// How many octets it has; `None` if there is no such text (NIL).
            #[must_use]
            pub fn length(&self) -> Option<u64> {
                self.length
            }

            /// The next octets, or nothing at the end.
            ///
            /// # Errors
            /// If the connection fails before the end: a text is never cut short without an error.
            pub $($async)? fn chunk(&mut self) -> Result<Option<Bytes>> {
                self.is_whole()?;
                wait!(self.next_chunk())
            }

            /// Makes sure that no call took a part of the text and did not come to its end.
            fn is_whole(&self) -> Result<()> {
                match self.taking {
                    true => Err(Error::argument("a part of the text went to a call that was dropped or failed")),
                    false => Ok(()),
                }
            }

            $($async)? fn next_chunk(&mut self) -> Result<Option<Bytes>> {
                loop {
                    if let Some(here) = self.here.as_mut().filter(|here| !here.is_empty()) {
                        return Ok(Some(std::mem::take(here)));
                    }
                    if self.coming == 0 {
                        return Ok(None);
                    }
                    let step = wait!(self.connection.step())?;
                    self.receive(step)?;
                }
            }

            /// The whole text, or what is left of it.
            ///
            /// # Errors
            /// If it is longer than `limit` octets ([`Error::is_limit`]), the connection fails, or a call before this one
            /// took a part of the text and was dropped.
            pub $($async)? fn to_bytes(&mut self, limit: u64) -> Result<Bytes> {
                let length = self.length.unwrap_or_default();
                if length > limit {
                    return Err(Error::new(Reason::Limit(format!(
                        "the text is {length} octets long, more than the limit of {limit}"
                    ))));
                }
                let Some(first) = wait!(self.chunk())? else { return Ok(Bytes::new()) };
                if self.coming == 0 {
                    return Ok(first);
                }
                self.taking = true;
                let mut octets = BytesMut::from(&first[..]);
                while let Some(chunk) = wait!(self.next_chunk())? {
                    octets.extend_from_slice(&chunk);
                }
                self.taking = false;
                Ok(octets.freeze())
            }

            fn receive(&mut self, step: Step) -> Result<()> {
                match step {
                    Step::Chunk(octets) => {
                        self.coming = self.coming.saturating_sub(octets.len() as u64);
                        self.here = Some(octets);
                        Ok(())
                    }
                    Step::Row(_) | Step::Finished(_) => {
                        Err(Error::argument("the text is not there any more: it was read or dropped before"))
                    }
                    _ => Ok(()),
                }
            }
        }
    };
}

pub(crate) use row_methods;
