//! Commands about mailboxes by name: CREATE, DELETE, RENAME, SUBSCRIBE, UNSUBSCRIBE, STATUS.

use super::{Command, Incomplete, Tag};
use crate::types::{MailboxAttribute, MailboxName, MailboxStatus, StatusItem, StatusResponse, Untagged};
use crate::wire::Encoder;

/// Commands whose arguments are mailbox names.
macro_rules! name_commands {
    ($($(#[$doc:meta])* $name:ident($($argument:ident),+) = $word:literal;)*) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Debug, PartialEq, Eq)]
            pub struct $name {
                $($argument: MailboxName,)+
            }

            impl $name {
                /// The command about this mailbox.
                #[must_use]
                pub fn new($($argument: MailboxName),+) -> Self {
                    Self { $($argument),+ }
                }
            }

            impl Command for $name {
                type Output = ();

                fn encode(&self, encoder: &mut Encoder) {
                    encoder.raw($word);
                    $(encoder.space().mailbox(&self.$argument);)+
                }

                fn finish(self, _completion: &StatusResponse) -> Result<(), Incomplete> {
                    Ok(())
                }
            }
        )*
    };
}

name_commands! {
    /// CREATE: makes a mailbox (RFC 9051, section 6.3.4).
    Create(mailbox) = "CREATE";
    /// DELETE: removes a mailbox and its messages (RFC 9051, section 6.3.5).
    Delete(mailbox) = "DELETE";
    /// RENAME: changes the name of the mailbox `from` to `to` (RFC 9051, section 6.3.6).
    Rename(from, to) = "RENAME";
    /// SUBSCRIBE: marks a mailbox as one that the user wants to see (RFC 9051, section 6.3.7).
    Subscribe(mailbox) = "SUBSCRIBE";
    /// UNSUBSCRIBE: removes that mark (RFC 9051, section 6.3.8).
    Unsubscribe(mailbox) = "UNSUBSCRIBE";
}

/// CREATE with special uses: only for servers with CREATE-SPECIAL-USE (RFC 6154, section 3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreateSpecialUse {
    mailbox: MailboxName,
    uses: Vec<MailboxAttribute>,
}

impl CreateSpecialUse {
    /// Makes the mailbox one for these uses, such as [`MailboxAttribute::Sent`].
    #[must_use]
    pub fn new(mailbox: MailboxName, uses: impl IntoIterator<Item = MailboxAttribute>) -> Self {
        Self { mailbox, uses: uses.into_iter().collect() }
    }
}

impl Command for CreateSpecialUse {
    type Output = ();

    fn encode(&self, encoder: &mut Encoder) {
        encoder.raw("CREATE ").mailbox(&self.mailbox).raw(" (USE ").list(&self.uses, |encoder, attribute| {
            match attribute.as_bytes() {
                [b'\\', word @ ..] => encoder.raw("\\").atom(&String::from_utf8_lossy(word)),
                other => encoder.refuse("special use", other),
            }
        });
        encoder.raw(")");
    }

    fn finish(self, _completion: &StatusResponse) -> Result<(), Incomplete> {
        Ok(())
    }
}

/// STATUS: figures of a mailbox that need not be selected (RFC 9051, section 6.3.11).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    mailbox: MailboxName,
    items: Vec<StatusItem>,
    found: Option<MailboxStatus>,
}

impl Status {
    /// Asks for these figures of the mailbox.
    #[must_use]
    pub fn new(mailbox: MailboxName, items: impl Into<Vec<StatusItem>>) -> Self {
        Self { mailbox, items: items.into(), found: None }
    }
}

impl Command for Status {
    type Output = MailboxStatus;

    fn encode(&self, encoder: &mut Encoder) {
        if self.items.is_empty() {
            encoder.refuse("list of STATUS items (it is empty)", "");
        }
        encoder.raw("STATUS ").mailbox(&self.mailbox).space();
        encoder.list(&self.items, |encoder, item| encoder.raw(item.name()));
    }

    fn collect(&mut self, response: Untagged, _tag: Tag) -> Option<Untagged> {
        match response {
            Untagged::MailboxStatus(status) if self.mailbox.is_answered_by(&status.name) => {
                self.found = Some(*status);
                None
            }
            other => Some(other),
        }
    }

    fn finish(self, _completion: &StatusResponse) -> Result<MailboxStatus, Incomplete> {
        self.found.ok_or(Incomplete("the server said OK to STATUS but sent no STATUS response"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::sent;

    #[test]
    fn a_use_is_an_attribute() {
        let create = |attribute| sent(&CreateSpecialUse::new(MailboxName::new("Old mail").unwrap(), [attribute]));
        assert_eq!(create(MailboxAttribute::Archive).unwrap(), r#"CREATE "Old mail" (USE (\Archive))"#);
        for wrong in ["Archive", "\\A B", "\\", "\\A)"] {
            assert!(create(MailboxAttribute::Other(wrong.into())).is_err(), "{wrong}");
        }
    }
}
