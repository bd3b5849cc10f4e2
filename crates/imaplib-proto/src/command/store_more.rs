//! STORE of what is not flags: annotations of messages (RFC 5257) and the labels of Gmail.

use super::{Command, Conduct, Incomplete, MessageSet};
use crate::types::{MailboxName, StatusResponse};
use crate::wire::Encoder;

/// STORE ANNOTATION: writes annotations of messages: only for servers with ANNOTATE-EXPERIMENT-1 (RFC 5257, section 4.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreAnnotation {
    messages: MessageSet,
    entry: String,
    attributes: Vec<(String, Option<String>)>,
}

impl StoreAnnotation {
    /// Writes these attributes, such as `value.priv`, of the entry, such as `/comment`; `None` removes one.
    #[must_use]
    pub fn new(
        messages: impl Into<MessageSet>,
        entry: impl Into<String>,
        attributes: impl IntoIterator<Item = (impl Into<String>, Option<String>)>,
    ) -> Self {
        let attributes = attributes.into_iter().map(|(name, value)| (name.into(), value)).collect();
        Self { messages: messages.into(), entry: entry.into(), attributes }
    }
}

impl Command for StoreAnnotation {
    type Output = ();

    fn encode(&self, encoder: &mut Encoder) {
        if self.attributes.is_empty() {
            encoder.refuse("list of attributes (it is empty)", "");
        }
        self.messages.encode(encoder, "STORE ");
        encoder.raw(" ANNOTATION (").astring(&self.entry).raw(" (");
        for (index, (name, value)) in self.attributes.iter().enumerate() {
            encoder.raw(if index > 0 { " " } else { "" }).astring(name).space().nstring(value.as_deref());
        }
        encoder.raw("))");
    }

    fn conduct(&self) -> Conduct {
        by_numbers(&self.messages)
    }

    fn finish(self, _completion: &StatusResponse) -> Result<(), Incomplete> {
        Ok(())
    }
}

/// How the labels of messages are changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LabelChange {
    /// Adds the labels.
    Add,
    /// Removes the labels.
    Remove,
    /// Leaves the messages with these labels and no others.
    Replace,
}

/// STORE X-GM-LABELS: changes the labels of messages: only for servers with X-GM-EXT-1 (Gmail).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreLabels {
    messages: MessageSet,
    change: LabelChange,
    labels: Vec<MailboxName>,
}

impl StoreLabels {
    /// Changes these labels: names of mailboxes, or words such as `\Important`.
    #[must_use]
    pub fn new(
        messages: impl Into<MessageSet>,
        change: LabelChange,
        labels: impl IntoIterator<Item = MailboxName>,
    ) -> Self {
        Self { messages: messages.into(), change, labels: labels.into_iter().collect() }
    }
}

impl Command for StoreLabels {
    type Output = ();

    fn encode(&self, encoder: &mut Encoder) {
        self.messages.encode(encoder, "STORE ");
        let sign = match self.change {
            LabelChange::Add => " +",
            LabelChange::Remove => " -",
            LabelChange::Replace => " ",
        };
        encoder.raw(sign).raw("X-GM-LABELS.SILENT ").list(&self.labels, |encoder, label| encoder.mailbox(label));
    }

    fn conduct(&self) -> Conduct {
        by_numbers(&self.messages)
    }

    fn finish(self, _completion: &StatusResponse) -> Result<(), Incomplete> {
        Ok(())
    }
}

fn by_numbers(messages: &MessageSet) -> Conduct {
    match messages {
        MessageSet::Uids(_) | MessageSet::SavedSearch => Conduct::new(),
        MessageSet::Seqs(_) => Conduct::new().by_sequence(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::sent;
    use crate::types::UidSet;

    #[test]
    fn values_are_quoted() {
        let set: UidSet = "1:3".parse().unwrap();
        let command =
            StoreAnnotation::new(&set, "/comment", [("value.priv", Some("a b".to_owned())), ("value.shared", None)]);
        let expected = r#"UID STORE 1:3 ANNOTATION (/comment (value.priv "a b" value.shared NIL))"#;
        assert_eq!(sent(&command).unwrap(), expected);
        let labels = ["a b", "\\Important"].map(|label| MailboxName::new(label).unwrap());
        let command = StoreLabels::new(&set, LabelChange::Add, labels);
        assert_eq!(sent(&command).unwrap(), r#"UID STORE 1:3 +X-GM-LABELS.SILENT ("a b" "\\Important")"#);
    }
}
