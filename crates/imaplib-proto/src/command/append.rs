//! APPEND: puts a message into a mailbox.

use super::{Command, Conduct, Incomplete};
use crate::types::{AppendUid, DateTime, Flags, MailboxName, ResponseCode, StatusResponse};
use crate::wire::Encoder;

/// APPEND of one message whose bytes the caller brings (RFC 9051, section 6.3.12).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Append {
    mailbox: MailboxName,
    flags: Flags,
    date: Option<DateTime>,
    length: u64,
    binary: bool,
}

impl Append {
    /// A message of `length` bytes for the mailbox.
    #[must_use]
    pub fn new(mailbox: MailboxName, length: u64) -> Self {
        Self { mailbox, flags: Flags::new(), date: None, length, binary: false }
    }

    /// Sets these flags on the message.
    #[must_use]
    pub fn flags(mut self, flags: impl Into<Flags>) -> Self {
        self.flags = flags.into();
        self
    }

    /// Sets this internal date on the message, instead of the present time.
    #[must_use]
    pub fn date(mut self, date: DateTime) -> Self {
        self.date = Some(date);
        self
    }

    /// Declares that the message may contain NUL: only for servers with BINARY (RFC 3516).
    #[must_use]
    pub fn binary(mut self) -> Self {
        self.binary = true;
        self
    }
}

impl Append {
    /// Whether the message may hold NUL.
    #[must_use]
    pub fn is_binary(&self) -> bool {
        self.binary
    }
}

impl Command for Append {
    /// Where the message is, if the server has UIDPLUS and reports it.
    type Output = Option<AppendUid>;

    fn encode(&self, encoder: &mut Encoder) {
        encoder.raw("APPEND ").mailbox(&self.mailbox).space();
        if !self.flags.is_empty() {
            encoder.flags(&self.flags).space();
        }
        if let Some(date) = self.date {
            encoder.date_time(date).space();
        }
        encoder.stream(self.length, self.binary);
    }

    fn conduct(&self) -> Conduct {
        Conduct::new().sends_message()
    }

    fn finish(self, completion: &StatusResponse) -> Result<Option<AppendUid>, Incomplete> {
        Ok(match &completion.code {
            Some(ResponseCode::AppendUid(uid)) => Some(uid.clone()),
            _ => None,
        })
    }
}
