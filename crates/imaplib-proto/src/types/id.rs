//! ID: how a server or a client describes itself (RFC 2971).

use super::{ImapString, InvalidValue};

/// The fields of an ID command or response, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Id {
    fields: Vec<(ImapString, Option<ImapString>)>,
}

impl Id {
    /// No field: `NIL`.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// From fields that a server sent.
    pub(crate) fn from_fields(fields: Vec<(ImapString, Option<ImapString>)>) -> Self {
        Self { fields }
    }

    /// Adds a field that a client sends.
    ///
    /// # Errors
    /// If the name is longer than 30 bytes or the value than 1024, if there are 30 fields already, or if one holds
    /// NUL, CR or LF (RFC 2971, section 3.3).
    pub fn with(mut self, name: &str, value: &str) -> Result<Self, InvalidValue> {
        let illegal = |text: &str| text.contains(['\0', '\r', '\n']);
        if name.is_empty() || name.len() > 30 || illegal(name) || self.fields.len() >= 30 {
            return Err(InvalidValue::new("ID field", name));
        }
        if value.len() > 1024 || illegal(value) {
            return Err(InvalidValue::new("ID value", value));
        }
        self.fields.push((name.into(), Some(value.into())));
        Ok(self)
    }

    /// The value of the first field with this name, in any case.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&ImapString> {
        let found = self.fields.iter().find(|(field, _)| field.eq_ignore_ascii_case(name));
        found.and_then(|(_, value)| value.as_ref())
    }

    /// The fields in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&ImapString, Option<&ImapString>)> {
        self.fields.iter().map(|(name, value)| (name, value.as_ref()))
    }

    /// Whether there is no field.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }
}
