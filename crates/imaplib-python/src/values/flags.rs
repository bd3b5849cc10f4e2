//! Flags of messages as frozen sets of texts.

use imaplib_proto::types::{Flag, Flags};
use pyo3::prelude::*;
use pyo3::types::PyFrozenSet;

use super::error::raise;

/// So many different sets of flags are kept.
const KEPT: usize = 64;

/// The sets that were made last: most messages have one of a few.
#[derive(Default)]
pub(crate) struct FlagCache(Vec<(Flags, Py<PyAny>)>);

impl FlagCache {
    /// The set of these flags.
    pub(crate) fn get(&mut self, py: Python<'_>, flags: &Flags) -> PyResult<Py<PyAny>> {
        if let Some((_, set)) = self.0.iter().find(|(kept, _)| kept == flags) {
            return Ok(set.clone_ref(py));
        }
        let set = to_set(py, flags)?;
        if self.0.len() == KEPT {
            self.0.clear();
        }
        self.0.push((flags.clone(), set.clone_ref(py)));
        Ok(set)
    }
}

/// A frozen set of the flags.
pub(crate) fn to_set(py: Python<'_>, flags: &Flags) -> PyResult<Py<PyAny>> {
    Ok(PyFrozenSet::new(py, flags.iter().map(|flag| flag.to_string()))?.into_any().unbind())
}

/// Flags from their texts.
pub(crate) fn to_flags(py: Python<'_>, texts: &[String]) -> PyResult<Flags> {
    texts.iter().map(|text| to_flag(py, text)).collect()
}

/// A flag from its text.
pub(crate) fn to_flag(py: Python<'_>, text: &str) -> PyResult<Flag> {
    text.parse().map_err(|error: imaplib_proto::types::InvalidValue| raise(py, error.into()))
}
