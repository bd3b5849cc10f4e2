//! The classes of the modern API, which are made when the first of them is asked for: programs that use the drop-in alone do not pay
//! for them.

use pyo3::exceptions::PyAttributeError;
use pyo3::prelude::*;

use crate::connection::{Connection, Idle, Need, Watched};
use crate::values::changes::Changes;
use crate::values::envelope::{Address, Envelope};
use crate::values::event::Event;
use crate::values::mailbox::{Appended, Copied, ListedMailbox, Moved, OpenMailbox, Status};
use crate::values::row::Row;
use crate::values::search::Criteria;
use crate::values::structure::{Part, PartDecoder, Structure};
use crate::values::uids::Uids;

const MODULE: &str = "imaplib_rs._native";

/// Adds the classes to the module of this name, and finds one of them. Python calls it for a name that the module does not have.
#[pyfunction]
#[pyo3(name = "__getattr__")]
pub(crate) fn find<'py>(py: Python<'py>, name: &str) -> PyResult<Bound<'py, PyAny>> {
    let module = py.import(MODULE)?;
    // What the import system looks for begins so, and is not a class.
    if !name.starts_with('_') && !module.dict().contains("Connection")? {
        add_classes(&module)?;
    }
    let found = module.dict().get_item(name)?;
    found.ok_or_else(|| PyAttributeError::new_err(format!("module {MODULE:?} has no attribute {name:?}")))
}

fn add_classes(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Idle>()?;
    module.add_class::<Need>()?;
    module.add_class::<Watched>()?;
    module.add_class::<Changes>()?;
    module.add_class::<Address>()?;
    module.add_class::<Envelope>()?;
    module.add_class::<Event>()?;
    module.add_class::<Appended>()?;
    module.add_class::<Copied>()?;
    module.add_class::<ListedMailbox>()?;
    module.add_class::<Moved>()?;
    module.add_class::<OpenMailbox>()?;
    module.add_class::<Status>()?;
    module.add_class::<Row>()?;
    module.add_class::<Criteria>()?;
    module.add_class::<Part>()?;
    module.add_class::<PartDecoder>()?;
    module.add_class::<Structure>()?;
    module.add_class::<Uids>()?;
    // The last one: with it, all are there.
    module.add_class::<Connection>()
}
