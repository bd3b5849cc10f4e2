//! NOTIFY: changes that the server reports by itself, also of mailboxes that are not open (RFC 5465).

use super::{Command, Conduct, Effect, Incomplete};
use crate::types::{MailboxName, StatusResponse};
use crate::wire::Encoder;

/// NOTIFY: which changes the server reports by itself from now on, of which mailboxes (RFC 5465).
///
/// They come as events: of messages in other mailboxes as STATUS responses, of names and subscriptions as LIST responses. A
/// server that has to report too much ends it with the response code NOTIFICATIONOVERFLOW.
///
/// ```
/// use imaplib_proto::command::{NotifiedMailboxes, Notify};
/// use imaplib_proto::types::MailboxName;
///
/// let names = vec![MailboxName::inbox(), MailboxName::new("Lists")?];
/// let notify = Notify::new().messages(NotifiedMailboxes::Named(names)).with_status();
/// # Ok::<_, imaplib_proto::types::InvalidValue>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Notify {
    groups: Vec<(NotifiedMailboxes, Vec<NotifyEvent>)>,
    with_status: bool,
}

/// The mailboxes whose changes are reported (RFC 5465, section 6).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NotifiedMailboxes {
    /// The one that is open: SELECTED. Messages can be removed from it at any time then, so that no sequence number means
    /// anything for long: commands with sequence numbers are refused.
    Selected,
    /// The one that is open, and removed messages only while a command allows it: SELECTED-DELAYED.
    SelectedDelayed,
    /// Those into which mail may be delivered.
    Inboxes,
    /// All of the user's own.
    Personal,
    /// Those that the user subscribes to.
    Subscribed,
    /// These and all below them.
    Below(Vec<MailboxName>),
    /// These.
    Named(Vec<MailboxName>),
}

/// A kind of change that is reported (RFC 5465, section 5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum NotifyEvent {
    /// A message is new; only together with [`MessageExpunge`](Self::MessageExpunge).
    MessageNew,
    /// A message was removed; only together with [`MessageNew`](Self::MessageNew).
    MessageExpunge,
    /// The flags of a message changed; only together with both.
    FlagChange,
    /// The annotations of a message changed (RFC 5257).
    AnnotationChange,
    /// A mailbox was created, removed or renamed.
    MailboxName,
    /// A subscription changed.
    SubscriptionChange,
    /// Annotations of a mailbox changed (RFC 5464).
    MailboxMetadataChange,
    /// Annotations of the server changed (RFC 5464).
    ServerMetadataChange,
}

impl NotifyEvent {
    /// The name as it stands on the wire.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::MessageNew => "MessageNew",
            Self::MessageExpunge => "MessageExpunge",
            Self::FlagChange => "FlagChange",
            Self::AnnotationChange => "AnnotationChange",
            Self::MailboxName => "MailboxName",
            Self::SubscriptionChange => "SubscriptionChange",
            Self::MailboxMetadataChange => "MailboxMetadataChange",
            Self::ServerMetadataChange => "ServerMetadataChange",
        }
    }
}

impl Notify {
    /// Nothing is reported: NOTIFY NONE, which ends what was asked for before.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Reports the messages of these mailboxes: those that are new, that are removed, and whose flags change.
    #[must_use]
    pub fn messages(self, mailboxes: NotifiedMailboxes) -> Self {
        self.events(mailboxes, [NotifyEvent::MessageNew, NotifyEvent::MessageExpunge, NotifyEvent::FlagChange])
    }

    /// Reports these events of these mailboxes. Where a mailbox is in several groups, the first one counts.
    #[must_use]
    pub fn events(mut self, mailboxes: NotifiedMailboxes, events: impl IntoIterator<Item = NotifyEvent>) -> Self {
        self.groups.push((mailboxes, events.into_iter().collect()));
        self
    }

    /// Reports first how each of the mailboxes is now: as STATUS responses before the command is over.
    #[must_use]
    pub fn with_status(mut self) -> Self {
        self.with_status = true;
        self
    }
}

