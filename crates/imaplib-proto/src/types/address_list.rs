//! The address fields of an envelope, as places in the block that they were received in.
//!
//! Most messages name the same few people again and again, and most programs look at one or two of them: an address is
//! made only when somebody asks for it.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;

use super::{Address, EmailAddress, Text};

/// One address field of an envelope. The addresses are made as they are asked for.
///
/// ```
/// use imaplib_proto::types::{Address, EmailAddress, Envelope};
/// let ann = EmailAddress { mailbox: Some("ann".into()), host: Some("example.org".into()), ..EmailAddress::default() };
/// let envelope = Envelope::new([vec![Address::Mailbox(ann)], vec![], vec![], vec![], vec![], vec![]]);
/// assert_eq!(envelope.from().emails().next().map(|email| email.address()).as_deref(), Some("ann@example.org"));
/// ```
#[derive(Clone, Copy, Default)]
pub struct Addresses<'a> {
    block: Option<&'a Arc<Bytes>>,
    entries: &'a [Entry],
}

impl<'a> Addresses<'a> {
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

/// The six address fields of an envelope.
#[derive(Clone, Default)]
pub(crate) struct AddressLists {
    /// What the entries point into.
    block: Option<Arc<Bytes>>,
    entries: Vec<Entry>,
    /// Where each field ends among the entries.
    ends: [u32; 6],
}

/// The texts of one entry: name, route, mailbox, host.
#[derive(Clone, Copy)]
struct Entry([Place; 4]);

/// Where a text lies in the block, or that there is none.
#[derive(Clone, Copy)]
pub(crate) struct Place {
    start: u32,
    length: u32,
}

impl Place {
    pub(crate) const NIL: Self = Self { start: 0, length: u32::MAX };
    /// In place of a host: the entry begins a group, ends one.
    const GROUP_START: Self = Self { start: 1, ..Self::NIL };
    const GROUP_END: Self = Self { start: 2, ..Self::NIL };

    /// Between these places, if both are low enough to be kept.
    #[inline]
    pub(crate) fn new(start: usize, end: usize) -> Option<Self> {
        let length = u32::try_from(end.checked_sub(start)?).ok().filter(|length| *length != u32::MAX)?;
        Some(Self { start: u32::try_from(start).ok()?, length })
    }

    #[inline]
    pub(crate) fn is_nil(self) -> bool {
        self.length == u32::MAX
    }

    fn text(self, block: Option<&Arc<Bytes>>) -> Option<Text> {
        let block = block.filter(|_| !self.is_nil())?;
        let start = self.start as usize;
        Some(Text::within(block, start, start + self.length as usize))
    }
}

impl Entry {
    fn address(&self, block: Option<&Arc<Bytes>>) -> Address {
        let [name, route, mailbox, host] = self.0;
        let text = |place: Place| place.text(block);
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

impl AddressLists {
    /// Lists of entries that point into the block that [`set_block`](Self::set_block) will name.
    #[inline]
    pub(crate) fn with_capacity(entries: usize) -> Self {
        Self { block: None, entries: Vec::with_capacity(entries), ends: [0; 6] }
    }

    #[inline]
    pub(crate) fn push(&mut self, name: Place, route: Place, mailbox: Place, host: Place) {
        self.entries.push(Entry([name, route, mailbox, host]));
    }

    pub(crate) fn push_group_start(&mut self, name: Place) {
        self.push(Place::NIL, Place::NIL, name, Place::GROUP_START);
    }

    pub(crate) fn push_group_end(&mut self) {
        self.push(Place::NIL, Place::NIL, Place::NIL, Place::GROUP_END);
    }

    /// Ends a field.
    #[inline]
    pub(crate) fn end(&mut self, field: usize) {
        let count = u32::try_from(self.entries.len()).unwrap_or(u32::MAX);
        if let Some(end) = self.ends.get_mut(field) {
            *end = count;
        }
    }

    pub(crate) fn set_block(&mut self, block: &Arc<Bytes>) {
        self.block = Some(Arc::clone(block));
    }

    /// Lists with a block of their own.
    pub(crate) fn new(fields: [Vec<Address>; 6]) -> Self {
        let mut lists = Self::default();
        let mut block = Vec::new();
        for (index, field) in fields.into_iter().enumerate() {
            for address in field {
                let mut place = |text: Option<Text>| match text {
                    None => Place::NIL,
                    Some(text) => {
                        let start = block.len();
                        block.extend_from_slice(text.as_bytes());
                        Place::new(start, block.len()).unwrap_or(Place::NIL)
                    }
                };
                match address {
                    Address::GroupStart(name) => lists.push_group_start(place(Some(name))),
                    Address::GroupEnd => lists.push_group_end(),
                    Address::Mailbox(EmailAddress { name, route, mailbox, host }) => {
                        lists.push(place(name), place(route), place(mailbox), place(host));
                    }
                }
            }
            lists.end(index);
        }
        lists.block = Some(Arc::new(block.into()));
        lists
    }

    pub(crate) fn list(&self, field: usize) -> Addresses<'_> {
        let end = |field: usize| self.ends.get(field).copied().unwrap_or_default() as usize;
        let start = if field == 0 { 0 } else { end(field - 1) };
        Addresses { block: self.block.as_ref(), entries: self.entries.get(start..end(field)).unwrap_or_default() }
    }

    fn all(&self) -> impl Iterator<Item = Addresses<'_>> {
        (0..self.ends.len()).map(|field| self.list(field))
    }
}

impl PartialEq for AddressLists {
    fn eq(&self, other: &Self) -> bool {
        self.all().eq(other.all())
    }
}

impl Eq for AddressLists {}

impl fmt::Debug for AddressLists {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.all()).finish()
    }
}
