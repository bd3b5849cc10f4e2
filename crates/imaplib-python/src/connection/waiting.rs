//! Waiting for what happens: events of the open mailbox, and changes of watched ones.

use std::time::{Duration, Instant};

use imaplib_proto::client::{Advance, AwaitEvents, KnownMailbox, Procedure, Timeouts, WatchMailboxes, after};
use imaplib_proto::engine::Engine;
use pyo3::prelude::*;

use super::Connection;
use super::begin::{mailbox_name, nothing};
use super::task::{Task, split};
use crate::values::changes::Changes;
use crate::values::error::{core_error, raise};
use crate::values::event::Event;

/// One wait for an event.
struct NextEvent {
    idling: Py<Idle>,
    timeouts: Timeouts,
    until: Option<Instant>,
    waited: bool,
}

/// An IDLE, as Python keeps it between waits.
#[pyclass(module = "imaplib_rs._native")]
pub(crate) struct Idle {
    events: AwaitEvents,
    selection: u64,
    /// The call of the connection that it waited in last: if there was another one since, IDLE was ended for it.
    call: u64,
}

impl Task for NextEvent {
    fn advance(&mut self, py: Python<'_>, engine: &mut Engine, now: Instant) -> PyResult<Advance<Py<PyAny>>> {
        let event = if self.waited && self.until.is_some_and(|until| until <= now) {
            engine.next_event()
        } else {
            let mut idle = self.idling.bind(py).try_borrow_mut()?;
            let waiting = idle.events.wait(&self.timeouts, self.until).advance(engine, now);
            match split(waiting.map_err(|error| raise(py, error))?) {
                Ok(event) => event,
                Err(need) => {
                    self.waited |= matches!(need, Advance::NeedIo { until: Some(_) } | Advance::SleepUntil(_));
                    return Ok(need);
                }
            }
        };
        Ok(Advance::Done(match event {
            Some(event) => Py::new(py, Event::of(py, event)?)?.into_any(),
            None => py.None(),
        }))
    }
}

/// The end of an IDLE.
struct EndIdle(Py<Idle>);

impl Task for EndIdle {
    fn advance(&mut self, py: Python<'_>, engine: &mut Engine, now: Instant) -> PyResult<Advance<Py<PyAny>>> {
        let mut idle = self.0.bind(py).try_borrow_mut()?;
        match split(idle.events.done().advance(engine, now).map_err(|error| raise(py, error))?) {
            Ok(()) => Ok(Advance::Done(nothing(py, ())?)),
            Err(need) => Ok(need),
        }
    }
}

/// Mailboxes that are watched over many connections, and what is known of them.
#[pyclass(module = "imaplib_rs._native")]
pub(crate) struct Watched {
    mailboxes: WatchMailboxes,
}

#[pymethods]
impl Watched {
    #[new]
    fn new() -> Self {
        Self { mailboxes: WatchMailboxes::new() }
    }

    /// Watches this mailbox, too, of which this is known.
    fn add(&mut self, py: Python<'_>, name: &str, known: Option<&[u8]>) -> PyResult<()> {
        self.mailboxes.add(mailbox_name(py, name)?, known_mailbox(known)?);
        Ok(())
    }

    /// What is known of a mailbox that is watched.
    fn known(&self, py: Python<'_>, name: &str) -> PyResult<Option<Vec<u8>>> {
        let name = mailbox_name(py, name)?;
        Ok(self.mailboxes.known(&name).map(KnownMailbox::to_bytes))
    }

    /// Reports that there is a new connection.
    fn connected(&mut self) {
        self.mailboxes.connected(Instant::now());
    }

    /// Reports that the connection was lost, or could not be made, by this exception. How many seconds to wait before the
    /// next one; nothing if another one does not help.
    fn disconnected(&mut self, error: &Bound<'_, PyAny>) -> Option<f64> {
        let error = core_error(error)?;
        self.mailboxes.disconnected(&error, Instant::now()).map(|wait| wait.as_secs_f64())
    }
}

