//! The error of a value that cannot stand on the wire.

use std::fmt;

/// A value was refused before anything was sent: it has no legal form in the protocol, or is not what it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidValue {
    what: &'static str,
    value: String,
}

impl InvalidValue {
    /// `what` names the kind of value, `value` is what was given. Never pass a secret.
    #[must_use]
    pub fn new(what: &'static str, value: impl AsRef<[u8]>) -> Self {
        let shown: Vec<u8> = value.as_ref().iter().copied().take(80).collect();
        Self { what, value: shown.escape_ascii().to_string() }
    }

    /// The kind of value that was expected.
    #[must_use]
    pub fn what(&self) -> &'static str {
        self.what
    }
}

impl fmt::Display for InvalidValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not a valid {}: \"{}\"", self.what, self.value)
    }
}

impl std::error::Error for InvalidValue {}
