//! Which mailbox is open, and how one is opened: with options, or created where there is none.

use std::time::Instant;

use super::procedure::Running;
use super::{Advance, BadArgument, Error, Procedure, Result};
use crate::command::{Create, Enable, Resync, Select, Selected};
use crate::engine::{Engine, SelectedMailbox};
use crate::types::{Capabilities, Capability, ImapString, MailboxName, ResponseCode};

/// One of the mailboxes that were open on a connection. Commands about its messages are sent only while it is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Selection(u64);

impl Selection {
    /// The mailbox that is open now.
    #[must_use]
    pub fn current(engine: &Engine) -> Self {
        Self(engine.selection_epoch())
    }

    /// Whether it is open.
    #[must_use]
    pub fn is_open(self, engine: &Engine) -> bool {
        engine.selection_epoch() == self.0
    }

    /// What is known of it; `None` if it is not open any more.
    #[must_use]
    pub fn view(self, engine: &Engine) -> Option<&SelectedMailbox> {
        engine.mailbox().filter(|_| self.is_open(engine))
    }

    /// # Errors
    /// If it is not open any more.
    pub fn check(self, engine: &Engine) -> Result<()> {
        match self.is_open(engine) {
            true => Ok(()),
            false => Err(BadArgument::MailboxNotOpen.into()),
        }
    }

    /// # Errors
    /// If it is not open any more, or refuses changes.
    pub fn check_writable(self, engine: &Engine) -> Result<()> {
        match self.view(engine).is_some_and(SelectedMailbox::refuses_changes) {
            true => Err(Error::read_only()),
            false => self.check(engine),
        }
    }
}

/// SELECT, and where the mailbox does not exist CREATE and SELECT again. Its output is whether the mailbox was created.
///
/// Servers without response codes refuse an unknown mailbox without a reason that a program can read: there, whether CREATE
/// succeeds shows whether that was the reason.
#[derive(Debug)]
pub struct SelectOrCreate {
    name: MailboxName,
    state: CreateStep,
}

#[derive(Debug)]
enum CreateStep {
    Start,
    Selecting(Running<Select>),
    /// The refusal of SELECT.
    Creating(Running<Create>, Error),
    Again(Running<Select>),
}

impl SelectOrCreate {
    /// Opens the mailbox of this name.
    #[must_use]
    pub fn new(name: MailboxName) -> Self {
        Self { name, state: CreateStep::Start }
    }

    fn select(&self, engine: &mut Engine) -> Result<Running<Select>> {
        Running::start(engine, Select::new(self.name.clone()))
    }
}

impl Procedure for SelectOrCreate {
    type Output = bool;

    fn advance(&mut self, engine: &mut Engine, _now: Instant) -> Result<Advance<bool>> {
        loop {
            self.state = match &self.state {
                CreateStep::Start => CreateStep::Selecting(self.select(engine)?),
                CreateStep::Selecting(running) => match running.take(engine) {
                    None => return Ok(Advance::IO),
                    Some(Ok(_)) => return Ok(Advance::Done(false)),
                    Some(Err(error)) if may_be_missing(&error) => {
                        CreateStep::Creating(Running::start(engine, Create::new(self.name.clone()))?, error)
                    }
                    Some(Err(error)) => return Err(error),
                },
                CreateStep::Creating(running, refused) => match running.take(engine) {
                    None => return Ok(Advance::IO),
                    Some(Ok(_)) => CreateStep::Again(self.select(engine)?),
                    // Another client was faster.
                    Some(Err(error)) if matches!(error.code(), Some(ResponseCode::AlreadyExists)) => {
                        match is_missing(refused) {
                            true => CreateStep::Again(self.select(engine)?),
                            false => return Err(refused.clone()),
                        }
                    }
                    // It is there, and cannot be opened.
                    Some(Err(error)) if error.is_no() && !is_missing(refused) => return Err(refused.clone()),
                    Some(Err(error)) => return Err(error),
                },
                CreateStep::Again(running) => match running.take(engine) {
                    None => return Ok(Advance::IO),
                    Some(result) => return result.map(|_| Advance::Done(true)),
                },
            };
        }
    }
}

/// Whether the server reports that the mailbox does not exist.
fn is_missing(error: &Error) -> bool {
    matches!(error.code(), Some(ResponseCode::NonExistent | ResponseCode::TryCreate))
}

