//! Messages to be appended, whose bytes Python has.

use std::collections::VecDeque;
use std::time::Instant;

use imaplib_proto::client::{Advance, AppendMessages, Error, Procedure};
use imaplib_proto::command::Append;
use imaplib_proto::engine::Engine;
use imaplib_proto::types::{DateTime, Reported};
use pyo3::prelude::*;
use pyo3::types::PyList;

use super::Connection;
use super::begin::mailbox_name;
use super::task::{Task, split};
use crate::values::dates::from_datetime;
use crate::values::error::{exception, raise};
use crate::values::flags::to_flags;
use crate::values::mailbox::Appended;

/// APPEND of messages that are known by their lengths.
struct Appending {
    procedure: AppendMessages,
    waiting: VecDeque<Append>,
    /// The number of each command that was begun, with the place of its message.
    places: VecDeque<(u64, u64)>,
    next: u64,
}

impl Task for Appending {
    fn advance(&mut self, py: Python<'_>, engine: &mut Engine, now: Instant) -> PyResult<Advance<Py<PyAny>>> {
        loop {
            let advance = self.procedure.advance(engine, now).map_err(|error| raise(py, error))?;
            let results = match split(advance) {
                Ok(results) => results,
                Err(Advance::NeedMessage) => {
                    match self.waiting.pop_front() {
                        None => self.procedure.end(),
                        Some(command) => {
                            if let Some(id) = self.procedure.push(engine, command) {
                                self.places.push_back((id, self.next));
                            }
                            self.next += 1;
                        }
                    }
                    continue;
                }
                Err(Advance::NeedSource { command, left }) => {
                    while self.places.front().is_some_and(|(id, _)| *id < command) {
                        self.places.pop_front();
                    }
                    let place = self.places.front().map_or(u64::MAX, |(_, place)| *place);
                    return Ok(Advance::NeedSource { command: place, left });
                }
                Err(need) => return Ok(need),
            };
            let values = PyList::empty(py);
            for result in results {
                match result {
                    Ok(Reported::Value(uid)) => values.append(Py::new(py, Appended::of(&uid))?)?,
                    Ok(_) => values.append(py.None())?,
                    Err(error) => values.append(exception(py, &error)?)?,
                }
            }
            return Ok(Advance::Done(values.into_any().unbind()));
        }
    }

    fn interrupted(&mut self, engine: &mut Engine, error: Error) -> Error {
        self.procedure.interrupted(engine, error)
    }
}

#[pymethods]
impl Connection {
    /// Appends messages, each by its length, flags and date. A result for each: where it is, nothing, or an exception.
    fn append(
        &mut self,
        py: Python<'_>,
        mailbox: &str,
        messages: Vec<(u64, Vec<String>, Option<Bound<'_, PyAny>>)>,
    ) -> PyResult<()> {
        let mailbox = mailbox_name(py, mailbox)?;
        let mut waiting = VecDeque::new();
        for (length, flags, date) in messages {
            let mut command = Append::new(mailbox.clone(), length).flags(to_flags(py, &flags)?);
            if let Some(date) = date {
                let date: DateTime = from_datetime(&date)?;
                command = command.date(date);
            }
            waiting.push_back(command);
        }
        let procedure = AppendMessages::new();
        self.begin_task(Box::new(Appending { procedure, waiting, places: VecDeque::new(), next: 0 }));
        Ok(())
    }
}
