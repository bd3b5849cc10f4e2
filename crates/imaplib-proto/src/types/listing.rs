//! Mailboxes as the server lists them: LIST and LSUB (RFC 9051, section 7.3.1), STATUS (section 7.3.3), NAMESPACE
//! (section 7.3.4).

use std::collections::HashSet;
use std::fmt;

use bytes::Bytes;

use super::{ImapString, MailboxName, MetadataEntry, ObjectIds, Rights};

/// One line of the answer to LIST or LSUB.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Listing {
    /// The attributes of the name.
    pub attributes: MailboxAttributes,
    /// The character between the levels of the name; `None` if the names have no levels.
    pub delimiter: Option<char>,
    /// The name.
    pub name: MailboxName,
    /// Whether the server wrote the name with the hierarchy delimiter at its end, which [`name`](Self::name) is without. LIST
    /// leaves it there where the name without it is listed, too: these are two mailboxes.
    pub had_delimiter_at_end: bool,
    /// The name that the mailbox had before (OLDNAME: RFC 5465, RFC 9051).
    pub old_name: Option<MailboxName>,
    /// Why a mailbox is listed that does not match itself: the selection options that its children meet (RFC 5258).
    pub child_info: Vec<ImapString>,
    /// Other extended items: name and raw value (RFC 5258).
    pub extended: Vec<(ImapString, Bytes)>,
}

impl Listing {
    /// A mailbox without attributes.
    #[must_use]
    pub fn new(name: MailboxName, delimiter: Option<char>) -> Self {
        let (old_name, child_info, extended) = (None, Vec::new(), Vec::new());
        let (attributes, had_delimiter_at_end) = (MailboxAttributes::default(), false);
        Self { attributes, delimiter, name, had_delimiter_at_end, old_name, child_info, extended }
    }

    /// The name as the server wrote it.
    pub(crate) fn written_name(&self) -> Option<MailboxName> {
        self.delimiter.filter(|_| self.had_delimiter_at_end).map(|delimiter| self.name.with_trailing(delimiter))
    }

    /// Keeps apart the mailboxes of which one has the name of the other with the hierarchy delimiter behind it.
    pub(crate) fn keep_apart(listed: &mut [Self]) {
        if !listed.iter().any(|listing| listing.had_delimiter_at_end) {
            return;
        }
        let plain = listed.iter().filter(|listing| !listing.had_delimiter_at_end).map(|listing| listing.name.clone());
        let plain: HashSet<MailboxName> = plain.collect();
        for listing in listed.iter_mut().filter(|listing| plain.contains(&listing.name)) {
            if let Some(written) = listing.written_name() {
                (listing.name, listing.had_delimiter_at_end) = (written, false);
            }
        }
    }

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

/// A mailbox that LIST returned, with its figures where they were asked for: LIST-STATUS (RFC 5819).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ListedMailbox {
    /// The mailbox as the server lists it.
    pub listing: Listing,
    /// Its figures; `None` if they were not asked for, the mailbox cannot be selected, or the server refused them.
    pub status: Option<MailboxStatus>,
    /// What the user may do with it, where that was asked for (RFC 8440).
    pub rights: Option<Rights>,
    /// The notes about it that were asked for (RFC 9590).
    pub metadata: Vec<MetadataEntry>,
}

impl ListedMailbox {
    /// A mailbox with its figures.
    #[must_use]
    pub fn new(listing: Listing, status: Option<MailboxStatus>) -> Self {
        Self { listing, status, rights: None, metadata: Vec::new() }
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
            Other(ImapString),
        }

        #[repr(u8)]
        enum Bit {
            $($name,)*
        }

        impl MailboxAttribute {
            const KNOWN: &'static [Self] = &[$(Self::$name,)*];

            fn bit(&self) -> Option<u32> {
                match self {
                    $(Self::$name => Some(1 << Bit::$name as u8),)*
                    Self::Other(_) => None,
                }
            }

