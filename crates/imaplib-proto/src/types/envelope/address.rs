//! One entry of an address field.

use crate::types::ImapString;

/// One entry of an address field: an address, or the beginning or the end of a group.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Address {
    /// `Ann Example <ann@example.org>`
    Mailbox(EmailAddress),
    /// The beginning of a group, `Team:`; its members follow up to [`GroupEnd`](Self::GroupEnd).
    GroupStart(ImapString),
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
    pub name: Option<ImapString>,
    /// The source route of RFC 822, long obsolete.
    pub route: Option<ImapString>,
    /// What stands before the `@`.
    pub mailbox: Option<ImapString>,
    /// What stands behind the `@`; `None` if the server knows no domain.
    pub host: Option<ImapString>,
}

impl EmailAddress {
    /// `mailbox@host`, or the mailbox alone where there is no host.
    #[must_use]
    pub fn address(&self) -> String {
        let mailbox = self.mailbox.as_ref().map(ImapString::to_string_lossy).unwrap_or_default();
        match &self.host {
            Some(host) => format!("{mailbox}@{host}"),
            None => mailbox.into_owned(),
        }
    }
}
