//! APPEND of a message that is put together of parts of others: CATENATE (RFC 4469).

use super::{Command, Conduct, Incomplete};
use crate::types::{AppendUid, DateTime, Flags, MailboxName, Reported, StatusResponse};
use crate::wire::Encoder;

/// A part of a message that the server puts together (RFC 4469, section 3).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CatenatePart {
    /// What the server has: the URL of a message or of a part of one, such as
    /// [`MessageUrl`](crate::types::MessageUrl) writes it.
    Url(String),
    /// Bytes of the caller's, without NUL.
    Text(Vec<u8>),
}

/// APPEND of a message that the server puts together: only for servers with CATENATE (RFC 4469).
///
/// ```
/// use imaplib_proto::command::Catenate;
/// use imaplib_proto::types::{MailboxName, MessageUrl, Uid};
///
/// let header = MessageUrl::new(&MailboxName::inbox(), Uid::MIN).section("HEADER");
/// let command = Catenate::new(MailboxName::new("Drafts")?).url(header.to_string()).text("New text\r\n");
/// # Ok::<(), imaplib_proto::types::InvalidValue>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Catenate {
    mailbox: MailboxName,
    flags: Flags,
    date: Option<DateTime>,
    parts: Vec<CatenatePart>,
}

impl Catenate {
    /// A message of no part yet, for the mailbox.
    #[must_use]
    pub fn new(mailbox: MailboxName) -> Self {
        Self { mailbox, flags: Flags::new(), date: None, parts: Vec::new() }
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

    /// Adds what the URL leads to.
    #[must_use]
    pub fn url(mut self, url: impl Into<String>) -> Self {
        self.parts.push(CatenatePart::Url(url.into()));
        self
    }

    /// Adds bytes, which must not hold NUL.
    #[must_use]
    pub fn text(mut self, text: impl Into<Vec<u8>>) -> Self {
        self.parts.push(CatenatePart::Text(text.into()));
        self
    }
}

impl Command for Catenate {
    /// Where the message is, if the server has UIDPLUS and reports it.
    type Output = Reported<AppendUid>;

    fn encode(&self, encoder: &mut Encoder) {
        if self.parts.is_empty() {
            encoder.refuse("list of parts (it is empty)", "");
        }
        encoder.raw("APPEND ").mailbox(&self.mailbox).space();
        if !self.flags.is_empty() {
            encoder.flags(&self.flags).space();
        }
        if let Some(date) = self.date {
            encoder.date_time(date).space();
        }
        encoder.raw("CATENATE ").list(&self.parts, |encoder, part| match part {
            CatenatePart::Url(url) => encoder.raw("URL ").string(url),
            CatenatePart::Text(text) => encoder.raw("TEXT ").literal(text),
        });
    }

    fn conduct(&self) -> Conduct {
        Conduct::new().sends_message()
    }

    fn finish(self, completion: &StatusResponse) -> Result<Reported<AppendUid>, Incomplete> {
        Ok(Reported::append_uid(completion.code.as_ref()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::sent;
    use crate::types::Flag;

    #[test]
    fn parts_stand_in_order() {
        let command = Catenate::new(MailboxName::inbox()).flags(Flag::Draft).url("/INBOX/;UID=1").text("a\r\n");
        assert_eq!(sent(&command).unwrap(), "APPEND INBOX (\\Draft) CATENATE (URL \"/INBOX/;UID=1\" TEXT {3}|+|a\r\n)");
        assert!(sent(&Catenate::new(MailboxName::inbox())).is_err());
        assert!(sent(&Catenate::new(MailboxName::inbox()).text("a\0")).is_err());
    }
}
