//! Errors as the exceptions of `imaplib_rs`.

use imaplib_proto::client::{Error, ErrorKind, ExternalFailure};
use pyo3::prelude::*;
use pyo3::types::PyType;

/// The error that an exception was made of.
#[pyclass(frozen, module = "imaplib_rs._native")]
pub(crate) struct Reason(Error);

/// The class of exceptions for this kind of failure.
fn class(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::BadArgument => "BadArgument",
        ErrorKind::Unsupported => "Unsupported",
        ErrorKind::ReadOnly => "ReadOnly",
        ErrorKind::Authentication => "AuthenticationFailed",
        ErrorKind::Unavailable => "Unavailable",
        ErrorKind::NoSuchMailbox => "NoSuchMailbox",
        ErrorKind::AlreadyExists => "AlreadyExists",
        ErrorKind::OverQuota => "OverQuota",
        ErrorKind::PermissionDenied => "PermissionDenied",
        ErrorKind::Refused => "Refused",
        ErrorKind::Limit => "LimitExceeded",
        ErrorKind::ConnectionLost => "ConnectionLost",
        ErrorKind::Timeout => "TimedOut",
        ErrorKind::Unreachable => "Unreachable",
        ErrorKind::Tls => "TlsFailed",
        ErrorKind::Protocol => "ProtocolError",
        _ => "Error",
    }
}

/// The exception for an error, as an object.
pub(crate) fn exception(py: Python<'_>, error: &Error) -> PyResult<Py<PyAny>> {
    let class = py.import("imaplib_rs._errors")?.getattr(class(error.kind()))?.cast_into::<PyType>()?;
    let made = class.call1((error.to_string(),))?;
    made.setattr("code", error.code().map(|code| code.name().into_owned()))?;
    made.setattr("is_outcome_unknown", error.is_outcome_unknown())?;
    made.setattr("is_temporary", error.is_temporary())?;
    made.setattr("missing_capability", error.missing_capability())?;
    made.setattr("_reason", Py::new(py, Reason(error.clone()))?)?;
    Ok(made.unbind())
}

/// The exception for an error, to be raised.
pub(crate) fn raise(py: Python<'_>, error: Error) -> PyErr {
    match exception(py, &error) {
        Ok(made) => PyErr::from_value(made.into_bound(py)),
        Err(failed) => failed,
    }
}

/// The error that an exception was made of, or that it means.
pub(crate) fn core_error(exception: &Bound<'_, PyAny>) -> Option<Error> {
    let reason = exception.getattr("_reason").ok()?;
    if let Ok(reason) = reason.cast::<Reason>() {
        return Some(reason.get().0.clone());
    }
    let class = exception.py().import("imaplib_rs._errors").and_then(|module| module.getattr("Unreachable"));
    let is_unreachable = class.is_ok_and(|class| exception.is_instance(&class).unwrap_or_default());
    is_unreachable.then(|| Error::external(ExternalFailure::Unreachable))
}

/// The exception of a limit that is not the core's.
pub(crate) fn limit(py: Python<'_>, text: &str) -> PyErr {
    let made = py.import("imaplib_rs._errors").and_then(|module| module.getattr("LimitExceeded"));
    match made.and_then(|class| class.call1((text,))) {
        Ok(made) => PyErr::from_value(made),
        Err(failed) => failed,
    }
}
