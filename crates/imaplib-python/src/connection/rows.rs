//! The answer to a FETCH as it comes: rows in batches, large texts in chunks.

use std::collections::VecDeque;

use bytes::Bytes;
use imaplib_proto::client::{self, Advance, BadArgument, Error, FetchPlan, Selection};
use imaplib_proto::command;
use imaplib_proto::engine::{Engine, Step, Ticket};
use imaplib_proto::types::{Fetch, SectionBody};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList};

use crate::values::error::{limit, raise};
use crate::values::flags::FlagCache;
use crate::values::row::Row;

/// So many rows are handed out at a time, at most.
const BATCH: usize = 512;

/// So many rows are kept while other calls are made, at most.
const MOST_KEPT: usize = 200_000;

/// What is wanted of a stream of rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Want {
    /// The next rows; an empty list at the end.
    Batch,
    /// The next bytes of the text that streams; none at its end.
    Chunk,
    /// What follows in the row of the text that streams, which is dropped. Whether there was more.
    Rest,
}

/// How far a stream has come.
enum Received {
    /// There are as many rows as are wanted.
    Full,
    /// No more rows follow.
    Over,
    /// More must be received.
    Blocked,
}

/// Where the rows go.
pub(super) enum Sink {
    /// Into batches, with the owner that rows name.
    Rows(Py<PyAny>),
    /// Their flags into a dictionary by UID, which is handed out at the end.
    Flags(Py<PyDict>),
}

/// The answer to a FETCH.
pub(super) struct RowStream {
    number: u64,
    selection: Selection,
    /// The commands that follow: a long set of messages is sent in parts.
    waiting: VecDeque<command::Fetch>,
    /// Those that follow if no row comes of them.
    again: VecDeque<command::Fetch>,
    ticket: Option<Ticket<command::Fetch>>,
    /// What the ticket is for, where the server may carry out a part only (RFC 9738).
    sent: Option<command::Fetch>,
    sink: Sink,
    batch: Vec<Py<PyAny>>,
    flags: FlagCache,
    /// The row of which more is to come.
    open: Option<Py<Row>>,
    /// How many bytes of the text that streams are to come.
    coming: u64,
    chunk: Option<Bytes>,
    /// Whether the text that streams was read to its end, or dropped.
    is_text_gone: bool,
    /// Whether more of the row came since it was asked for.
    continued: bool,
    /// What ended the stream, to be raised once the rows before it were handed out.
    failed: Option<Error>,
}

impl RowStream {
    pub(super) fn new(number: u64, plan: FetchPlan, selection: Selection, sink: Sink) -> Self {
        let FetchPlan { first, again, .. } = plan;
        Self {
            number,
            selection,
            waiting: first.into(),
            again: again.into(),
            ticket: None,
            sent: None,
            sink,
            batch: Vec::new(),
            flags: FlagCache::default(),
            open: None,
            coming: 0,
            chunk: None,
            is_text_gone: false,
            continued: false,
            failed: None,
        }
    }

    /// Whether the text at this place of this row is the one that streams.
    pub(super) fn streams(&self, py: Python<'_>, row: &Py<Row>, place: usize) -> bool {
        let is_last = || row.bind(py).try_borrow().is_ok_and(|row| row.fetch.sections.len() == place + 1);
        self.is_open(row) && !self.is_text_gone && is_last()
    }

    /// Whether this is the row of which more is to come.
    pub(super) fn is_open(&self, row: &Py<Row>) -> bool {
        self.open.as_ref().is_some_and(|open| open.is(row))
    }

    /// Makes the stream ready for the next wish.
    pub(super) fn prepare(&mut self, want: Want) {
        if want != Want::Chunk {
            // What is not read of the text is dropped.
            self.coming = 0;
            self.chunk = None;
            self.is_text_gone = true;
        }
        self.continued = false;
    }

    pub(super) fn advance(&mut self, py: Python<'_>, engine: &mut Engine, want: Want) -> PyResult<Advance<Py<PyAny>>> {
        match want {
            Want::Batch => self.next_batch(py, engine),
            Want::Chunk => Ok(match self.chunk.take() {
                Some(chunk) => Advance::Done(PyBytes::new(py, &chunk).into_any().unbind()),
                None if self.coming == 0 => {
                    self.is_text_gone = true;
                    Advance::Done(PyBytes::new(py, b"").into_any().unbind())
                }
                None => Advance::NeedIo { until: None },
            }),
            Want::Rest => Ok(match self.continued || self.open.is_none() {
                true => Advance::Done(self.continued.into_pyobject(py)?.to_owned().into_any().unbind()),
                false => Advance::NeedIo { until: None },
            }),
        }
    }

    fn next_batch(&mut self, py: Python<'_>, engine: &mut Engine) -> PyResult<Advance<Py<PyAny>>> {
        match self.receive(py, engine, BATCH, true)? {
            Received::Over => self.end(py),
            Received::Blocked => Ok(Advance::NeedIo { until: None }),
            Received::Full => Ok(match self.take_batch(py)? {
                Some(batch) => Advance::Done(batch),
                None => Advance::NeedIo { until: None },
            }),
        }
    }

    /// Receives all that is left, to be handed out later. Whether it is there.
    pub(super) fn collect(&mut self, py: Python<'_>, engine: &mut Engine) -> PyResult<bool> {
        match self.receive(py, engine, MOST_KEPT, false)? {
            Received::Over => Ok(true),
            Received::Blocked => Ok(false),
            Received::Full => Err(limit(py, "too many rows are still to come: use another connection for other calls")),
        }
    }

