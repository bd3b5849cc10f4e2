//! A connection without its socket: Python sends and receives, the engine decides.
//!
//! Python begins something ([`begin`]), and calls `advance` until it is done:
//!
//! ```text
//!   begin ─▶ advance() ─▶ SEND     ─▶ send output(), then sent(count)
//!                      ├▶ RECEIVE  ─▶ receive(data), or timed_out() after `wait` seconds
//!                      ├▶ SLEEP    ─▶ wait `wait` seconds
//!                      ├▶ SOURCE   ─▶ send bytes of message `source`, then streamed(count)
//!                      └▶ DONE     ─▶ result()
//! ```

mod appending;
mod begin;
mod messages;
mod rows;
mod task;
mod waiting;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use imaplib_proto::client::{Advance, BadArgument, Error, ExternalFailure, Timeouts, Wait, Watchdog};
use imaplib_proto::engine::{Engine, EngineError, Limits, Step, Transmit};
use imaplib_proto::types::StatusResponse;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyFrozenSet};

use crate::values::error::{exception, raise};
use rows::{RowStream, Want};
use task::Task;
pub(crate) use waiting::{Idle, Watched};

/// How many more rows may answer a FETCH than the mailbox has messages: in Python each of them needs longer than in Rust.
const EXTRA_ROWS: u64 = 100_000;

/// What `advance` needs.
#[pyclass(eq, eq_int, frozen, module = "imaplib_rs._native")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::upper_case_acronyms)] // The names of Python constants.
pub(crate) enum Need {
    /// Nothing: `result` has what came of it.
    DONE,
    /// Bytes to be sent: `output`.
    SEND,
    /// Bytes to be received, within `wait` seconds.
    RECEIVE,
    /// To be called again after `wait` seconds.
    SLEEP,
    /// Bytes of a message that the caller has: at most `left` of the one with the number `source`.
    SOURCE,
}

/// What is being done.
enum Current {
    Nothing,
    Task(Box<dyn Task>),
    /// Something of the stream of rows of this number.
    Rows(u64, Want),
}

/// A connection without its socket.
#[pyclass(module = "imaplib_rs._native")]
pub(crate) struct Connection {
    engine: Engine,
    timeouts: Timeouts,
    watchdog: Watchdog,
    current: Current,
    /// The commands of the present call: what is left of them when the next one begins is given up.
    started: Vec<u64>,
    /// The streams of rows that are not handed out to their end, by number.
    streams: BTreeMap<u64, RowStream>,
    /// The number of the stream that was begun last.
    last_stream: u64,
    /// The stream whose rows are still to be received: the only one.
    receiving: Option<u64>,
    /// Whether another call was begun meanwhile, so that the rest is received first, and kept.
    collects: bool,
    /// How many calls were begun.
    calls: u64,
    deadline: Instant,
    source: (u64, u64),
    result: Option<Py<PyAny>>,
    broken: bool,
}

/// What one turn of sending and receiving came to.
enum Turn {
    Need(Need),
    Step(Step),
}

#[pymethods]
impl Connection {
    /// A connection on which nothing has happened; `timeout` is the longest silence of a server that is to answer, in seconds.
    #[new]
    fn new(timeout: f64) -> PyResult<Self> {
        let limit = Duration::try_from_secs_f64(timeout)
            .map_err(|_| pyo3::exceptions::PyValueError::new_err("the timeout must be a number of seconds"))?;
        let timeouts = Timeouts::all(limit);
        let now = Instant::now();
        Ok(Self {
            engine: Engine::new(Limits::default().extra_rows(EXTRA_ROWS)),
            watchdog: Watchdog::new(&timeouts, now),
            timeouts,
            current: Current::Nothing,
            started: Vec::new(),
            streams: BTreeMap::new(),
            last_stream: 0,
            receiving: None,
            collects: false,
            calls: 0,
            deadline: now,
            source: (0, 0),
            result: None,
            broken: false,
        })
    }

