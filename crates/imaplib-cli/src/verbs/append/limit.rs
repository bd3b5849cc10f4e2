//! How long a message may be.

use imaplib::blocking::Session;
use imaplib::types::{MailboxName, StatusItem};

use crate::error::library::failure;
use crate::error::{Exit, Failure, Result};
use crate::output;

/// How long a message may be, in bytes as it is sent.
#[derive(Clone, Copy)]
pub(super) struct Limit {
    /// That of `--max-size`.
    pub(super) own: u64,
    /// What the server announces (RFC 7889), if it does.
    pub(super) server: Option<u64>,
}

impl Limit {
    pub(super) fn least(self) -> u64 {
        self.server.unwrap_or(u64::MAX).min(self.own)
    }

    pub(super) fn check(self, name: &str, length: u64) -> Result<u64> {
        if let Some(most) = self.server.filter(|most| length > *most) {
            let text = format!("{name} is longer than the {most} bytes that the server accepts (APPENDLIMIT)");
            return Err(
                Failure::new(Exit::Unavailable, text).hint("leave out attachments, or ask the server's operator")
            );
        }
        if length > self.own {
            let text = format!("{name} is longer than {}", output::size(self.own));
            return Err(Failure::usage(text).hint("is it one message? --max-size SIZE allows more"));
        }
        Ok(length)
    }
}

/// The limit of the mailbox. Where the server has one of its own for each, it is asked for; a refusal is not an error.
pub(super) fn server_limit(session: &mut Session, mailbox: &MailboxName) -> Result<Option<u64>> {
    let capabilities = session.capabilities();
    if capabilities.append_limit().is_some() || !capabilities.has_name("APPENDLIMIT") {
        return Ok(capabilities.append_limit());
    }
    match session.status(mailbox, &[StatusItem::AppendLimit]) {
        Ok(status) => Ok(status.append_limit.flatten()),
        Err(error) if error.is_command_level() => Ok(None),
        Err(error) => Err(failure(&error)),
    }
}
