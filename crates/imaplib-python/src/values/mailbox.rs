//! Mailboxes, their figures, and where messages went.

use imaplib_proto::client;
use imaplib_proto::engine::SelectedMailbox;
use imaplib_proto::types::{self, AppendUid, CopyUid, MailboxStatus, Reported, UidRanges};
use pyo3::prelude::*;
use pyo3::types::PyFrozenSet;

use super::uids::Uids;

/// Figures of a mailbox. What was not asked for is None.
#[pyclass(frozen, get_all, module = "imaplib_rs")]
#[derive(Clone)]
pub(crate) struct Status {
    name: String,
    messages: Option<u64>,
    recent: Option<u64>,
    uid_next: Option<u64>,
    uid_validity: Option<u64>,
    unseen: Option<u64>,
    deleted: Option<u64>,
    size: Option<u64>,
    highest_mod_seq: Option<u64>,
    mailbox_id: Option<String>,
}

impl Status {
    pub(crate) fn of(status: MailboxStatus) -> Self {
        Self {
            name: status.name.to_text().into_owned(),
            messages: status.messages,
            recent: status.recent,
            uid_next: status.uid_next,
            uid_validity: status.uid_validity,
            unseen: status.unseen,
            deleted: status.deleted,
            size: status.size,
            highest_mod_seq: status.highest_mod_seq,
            mailbox_id: status.mailbox_id.map(|id| id.to_string_lossy().into_owned()),
        }
    }
}

/// A mailbox that a server lists.
#[pyclass(frozen, module = "imaplib_rs")]
pub(crate) struct ListedMailbox(types::ListedMailbox);

impl ListedMailbox {
    pub(crate) fn of(listed: types::ListedMailbox) -> Self {
        Self(listed)
    }
}

#[pymethods]
impl ListedMailbox {
    #[getter]
    fn name(&self) -> String {
        self.0.listing.name.to_text().into_owned()
    }

    #[getter]
    fn delimiter(&self) -> Option<char> {
        self.0.listing.delimiter
    }

    /// The attributes, such as `\Sent` and `\HasChildren`.
    #[getter]
    fn attributes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyFrozenSet>> {
        let attributes = self.0.listing.attributes.iter();
        PyFrozenSet::new(py, attributes.map(|one| String::from_utf8_lossy(one.as_bytes()).into_owned()))
    }

    /// Whether a mailbox of this name can be selected.
    #[getter]
    fn is_selectable(&self) -> bool {
        self.0.listing.is_selectable()
    }

    /// Its figures, if they were asked for.
    #[getter]
    fn status(&self) -> Option<Status> {
        self.0.status.clone().map(Status::of)
    }

    fn __repr__(&self) -> String {
        format!("<ListedMailbox {:?}>", self.name())
    }
}

/// The mailbox that is open, as the server shows it at this moment.
#[pyclass(frozen, get_all, module = "imaplib_rs")]
pub(crate) struct OpenMailbox {
    name: String,
    exists: u32,
    uid_validity: Option<u64>,
    uid_next: Option<u64>,
    highest_mod_seq: Option<u64>,
    is_read_only: bool,
}

impl OpenMailbox {
    pub(crate) fn of(mailbox: &SelectedMailbox) -> Self {
        Self {
            name: mailbox.name.to_text().into_owned(),
            exists: mailbox.exists,
            uid_validity: mailbox.uid_validity,
            uid_next: mailbox.uid_next,
            highest_mod_seq: mailbox.highest_mod_seq,
            is_read_only: mailbox.read_only,
        }
    }
}

/// Where a message is that was appended.
#[pyclass(frozen, get_all, module = "imaplib_rs")]
pub(crate) struct Appended {
    uid_validity: u64,
    uid: Option<u32>,
}

impl Appended {
    pub(crate) fn of(uid: &AppendUid) -> Self {
        Self { uid_validity: uid.uid_validity, uid: uid.uids.iter().next().map(|uid| uid.get()) }
    }
}

/// So many messages can a server name of those that were copied.
const MOST_PAIRS: u64 = 4_000_000;

/// Where messages are that were copied.
#[pyclass(frozen, module = "imaplib_rs")]
pub(crate) struct Copied(CopyUid);

#[pymethods]
impl Copied {
    /// The UIDVALIDITY of the target.
    #[getter]
    fn uid_validity(&self) -> u64 {
        self.0.uid_validity
    }

    /// The messages that were copied.
    #[getter]
    fn source(&self) -> Uids {
        set(&self.0.source)
    }

    /// The copies.
    #[getter]
    fn target(&self) -> Uids {
        set(&self.0.target)
    }

    /// Each message with its copy. None where the server contradicts itself, or names more messages than a mailbox has.
    fn pairs(&self) -> Option<Vec<(u32, u32)>> {
        let is_believed = self.0.is_consistent() && self.0.source.len() <= MOST_PAIRS;
        is_believed.then(|| self.0.pairs().map(|(from, to)| (from.get(), to.get())).collect())
    }
}

fn set(ranges: &UidRanges) -> Uids {
    Uids(ranges.to_set())
}

/// What became of messages that were moved.
#[pyclass(frozen, module = "imaplib_rs")]
pub(crate) struct Moved {
    copied: Option<CopyUid>,
    stayed: Uids,
}

#[pymethods]
impl Moved {
    /// Where the messages are, if the server reports it.
    #[getter]
    fn copied(&self) -> Option<Copied> {
        self.copied.clone().map(Copied)
    }

    /// Messages that are still in the mailbox, although the server accepted the command.
    #[getter]
    fn stayed(&self) -> Uids {
        self.stayed.clone()
    }
}

/// What COPY reports, as a value of Python.
pub(crate) fn copied(py: Python<'_>, report: Reported<CopyUid>) -> PyResult<Py<PyAny>> {
    match report.into_value() {
        Some(report) => Ok(Py::new(py, Copied(report))?.into_any()),
        None => Ok(py.None()),
    }
}

/// What became of messages that were moved, as a value of Python.
pub(crate) fn moved(py: Python<'_>, moved: client::Moved) -> PyResult<Py<PyAny>> {
    let made = Moved { copied: moved.copied.into_value(), stayed: Uids(moved.stayed) };
    Ok(Py::new(py, made)?.into_any())
}