    /// Continues what was begun, and returns what is needed for it.
    fn advance(&mut self, py: Python<'_>) -> PyResult<Need> {
        loop {
            let before = self.engine.last_started();
            let advance = match &mut self.current {
                _ if self.collects => self.collect(py),
                Current::Nothing => Err(raise(py, BadArgument::GivenUp.into())),
                Current::Task(task) => {
                    let advance = task.advance(py, &mut self.engine, Instant::now());
                    self.started.extend(before + 1..=self.engine.last_started());
                    advance
                }
                Current::Rows(number, want) => match self.streams.get_mut(number) {
                    Some(rows) => {
                        let advance = rows.advance(py, &mut self.engine, *want);
                        if self.receiving.is_none_or(|receiving| receiving == *number) {
                            self.receiving = (!rows.is_over()).then_some(*number);
                        }
                        advance
                    }
                    None => Err(raise(py, BadArgument::GivenUp.into())),
                },
            };
            let until = match advance {
                Err(error) => {
                    self.current = Current::Nothing;
                    return Err(error);
                }
                Ok(Advance::Done(result)) => return Ok(self.done(result)),
                Ok(Advance::NeedSource { command, left }) => {
                    self.source = (command, left);
                    return Ok(Need::SOURCE);
                }
                Ok(Advance::NeedSend) => return Ok(Need::SEND),
                Ok(Advance::SleepUntil(until)) => {
                    self.deadline = until;
                    return Ok(Need::SLEEP);
                }
                Ok(Advance::NeedIo { until }) => until,
                // The rest of the rows was received.
                Ok(Advance::NeedMessage) => continue,
                Ok(_) => None,
            };
            match self.turn(until) {
                Err(error) => return Err(self.fail(py, error)),
                Ok(Turn::Need(Need::RECEIVE)) => {
                    // What is there is handed out before more is waited for.
                    if let Current::Rows(number, Want::Batch) = &self.current
                        && !self.collects
                        && let Some(rows) = self.streams.get_mut(number)
                        && let Some(batch) = rows.take_batch(py)?
                    {
                        return Ok(self.done(batch));
                    }
                    return Ok(Need::RECEIVE);
                }
                Ok(Turn::Need(need)) => return Ok(need),
                Ok(Turn::Step(step)) => {
                    let want = match &self.current {
                        Current::Rows(_, want) if !self.collects => *want,
                        _ => Want::Batch,
                    };
                    let number = self.receiving.unwrap_or_default();
                    if let Some(rows) = self.streams.get_mut(&number) {
                        rows.step(py, step, want)?;
                    }
                }
            }
        }
    }

    /// What came of it, once.
    fn result(&mut self) -> Option<Py<PyAny>> {
        self.result.take()
    }

    /// What is to be sent. It may hold a secret.
    fn output<'py>(&mut self, py: Python<'py>) -> Bound<'py, PyBytes> {
        match self.engine.transmit() {
            Transmit::Bytes(bytes) => PyBytes::new(py, bytes),
            _ => PyBytes::new(py, b""),
        }
    }

    /// Reports that so many bytes were sent.
    fn sent(&mut self, count: usize) {
        self.engine.sent(count);
    }

    /// Reports that so many bytes of a message were sent.
    fn streamed(&mut self, count: u64) {
        self.engine.streamed(count);
    }

    /// Which message is to be sent, by the number of its command, and how many bytes of it are left.
    #[getter]
    fn source(&self) -> (u64, u64) {
        self.source
    }

    /// How many seconds to wait at most.
    #[getter]
    fn wait(&self) -> f64 {
        self.deadline.saturating_duration_since(Instant::now()).as_secs_f64()
    }

    /// Reports received bytes; none at the end of the stream.
    fn receive(&mut self, py: Python<'_>, data: &[u8]) -> PyResult<()> {
        if data.is_empty() {
            let error = self.engine.end_of_input().unwrap_or(EngineError::Closed(None));
            return Err(self.fail(py, error.into()));
        }
        self.engine.push(data);
        self.watchdog.received(data.len(), Instant::now()).map_err(|phase| self.fail(py, Error::timeout(phase)))
    }

    /// Reports that nothing came while it was waited for: an error, if an answer was due.
    fn timed_out(&mut self, py: Python<'_>) -> PyResult<()> {
        // The clock of the socket is not this one, and it is the socket that waits.
        let now = Instant::now().max(self.deadline);
        match self.watchdog.check(now) {
            Ok(_) => Ok(()),
            Err(phase) => Err(self.fail(py, Error::timeout(phase))),
        }
    }

    /// The exception to raise when the socket has failed.
    fn lost(&mut self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        self.engine.close_with(EngineError::Closed(None));
        let error = self.explain(Error::external(ExternalFailure::Connection));
        exception(py, &error)
    }

    /// Reports that a message cannot be sent to its end: the connection is over.
    fn truncated(&mut self, py: Python<'_>, missing: u64) -> PyErr {
        self.engine.close_with(EngineError::TruncatedLiteral);
        self.broken = true;
        raise(py, BadArgument::ShortMessage { missing }.into())
    }
}