/// Whether the mailbox does not exist, or the server sends no reason at all.
fn may_be_missing(error: &Error) -> bool {
    is_missing(error) || (error.is_no() && error.code().is_none() && error.refusal_hint().is_none())
}

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
    for_changes: bool,
    by_id: Option<(ImapString, ImapString)>,
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

    /// The mailbox with these identifiers, whatever its name is now, and that of the name if there is none:
    /// [`SelectedMailbox::mailbox_id`](crate::engine::SelectedMailbox::mailbox_id) then is another one. Only for servers with
    /// OBJECTID+ (draft-ietf-mailmaint-imap-objectid-bis).
    #[must_use]
    pub fn by_id(mut self, account: impl Into<ImapString>, mailbox: impl Into<ImapString>) -> Self {
        self.by_id = Some((account.into(), mailbox.into()));
        self
    }

    /// With what changed since the client saw the mailbox last: QRESYNC (RFC 7162, section 3.2.5).
    #[must_use]
    pub fn resync(mut self, known: Resync) -> Self {
        self.resync = Some(known);
        self
    }

    /// With what makes [finding changes](super::FindChanges) cheap, as far as the server has it: QRESYNC, or modification
    /// sequences (RFC 7162). With QRESYNC, the server reports what is removed by UID, in VANISHED, from then on.
    #[must_use]
    pub fn for_changes(mut self) -> Self {
        self.for_changes = true;
        self
    }

    fn command(&self, name: MailboxName, capabilities: &Capabilities) -> Select {
        let mut command = if self.read_only { Select::read_only(name) } else { Select::new(name) };
        let supports = |capability| capabilities.supports(capability);
        let has_mod_seqs = supports(Capability::CondStore) || supports(Capability::QResync);
        if self.condstore || (self.for_changes && has_mod_seqs) {
            command = command.condstore();
        }
        if let Some((account, mailbox)) = &self.by_id {
            command = command.by_id(account.clone(), mailbox.clone());
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
        if self.by_id.is_some() && !capabilities.has(Capability::ObjectIdPlus) {
            return Some(Capability::ObjectIdPlus);
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
    state: OptionStep,
}

#[derive(Debug)]
enum OptionStep {
    Start,
    Enabling(Running<Enable>),
    Selecting(Running<Select>),
}

impl SelectWith {
    /// Opens the mailbox of this name.
    #[must_use]
    pub fn new(name: MailboxName, options: SelectOptions) -> Self {
        Self { name, options, state: OptionStep::Start }
    }

    fn select(&self, engine: &mut Engine) -> Result<OptionStep> {
        let command = self.options.command(self.name.clone(), engine.capabilities());
        Running::start(engine, command).map(OptionStep::Selecting)
    }
}

impl Procedure for SelectWith {
    type Output = Selected;

    fn advance(&mut self, engine: &mut Engine, _now: Instant) -> Result<Advance<Selected>> {
        loop {
            self.state = match &self.state {
                OptionStep::Start => {
                    if let Some(missing) = self.options.missing(engine) {
                        return Err(Error::unsupported(missing.name()));
                    }
                    let helps = self.options.for_changes && engine.capabilities().supports(Capability::QResync);
                    let wanted = self.options.resync.is_some() || helps;
                    match wanted && !engine.enabled().has(Capability::QResync) {
                        true => OptionStep::Enabling(Running::start(engine, Enable::new(["QRESYNC"]))?),
                        false => self.select(engine)?,
                    }
                }
                OptionStep::Enabling(running) => match running.take(engine) {
                    None => return Ok(Advance::IO),
                    // Only what names a modification sequence cannot do without.
                    Some(Err(error)) if self.options.resync.is_none() && error.is_command_level() => {
                        self.select(engine)?
                    }
                    Some(Err(error)) => return Err(error),
                    Some(Ok(_)) if self.options.resync.is_none() => self.select(engine)?,
                    Some(Ok(_)) if !engine.enabled().has(Capability::QResync) => {
                        return Err(Error::unsupported(Capability::QResync.name()));
                    }
                    Some(Ok(_)) => self.select(engine)?,
                },
                OptionStep::Selecting(running) => match running.take(engine) {
                    None => return Ok(Advance::IO),
                    Some(reply) => return reply.map(|reply| Advance::Done(reply.value)),
                },
            };
        }
    }
}
