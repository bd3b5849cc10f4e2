//! The parsed header of a message, decoded.

use imaplib_proto::types::{self, Addresses, ImapString};
use pyo3::prelude::*;

use super::dates::to_datetime;

/// The parsed header of a message.
#[pyclass(frozen, module = "imaplib_rs")]
pub(crate) struct Envelope(pub(crate) types::Envelope);

/// An address: a name and where mail goes.
#[pyclass(eq, frozen, module = "imaplib_rs")]
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Address {
    /// The display name, decoded. It is the sender's choice, and may look like an address.
    #[pyo3(get)]
    name: Option<String>,
    /// `mailbox@host`.
    #[pyo3(get)]
    email: String,
}

#[pymethods]
impl Address {
    fn __str__(&self) -> String {
        match &self.name {
            Some(name) => format!("{name} <{}>", self.email),
            None => self.email.clone(),
        }
    }

    fn __repr__(&self) -> String {
        format!("Address({:?}, {:?})", self.name.as_deref().unwrap_or_default(), self.email)
    }
}

fn people(addresses: Addresses<'_>) -> Vec<Address> {
    let made = addresses.emails().map(|email| Address { name: email.display_name(), email: email.address() });
    made.collect()
}

fn text(value: Option<ImapString>) -> Option<String> {
    value.map(|value| value.to_string_lossy().into_owned())
}

#[pymethods]
impl Envelope {
    /// The subject, decoded.
    #[getter]
    fn subject(&self) -> Option<String> {
        self.0.subject().map(|subject| subject.decoded())
    }

    /// The Date field as a moment in UTC.
    #[getter]
    fn date(&self, py: Python<'_>) -> PyResult<Option<Py<PyAny>>> {
        self.0.sent_at().map_or(Ok(None), |moment| to_datetime(py, moment))
    }

    /// The Date field as it came.
    #[getter]
    fn date_text(&self) -> Option<String> {
        text(self.0.date())
    }

    #[getter]
    fn message_id(&self) -> Option<String> {
        text(self.0.message_id())
    }

    #[getter]
    fn in_reply_to(&self) -> Option<String> {
        text(self.0.in_reply_to())
    }

    #[getter]
    fn from_(&self) -> Vec<Address> {
        people(self.0.from())
    }

    #[getter]
    fn sender(&self) -> Vec<Address> {
        people(self.0.sender())
    }

    #[getter]
    fn reply_to(&self) -> Vec<Address> {
        people(self.0.reply_to())
    }

    #[getter]
    fn to(&self) -> Vec<Address> {
        people(self.0.to())
    }

    #[getter]
    fn cc(&self) -> Vec<Address> {
        people(self.0.cc())
    }

    #[getter]
    fn bcc(&self) -> Vec<Address> {
        people(self.0.bcc())
    }

    fn __repr__(&self) -> String {
        format!("<Envelope {:?}>", self.subject().unwrap_or_default())
    }
}
