//! A row of the answer to a FETCH.

use imaplib_proto::types::{Fetch, SectionBody};
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use super::dates::to_datetime;
use super::envelope::Envelope;
use super::structure::Structure;

/// What the server sent of one message. What it did not send is None.
#[pyclass(module = "imaplib_rs")]
pub(crate) struct Row {
    pub(crate) fetch: Box<Fetch>,
    pub(crate) flags: Option<Py<PyAny>>,
    /// What makes the bodies of the row, and the number of the stream that it is of.
    owner: Option<(Py<PyAny>, u64)>,
}

impl Row {
    pub(crate) fn new(fetch: Box<Fetch>, flags: Option<Py<PyAny>>, owner: Option<(Py<PyAny>, u64)>) -> Self {
        Self { fetch, flags, owner }
    }

    fn owner(&self, py: Python<'_>) -> Option<(Py<PyAny>, u64)> {
        self.owner.as_ref().map(|(owner, stream)| (owner.clone_ref(py), *stream))
    }
}

/// A text of a row: its name, where it begins, its length and its bytes; without these it streams.
type Section = (String, Option<u64>, Option<u64>, Option<Py<PyBytes>>);

#[pymethods]
impl Row {
    #[getter]
    fn uid(&self) -> Option<u32> {
        self.fetch.uid.map(|uid| uid.get())
    }

    #[getter]
    fn sequence_number(&self) -> Option<u32> {
        self.fetch.seq.map(|number| number.get())
    }

    #[getter]
    fn flags(&self, py: Python<'_>) -> Option<Py<PyAny>> {
        self.flags.as_ref().map(|flags| flags.clone_ref(py))
    }

    #[getter]
    fn size(&self) -> Option<u64> {
        self.fetch.size
    }

    /// When the message arrived.
    #[getter]
    fn internal_date(&self, py: Python<'_>) -> PyResult<Option<Py<PyAny>>> {
        self.fetch.internal_date.map_or(Ok(None), |moment| to_datetime(py, moment))
    }

    #[getter]
    fn mod_seq(&self) -> Option<u64> {
        self.fetch.mod_seq
    }

    #[getter]
    fn envelope(&self) -> Option<Envelope> {
        self.fetch.envelope.as_deref().map(|envelope| Envelope(envelope.clone()))
    }

    #[getter]
    fn structure(&self) -> Option<Structure> {
        let structure = self.fetch.body_structure.as_deref().or(self.fetch.body.as_deref());
        structure.map(|structure| Structure(structure.clone()))
    }

    /// The items that the library does not know: name and raw value.
    #[getter]
    fn other<'py>(&self, py: Python<'py>) -> Vec<(String, Bound<'py, PyBytes>)> {
        let named = self.fetch.other.iter();
        named.map(|(name, value)| (name.to_string_lossy().into_owned(), PyBytes::new(py, value))).collect()
    }

    /// The first text of the message.
    #[getter]
    fn body(slf: Bound<'_, Self>) -> PyResult<Py<PyAny>> {
        let py = slf.py();
        match slf.borrow().owner(py) {
            Some((owner, stream)) => owner.call_method1(py, "_body", (slf, stream)),
            None => Ok(py.None()),
        }
    }

    /// The texts of the message, in the order in which they come.
    fn bodies(slf: Bound<'_, Self>) -> PyResult<Py<PyAny>> {
        let py = slf.py();
        match slf.borrow().owner(py) {
            Some((owner, stream)) => owner.call_method1(py, "_bodies", (slf, stream)),
            None => Ok(pyo3::types::PyTuple::empty(py).into_any().unbind()),
        }
    }

    /// The text at this place, if it is known.
    fn _section(&self, py: Python<'_>, place: usize) -> Option<Section> {
        let section = self.fetch.sections.get(place)?;
        let data = match &section.data {
            SectionBody::Here(bytes) => Some(PyBytes::new(py, bytes).unbind()),
            SectionBody::Nil => Some(PyBytes::new(py, b"").unbind()),
            _ => None,
        };
        Some((section.name.to_string(), section.origin, section.data.len(), data))
    }

    /// How many texts are known.
    #[getter]
    fn _sections(&self) -> usize {
        self.fetch.sections.len()
    }

    fn __repr__(&self) -> String {
        match self.uid() {
            Some(uid) => format!("<Row {uid}>"),
            None => "<Row>".to_owned(),
        }
    }
}
