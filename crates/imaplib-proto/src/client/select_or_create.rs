//! Opens a mailbox, and creates it where there is none.

use std::time::Instant;

use super::procedure::Running;
use super::{Advance, Error, Procedure, Result};
use crate::command::{Create, Select};
use crate::engine::Engine;
use crate::types::{MailboxName, ResponseCode};

/// SELECT, and where the mailbox does not exist CREATE and SELECT again. Its output is whether the mailbox was created.
///
/// Servers without response codes refuse an unknown mailbox without a reason that a program can read: there, whether CREATE
/// succeeds shows whether that was the reason.
#[derive(Debug)]
pub struct SelectOrCreate {
    name: MailboxName,
    state: Opening,
}

#[derive(Debug)]
enum Opening {
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
        Self { name, state: Opening::Start }
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
                Opening::Start => Opening::Selecting(self.select(engine)?),
                Opening::Selecting(running) => match running.take(engine) {
                    None => return Ok(Advance::IO),
                    Some(Ok(_)) => return Ok(Advance::Done(false)),
                    Some(Err(error)) if may_be_missing(&error) => {
                        Opening::Creating(Running::start(engine, Create::new(self.name.clone()))?, error)
                    }
                    Some(Err(error)) => return Err(error),
                },
                Opening::Creating(running, refused) => match running.take(engine) {
                    None => return Ok(Advance::IO),
                    Some(Ok(_)) => Opening::Again(self.select(engine)?),
                    // Another client was faster.
                    Some(Err(error)) if matches!(error.code(), Some(ResponseCode::AlreadyExists)) => {
                        match is_missing(refused) {
                            true => Opening::Again(self.select(engine)?),
                            false => return Err(refused.clone()),
                        }
                    }
                    // It is there, and cannot be opened.
                    Some(Err(error)) if error.is_no() && !is_missing(refused) => return Err(refused.clone()),
                    Some(Err(error)) => return Err(error),
                },
                Opening::Again(running) => match running.take(engine) {
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
