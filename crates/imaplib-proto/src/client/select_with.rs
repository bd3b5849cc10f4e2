//! SELECT with options: modification sequences, and what changed since the mailbox was seen last.

use std::time::Instant;

use super::procedure::Running;
use super::{Advance, Error, Procedure, Result};
use crate::command::{Enable, Resync, Select, Selected};
use crate::engine::Engine;
use crate::types::{Capability, MailboxName};

/// How a mailbox is opened.
///
/// ```
/// use imaplib_proto::client::SelectOptions;
/// use imaplib_proto::command::Resync;
///
/// let options = SelectOptions::new().resync(Resync::new(67_890_007, 20_050_715_194_045_000));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SelectOptions {
    read_only: bool,
    condstore: bool,
    resync: Option<Resync>,
}

impl SelectOptions {
    /// For reading and writing, without extensions.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// For reading only: EXAMINE.
    #[must_use]
    pub fn read_only(mut self) -> Self {
        self.read_only = true;
        self
    }

    /// With modification sequences from now on: CONDSTORE (RFC 7162, section 3.1.8).
    #[must_use]
    pub fn condstore(mut self) -> Self {
        self.condstore = true;
        self
    }

    /// With what changed since the client saw the mailbox last: QRESYNC (RFC 7162, section 3.2.5).
    #[must_use]
    pub fn resync(mut self, known: Resync) -> Self {
        self.resync = Some(known);
        self
    }

    fn command(&self, name: MailboxName) -> Select {
        let mut command = if self.read_only { Select::read_only(name) } else { Select::new(name) };
        if self.condstore {
            command = command.condstore();
        }
        match &self.resync {
            Some(known) => command.resync(known.clone()),
            None => command,
        }
    }

    /// The capability that the server lacks for this.
    fn missing(&self, engine: &Engine) -> Option<Capability> {
        let capabilities = engine.capabilities();
        let qresync = capabilities.supports(Capability::QResync);
        if self.resync.is_some() && !qresync {
            return Some(Capability::QResync);
        }
        (self.condstore && !qresync && !capabilities.supports(Capability::CondStore)).then_some(Capability::CondStore)
    }
}

/// Opens a mailbox with options; QRESYNC is enabled first where it is needed and not enabled. Its output is what SELECT
/// returned.
#[derive(Debug)]
pub struct SelectWith {
    name: MailboxName,
    options: SelectOptions,
    state: Opening,
}

#[derive(Debug)]
enum Opening {
    Start,
    Enabling(Running<Enable>),
    Selecting(Running<Select>),
}

impl SelectWith {
    /// Opens the mailbox of this name.
    #[must_use]
    pub fn new(name: MailboxName, options: SelectOptions) -> Self {
        Self { name, options, state: Opening::Start }
    }

    fn select(&self, engine: &mut Engine) -> Result<Opening> {
        Running::start(engine, self.options.command(self.name.clone())).map(Opening::Selecting)
    }
}

impl Procedure for SelectWith {
    type Output = Selected;

    fn advance(&mut self, engine: &mut Engine, _now: Instant) -> Result<Advance<Selected>> {
        loop {
            self.state = match &self.state {
                Opening::Start => {
                    if let Some(missing) = self.options.missing(engine) {
                        return Err(Error::unsupported(missing.name()));
                    }
                    match self.options.resync.is_some() && !engine.enabled().has(Capability::QResync) {
                        true => Opening::Enabling(Running::start(engine, Enable::new(["QRESYNC"]))?),
                        false => self.select(engine)?,
                    }
                }
                Opening::Enabling(running) => match running.take(engine) {
                    None => return Ok(Advance::IO),
                    Some(Err(error)) => return Err(error),
                    Some(Ok(_)) if !engine.enabled().has(Capability::QResync) => {
                        return Err(Error::unsupported(Capability::QResync.name()));
                    }
                    Some(Ok(_)) => self.select(engine)?,
                },
                Opening::Selecting(running) => match running.take(engine) {
                    None => return Ok(Advance::IO),
                    Some(reply) => return reply.map(|reply| Advance::Done(reply.value)),
                },
            };
        }
    }
}
