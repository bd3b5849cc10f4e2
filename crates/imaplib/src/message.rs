//! A message to append.

use imaplib_proto::command::Append;
use imaplib_proto::types::{DateTime, Flags, MailboxName};

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
