//! Commands about mailboxes by name: CREATE, DELETE, RENAME, SUBSCRIBE, UNSUBSCRIBE, STATUS, LIST, LSUB.

use std::collections::HashMap;

use super::{Command, Conduct, Incomplete, Tag};
use crate::types::{ListedMailbox, Listing, MailboxName, MailboxStatus, StatusItem, StatusResponse, Untagged};
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

                fn conduct(&self) -> Conduct {
                    Conduct::new().answers_as($word)
                }

                fn collect(&mut self, response: Untagged, _tag: Tag) -> Option<Untagged> {
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

/// Which mailboxes an extended LIST is about (RFC 5258, section 3.1; RFC 6154).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ListSelection {
    /// Those that the user subscribes to, whether they are there or not.
    Subscribed,
    /// Those on other servers too.
    Remote,
    /// Also those that do not match themselves but have children that do; only together with another selection.
    RecursiveMatch,
    /// Those with a special use.
    SpecialUse,
}

/// What an extended LIST returns about each mailbox (RFC 5258, section 3.2; RFC 5819; RFC 6154).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ListReturn {
    /// Whether the user subscribes to it.
    Subscribed,
    /// Whether it has children.
    Children,
    /// Its special use.
    SpecialUse,
    /// These figures: only for servers with LIST-STATUS or IMAP4rev2.
    Status(Vec<StatusItem>),
}

/// LIST with selection and return options: only for servers with LIST-EXTENDED or IMAP4rev2 (RFC 9051, section 6.3.9).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListExtended {
    patterns: Vec<MailboxName>,
    selection: Vec<ListSelection>,
    returned: Vec<ListReturn>,
    found: Vec<Listing>,
    figures: Vec<MailboxStatus>,
}

impl ListExtended {
    /// The mailboxes that match one of the patterns. More than one pattern is only for servers with LIST-EXTENDED.
    #[must_use]
    pub fn new(patterns: impl IntoIterator<Item = MailboxName>) -> Self {
        Self {
            patterns: patterns.into_iter().collect(),
            selection: Vec::new(),
            returned: Vec::new(),
            found: Vec::new(),
            figures: Vec::new(),
        }
    }

    /// Only these mailboxes.
    #[must_use]
    pub fn select(mut self, selection: impl IntoIterator<Item = ListSelection>) -> Self {
        self.selection.extend(selection);
        self
    }

    /// Returns these things about each mailbox.
    #[must_use]
    pub fn returning(mut self, returned: impl IntoIterator<Item = ListReturn>) -> Self {
        self.returned.extend(returned);
        self
    }
}

impl Command for ListExtended {
    /// Each mailbox with its figures, if they were asked for; those that cannot be selected have none.
    type Output = Vec<ListedMailbox>;

    fn encode(&self, encoder: &mut Encoder) {
        encoder.raw("LIST ");
        if !self.selection.is_empty() {
            encoder.list(&self.selection, |encoder, selection| {
                encoder.raw(match selection {
                    ListSelection::Subscribed => "SUBSCRIBED",
                    ListSelection::Remote => "REMOTE",
                    ListSelection::RecursiveMatch => "RECURSIVEMATCH",
                    ListSelection::SpecialUse => "SPECIAL-USE",
                })
            });
            encoder.space();
        }
        encoder.raw("\"\" ");
        match self.patterns.as_slice() {
            [] => encoder.refuse("list of patterns (it is empty)", ""),
            [pattern] => encoder.pattern(pattern),
            patterns => encoder.list(patterns, |encoder, pattern| encoder.pattern(pattern)),
        };
        if !self.returned.is_empty() {
            encoder.raw(" RETURN ").list(&self.returned, |encoder, returned| match returned {
                ListReturn::Subscribed => encoder.raw("SUBSCRIBED"),
                ListReturn::Children => encoder.raw("CHILDREN"),
                ListReturn::SpecialUse => encoder.raw("SPECIAL-USE"),
                ListReturn::Status(items) if items.is_empty() => {
                    encoder.refuse("list of STATUS items (it is empty)", "")
                }
                ListReturn::Status(items) => {
                    encoder.raw("STATUS ").list(items, |encoder, item| encoder.raw(item.name()))
                }
            });
        }
    }

    fn conduct(&self) -> Conduct {
        Conduct::new().answers_as("LIST")
    }

    fn collect(&mut self, response: Untagged, _tag: Tag) -> Option<Untagged> {
        let asked = self.returned.iter().any(|returned| matches!(returned, ListReturn::Status(_)));
        match response {
            Untagged::List(listing) => self.found.push(listing),
            Untagged::MailboxStatus(status) if asked => self.figures.push(*status),
            other => return Some(other),
        }
        None
    }

    fn finish(self, _completion: &StatusResponse) -> Result<Self::Output, Incomplete> {
        let mut figures: HashMap<_, _> = self.figures.into_iter().map(|status| (status.name.clone(), status)).collect();
        let with_figures = |listing: Listing| {
            let status = figures.remove(&listing.name);
            ListedMailbox::new(listing, status)
        };
        Ok(self.found.into_iter().map(with_figures).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{Encoding, Fragment};

    #[test]
    fn options_stand_where_the_grammar_has_them() {
        let name = |text: &str| MailboxName::new(text).unwrap();
        let command = ListExtended::new([name("*"), name("a b/%")])
            .select([ListSelection::Subscribed, ListSelection::RecursiveMatch])
            .returning([ListReturn::Children, ListReturn::Status(vec![StatusItem::Messages, StatusItem::Size])]);
        let mut encoder = Encoder::new(Encoding::default());
        command.encode(&mut encoder);
        let expected =
            "LIST (SUBSCRIBED RECURSIVEMATCH) \"\" (* \"a b/%\") RETURN (CHILDREN STATUS (MESSAGES SIZE))\r\n";
        assert_eq!(encoder.finish().unwrap(), [Fragment::Bytes(expected.as_bytes().to_vec().into(), Vec::new())]);
    }
}
