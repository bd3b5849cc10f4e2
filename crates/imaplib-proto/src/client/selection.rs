//! Which mailbox a procedure is about: another one may be open by now.

use super::{BadArgument, Error, Result};
use crate::engine::{Engine, SelectedMailbox};

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
