//! Conditions of a search from keywords.

use imaplib_proto::command::Search;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::dates::to_date;
use super::error::raise;
use super::flags::to_flag;
use super::uids::to_uids;

/// Conditions on messages. They are joined by `&`, `|` and `~`.
#[pyclass(name = "Search", frozen, module = "imaplib_rs")]
#[derive(Clone)]
pub(crate) struct Criteria {
    pub(crate) search: Search,
}

#[pymethods]
impl Criteria {
    /// Conditions by name, all of which must hold, and in the words of the protocol.
    #[new]
    #[pyo3(signature = (text = None, /, **keywords))]
    fn new(py: Python<'_>, text: Option<&str>, keywords: Option<&Bound<'_, PyDict>>) -> PyResult<Self> {
        let mut search = match text {
            None => Search::new(),
            Some(text) => text.parse().map_err(|error: imaplib_proto::types::InvalidValue| raise(py, error.into()))?,
        };
        for (name, value) in keywords.into_iter().flatten() {
            search = with(py, search, &name.extract::<String>()?, &value)?;
        }
        Ok(Self { search })
    }

    fn __and__(&self, other: &Self) -> Self {
        Self { search: self.search.clone().and(other.search.clone()) }
    }

    fn __or__(&self, other: &Self) -> Self {
        Self { search: self.search.clone().or(other.search.clone()) }
    }

    fn __invert__(&self) -> Self {
        Self { search: Search::new().and_not(self.search.clone()) }
    }
}

/// The conditions with one more.
fn with(py: Python<'_>, search: Search, name: &str, value: &Bound<'_, PyAny>) -> PyResult<Search> {
    let text = || value.extract::<String>();
    let number = || value.extract::<u64>();
    let day = || to_date(value);
    let flag = || to_flag(py, &text()?);
    // Seconds, or a timedelta.
    let seconds = || -> PyResult<u64> {
        match value.call_method0("total_seconds") {
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // It saturates, and no time is negative.
            Ok(total) => Ok(total.extract::<f64>()?.max(0.0) as u64),
            Err(_) => number(),
        }
    };
    Ok(match name {
        "seen" => either(search, value, Search::and_seen, Search::and_unseen)?,
        "unseen" => either(search, value, Search::and_unseen, Search::and_seen)?,
        "flagged" => either(search, value, Search::and_flagged, Search::and_unflagged)?,
        "answered" => either(search, value, Search::and_answered, Search::and_unanswered)?,
        "deleted" => either(search, value, Search::and_deleted, Search::and_undeleted)?,
        "draft" => either(search, value, Search::and_draft, Search::and_undraft)?,
        "from_" => search.from(text()?),
        "to" => search.to(text()?),
        "cc" => search.cc(text()?),
        "bcc" => search.bcc(text()?),
        "subject" => search.subject(text()?),
        "body" => search.body(text()?),
        "text" => search.text(text()?),
        "header" => {
            let (field, text): (String, String) = value.extract()?;
            search.header(field, text)
        }
        "keyword" => search.keyword(flag()?),
        "unkeyword" => search.unkeyword(flag()?),
        "before" => search.before(day()?),
        "on" => search.on(day()?),
        "since" => search.since(day()?),
        "sent_before" => search.sent_before(day()?),
        "sent_on" => search.sent_on(day()?),
        "sent_since" => search.sent_since(day()?),
        "larger" => search.larger(number()?),
        "smaller" => search.smaller(number()?),
        "younger" => search.younger(seconds()?),
        "older" => search.older(seconds()?),
        "changed_since" => search.changed_since(number()?),
        "gmail" => search.gmail_raw(text()?),
        "uids" => search.uids(to_uids(value)?),
        _ => return Err(PyTypeError::new_err(format!("there is no condition {name:?}"))),
    })
}

/// One of two conditions, by a truth value.
fn either(
    search: Search,
    value: &Bound<'_, PyAny>,
    positive: fn(Search) -> Search,
    negative: fn(Search) -> Search,
) -> PyResult<Search> {
    let holds: bool = value.extract()?;
    Ok(if holds { positive(search) } else { negative(search) })
}
