//! The extension module of the Python package `imaplib_rs`.
//!
//! Python owns the socket, TLS, the commands and the dictionaries. For the drop-in, this crate owns what was received, and the
//! loop over its responses (`wire`); for the modern API, the engine and what a client decides (`connection`), and the values
//! (`values`).

use pyo3::prelude::*;

mod connection;
mod values;
mod wire;

/// What the package's Python files import.
#[pymodule(name = "_native")]
mod native {
    #[pymodule_export]
    use crate::connection::{Connection, Idle, Need, Watched};
    #[pymodule_export]
    use crate::values::changes::Changes;
    #[pymodule_export]
    use crate::values::envelope::{Address, Envelope};
    #[pymodule_export]
    use crate::values::event::Event;
    #[pymodule_export]
    use crate::values::mailbox::{Appended, Copied, ListedMailbox, Moved, OpenMailbox, Status};
    #[pymodule_export]
    use crate::values::row::Row;
    #[pymodule_export]
    use crate::values::search::Criteria;
    #[pymodule_export]
    use crate::values::structure::{Part, PartDecoder, Structure};
    #[pymodule_export]
    use crate::values::uids::Uids;
    #[pymodule_export]
    use crate::wire::{LiteralRule, Stop, Wire, paren_depth};
}
