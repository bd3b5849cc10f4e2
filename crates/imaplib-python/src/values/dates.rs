//! Dates and moments as those of `datetime`.

use imaplib_proto::types::{Date, DateTime, InvalidValue};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyDict;

fn invalid(error: InvalidValue) -> PyErr {
    PyValueError::new_err(error.to_string())
}

/// A moment with its zone; nothing where Python has no such moment.
pub(crate) fn to_datetime(py: Python<'_>, moment: DateTime) -> PyResult<Option<Py<PyAny>>> {
    let date = moment.date();
    if date.year() == 0 || moment.offset().unsigned_abs() >= 24 * 60 {
        return Ok(None);
    }
    let module = py.import("datetime")?;
    let minutes = PyDict::new(py);
    minutes.set_item("minutes", moment.offset())?;
    let zone = module.getattr("timezone")?.call1((module.getattr("timedelta")?.call((), Some(&minutes))?,))?;
    // Python has no leap seconds.
    let second = moment.second().min(59);
    let parts = (date.year(), date.month(), date.day(), moment.hour(), moment.minute(), second, 0, zone);
    Ok(Some(module.getattr("datetime")?.call1(parts)?.unbind()))
}

/// The moment of an aware `datetime`.
pub(crate) fn from_datetime(value: &Bound<'_, PyAny>) -> PyResult<DateTime> {
    let offset = value.call_method0("utcoffset")?;
    if offset.is_none() {
        return Err(PyValueError::new_err("the datetime must have a zone: datetime.now().astimezone()"));
    }
    let seconds: f64 = offset.call_method0("total_seconds")?.extract()?;
    #[allow(clippy::cast_possible_truncation)] // At most a day in minutes.
    let minutes = (seconds / 60.0).round() as i16;
    let part = |name: &str| value.getattr(name)?.extract::<u8>();
    let date = to_date(value)?;
    DateTime::new(date, part("hour")?, part("minute")?, part("second")?, minutes).map_err(invalid)
}

/// The day of a `date` or `datetime`.
pub(crate) fn to_date(value: &Bound<'_, PyAny>) -> PyResult<Date> {
    let part = |name: &str| value.getattr(name);
    let (Ok(year), Ok(month), Ok(day)) = (part("year"), part("month"), part("day")) else {
        return Err(PyTypeError::new_err(format!("not a date: {}", value.repr()?)));
    };
    Date::new(year.extract()?, month.extract()?, day.extract()?).map_err(invalid)
}
