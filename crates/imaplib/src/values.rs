//! What the clients accept and return beside the values of the protocol: a message to append, a row that was left, what a watch
//! reports.

use std::time::Duration;

use imaplib_proto::client::MailboxChange;
use imaplib_proto::command::Append;
use imaplib_proto::types::{DateTime, Diagnostic, Fetch, Flags, MailboxName};

use crate::Error;

/// A message to append: where its bytes come from, its flags and its date.
///
/// The bytes must be a whole message with CR LF line ends; they are sent as they are.
#[derive(Clone, Debug)]
pub struct AppendMessage<R> {
    pub(crate) reader: R,
    pub(crate) length: u64,
    pub(crate) flags: Flags,
    pub(crate) date: Option<DateTime>,
    pub(crate) binary: bool,
}

impl<R> AppendMessage<R> {
    /// A message of exactly `length` bytes, which `reader` provides.
    #[must_use]
    pub fn new(reader: R, length: u64) -> Self {
        Self { reader, length, flags: Flags::new(), date: None, binary: false }
    }

    /// With these flags.
    #[must_use]
    pub fn flags(mut self, flags: impl Into<Flags>) -> Self {
        self.flags = flags.into();
        self
    }

    /// With this internal date instead of the present.
    #[must_use]
    pub fn date(mut self, date: DateTime) -> Self {
        self.date = Some(date);
        self
    }

    /// The command that puts it there, and where its bytes come from.
    pub(crate) fn into_command(self, mailbox: MailboxName) -> (Append, R) {
        let mut command = Append::new(mailbox, self.length).flags(self.flags);
        if let Some(date) = self.date {
            command = command.date(date);
        }
        if self.binary {
            command = command.binary();
        }
        (command, self.reader)
    }

    /// The message may contain NUL: only for servers with BINARY (RFC 3516, section 4.4).
    #[must_use]
    pub fn binary(mut self) -> Self {
        self.binary = true;
        self
    }
}

impl<'a> From<&'a [u8]> for AppendMessage<&'a [u8]> {
    fn from(bytes: &'a [u8]) -> Self {
        Self::new(bytes, bytes.len() as u64)
    }
}

impl<'a> From<&'a str> for AppendMessage<&'a [u8]> {
    fn from(text: &'a str) -> Self {
        text.as_bytes().into()
    }
}

/// A row that the caller left before its end, with what came behind that: items, and what was malformed.
///
/// A text that was already read counts as not sent if the rest of the row has it a second time:
/// [`Fetch::has_doubtful_text`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SkippedRow {
    /// All that the server sent of the message, without the texts that streamed. Only the rest of it, if the caller has
    /// taken the first part out.
    pub data: Fetch,
    /// What was malformed in the whole row.
    pub diagnostics: Vec<Diagnostic>,
}

/// What a watch of mailboxes returns.
#[derive(Debug)]
#[non_exhaustive]
pub enum WatchEvent {
    /// A mailbox has changed.
    Changed(Box<MailboxChange>),
    /// The connection is lost, and is made again after this time. What changes meanwhile comes afterwards.
    Lost {
        /// Why.
        error: Error,
        /// How long it is until the server is tried again.
        retry_in: Duration,
    },
}
