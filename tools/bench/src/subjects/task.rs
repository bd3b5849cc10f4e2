//! What a subject must do, and how another process receives it.

use std::io;

use super::Scripts;
use crate::child::{Serving, this_program};
use crate::scenario::{Operation, Scenario, Subject, Way};

/// What a subject must do, and with whom.
#[derive(Clone, Debug)]
pub(crate) struct Task {
    pub(crate) subject: Subject,
    pub(crate) operation: Operation,
    pub(crate) port: u16,
    /// The file of the certificate to trust, if the port speaks TLS.
    pub(crate) trust: Option<String>,
    /// Whether the connection is compressed.
    pub(crate) deflate: bool,
    /// What must have been seen at the end.
    pub(crate) expected: u64,
    /// How many bytes the answer has.
    pub(crate) bytes: u64,
}

impl Task {
    /// What a server that was started for the scenario wants of the subject.
    pub(crate) fn of(subject: Subject, scenario: &Scenario, server: &Serving) -> io::Result<Self> {
        let word = |index: usize| server.said.get(index).cloned().unwrap_or_default();
        let number = |index| word(index).parse().map_err(io::Error::other);
        let port = match scenario.way {
            Way::Clear => 0,
            Way::Tls => 1,
            Way::Deflate => 5,
        };
        Ok(Self {
            subject,
            operation: scenario.operation,
            port: server.port(port)?,
            trust: (scenario.way == Way::Tls).then(|| word(4)),
            deflate: scenario.way == Way::Deflate,
            expected: number(2)?,
            bytes: number(3)?,
        })
    }

    fn words(&self) -> [String; 6] {
        [
            self.subject.name().to_owned(),
            self.operation.name().to_owned(),
            self.port.to_string(),
            self.trust.clone().unwrap_or_else(|| if self.deflate { "deflate" } else { "-" }.to_owned()),
            self.expected.to_string(),
            self.bytes.to_string(),
        ]
    }

    /// The command that carries it out, unless the subject's language is not there.
    pub(crate) fn command(&self, scripts: &Scripts) -> io::Result<Option<std::process::Command>> {
        if Scripts::has(self.subject) {
            let Some(mut command) = scripts.command(self.subject) else { return Ok(None) };
            command.args(&self.words()[1..]);
            return Ok(Some(command));
        }
        let mut command = this_program(&["subject"])?;
        command.args(self.words());
        Ok(Some(command))
    }

    pub(super) fn from_words(words: &[String]) -> Option<Self> {
        let [subject, operation, port, trust, expected, bytes] = words else { return None };
        Some(Self {
            subject: Subject::from_name(subject)?,
            operation: Operation::from_name(operation)?,
            port: port.parse().ok()?,
            trust: (trust != "-" && trust != "deflate").then(|| trust.clone()),
            deflate: trust == "deflate",
            expected: expected.parse().ok()?,
            bytes: bytes.parse().ok()?,
        })
    }
}
