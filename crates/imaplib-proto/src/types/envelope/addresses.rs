//! The address fields of an envelope, as places in the block that they were received in.
//!
//! Most messages name the same few people again and again, and most programs look at one or two of them: an address is
//! made only when somebody asks for it.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;

use super::{Address, EmailAddress, StrRef};

/// One address field of an envelope. The addresses are made as they are asked for.
///
/// ```
/// use imaplib_proto::types::{Address, EmailAddress, Envelope};
/// let ann = EmailAddress { mailbox: Some("ann".into()), host: Some("example.org".into()), ..EmailAddress::default() };
/// let from = vec![Address::Mailbox(ann)];
/// let envelope = Envelope::new(Default::default(), [from, vec![], vec![], vec![], vec![], vec![]]);
/// assert_eq!(envelope.from().emails().next().map(|email| email.address()).as_deref(), Some("ann@example.org"));
/// ```
#[derive(Clone, Copy, Default)]
pub struct Addresses<'a> {
    block: Option<&'a Arc<Bytes>>,
    entries: &'a [Entry],
}

impl<'a> Addresses<'a> {
    pub(crate) fn new(block: Option<&'a Arc<Bytes>>, entries: &'a [Entry]) -> Self {
        Self { block, entries }
    }

    /// How many entries there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is no entry.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The entry at the place `index`, from 0.
    #[must_use]
    pub fn get(&self, index: usize) -> Option<Address> {
        self.entries.get(index).map(|entry| entry.address(self.block))
    }

    /// The first entry.
    #[must_use]
    pub fn first(&self) -> Option<Address> {
        self.get(0)
    }

    /// All entries.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Address> + use<'a> {
        let block = self.block;
        self.entries.iter().map(move |entry| entry.address(block))
    }

    /// Those entries that are addresses: the members of groups, too.
    pub fn emails(&self) -> impl Iterator<Item = EmailAddress> + use<'a> {
        self.iter().filter_map(Address::into_email)
    }
}

impl fmt::Debug for Addresses<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl PartialEq for Addresses<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for Addresses<'_> {}

/// The texts of one entry: name, route, mailbox, host.
#[derive(Clone, Copy)]
pub(crate) struct Entry([StrRef; 4]);

/// In place of a host: the entry begins a group, ends one.
const GROUP_START: StrRef = StrRef::nil(1);
const GROUP_END: StrRef = StrRef::nil(2);

impl Entry {
    #[inline]
    pub(crate) fn email(name: StrRef, route: StrRef, mailbox: StrRef, host: StrRef) -> Self {
        Self([name, route, mailbox, host])
    }

    pub(crate) fn group_start(name: StrRef) -> Self {
        Self([StrRef::NIL, StrRef::NIL, name, GROUP_START])
    }

    pub(crate) fn group_end() -> Self {
        Self([StrRef::NIL, StrRef::NIL, StrRef::NIL, GROUP_END])
    }

    fn address(&self, block: Option<&Arc<Bytes>>) -> Address {
        let [name, route, mailbox, host] = self.0;
        let text = |place: StrRef| place.text(block);
        match (host.is_nil(), host.start) {
            (true, 1) => Address::GroupStart(text(mailbox).unwrap_or_default()),
            (true, 2) => Address::GroupEnd,
            _ => Address::Mailbox(EmailAddress {
                name: text(name),
                route: text(route),
                mailbox: text(mailbox),
                host: text(host),
            }),
        }
    }
}
