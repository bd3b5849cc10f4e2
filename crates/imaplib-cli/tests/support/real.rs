//! Runs the built binary against Dovecot.

use std::path::PathBuf;
use std::process::Command;

use realservers::Dovecot;

use super::{Run, command, finish};

/// An account on Dovecot, and how the tool reaches it.
pub struct Account {
    pub address: String,
    pub ca: Option<PathBuf>,
}

impl Account {
    pub fn new(server: &Dovecot, scheme: &str, user: &str) -> Self {
        let port = if scheme == "imaps" { server.tls_port } else { server.port };
        Self { address: format!("{scheme}://{user}@localhost:{port}"), ca: Some(server.certificates().ca()) }
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut all = vec![arguments[0], self.address.as_str()];
        let ca = self.ca.as_ref().map(|path| path.to_string_lossy());
        all.extend(ca.iter().flat_map(|path| ["--ca-file", path]));
        all.extend(&arguments[1..]);
        let mut command = command(&all);
        command.env("IMAP_PASSWORD", Dovecot::PASSWORD);
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Run {
        finish(&mut self.command(arguments), b"")
    }
}
