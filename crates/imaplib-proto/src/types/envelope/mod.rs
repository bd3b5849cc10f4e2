//! ENVELOPE: the parsed header of a message (RFC 9051, section 7.5.2).

mod address;

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;

pub use self::address::{Address, Addresses, EmailAddress};
pub(crate) use self::address::{Entry, StrRef, unescape};
use super::ImapString;

/// The header fields that a server parsed. All texts are raw: encoded-words (RFC 2047) are not decoded.
///
/// It holds where the texts lie in what was received: each is made when it is asked for, and allocates nothing.
#[derive(Clone, Default)]
pub struct Envelope {
    /// What the places point into.
    block: Option<Arc<Bytes>>,
    /// Date, subject, in-reply-to, message-id.
    texts: [StrRef; 4],
    entries: Vec<Entry>,
    /// Where each address field ends among the entries.
    ends: [u32; 6],
}

impl Envelope {
    /// An envelope with these texts: date, subject, in-reply-to, message-id; and these addresses: from, sender, reply-to,
    /// to, cc, bcc.
    #[must_use]
    pub fn new(texts: [Option<ImapString>; 4], fields: [Vec<Address>; 6]) -> Self {
        let mut envelope = Self::default();
        let mut block = Vec::new();
        let mut place = |text: Option<ImapString>| match text {
            None => StrRef::NIL,
            Some(text) => {
                let start = block.len();
                block.extend_from_slice(text.as_bytes());
                StrRef::new(start, block.len()).unwrap_or_default()
            }
        };
        envelope.texts = texts.map(&mut place);
        for (index, field) in fields.into_iter().enumerate() {
            for address in field {
                envelope.push(match address {
                    Address::GroupStart(name) => Entry::group_start(place(Some(name))),
                    Address::GroupEnd => Entry::group_end(),
                    Address::Mailbox(EmailAddress { name, route, mailbox, host }) => {
                        Entry::email(place(name), place(route), place(mailbox), place(host))
                    }
                });
            }
            envelope.end_field(index);
        }
        envelope.block = Some(Arc::new(block.into()));
        envelope
    }

    /// Sets what the places will point into.
    #[inline]
    pub(crate) fn set_block(&mut self, block: &Arc<Bytes>) {
        self.block = Some(Arc::clone(block));
    }

    /// Sets where date, subject, in-reply-to and message-id lie.
    #[inline]
    pub(crate) fn set_texts(&mut self, texts: [StrRef; 4]) {
        self.texts = texts;
    }

    /// Makes room for so many addresses.
    #[inline]
    pub(crate) fn reserve(&mut self, entries: usize) {
        self.entries.reserve(entries);
    }

    /// How many bytes it needs, beside those that it points to.
    #[inline]
    pub(crate) fn size(&self) -> usize {
        size_of::<Self>() + size_of_val(self.entries.as_slice())
    }

    /// Adds an address to the present field.
    #[inline]
    pub(crate) fn push(&mut self, entry: Entry) {
        self.entries.push(entry);
    }

    /// Ends an address field.
    #[inline]
    pub(crate) fn end_field(&mut self, field: usize) {
        let count = u32::try_from(self.entries.len()).unwrap_or(u32::MAX);
        if let Some(end) = self.ends.get_mut(field) {
            *end = count;
        }
    }

    /// Makes it empty, and keeps memory for its addresses.
    pub(crate) fn clear(&mut self) {
        self.block = None;
        self.texts = Default::default();
        self.entries.clear();
        self.ends = [0; 6];
    }

    /// The Date field as it stands in the message.
    #[must_use]
    pub fn date(&self) -> Option<ImapString> {
        self.text(0)
    }

    /// The Subject field.
    #[must_use]
    pub fn subject(&self) -> Option<ImapString> {
        self.text(1)
    }

    /// The In-Reply-To field.
    #[must_use]
    pub fn in_reply_to(&self) -> Option<ImapString> {
        self.text(2)
    }

    /// The Message-ID field.
    #[must_use]
    pub fn message_id(&self) -> Option<ImapString> {
        self.text(3)
    }

    /// The authors.
    #[must_use]
    pub fn from(&self) -> Addresses<'_> {
        self.list(0)
    }

    /// Who sent the message; servers repeat `from` where the message has no such field.
    #[must_use]
    pub fn sender(&self) -> Addresses<'_> {
        self.list(1)
    }

    /// Where answers should go; servers repeat `from` where the message has no such field.
    #[must_use]
    pub fn reply_to(&self) -> Addresses<'_> {
        self.list(2)
    }

    /// The recipients.
    #[must_use]
    pub fn to(&self) -> Addresses<'_> {
        self.list(3)
    }

    /// Who gets a copy.
    #[must_use]
    pub fn cc(&self) -> Addresses<'_> {
        self.list(4)
    }

    /// Who gets a copy without the others' knowledge.
    #[must_use]
    pub fn bcc(&self) -> Addresses<'_> {
        self.list(5)
    }

    fn text(&self, index: usize) -> Option<ImapString> {
        self.texts.get(index)?.text(self.block.as_ref())
    }

    fn list(&self, field: usize) -> Addresses<'_> {
        let end = |field: usize| self.ends.get(field).copied().unwrap_or_default() as usize;
        let start = if field == 0 { 0 } else { end(field - 1) };
        Addresses::new(self.block.as_ref(), self.entries.get(start..end(field)).unwrap_or_default())
    }
}

impl PartialEq for Envelope {
    fn eq(&self, other: &Self) -> bool {
        (0..self.texts.len()).all(|index| self.text(index) == other.text(index))
            && (0..self.ends.len()).all(|field| self.list(field) == other.list(field))
    }
}

impl Eq for Envelope {}

impl fmt::Debug for Envelope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Envelope")
            .field("date", &self.date())
            .field("subject", &self.subject())
            .field("from", &self.from())
            .field("sender", &self.sender())
            .field("reply_to", &self.reply_to())
            .field("to", &self.to())
            .field("cc", &self.cc())
            .field("bcc", &self.bcc())
            .field("in_reply_to", &self.in_reply_to())
            .field("message_id", &self.message_id())
            .finish()
    }
}
