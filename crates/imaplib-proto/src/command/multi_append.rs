//! APPEND of several messages at once, and REPLACE.

use super::{Append, Command, Conduct, Incomplete, Tag};
use crate::types::{AppendUid, Reported, StatusResponse, Uid, Untagged};
use crate::wire::Encoder;

/// APPEND of several messages, all or none of which are kept: only for servers with MULTIAPPEND (RFC 3502).
///
/// The caller sends the bytes of each message when it is due, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MultiAppend {
    messages: Vec<Append>,
}

impl MultiAppend {
    /// These messages. All must be for one mailbox.
    #[must_use]
    pub fn new(messages: impl IntoIterator<Item = Append>) -> Self {
        Self { messages: messages.into_iter().collect() }
    }
}

impl Command for MultiAppend {
    /// Where the messages are, if the server has UIDPLUS and reports it.
    type Output = Reported<AppendUid>;

    fn encode(&self, encoder: &mut Encoder) {
        let Some(first) = self.messages.first() else {
            encoder.refuse("list of messages (it is empty)", "");
            return;
        };
        encoder.raw("APPEND ").mailbox(first.mailbox());
        for message in &self.messages {
            if message.mailbox() != first.mailbox() {
                encoder.refuse("mailbox (the messages of one APPEND go to one)", message.mailbox().to_string());
            }
            message.encode_message(encoder.space());
        }
    }

    fn conduct(&self) -> Conduct {
        Conduct::new().sends_message()
    }

    fn finish(self, completion: &StatusResponse) -> Result<Reported<AppendUid>, Incomplete> {
        Ok(Reported::append_uid(completion.code.as_ref()))
    }
}

/// UID REPLACE: puts a message into a mailbox and removes another one of the selected mailbox, in one step: only for servers
/// with REPLACE (RFC 8508).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replace {
    uid: Uid,
    message: Append,
    appended: Reported<AppendUid>,
}

impl Replace {
    /// Removes the message with this UID, and appends the other.
    #[must_use]
    pub fn new(uid: Uid, message: Append) -> Self {
        Self { uid, message, appended: Reported::Nothing }
    }
}

impl Command for Replace {
    /// Where the new message is, if the server reports it.
    type Output = Reported<AppendUid>;

    fn encode(&self, encoder: &mut Encoder) {
        encoder.raw("UID REPLACE ").display(self.uid).space().mailbox(self.message.mailbox());
        self.message.encode_message(encoder.space());
    }

    fn conduct(&self) -> Conduct {
        Conduct::new().sends_message().answers_as("REPLACE")
    }

    fn collect(&mut self, response: Untagged, _tag: Tag) -> Option<Untagged> {
        match response {
            // Before the EXPUNGE, so that it is known where the message is even if the completion does not arrive.
            Untagged::Status(status) => match Reported::append_uid(status.code.as_ref()) {
                Reported::Nothing => Some(Untagged::Status(status)),
                appended => {
                    self.appended = appended;
                    None
                }
            },
            other => Some(other),
        }
    }

    fn finish(self, completion: &StatusResponse) -> Result<Reported<AppendUid>, Incomplete> {
        Ok(Reported::append_uid(completion.code.as_ref()).or(self.appended))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::sent;
    use crate::types::{Flag, MailboxName};

    fn message(mailbox: &str, length: u64) -> Append {
        Append::new(MailboxName::new(mailbox).unwrap(), length)
    }

    #[test]
    fn the_messages_follow_each_other() {
        let both = MultiAppend::new([message("a b", 5).flags(Flag::Seen), message("a b", 7).binary()]);
        assert_eq!(sent(&both).unwrap(), r#"APPEND "a b" (\Seen) {5}|+|<5> ~{7}|+|<7>"#);
        assert!(sent(&MultiAppend::new([])).is_err());
        assert!(sent(&MultiAppend::new([message("a", 1), message("b", 1)])).is_err());
        let replace = Replace::new(Uid::MIN, message("INBOX", 5));
        assert_eq!(sent(&replace).unwrap(), "UID REPLACE 1 INBOX {5}|+|<5>");
    }
}