/// One wait for a change.
struct NextChange {
    watched: Py<Watched>,
    timeouts: Timeouts,
    until: Option<Instant>,
    waited: bool,
}

impl Task for NextChange {
    fn advance(&mut self, py: Python<'_>, engine: &mut Engine, now: Instant) -> PyResult<Advance<Py<PyAny>>> {
        if self.waited && self.until.is_some_and(|until| until <= now) {
            return Ok(Advance::Done(py.None()));
        }
        let mut watched = self.watched.bind(py).try_borrow_mut()?;
        let waiting = watched.mailboxes.next(&self.timeouts, self.until).advance(engine, now);
        Ok(match split(waiting.map_err(|error| raise(py, error))?) {
            Ok(Some(change)) => {
                let changes = Py::new(py, Changes::of(change.synced))?;
                let name = change.mailbox.to_text().into_owned();
                Advance::Done((name, changes).into_pyobject(py)?.into_any().unbind())
            }
            Ok(None) => Advance::Done(py.None()),
            Err(need) => {
                self.waited |= matches!(need, Advance::NeedIo { until: Some(_) } | Advance::SleepUntil(_));
                need
            }
        })
    }
}

#[pymethods]
impl Connection {
    /// An IDLE of the mailbox that is open.
    fn idle(&self, py: Python<'_>, selection: u64) -> PyResult<Idle> {
        let events = AwaitEvents::new(&self.engine, self.selected(py, selection)?);
        Ok(Idle { events, selection, call: self.calls })
    }

    /// The next event, or nothing after so many seconds.
    fn next_event(&mut self, py: Python<'_>, idle: Py<Idle>, timeout: Option<f64>) -> PyResult<()> {
        let until = until(timeout)?;
        let mut waiting = idle.bind(py).try_borrow_mut()?;
        let selection = self.selected(py, waiting.selection)?;
        match waiting.call == self.calls {
            // The IDLE in flight goes on from one wait to the next.
            true => self.started.clear(),
            false => waiting.events = AwaitEvents::new(&self.engine, selection),
        }
        waiting.call = self.calls + 1;
        drop(waiting);
        let timeouts = self.timeouts.clone();
        self.begin_task(Box::new(NextEvent { idling: idle, timeouts, until, waited: false }));
        Ok(())
    }

    /// Ends an IDLE, so that other commands can be sent. False where it was ended for another call.
    fn end_idle(&mut self, py: Python<'_>, idle: Py<Idle>) -> PyResult<bool> {
        if idle.bind(py).try_borrow()?.call != self.calls {
            return Ok(false);
        }
        self.started.clear();
        self.begin_task(Box::new(EndIdle(idle)));
        Ok(true)
    }

    /// The next change of a watched mailbox, or nothing after so many seconds.
    fn next_change(&mut self, watched: Py<Watched>, timeout: Option<f64>) -> PyResult<()> {
        let task = NextChange { watched, timeouts: self.timeouts.clone(), until: until(timeout)?, waited: false };
        self.started.clear();
        self.begin_task(Box::new(task));
        Ok(())
    }
}

/// The moment so many seconds from now.
fn until(timeout: Option<f64>) -> PyResult<Option<Instant>> {
    let Some(seconds) = timeout else { return Ok(None) };
    let span = Duration::try_from_secs_f64(seconds)
        .map_err(|_| pyo3::exceptions::PyValueError::new_err("the timeout must be a number of seconds"))?;
    Ok(Some(after(Instant::now(), span)))
}

/// What was known of a mailbox, from its bytes.
pub(super) fn known_mailbox(known: Option<&[u8]>) -> PyResult<KnownMailbox> {
    let Some(bytes) = known else { return Ok(KnownMailbox::new()) };
    KnownMailbox::from_bytes(bytes).map_err(|error| pyo3::exceptions::PyValueError::new_err(error.to_string()))
}