#[pymethods]
impl Connection {
    /// Whether commands can still be sent, as far as is known.
    #[getter]
    fn is_usable(&self) -> bool {
        !self.broken && self.engine.is_usable()
    }

    /// Whether the server has logged somebody in.
    #[getter]
    fn is_logged_in(&self) -> bool {
        use imaplib_proto::engine::State;
        matches!(self.engine.state(), State::Authenticated | State::Selected)
    }

    /// What the server can do, as far as it has announced it.
    #[getter]
    fn capabilities<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyFrozenSet>> {
        let words = self.engine.capabilities().to_string();
        PyFrozenSet::new(py, words.split_ascii_whitespace())
    }

    /// The text of the greeting.
    #[getter]
    fn greeting(&self) -> String {
        self.engine.greeting().map(text_of).unwrap_or_default()
    }

    /// Counts the mailboxes that were opened and left.
    #[getter]
    fn selection(&self) -> u64 {
        self.engine.selection_epoch()
    }
}

fn text_of(status: &StatusResponse) -> String {
    status.text.to_string_lossy().into_owned()
}

impl Connection {
    /// Sends and receives as far as possible without I/O.
    fn turn(&mut self, until: Option<Instant>) -> Result<Turn, Error> {
        loop {
            if matches!(self.engine.transmit(), Transmit::Bytes(_)) {
                return Ok(Turn::Need(Need::SEND));
            }
            match self.engine.poll()? {
                Step::Blocked => {}
                Step::InProgress => continue,
                step => return Ok(Turn::Step(step)),
            }
            if matches!(self.engine.transmit(), Transmit::Bytes(_)) {
                return Ok(Turn::Need(Need::SEND));
            }
            if self.engine.awaits_literal() {
                return Err(self.engine.close_with(EngineError::TruncatedLiteral).into());
            }
            let now = Instant::now();
            self.watchdog.start(until.map_or(Wait::Answer, Wait::Until), now);
            self.watchdog.waiting(self.engine.progress(), now).map_err(Error::timeout)?;
            self.deadline = self.watchdog.next_deadline();
            return Ok(Turn::Need(Need::RECEIVE));
        }
    }

    fn done(&mut self, result: Py<PyAny>) -> Need {
        self.result = Some(result);
        self.current = Current::Nothing;
        Need::DONE
    }

    /// Ends what is being done because of the connection.
    fn fail(&mut self, py: Python<'_>, error: Error) -> PyErr {
        let error = self.explain(error);
        let error = match &mut self.current {
            Current::Task(task) => task.interrupted(&mut self.engine, error),
            _ => error,
        };
        self.current = Current::Nothing;
        (self.receiving, self.collects) = (None, false);
        raise(py, error)
    }

    /// Adds to an error of the connection what its end left open. Nothing can be sent any more.
    fn explain(&mut self, error: Error) -> Error {
        self.broken = true;
        if let Some(reason) = error.engine_error() {
            self.engine.close_with(reason.clone());
        }
        let literal = if error.is_connection_lost() { self.engine.open_literal() } else { None };
        error.unanswered(self.engine.unanswered().next().is_some()).within_literal(literal)
    }

    /// Abandons what is left of the call before.
    fn give_up(&mut self) {
        self.calls += 1;
        self.current = Current::Nothing;
        self.result = None;
        for id in std::mem::take(&mut self.started) {
            self.engine.abandon(id);
        }
        self.collects = self.receiving.is_some();
    }

    /// Receives what is left of the rows that another call has begun, so that both can be used in turn.
    fn collect(&mut self, py: Python<'_>) -> PyResult<Advance<Py<PyAny>>> {
        let number = self.receiving.unwrap_or_default();
        let is_over = match self.streams.get_mut(&number) {
            Some(rows) => rows.collect(py, &mut self.engine)?,
            None => true,
        };
        if !is_over {
            return Ok(Advance::NeedIo { until: None });
        }
        (self.receiving, self.collects) = (None, false);
        Ok(Advance::NeedMessage)
    }
}
