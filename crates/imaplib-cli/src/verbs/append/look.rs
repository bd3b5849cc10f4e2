//! What is in the mailbox of the messages that were sent and not answered: a connection was lost, and nothing is sent twice.

use std::collections::HashSet;
use std::io::{self, Read as _};

use imaplib::blocking::Session;
use imaplib::command::FetchItem;
use imaplib::types::{MailboxName, StatusItem, Uid, UidSet};

use super::source::Item;

/// This much of a message is read to find its header.
const MAX_HEADER: u64 = 256 << 10;

/// By what a message is known again. Its size alone is not enough, where it has more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mark {
    size: u64,
    message_id: Option<String>,
}

impl Mark {
    /// The mark of a message that was to be sent.
    pub(super) fn of(item: &Item) -> io::Result<Self> {
        let mut header = Vec::new();
        item.place.open()?.take(MAX_HEADER).read_to_end(&mut header)?;
        let message_id = message_id(&header);
        Ok(Self { size: item.place.sent_length()?, message_id })
    }

    /// Whether what the server has is this message. Servers change what they store, but not this header.
    fn is(&self, other: &Self) -> bool {
        match (&self.message_id, &other.message_id) {
            (Some(one), Some(other)) => one == other,
            (None, None) => self.size == other.size,
            _ => false,
        }
    }
}

/// The messages that have arrived in the mailbox since it was asked for its next UID.
pub(super) struct Arrived(Vec<(Uid, Mark)>);

impl Arrived {
    /// Looks at the mailbox; none of `known` is looked at.
    pub(super) fn look(
        session: &mut Session,
        mailbox: &MailboxName,
        first: u32,
        known: &HashSet<u32>,
    ) -> imaplib::Result<Self> {
        let mut selected = session.examine(mailbox)?;
        let Some(first) = Uid::new(first) else { return Ok(Self(Vec::new())) };
        let uids: UidSet = [first..=Uid::MAX].into_iter().collect();
        let rows = selected.fetch_all(uids, [FetchItem::Uid, FetchItem::Size, FetchItem::Envelope])?;
        let mut found: Vec<(Uid, Mark)> = Vec::new();
        for row in rows {
            // `first:*` names the last message also where its UID is lower.
            let Some(uid) = row.uid.filter(|uid| *uid >= first && !known.contains(&uid.get())) else { continue };
            let message_id = row.envelope.as_ref().and_then(|envelope| envelope.message_id());
            let message_id = message_id.map(|id| String::from_utf8_lossy(id.as_bytes()).trim().to_owned());
            let message_id = message_id.filter(|id| !id.is_empty());
            found.push((uid, Mark { size: row.size.unwrap_or_default(), message_id }));
        }
        found.sort_unstable_by_key(|(uid, _)| *uid);
        Ok(Self(found))
    }

    /// Removes the first of them that has this mark.
    pub(super) fn take(&mut self, mark: &Mark) -> Option<Uid> {
        let at = self.0.iter().position(|(_, found)| mark.is(found))?;
        Some(self.0.remove(at).0)
    }
}

/// The next UID of the mailbox, if the server reports it: a refusal is not an error.
pub(super) fn next_uid(session: &mut Session, mailbox: &MailboxName) -> Option<u32> {
    let status = session.status(mailbox, &[StatusItem::UidNext]).ok()?;
    status.uid_next.and_then(|uid| u32::try_from(uid).ok())
}

/// The header Message-ID in the beginning of a message.
fn message_id(beginning: &[u8]) -> Option<String> {
    const NAME: &[u8] = b"message-id:";
    let mut lines =
        beginning.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii_end).take_while(|line| !line.is_empty());
    let is_it = |line: &&[u8]| line.get(..NAME.len()).is_some_and(|start| start.eq_ignore_ascii_case(NAME));
    let first = lines.by_ref().find(is_it)?;
    let mut value = first.get(NAME.len()..)?.to_vec();
    for line in lines.take_while(|line| matches!(line.first(), Some(b' ' | b'\t'))) {
        value.extend_from_slice(line);
    }
    let value = String::from_utf8_lossy(&value).trim().to_owned();
    (!value.is_empty()).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_identifier_is_that_of_the_header() {
        for (text, expected) in [
            ("A: b\r\nMESSAGE-ID: <1@x>\r\n\r\nMessage-ID: <2@x>\r\n", Some("<1@x>")),
            ("Message-ID:\r\n <1@x>\r\nB: c\r\n\r\n", Some("<1@x>")),
            ("A: b\r\n\r\nMessage-ID: <2@x>\r\n", None),
            ("Message-ID:\r\n\r\n", None),
        ] {
            assert_eq!(message_id(text.as_bytes()).as_deref(), expected, "{text}");
        }
    }
}
