//! What a server reports by itself.

use imaplib_proto::engine;
use imaplib_proto::types::Untagged;
use pyo3::prelude::*;

use super::flags::to_set;
use super::row::Row;
use super::uids::Uids;

/// What a server reports by itself.
#[pyclass(frozen, module = "imaplib_rs")]
pub(crate) struct Event {
    /// `exists`, `recent`, `expunge`, `vanished`, `fetch`, `status` or `other`.
    #[pyo3(get)]
    kind: &'static str,
    /// How many messages there are, or the sequence number of the one that is gone.
    #[pyo3(get)]
    number: Option<u32>,
    /// The messages that are gone, by UID.
    #[pyo3(get)]
    uids: Option<Uids>,
    row: Option<Py<Row>>,
    /// The text of a status response.
    #[pyo3(get)]
    text: Option<String>,
}

impl Event {
    pub(crate) fn of(py: Python<'_>, event: engine::Event) -> PyResult<Self> {
        let mut made = Self { kind: "other", number: None, uids: None, row: None, text: None };
        match event.response {
            Untagged::Exists(count) => (made.kind, made.number) = ("exists", Some(count)),
            Untagged::Recent(count) => (made.kind, made.number) = ("recent", Some(count)),
            Untagged::Expunge(number) => (made.kind, made.number) = ("expunge", Some(number.get())),
            Untagged::Vanished { uids, .. } => (made.kind, made.uids) = ("vanished", Some(Uids(uids))),
            Untagged::Fetch(fetch) => {
                let flags = fetch.flags.as_ref().map(|flags| to_set(py, flags)).transpose()?;
                made.kind = "fetch";
                made.row = Some(Py::new(py, Row::new(Box::new(fetch), flags, None))?);
            }
            Untagged::Status(status) => {
                made.kind = "status";
                made.text = Some(status.text.to_string_lossy().into_owned());
            }
            _ => {}
        }
        Ok(made)
    }
}

#[pymethods]
impl Event {
    /// The message whose flags are others now.
    #[getter]
    fn row(&self, py: Python<'_>) -> Option<Py<Row>> {
        self.row.as_ref().map(|row| row.clone_ref(py))
    }

    fn __repr__(&self) -> String {
        match self.number {
            Some(number) => format!("<Event {} {number}>", self.kind),
            None => format!("<Event {}>", self.kind),
        }
    }
}