            /// The attribute as it stands on the wire, with its backslash.
            #[must_use]
            pub fn as_bytes(&self) -> &[u8] {
                match self {
                    $(Self::$name => $text.as_bytes(),)*
                    Self::Other(text) => text.as_bytes(),
                }
            }

            /// The attribute that the bytes name, in any case.
            #[must_use]
            pub fn from_wire(bytes: Bytes) -> Self {
                Self::known(&bytes).unwrap_or_else(|| Self::Other(bytes.into()))
            }

            pub(crate) fn known(bytes: &[u8]) -> Option<Self> {
                // Most servers spell them as the registry does.
                $(if bytes == $text.as_bytes() {
                    return Some(Self::$name);
                })*
                $(if bytes.eq_ignore_ascii_case($text.as_bytes()) {
                    return Some(Self::$name);
                })*
                None
            }
        }
    };
}

attributes! {
    /// No child can be made.
    NoInferiors = "\\Noinferiors",
    /// The name is not that of a mailbox that can be selected.
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

// The bit set below has a bit for each.
const _: () = assert!(MailboxAttribute::KNOWN.len() <= 32);

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

/// The attributes of a mailbox name: a bit set for those that this library knows, the others as the server wrote them.
///
/// ```
/// use imaplib_proto::types::{MailboxAttribute, MailboxAttributes};
/// let attributes = MailboxAttributes::from([MailboxAttribute::Sent, MailboxAttribute::HasNoChildren]);
/// assert!(attributes.contains(&MailboxAttribute::Sent));
/// assert_eq!(attributes.iter().filter(MailboxAttribute::is_special_use).count(), 1);
/// ```
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct MailboxAttributes {
    known: u32,
    other: Vec<ImapString>,
}

impl MailboxAttributes {
    /// Adds an attribute.
    pub fn insert(&mut self, attribute: MailboxAttribute) {
        match attribute {
            MailboxAttribute::Other(text) => self.other.push(text),
            known => self.known |= known.bit().unwrap_or_default(),
        }
    }

    /// Whether the attribute is there.
    #[must_use]
    pub fn contains(&self, attribute: &MailboxAttribute) -> bool {
        match attribute {
            MailboxAttribute::Other(text) => self.other.iter().any(|other| other.eq_ignore_ascii_case(text)),
            known => known.bit().is_some_and(|bit| self.known & bit != 0),
        }
    }

    /// Whether there is no attribute.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.known == 0 && self.other.is_empty()
    }

    /// The attributes: those that this library knows in the order of [`MailboxAttribute`], then the others.
    pub fn iter(&self) -> impl Iterator<Item = MailboxAttribute> + '_ {
        let there = |attribute: &&MailboxAttribute| attribute.bit().is_some_and(|bit| self.known & bit != 0);
        let known = MailboxAttribute::KNOWN.iter().filter(there).cloned();
        known.chain(self.other.iter().cloned().map(MailboxAttribute::Other))
    }
}

impl<const N: usize> From<[MailboxAttribute; N]> for MailboxAttributes {
    fn from(attributes: [MailboxAttribute; N]) -> Self {
        attributes.into_iter().collect()
    }
}

impl FromIterator<MailboxAttribute> for MailboxAttributes {
    fn from_iter<I: IntoIterator<Item = MailboxAttribute>>(attributes: I) -> Self {
        let mut set = Self::default();
        attributes.into_iter().for_each(|attribute| set.insert(attribute));
        set
    }
}

impl fmt::Display for MailboxAttributes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, attribute) in self.iter().enumerate() {
            write!(f, "{}{attribute}", if index == 0 { "" } else { " " })?;
        }
        Ok(())
    }
}

impl fmt::Debug for MailboxAttributes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MailboxAttributes({self})")
    }
}

macro_rules! status_items {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)*) => {
        /// A figure that STATUS can ask for (RFC 9051, section 6.3.11).
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum StatusItem {
            $($(#[$doc])* $name,)*
        }

        impl StatusItem {
            /// The item as it stands on the wire.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                }
            }
        }
    };
}

