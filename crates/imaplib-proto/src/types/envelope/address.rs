//! The address fields of an envelope, as places in the block that they were received in.
//!
//! Most messages name the same few people again and again, and most programs look at one or two of them: an address is
//! made only when somebody asks for it.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;

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

impl fmt::Display for Address {
    /// Writes an address as [`EmailAddress`] does, `Team:` at the beginning of a group and `;` at its end.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Mailbox(address) => address.fmt(f),
            Self::GroupStart(name) => write!(f, "{name}:"),
            Self::GroupEnd => f.write_str(";"),
        }
    }
}

impl fmt::Display for EmailAddress {
    /// Writes `Ann Example <ann@example.org>`, or the address alone where there is no name. The name is raw; one that a
    /// header cannot have as it is stands in quotes.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.name.as_ref().map(ImapString::to_string_lossy).unwrap_or_default();
        if name.is_empty() {
            return f.write_str(&self.address());
        }
        let is_special = |letter: char| "()<>[]:;@\\,\".".contains(letter) || letter.is_control();
        match name.contains(is_special) {
            false => write!(f, "{name}")?,
            true => {
                f.write_str("\"")?;
                for letter in name.chars().filter(|letter| !letter.is_control()) {
                    let escape = if matches!(letter, '"' | '\\') { "\\" } else { "" };
                    write!(f, "{escape}{letter}")?;
                }
                f.write_str("\"")?;
            }
        }
        write!(f, " <{}>", self.address())
    }
}

impl EmailAddress {
    /// `mailbox@host`, or the mailbox alone where there is no host. A mailbox that could be taken for another address is in
    /// quotation marks (RFC 5322, section 3.4.1): servers send it without.
    #[must_use]
    pub fn address(&self) -> String {
        let mailbox = self.mailbox.as_ref().map(ImapString::to_string_lossy).unwrap_or_default();
        match &self.host {
            Some(host) if needs_quotation_marks(&mailbox) => {
                format!("\"{}\"@{host}", mailbox.replace('\\', "\\\\").replace('"', "\\\""))
            }
            Some(host) => format!("{mailbox}@{host}"),
            None => mailbox.into_owned(),
        }
    }
}

/// Whether a mailbox is neither made of atoms and dots, nor in quotation marks already.
fn needs_quotation_marks(mailbox: &str) -> bool {
    let inner = mailbox.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    let is_quoted = inner.is_some_and(|inner| {
        let mut letters = inner.chars();
        loop {
            match letters.next() {
                None => return true,
                Some('"') => return false,
                Some('\\') if letters.next().is_none() => return false,
                Some(_) => {}
            }
        }
    });
    !is_quoted && mailbox.contains(|c: char| c.is_ascii_control() || " ()<>[]:;@\\,\"".contains(c))
}

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

/// Where a text lies in the block, or that there is none.
#[derive(Clone, Copy)]
pub(crate) struct StrRef {
    pub(super) start: u32,
    /// How many bytes it has there, and the bits below.
    length: u32,
}

/// Backslashes stand in the text that are no part of it.
const ESCAPED: u32 = 1 << 31;

impl Default for StrRef {
    fn default() -> Self {
        Self::NIL
    }
}

impl StrRef {
    pub(crate) const NIL: Self = Self::nil(0);

    /// No text, for one of several reasons.
    pub(super) const fn nil(reason: u32) -> Self {
        Self { start: reason, length: u32::MAX }
    }

    /// Between these places, if both are low enough to be kept.
    #[inline]
    pub(crate) fn new(start: usize, end: usize) -> Option<Self> {
        let (start, end) = (u32::try_from(start).ok()?, u32::try_from(end).ok()?);
        Some(Self { start, length: end.checked_sub(start).filter(|length| *length < ESCAPED)? })
    }

    /// The first `length` bytes of the `left` ones that come before `end`, which must be below 2 GiB.
    #[inline]
    #[allow(clippy::cast_possible_truncation)] // Neither is greater than `end`.
    pub(crate) fn before(end: u32, left: usize, length: usize, escaped: bool) -> Self {
        let escaped = if escaped { ESCAPED } else { 0 };
        Self { start: end.wrapping_sub(left as u32), length: length as u32 | escaped }
    }

    #[inline]
    pub(crate) fn is_nil(self) -> bool {
        self.length == u32::MAX
    }

    pub(crate) fn text(self, block: Option<&Arc<Bytes>>) -> Option<ImapString> {
        let block = block.filter(|_| !self.is_nil())?;
        let start = self.start as usize;
        let end = start + (self.length & !ESCAPED) as usize;
        if self.length & ESCAPED != 0 {
            return Some(Bytes::from(unescape(block.get(start..end)?)).into());
        }
        Some(ImapString::within(block, start, end))
    }
}

/// Removes the backslashes before quotes and backslashes; any other one is meant as it stands.
pub(crate) fn unescape(bytes: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(bytes.len());
    let mut rest = bytes.iter();
    while let Some(&byte) = rest.next() {
        match (byte, rest.as_slice().first()) {
            (b'\\', Some(&escaped @ (b'"' | b'\\'))) => {
                plain.push(escaped);
                rest.next();
            }
            _ => plain.push(byte),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_one() {
        for (mailbox, address) in [
            ("ann", "ann@d.example"),
            ("a..b+c", "a..b+c@d.example"),
            ("jürgen", "jürgen@d.example"),
            ("", "@d.example"),
            ("a@b", "\"a@b\"@d.example"),
            ("> <ceo@bank.example", "\"> <ceo@bank.example\"@d.example"),
            ("\"a b\"", "\"a b\"@d.example"),
            ("a\"b\\", "\"a\\\"b\\\\\"@d.example"),
            ("\"a\\\"", "\"\\\"a\\\\\\\"\"@d.example"),
        ] {
            let email = EmailAddress {
                mailbox: Some(mailbox.into()),
                host: Some("d.example".into()),
                ..EmailAddress::default()
            };
            assert_eq!(email.address(), address);
        }
    }

    #[test]
    fn addresses_are_written_as_in_a_header() {
        let text = |name: Option<&str>, mailbox: &str, host: Option<&str>| {
            let [name, host] = [name, host].map(|text| text.map(ImapString::from));
            let address = EmailAddress { name, mailbox: Some(mailbox.into()), host, ..EmailAddress::default() };
            Address::Mailbox(address).to_string()
        };
        assert_eq!(text(None, "ann", Some("example.org")), "ann@example.org");
        assert_eq!(text(Some("Ann Example"), "ann", Some("example.org")), "Ann Example <ann@example.org>");
        assert_eq!(text(Some("Example, Ann \"A\""), "ann", None), r#""Example, Ann \"A\"" <ann>"#);
        assert_eq!(text(Some("a\r\nBcc: x"), "b", Some("c")), "\"aBcc: x\" <b@c>");
        assert_eq!(Address::GroupStart("Team".into()).to_string() + &Address::GroupEnd.to_string(), "Team:;");
    }
}
