//! What a server may lack: reported by name, before it is tried.

use imaplib::blocking::Session;
use imaplib::types::Capability;

use crate::error::{Exit, Failure, Result};

/// Fails where the server lacks the capability; the hint is what else can be done.
pub(crate) fn require(session: &Session, capability: Capability, hint: &str) -> Result<()> {
    if session.capabilities().has(capability) { Ok(()) } else { Err(missing(capability.name()).hint(hint)) }
}

/// The error for what the server lacks.
pub(crate) fn missing(name: &str) -> Failure {
    Failure::new(Exit::Unavailable, format!("the server does not offer {name}"))
}
