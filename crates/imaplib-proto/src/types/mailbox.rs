//! Mailbox names: text for people, octets for the wire, and the way between the two.

use std::borrow::Cow;
use std::fmt;
use std::hash::{Hash, Hasher};

use bytes::Bytes;

use super::{InvalidValue, utf7};

/// The name of a mailbox (RFC 9051, section 5.1).
///
/// A name made from text is that text, in UTF-8; how it is encoded is decided when it is sent. A name that came from a
/// server keeps the server's octets and goes back as exactly those, for servers compare them. `INBOX` is one name in
/// any case.
///
/// ```
/// use imaplib_proto::types::MailboxName;
/// let name = MailboxName::new("Entwürfe/Größe")?;
/// assert_eq!(name.to_string(), "Entwürfe/Größe");
/// assert_eq!(MailboxName::new("inbox")?, MailboxName::inbox());
/// # Ok::<(), imaplib_proto::types::InvalidValue>(())
/// ```
#[derive(Clone)]
pub struct MailboxName {
    octets: Bytes,
    encoding: NameEncoding,
}

/// How mailbox names stand on the wire of a connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum NameEncoding {
    /// Modified UTF-7 (RFC 3501, section 5.1.3).
    #[default]
    ModifiedUtf7,
    /// UTF-8, after `ENABLE UTF8=ACCEPT` or `ENABLE IMAP4rev2` (RFC 9755, RFC 9051).
    Utf8,
}

impl MailboxName {
    /// The name `text`.
    ///
    /// # Errors
    /// If the text holds NUL, CR or LF, which no name can.
    pub fn new(text: impl AsRef<str>) -> Result<Self, InvalidValue> {
        let text = text.as_ref();
        if text.contains(['\0', '\r', '\n']) {
            return Err(InvalidValue::new("mailbox name", text));
        }
        Ok(Self::from_wire(Bytes::copy_from_slice(text.as_bytes()), NameEncoding::Utf8))
    }

    /// `INBOX`, the mailbox in which mail arrives.
    #[must_use]
    pub fn inbox() -> Self {
        Self { octets: Bytes::from_static(b"INBOX"), encoding: NameEncoding::Utf8 }
    }

    /// The name whose octets a server sent in the given encoding.
    #[must_use]
    pub fn from_wire(octets: Bytes, encoding: NameEncoding) -> Self {
        if octets.eq_ignore_ascii_case(b"INBOX") {
            return Self::inbox();
        }
        Self { octets, encoding }
    }

    /// The octets that stand for this name on a connection with the given encoding.
    ///
    /// A name that cannot be brought into the encoding is given as its octets are.
    #[must_use]
    pub fn to_wire(&self, encoding: NameEncoding) -> Cow<'_, [u8]> {
        match (self.encoding, encoding) {
            (NameEncoding::Utf8, NameEncoding::ModifiedUtf7) => match std::str::from_utf8(&self.octets) {
                Ok(text) => Cow::Owned(utf7::encode(text).into_bytes()),
                Err(_) => Cow::Borrowed(&self.octets),
            },
            (NameEncoding::ModifiedUtf7, NameEncoding::Utf8) => match utf7::decode(&self.octets) {
                Some(text) => Cow::Owned(text.into_bytes()),
                None => Cow::Borrowed(&self.octets),
            },
            _ => Cow::Borrowed(&self.octets),
        }
    }

    /// The name as text: decoded where the octets obey the encoding, else the octets with what is not UTF-8 replaced.
    #[must_use]
    pub fn to_text(&self) -> Cow<'_, str> {
        let encoded = self.encoding == NameEncoding::ModifiedUtf7 && self.octets.contains(&b'&');
        match encoded.then(|| utf7::decode(&self.octets)).flatten() {
            Some(text) => Cow::Owned(text),
            None => String::from_utf8_lossy(&self.octets),
        }
    }

    /// Whether this is `INBOX`.
    #[must_use]
    pub fn is_inbox(&self) -> bool {
        self.octets.as_ref() == b"INBOX"
    }

    /// Whether the name is empty, as in the answer to `LIST "" ""`.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.octets.is_empty()
    }

    /// The octets as they were given or received.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.octets
    }

    /// The name without the hierarchy delimiter at its end, if it has one there and is no root: neither the delimiter
    /// alone, nor a namespace such as `#news.` or that of the INBOX.
    pub(crate) fn without_trailing(&self, delimiter: char) -> Option<Self> {
        let delimiter = u8::try_from(delimiter).ok().filter(u8::is_ascii)?;
        let shorter = self.octets.strip_suffix(&[delimiter])?;
        let is_root = shorter.is_empty() || shorter.starts_with(b"#") || shorter.eq_ignore_ascii_case(b"INBOX");
        (!is_root).then(|| Self { octets: self.octets.slice(..shorter.len()), encoding: self.encoding })
    }

    /// The name in one form, so that equal names have equal octets.
    fn canonical(&self) -> Cow<'_, [u8]> {
        self.to_wire(NameEncoding::Utf8)
    }
}

