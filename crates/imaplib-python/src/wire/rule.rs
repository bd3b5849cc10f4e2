//! Which literals a response announces, for the loop that runs in Python where a method of it was replaced.

use imaplib_proto::wire::Literals;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

/// Finds the literals of one response from its lines.
#[pyclass(module = "imaplib_rs._native")]
#[derive(Default)]
pub(crate) struct LiteralRule(Literals);

#[pymethods]
impl LiteralRule {
    #[new]
    fn new() -> Self {
        Self::default()
    }

    /// The length of the literal that the next line of the response announces, if it does. `ValueError` if it is impossible,
    /// or there can be none.
    fn announced(&mut self, line: &[u8]) -> PyResult<Option<u64>> {
        self.0.announced(line).map_err(|error| PyValueError::new_err(error.to_string()))
    }
}

/// How many lists are open behind these bytes of a response, if `depth` are open before them.
#[pyfunction]
#[pyo3(signature = (data, depth = 0))]
pub(crate) fn paren_depth(data: &[u8], depth: i64) -> i64 {
    let (mut depth, mut quoted, mut escaped) = (depth, false, false);
    for byte in data {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'(' if !quoted => depth += 1,
            b')' if !quoted => depth -= 1,
            _ => {}
        }
    }
    depth
}
