//! A procedure of the core, whose output becomes a value of Python.

use std::time::Instant;

use imaplib_proto::client::{Advance, Error, Procedure};
use imaplib_proto::engine::Engine;
use pyo3::prelude::*;

use crate::values::error::raise;

/// Something that is advanced until it is done.
pub(super) trait Task: Send + Sync {
    /// Continues as far as possible without I/O.
    fn advance(&mut self, py: Python<'_>, engine: &mut Engine, now: Instant) -> PyResult<Advance<Py<PyAny>>>;

    /// Adds what this knows to the error that ended it from outside.
    fn interrupted(&mut self, _engine: &mut Engine, error: Error) -> Error {
        error
    }
}

/// A procedure and what makes a value of Python of its output.
pub(super) struct Driven<P, F> {
    procedure: P,
    convert: Option<F>,
}

impl<P, F> Driven<P, F>
where
    P: Procedure,
    F: FnOnce(Python<'_>, P::Output) -> PyResult<Py<PyAny>>,
{
    pub(super) fn new(procedure: P, convert: F) -> Self {
        Self { procedure, convert: Some(convert) }
    }
}

impl<P, F> Task for Driven<P, F>
where
    P: Procedure + Send + Sync,
    F: FnOnce(Python<'_>, P::Output) -> PyResult<Py<PyAny>> + Send + Sync,
{
    fn advance(&mut self, py: Python<'_>, engine: &mut Engine, now: Instant) -> PyResult<Advance<Py<PyAny>>> {
        let advance = self.procedure.advance(engine, now).map_err(|error| raise(py, error))?;
        match split(advance) {
            Err(need) => Ok(need),
            Ok(output) => match self.convert.take() {
                Some(convert) => convert(py, output).map(Advance::Done),
                None => Ok(Advance::Done(py.None())),
            },
        }
    }

    fn interrupted(&mut self, engine: &mut Engine, error: Error) -> Error {
        self.procedure.interrupted(engine, error)
    }
}

/// What a procedure asks for, where it is not done; else its output.
pub(super) fn split<T, U>(advance: Advance<T>) -> Result<T, Advance<U>> {
    Err(match advance {
        Advance::Done(output) => return Ok(output),
        Advance::NeedIo { until } => Advance::NeedIo { until },
        Advance::NeedSource { command, left } => Advance::NeedSource { command, left },
        Advance::NeedSend => Advance::NeedSend,
        Advance::NeedMessage => Advance::NeedMessage,
        Advance::SleepUntil(time) => Advance::SleepUntil(time),
        _ => Advance::NeedIo { until: None },
    })
}
