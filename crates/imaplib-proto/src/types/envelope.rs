//! ENVELOPE: the parsed header of a message (RFC 9051, section 7.5.2).

use super::{AddressLists, Addresses, Text};

/// The header fields that a server parsed. All texts are raw: encoded-words (RFC 2047) are not decoded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Envelope {
    /// The Date field as it stands in the message.
    pub date: Option<Text>,
    /// The Subject field.
    pub subject: Option<Text>,
    /// The In-Reply-To field.
    pub in_reply_to: Option<Text>,
    /// The Message-ID field.
    pub message_id: Option<Text>,
    lists: AddressLists,
}

impl Envelope {
    /// An envelope with these addresses: from, sender, reply-to, to, cc, bcc.
    #[must_use]
    pub fn new(fields: [Vec<Address>; 6]) -> Self {
        Self { lists: AddressLists::new(fields), ..Self::default() }
    }

    pub(crate) fn set_lists(&mut self, lists: AddressLists) {
        self.lists = lists;
    }

    /// The authors.
    #[must_use]
    pub fn from(&self) -> Addresses<'_> {
        self.lists.list(0)
    }

    /// Who sent the message; servers repeat `from` where the message has no such field.
    #[must_use]
    pub fn sender(&self) -> Addresses<'_> {
        self.lists.list(1)
    }

    /// Where answers should go; servers repeat `from` where the message has no such field.
    #[must_use]
    pub fn reply_to(&self) -> Addresses<'_> {
        self.lists.list(2)
    }

    /// The recipients.
    #[must_use]
    pub fn to(&self) -> Addresses<'_> {
        self.lists.list(3)
    }

    /// Who gets a copy.
    #[must_use]
    pub fn cc(&self) -> Addresses<'_> {
        self.lists.list(4)
    }

    /// Who gets a copy without the others' knowledge.
    #[must_use]
    pub fn bcc(&self) -> Addresses<'_> {
        self.lists.list(5)
    }
}

/// One entry of an address field: an address, or the beginning or the end of a group.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Address {
    /// `Ann Example <ann@example.org>`
    Mailbox(EmailAddress),
    /// The beginning of a group, `Team:`; its members follow up to [`GroupEnd`](Self::GroupEnd).
    GroupStart(Text),
    /// The end of a group.
    GroupEnd,
}

impl Address {
    /// The address, if this entry is one.
    #[must_use]
    pub fn as_email(&self) -> Option<&EmailAddress> {
        match self {
            Self::Mailbox(address) => Some(address),
            _ => None,
        }
    }

    /// The address, if this entry is one, taken out.
    #[must_use]
    pub fn into_email(self) -> Option<EmailAddress> {
        match self {
            Self::Mailbox(address) => Some(address),
            _ => None,
        }
    }
}

/// An address: `name <mailbox@host>`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EmailAddress {
    /// The display name, raw.
    pub name: Option<Text>,
    /// The source route of RFC 822, long obsolete.
    pub route: Option<Text>,
    /// What stands before the `@`.
    pub mailbox: Option<Text>,
    /// What stands behind the `@`; `None` if the server knows no domain.
    pub host: Option<Text>,
}

impl EmailAddress {
    /// `mailbox@host`, or the mailbox alone where there is no host.
    #[must_use]
    pub fn address(&self) -> String {
        let mailbox = self.mailbox.as_ref().map(Text::to_string_lossy).unwrap_or_default();
        match &self.host {
            Some(host) => format!("{mailbox}@{host}"),
            None => mailbox.into_owned(),
        }
    }
}
