//! The extension module of the Python package `imaplib_rs`.
//!
//! Python owns the socket, TLS, the commands and the dictionaries. For the drop-in, this crate owns what was received, and the
//! loop over its responses (`wire`); for the modern API, the engine and what a client decides (`connection`), and the values
//! (`values`).

use pyo3::prelude::*;

mod connection;
mod modern;
mod values;
mod wire;

/// What the package's Python files import.
#[pymodule(name = "_native")]
mod native {
    #[pymodule_export]
    use crate::modern::find;
    #[pymodule_export]
    use crate::wire::{LiteralRule, Stop, Wire, paren_depth};
}