    /// Whether no more rows are to be received.
    pub(super) fn is_over(&self) -> bool {
        self.ticket.is_none() && self.waiting.is_empty() && self.again.is_empty()
    }

    /// Abandons what is left.
    pub(super) fn abandon(self, engine: &mut Engine) {
        if let Some(ticket) = self.ticket {
            engine.abandon(ticket.id());
        }
    }

    /// Receives rows until there are so many. With `stops`, a row of which more is to come ends it, too.
    fn receive(&mut self, py: Python<'_>, engine: &mut Engine, most: usize, stops: bool) -> PyResult<Received> {
        loop {
            if self.batch.len() >= most || (stops && self.open.is_some() && !self.batch.is_empty()) {
                return Ok(Received::Full);
            }
            if self.open.is_none()
                && let Some(ticket) = &self.ticket
                && let Some(row) = engine.try_next_row_fast(ticket)
            {
                self.add(py, row)?;
                continue;
            }
            let Some(ticket) = &self.ticket else {
                if let Some(command) = self.waiting.pop_front() {
                    let limit = engine.capabilities().message_limit();
                    let sent = limit.map(|_| command.clone());
                    let selected = self.selection.check(engine);
                    match selected.and_then(|()| engine.start(command).map_err(Error::from)) {
                        Ok(ticket) => (self.ticket, self.sent) = (Some(ticket), sent),
                        Err(error) => self.stop(error),
                    }
                    continue;
                }
                if self.again.is_empty() {
                    return Ok(Received::Over);
                }
                self.waiting = std::mem::take(&mut self.again);
                continue;
            };
            let Some(result) = engine.take(ticket) else { return Ok(Received::Blocked) };
            self.ticket = None;
            self.open = None;
            let rest = match (result, self.sent.take()) {
                (Ok(reply), Some(sent)) => client::rest_of_fetch(&sent, reply.code.as_ref()),
                (Ok(_), None) => Ok(None),
                (Err(error), _) => Err(error.into()),
            };
            match rest {
                Ok(rest) => rest.into_iter().for_each(|rest| self.waiting.push_front(rest)),
                Err(error) => self.stop(error),
            }
        }
    }

    /// Ends the stream by an error, which is raised once the rows before it were handed out.
    fn stop(&mut self, error: Error) {
        self.failed = Some(error);
        self.waiting.clear();
        self.again.clear();
    }

    /// What is handed out when no command is left.
    fn end(&mut self, py: Python<'_>) -> PyResult<Advance<Py<PyAny>>> {
        if let Some(batch) = self.take_batch(py)? {
            return Ok(Advance::Done(batch));
        }
        if let Some(error) = self.failed.take() {
            return Err(raise(py, error));
        }
        Ok(Advance::Done(match &self.sink {
            Sink::Rows(_) => PyList::empty(py).into_any().unbind(),
            Sink::Flags(flags) => flags.clone_ref(py).into_any(),
        }))
    }

    /// The rows that wait to be handed out; nothing if there are none.
    pub(super) fn take_batch(&mut self, py: Python<'_>) -> PyResult<Option<Py<PyAny>>> {
        if self.batch.is_empty() {
            return Ok(None);
        }
        let batch = PyList::new(py, self.batch.drain(..))?;
        Ok(Some(batch.into_any().unbind()))
    }

    /// Processes what the engine returned.
    pub(super) fn step(&mut self, py: Python<'_>, step: Step, want: Want) -> PyResult<()> {
        match step {
            Step::Row(row) if row.continues => {
                let Some(open) = self.open.take() else { return Ok(()) };
                self.continued = true;
                let mut merged = open.bind(py).try_borrow_mut()?;
                merged.fetch.merge(*row.fetch);
                if let Some(flags) = &merged.fetch.flags {
                    merged.flags = Some(self.flags.get(py, flags)?);
                }
                let coming = streamed(&merged.fetch);
                drop(merged);
                (self.coming, self.is_text_gone) = (if row.open { coming } else { 0 }, false);
                self.open = row.open.then_some(open);
            }
            Step::Row(row) => {
                let coming = streamed(&row.fetch);
                let made = self.add(py, row.fetch)?;
                self.open = made.filter(|_| row.open);
                (self.coming, self.is_text_gone) = (if self.open.is_some() { coming } else { 0 }, false);
            }
            Step::Chunk(chunk) if want == Want::Chunk => {
                self.coming = self.coming.saturating_sub(chunk.len() as u64);
                self.chunk = Some(chunk);
            }
            Step::Finished(_) if want == Want::Chunk && self.coming > 0 => {
                return Err(raise(py, BadArgument::TextGone.into()));
            }
            _ => {}
        }
        Ok(())
    }

    /// Adds a row to where the rows go.
    fn add(&mut self, py: Python<'_>, fetch: Box<Fetch>) -> PyResult<Option<Py<Row>>> {
        self.again.clear();
        let flags = match &fetch.flags {
            Some(flags) => Some(self.flags.get(py, flags)?),
            None => None,
        };
        match &self.sink {
            Sink::Flags(found) => {
                if let (Some(uid), Some(flags)) = (fetch.uid, flags) {
                    found.bind(py).set_item(uid.get(), flags)?;
                }
                Ok(None)
            }
            Sink::Rows(owner) => {
                let row = Py::new(py, Row::new(fetch, flags, Some((owner.clone_ref(py), self.number))))?;
                self.batch.push(row.clone_ref(py).into_any());
                Ok(Some(row))
            }
        }
    }
}

/// How many bytes of the last text of a row stream.
fn streamed(fetch: &Fetch) -> u64 {
    match fetch.sections.last().map(|section| &section.data) {
        Some(SectionBody::Streamed(length)) => *length,
        _ => 0,
    }
}
