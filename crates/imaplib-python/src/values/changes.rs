//! What changed in a mailbox.

use imaplib_proto::client::{Restart, SyncWay, Synced};
use imaplib_proto::types::MessageFlags;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};

use super::flags::FlagCache;
use super::uids::Uids;

/// What changed in a mailbox since a program saw it last.
#[pyclass(frozen, module = "imaplib_rs")]
pub(crate) struct Changes {
    synced: Synced,
}

impl Changes {
    pub(crate) fn of(synced: Synced) -> Self {
        Self { synced }
    }

    fn inner(&self) -> &imaplib_proto::client::Changes {
        match &self.synced {
            Synced::Changed(changes) | Synced::Restarted(_, changes) => changes,
            // The enum can grow, and all it can grow by has changes.
            _ => NONE.get_or_init(Default::default),
        }
    }
}

static NONE: std::sync::OnceLock<imaplib_proto::client::Changes> = std::sync::OnceLock::new();

fn by_uid(py: Python<'_>, flags: &MessageFlags) -> PyResult<Py<PyDict>> {
    let (found, mut cache) = (PyDict::new(py), FlagCache::default());
    for (uid, flags) in flags.iter() {
        found.set_item(uid.get(), cache.get(py, flags)?)?;
    }
    Ok(found.unbind())
}

#[pymethods]
impl Changes {
    /// The messages that are new, with their flags.
    #[getter(new)]
    fn new_messages(&self, py: Python<'_>) -> PyResult<Py<PyDict>> {
        by_uid(py, &self.inner().new)
    }

    /// The messages that are gone.
    #[getter]
    fn vanished(&self) -> Uids {
        Uids(self.inner().vanished.clone())
    }

    /// The messages whose flags may be others now, with these flags.
    #[getter]
    fn flags(&self, py: Python<'_>) -> PyResult<Py<PyDict>> {
        by_uid(py, &self.inner().flags)
    }

    /// What is known from now on: to be saved together with what was made of the changes.
    #[getter]
    fn known<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.inner().known.to_bytes())
    }

    /// Why what was known means nothing any more, if so: all messages are new then.
    #[getter]
    fn restarted(&self) -> Option<&'static str> {
        match &self.synced {
            Synced::Restarted(Restart::UidValidity { .. }, _) => Some("uid_validity"),
            Synced::Restarted(Restart::OtherMailbox, _) => Some("other_mailbox"),
            Synced::Restarted(..) => Some("no_uid_validity"),
            _ => None,
        }
    }

    /// How the server was asked: `resync`, `condstore` or `compared`.
    #[getter]
    fn way(&self) -> &'static str {
        match self.inner().way {
            SyncWay::Resync => "resync",
            SyncWay::CondStore => "condstore",
            _ => "compared",
        }
    }

    /// Whether the server seems to have been set back to an earlier state.
    #[getter]
    fn is_set_back(&self) -> bool {
        self.inner().set_back.is_some()
    }

    fn __bool__(&self) -> bool {
        !self.synced.is_unchanged()
    }

    fn __repr__(&self) -> String {
        let changes = self.inner();
        let (new, vanished, flags) = (changes.new.len(), changes.vanished.len(), changes.flags.len());
        format!("<Changes: {new} new, {vanished} vanished, {flags} with other flags>")
    }
}
