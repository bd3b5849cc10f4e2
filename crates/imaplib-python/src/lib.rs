//! The extension module of the Python package `imaplib_rs`.
//!
//! Python owns the socket, TLS, the commands and the dictionaries; this crate owns what was received, and the loop over
//! its responses.

use pyo3::prelude::*;

mod wire;

/// What the package's Python files import.
#[pymodule(name = "_native")]
mod native {
    #[pymodule_export]
    use crate::wire::{LiteralRule, Stop, Wire, paren_depth};
}
