//! LIST and LSUB: which mailboxes there are.

use super::{Command, Incomplete, Role};
use crate::response::{StatusResponse, Untagged};
use crate::types::{Listing, MailboxName, MailboxStatus, StatusItem};
use crate::wire::Encoder;

macro_rules! list_commands {
    ($($(#[$doc:meta])* $name:ident = $word:literal;)*) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Debug, PartialEq, Eq)]
            pub struct $name {
                reference: MailboxName,
                pattern: MailboxName,
                found: Vec<Listing>,
            }

            impl $name {
                /// Those that match `pattern`, in which `*` stands for any text and `%` for any within one level.
                #[must_use]
                pub fn new(reference: MailboxName, pattern: MailboxName) -> Self {
                    Self { reference, pattern, found: Vec::new() }
                }
            }

            impl Command for $name {
                type Output = Vec<Listing>;

                fn encode(&self, encoder: &mut Encoder) {
                    encoder.raw(concat!($word, " ")).mailbox(&self.reference).space().pattern(&self.pattern);
                }

                fn role(&self) -> Role {
                    Role::Named($word)
                }

                fn collect(&mut self, response: Untagged) -> Option<Untagged> {
                    match response {
                        Untagged::$name(listing) => {
                            self.found.push(listing);
                            None
                        }
                        other => Some(other),
                    }
                }

                fn finish(self, _completion: &StatusResponse) -> Result<Vec<Listing>, Incomplete> {
                    Ok(self.found)
                }
            }
        )*
    };
}

list_commands! {
    /// LIST: the mailboxes that match a pattern (RFC 9051, section 6.3.9).
    List = "LIST";
    /// LSUB: the mailboxes that the user subscribes to (RFC 3501, section 6.3.9; gone in RFC 9051).
    Lsub = "LSUB";
}

/// LIST with STATUS of each mailbox in one go (RFC 5819): only for servers with LIST-STATUS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListStatus {
    pattern: MailboxName,
    items: Vec<StatusItem>,
    found: Vec<Listing>,
    figures: Vec<MailboxStatus>,
}

impl ListStatus {
    /// The mailboxes that match `pattern`, with these figures of each.
    #[must_use]
    pub fn new(pattern: MailboxName, items: impl Into<Vec<StatusItem>>) -> Self {
        Self { pattern, items: items.into(), found: Vec::new(), figures: Vec::new() }
    }
}

impl Command for ListStatus {
    /// Each mailbox with its figures; those that cannot be selected have none.
    type Output = Vec<(Listing, Option<MailboxStatus>)>;

    fn encode(&self, encoder: &mut Encoder) {
        encoder.raw("LIST \"\" ").pattern(&self.pattern).raw(" RETURN (STATUS ");
        encoder.list(&self.items, |encoder, item| encoder.raw(item.name()));
        encoder.raw(")");
    }

    fn role(&self) -> Role {
        Role::Named("LIST")
    }

    fn collect(&mut self, response: Untagged) -> Option<Untagged> {
        match response {
            Untagged::List(listing) => self.found.push(listing),
            Untagged::MailboxStatus(status) => self.figures.push(status),
            other => return Some(other),
        }
        None
    }

    fn finish(self, _completion: &StatusResponse) -> Result<Self::Output, Incomplete> {
        let mut figures: std::collections::HashMap<_, _> =
            self.figures.into_iter().map(|status| (status.name.clone(), status)).collect();
        Ok(self
            .found
            .into_iter()
            .map(|listing| {
                let status = figures.remove(&listing.name);
                (listing, status)
            })
            .collect())
    }
}