impl PartialEq for MailboxName {
    fn eq(&self, other: &Self) -> bool {
        self.canonical() == other.canonical()
    }
}

impl Eq for MailboxName {}

impl Hash for MailboxName {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.canonical().hash(state);
    }
}

impl PartialOrd for MailboxName {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for MailboxName {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.canonical().cmp(&other.canonical())
    }
}

/// What can stand for a mailbox name in a call: a name, or text.
pub trait IntoMailboxName {
    /// The name.
    ///
    /// # Errors
    /// If the text is no name: it holds NUL, CR or LF.
    fn into_mailbox_name(self) -> Result<MailboxName, InvalidValue>;
}

impl IntoMailboxName for MailboxName {
    fn into_mailbox_name(self) -> Result<MailboxName, InvalidValue> {
        Ok(self)
    }
}

impl IntoMailboxName for &MailboxName {
    fn into_mailbox_name(self) -> Result<MailboxName, InvalidValue> {
        Ok(self.clone())
    }
}

impl IntoMailboxName for &str {
    fn into_mailbox_name(self) -> Result<MailboxName, InvalidValue> {
        MailboxName::new(self)
    }
}

impl IntoMailboxName for &String {
    fn into_mailbox_name(self) -> Result<MailboxName, InvalidValue> {
        MailboxName::new(self)
    }
}

impl IntoMailboxName for String {
    fn into_mailbox_name(self) -> Result<MailboxName, InvalidValue> {
        MailboxName::new(self)
    }
}

impl std::str::FromStr for MailboxName {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        Self::new(text)
    }
}

impl fmt::Display for MailboxName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.to_text())
    }
}

impl fmt::Debug for MailboxName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MailboxName({:?})", self.to_text())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_from_the_server_goes_back_as_it_came() {
        for octets in [&b"Entw&APw-rfe"[..], b"a&b", b"&AGE-", b"caf\xe9", b"&U,BTFw-&ZeVnLIqe-"] {
            let name = MailboxName::from_wire(Bytes::copy_from_slice(octets), NameEncoding::ModifiedUtf7);
            assert_eq!(name.to_wire(NameEncoding::ModifiedUtf7).as_ref(), octets);
        }
    }

    #[test]
    fn names_are_equal_across_encodings() {
        let typed = MailboxName::new("Entwürfe").unwrap();
        let listed = MailboxName::from_wire(Bytes::from_static(b"Entw&APw-rfe"), NameEncoding::ModifiedUtf7);
        assert_eq!(typed, listed);
        assert_eq!(listed.to_string(), "Entwürfe");
        assert_eq!(listed.to_wire(NameEncoding::Utf8).as_ref(), "Entwürfe".as_bytes());
        assert_eq!(typed.to_wire(NameEncoding::ModifiedUtf7).as_ref(), b"Entw&APw-rfe");
    }

    #[test]
    fn inbox_is_one_name_and_only_inbox() {
        assert_eq!(MailboxName::new("InBoX").unwrap(), MailboxName::inbox());
        assert!(!MailboxName::new("inbox/x").unwrap().is_inbox());
        assert!(MailboxName::new("a\r\nb").is_err());
        assert!(MailboxName::new("a\0b").is_err());
    }
}