status_items! {
    /// The number of messages.
    Messages = "MESSAGES",
    /// The number of messages with `\Recent` (RFC 3501).
    Recent = "RECENT",
    /// The UID that the next message gets.
    UidNext = "UIDNEXT",
    /// The UIDVALIDITY.
    UidValidity = "UIDVALIDITY",
    /// The number of messages without `\Seen`.
    Unseen = "UNSEEN",
    /// The number of messages with `\Deleted` (RFC 9051).
    Deleted = "DELETED",
    /// The size of all messages in bytes (RFC 8438).
    Size = "SIZE",
    /// The bytes that expunging would free (RFC 9208).
    DeletedStorage = "DELETED-STORAGE",
    /// The highest modification sequence (RFC 7162).
    HighestModSeq = "HIGHESTMODSEQ",
    /// The greatest message that can be appended, in bytes (RFC 7889).
    AppendLimit = "APPENDLIMIT",
    /// The identifier of the mailbox (RFC 8474).
    MailboxId = "MAILBOXID",
    /// The identifiers of the mailbox and its account: only for servers with OBJECTID+.
    ObjectIds = "OBJECTID",
}

/// The answer to STATUS. A figure that was not asked for, or that the server did not send, is `None`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MailboxStatus {
    /// The mailbox.
    pub name: MailboxName,
    /// The number of messages.
    pub messages: Option<u64>,
    /// The number of messages with `\Recent`.
    pub recent: Option<u64>,
    /// The UID that the next message gets. Some servers send more than 32 bits: then no message has it.
    pub uid_next: Option<u64>,
    /// The UIDVALIDITY: a number to compare, of more than 32 bits on some servers.
    pub uid_validity: Option<u64>,
    /// The number of messages without `\Seen`.
    pub unseen: Option<u64>,
    /// The number of messages with `\Deleted`.
    pub deleted: Option<u64>,
    /// The size of all messages in bytes.
    pub size: Option<u64>,
    /// The bytes that expunging would free.
    pub deleted_storage: Option<u64>,
    /// The highest modification sequence.
    pub highest_mod_seq: Option<u64>,
    /// The greatest message that can be appended, in bytes; `Some(None)` if there is no limit.
    pub append_limit: Option<Option<u64>>,
    /// The identifier of the mailbox.
    pub mailbox_id: Option<ImapString>,
    /// The identifiers of the mailbox and its account.
    pub object_ids: Option<Box<ObjectIds>>,
    /// Items that this library does not know: name and raw value.
    pub other: Vec<(ImapString, Bytes)>,
}

impl MailboxStatus {
    /// A status without any item.
    #[must_use]
    pub fn new(name: MailboxName) -> Self {
        Self {
            name,
            messages: None,
            recent: None,
            uid_next: None,
            uid_validity: None,
            unseen: None,
            deleted: None,
            size: None,
            deleted_storage: None,
            highest_mod_seq: None,
            append_limit: None,
            mailbox_id: None,
            object_ids: None,
            other: Vec::new(),
        }
    }
}

/// The answer to NAMESPACE. A kind that the server does not have is an empty list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Namespaces {
    /// The user's own mailboxes.
    pub personal: Vec<Namespace>,
    /// Other users' mailboxes.
    pub other_users: Vec<Namespace>,
    /// Mailboxes shared among users.
    pub shared: Vec<Namespace>,
}

/// One namespace.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Namespace {
    /// What the names in it begin with; may be empty.
    pub prefix: MailboxName,
    /// The character between the levels of a name; `None` if there are no levels.
    pub delimiter: Option<char>,
    /// Extensions: a name and its values.
    pub extensions: Vec<(ImapString, Vec<ImapString>)>,
}

impl Namespace {
    /// A namespace without extensions.
    #[must_use]
    pub fn new(prefix: MailboxName, delimiter: Option<char>) -> Self {
        Self { prefix, delimiter, extensions: Vec::new() }
    }
}
