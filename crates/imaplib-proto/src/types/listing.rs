//! LIST and LSUB: a mailbox as the server lists it (RFC 9051, section 7.3.1).

use std::fmt;

use bytes::Bytes;

use super::{MailboxName, Text};

/// One line of the answer to LIST or LSUB.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listing {
    /// The attributes of the name.
    pub attributes: Vec<MailboxAttribute>,
    /// The character between the levels of the name; `None` if the names have no levels.
    pub delimiter: Option<char>,
    /// The name.
    pub name: MailboxName,
    /// The name that the mailbox had before (OLDNAME: RFC 5465, RFC 9051).
    pub old_name: Option<MailboxName>,
    /// Why a mailbox is listed that does not match itself: the selection options that its children meet (RFC 5258).
    pub child_info: Vec<Text>,
    /// Other extended items: name and raw value (RFC 5258).
    pub extended: Vec<(Text, Bytes)>,
}

impl Listing {
    /// Whether the name has the attribute.
    #[must_use]
    pub fn has(&self, attribute: &MailboxAttribute) -> bool {
        self.attributes.contains(attribute)
    }

    /// Whether a mailbox of this name can be selected.
    #[must_use]
    pub fn is_selectable(&self) -> bool {
        !self.has(&MailboxAttribute::NoSelect) && !self.has(&MailboxAttribute::NonExistent)
    }
}

macro_rules! attributes {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)*) => {
        /// An attribute of a mailbox name (RFC 9051, section 7.3.1; the IANA registry of RFC 8457).
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum MailboxAttribute {
            $($(#[$doc])* $name,)*
            /// An attribute that this library does not know, with its backslash.
            Other(Text),
        }

        impl MailboxAttribute {
            /// The attribute as it stands on the wire, with its backslash.
            #[must_use]
            pub fn as_bytes(&self) -> &[u8] {
                match self {
                    $(Self::$name => $text.as_bytes(),)*
                    Self::Other(text) => text.as_bytes(),
                }
            }

            /// The attribute that the octets name, in any case.
            #[must_use]
            pub fn from_wire(octets: Bytes) -> Self {
                $(if octets.eq_ignore_ascii_case($text.as_bytes()) {
                    return Self::$name;
                })*
                Self::Other(octets.into())
            }
        }
    };
}

attributes! {
    /// No child can be made.
    NoInferiors = "\\Noinferiors",
    /// The name is no mailbox that can be selected.
    NoSelect = "\\Noselect",
    /// There may be new messages.
    Marked = "\\Marked",
    /// There are no new messages.
    Unmarked = "\\Unmarked",
    /// The mailbox has children.
    HasChildren = "\\HasChildren",
    /// The mailbox has no children.
    HasNoChildren = "\\HasNoChildren",
    /// There is no mailbox of this name.
    NonExistent = "\\NonExistent",
    /// The user subscribes to it.
    Subscribed = "\\Subscribed",
    /// It lies on another server.
    Remote = "\\Remote",
    /// The user may not know about it (RFC 5465).
    NoAccess = "\\NoAccess",
    /// All messages (RFC 6154).
    All = "\\All",
    /// The archive (RFC 6154).
    Archive = "\\Archive",
    /// Drafts (RFC 6154).
    Drafts = "\\Drafts",
    /// Flagged messages (RFC 6154).
    Flagged = "\\Flagged",
    /// Spam (RFC 6154).
    Junk = "\\Junk",
    /// Sent messages (RFC 6154).
    Sent = "\\Sent",
    /// Deleted messages (RFC 6154).
    Trash = "\\Trash",
    /// Important messages (RFC 8457).
    Important = "\\Important",
    /// Memos (RFC 9979).
    Memos = "\\Memos",
    /// Messages to be sent later (RFC 9979).
    Scheduled = "\\Scheduled",
    /// Messages to be seen again later (RFC 9979).
    Snoozed = "\\Snoozed",
}

impl MailboxAttribute {
    /// Whether the attribute names a special use of the mailbox (RFC 6154).
    #[must_use]
    pub fn is_special_use(&self) -> bool {
        matches!(
            self,
            Self::All
                | Self::Archive
                | Self::Drafts
                | Self::Flagged
                | Self::Junk
                | Self::Sent
                | Self::Trash
                | Self::Important
                | Self::Memos
                | Self::Scheduled
                | Self::Snoozed
        )
    }
}

impl fmt::Display for MailboxAttribute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&String::from_utf8_lossy(self.as_bytes()))
    }
}