impl NotifiedMailboxes {
    fn encode(&self, encoder: &mut Encoder) {
        let (word, names) = match self {
            Self::Selected => ("SELECTED", None),
            Self::SelectedDelayed => ("SELECTED-DELAYED", None),
            Self::Inboxes => ("INBOXES", None),
            Self::Personal => ("PERSONAL", None),
            Self::Subscribed => ("SUBSCRIBED", None),
            Self::Below(names) => ("SUBTREE", Some(names)),
            Self::Named(names) => ("MAILBOXES", Some(names)),
        };
        encoder.raw(word);
        match names {
            None => {}
            Some(names) if names.is_empty() => drop(encoder.refuse("list of mailboxes (it is empty)", "")),
            Some(names) => {
                encoder.space().list(names.iter(), |encoder, name| encoder.mailbox(name));
            }
        }
    }
}

impl Command for Notify {
    type Output = ();

    fn encode(&self, encoder: &mut Encoder) {
        encoder.raw("NOTIFY ");
        if self.groups.is_empty() {
            encoder.raw("NONE");
            return;
        }
        encoder.raw(if self.with_status { "SET STATUS" } else { "SET" });
        for (mailboxes, events) in &self.groups {
            mailboxes.encode(encoder.raw(" ("));
            match events.is_empty() {
                true => encoder.raw(" NONE"),
                false => encoder.space().list(events.iter(), |encoder, event| encoder.raw(event.name())),
            };
            encoder.raw(")");
        }
    }

    fn conduct(&self) -> Conduct {
        let removes = |(mailboxes, events): &(NotifiedMailboxes, Vec<NotifyEvent>)| {
            *mailboxes == NotifiedMailboxes::Selected && !events.is_empty()
        };
        Conduct::with_effect(Effect::Notifies { expunge_at_any_time: self.groups.iter().any(removes) })
    }

    fn finish(self, _completion: &StatusResponse) -> Result<(), Incomplete> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::NameEncoding;
    use crate::wire::Encoding;

    fn sent(notify: &Notify) -> Option<String> {
        let mut encoder = Encoder::new(Encoding::new(NameEncoding::ModifiedUtf7, None));
        notify.encode(&mut encoder);
        let fragments = encoder.finish().ok()?;
        Some(fragments.iter().map(|fragment| format!("{fragment:?}")).collect())
    }

    #[test]
    fn what_is_sent() {
        let name = |text: &str| MailboxName::new(text).unwrap();
        let named = || NotifiedMailboxes::Named(vec![name("INBOX"), name("a b")]);
        for (notify, text) in [
            (Notify::new(), "NOTIFY NONE"),
            (
                Notify::new().messages(named()).with_status(),
                "NOTIFY SET STATUS (MAILBOXES (INBOX \\\"a b\\\") (MessageNew MessageExpunge FlagChange))",
            ),
            (
                Notify::new()
                    .messages(NotifiedMailboxes::Selected)
                    .events(NotifiedMailboxes::Personal, [NotifyEvent::MailboxName])
                    .events(NotifiedMailboxes::Below(vec![name("x")]), []),
                "NOTIFY SET (SELECTED (MessageNew MessageExpunge FlagChange)) (PERSONAL (MailboxName)) (SUBTREE (x) NONE)",
            ),
        ] {
            let sent = sent(&notify).unwrap();
            assert!(sent.contains(text), "{sent}");
        }
        assert_eq!(sent(&Notify::new().messages(NotifiedMailboxes::Named(Vec::new()))), None);
        let effect = |mailboxes| Notify::new().messages(mailboxes).conduct().effect;
        assert_eq!(effect(NotifiedMailboxes::Selected), Effect::Notifies { expunge_at_any_time: true });
        assert_eq!(effect(NotifiedMailboxes::SelectedDelayed), Effect::Notifies { expunge_at_any_time: false });
    }
}
