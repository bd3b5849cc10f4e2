//! The subjects: each does what a scenario asks for, and tells what it cost.

mod async_imap;
mod floor;
mod meter;
mod ours;
mod rust_imap;
mod script;
mod sessions;

use std::io;

pub(crate) use meter::Meter;
pub(crate) use script::Scripts;
pub(crate) use sessions::hold as hold_sessions;

use crate::child::{Serving, this_program};
use crate::scenario::{Operation, Scenario, Subject, Way};

/// How an error goes up: whatever it is, its text is all that is told.
pub(crate) type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

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
    /// How many octets the answer has.
    pub(crate) octets: u64,
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
            octets: number(3)?,
        })
    }

    fn words(&self) -> [String; 6] {
        [
            self.subject.name().to_owned(),
            self.operation.name().to_owned(),
            self.port.to_string(),
            self.trust.clone().unwrap_or_else(|| if self.deflate { "deflate" } else { "-" }.to_owned()),
            self.expected.to_string(),
            self.octets.to_string(),
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

    fn from_words(words: &[String]) -> Option<Self> {
        let [subject, operation, port, trust, expected, octets] = words else { return None };
        Some(Self {
            subject: Subject::from_name(subject)?,
            operation: Operation::from_name(operation)?,
            port: port.parse().ok()?,
            trust: (trust != "-" && trust != "deflate").then(|| trust.clone()),
            deflate: trust == "deflate",
            expected: expected.parse().ok()?,
            octets: octets.parse().ok()?,
        })
    }
}

/// Carries out a task in this process.
pub(crate) fn run(words: &[String]) -> Outcome<()> {
    let task = Task::from_words(words).ok_or("a task is: subject operation port certificate expected octets")?;
    let seen = match task.subject {
        Subject::Floor => floor::run(&task)?,
        Subject::Blocking | Subject::BlockingCollected => ours::blocking::run(&task)?,
        Subject::Async | Subject::AsyncCollected => ours::on_tokio::run(&task)?,
        Subject::RustImap => rust_imap::run(&task)?,
        Subject::AsyncImap => async_imap::run(&task)?,
        Subject::Imaplib | Subject::Aioimaplib | Subject::Imapflow => return Err("a script, not this program".into()),
    };
    match seen == task.expected {
        true => Ok(()),
        false => Err(format!("wrong: {seen} of {}", task.expected).into()),
    }
}
