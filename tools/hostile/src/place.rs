//! Where a scenario is played.

use std::path::Path;

use imaplib_testserver::hostile::{Hostile, Scenario};

/// A server that plays the scenario, and the files beside it.
pub(crate) struct Place<'a> {
    pub(crate) server: &'a Hostile,
    /// The file of the authority to trust.
    pub(crate) ca: &'a Path,
    /// A folder for what the client writes.
    pub(crate) folder: &'a Path,
}

impl Place<'_> {
    /// The host and the port.
    pub(crate) fn address(&self, scenario: &Scenario) -> String {
        format!("{}:{}", scenario.host, self.server.port())
    }
}
