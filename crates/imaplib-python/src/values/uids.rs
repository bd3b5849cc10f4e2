//! Sets of UIDs.

use imaplib_proto::types::{Uid, UidSet};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyInt, PyString};

/// A set of UIDs, kept as ranges.
#[pyclass(name = "UidSet", eq, hash, frozen, module = "imaplib_rs")]
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct Uids(pub(crate) UidSet);

#[pymethods]
impl Uids {
    /// A set of a number, numbers, or a text such as `1:5,9`.
    #[new]
    #[pyo3(signature = (uids = None))]
    fn new(uids: Option<&Bound<'_, PyAny>>) -> PyResult<Self> {
        uids.map_or_else(|| Ok(UidSet::new()), to_uids).map(Self)
    }

    fn __str__(&self) -> String {
        self.0.to_string()
    }

    fn __repr__(&self) -> String {
        format!("UidSet('{}')", self.0)
    }

    fn __len__(&self) -> PyResult<usize> {
        Ok(usize::try_from(self.0.len())?)
    }

    fn __bool__(&self) -> bool {
        !self.0.is_empty()
    }

    fn __contains__(&self, uid: u32) -> bool {
        Uid::new(uid).is_some_and(|uid| self.0.contains(uid))
    }

    /// The numbers in ascending order, without those of an open end.
    fn __iter__(&self) -> Numbers {
        let ranges: Vec<_> = self.0.ranges().map(|(low, high)| (low.get(), high.get())).collect();
        Numbers { ranges: ranges.into_iter(), present: None }
    }

    fn __or__(&self, other: &Self) -> Self {
        Self(&self.0 | &other.0)
    }

    fn __and__(&self, other: &Self) -> Self {
        Self(&self.0 & &other.0)
    }

    fn __sub__(&self, other: &Self) -> Self {
        Self(&self.0 - &other.0)
    }

    /// The ranges in ascending order, both ends included.
    fn ranges(&self) -> Vec<(u32, u32)> {
        self.0.ranges().map(|(low, high)| (low.get(), high.get())).collect()
    }

    /// The lowest number.
    #[getter]
    fn first(&self) -> Option<u32> {
        self.0.first().map(Uid::get)
    }

    /// The highest number.
    #[getter]
    fn last(&self) -> Option<u32> {
        self.0.last().map(Uid::get)
    }

    /// The highest numbers, at most so many.
    fn greatest(&self, count: u64) -> Self {
        Self(self.0.greatest(count))
    }
}

/// Goes through the numbers of a set.
#[pyclass(module = "imaplib_rs._native")]
pub(crate) struct Numbers {
    ranges: std::vec::IntoIter<(u32, u32)>,
    present: Option<(u32, u32)>,
}

#[pymethods]
impl Numbers {
    fn __iter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __next__(&mut self) -> Option<u32> {
        let (low, high) = self.present.take().or_else(|| self.ranges.next())?;
        self.present = (low < high).then(|| (low + 1, high));
        Some(low)
    }
}

/// The UIDs that a value of Python names: a number, numbers, a text such as `1:5,9`, or a set.
pub(crate) fn to_uids(value: &Bound<'_, PyAny>) -> PyResult<UidSet> {
    if let Ok(uids) = value.cast::<Uids>() {
        return Ok(uids.get().0.clone());
    }
    if let Ok(text) = value.cast::<PyString>() {
        return text.to_str()?.parse().map_err(|error| PyValueError::new_err(format!("{error}")));
    }
    if value.is_instance_of::<PyInt>() {
        return number(value).map(UidSet::from);
    }
    let Ok(numbers) = value.try_iter() else {
        return Err(PyTypeError::new_err("UIDs are a number, numbers, a text such as '1:5,9', or a UidSet"));
    };
    let mut set = Vec::new();
    for one in numbers {
        set.push(number(&one?)?);
    }
    Ok(set.into_iter().collect())
}

fn number(value: &Bound<'_, PyAny>) -> PyResult<Uid> {
    if !value.is_instance_of::<PyInt>() || value.is_instance_of::<PyBool>() {
        return Err(PyTypeError::new_err(format!("not a UID: {}", value.repr()?)));
    }
    let number: Option<u32> = value.extract().ok();
    number.and_then(Uid::new).ok_or_else(|| PyValueError::new_err(format!("not a UID: {value}")))
}
