//! Mailbox names: text for people, bytes for the wire, and the way between the two.

use std::borrow::Cow;
use std::fmt::{self, Write as _};
use std::hash::{Hash, Hasher};

use bytes::Bytes;

use super::{InvalidValue, utf7};

/// The name of a mailbox (RFC 9051, section 5.1).
///
/// A name made from text is that text, in UTF-8; how it is encoded is decided when it is sent. A name that came from a
/// server keeps the server's bytes and goes back as exactly those, for servers compare them. `INBOX` is one name in
/// any case.
///
/// Some servers list names that break the rules of the encoding, such as `NCPN & BUGB`. They are shown as their bytes
/// stand there, and are [not readable](Self::is_readable): none equals a name that is made from text, for that would be
/// encoded (`NCPN &- BUGB`) and mean another mailbox. [`find`](Self::find) returns the listed name that a text means,
/// and [`to_raw`](Self::to_raw) writes each name so that it differs from all others.
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
    bytes: Bytes,
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
    /// The name `text`. Some servers list names with line ends in them: these are names like any other.
    ///
    /// # Errors
    /// If the text contains NUL, which no command can send (RFC 9051, section 9: `CHAR8`).
    pub fn new(text: impl AsRef<str>) -> Result<Self, InvalidValue> {
        let text = text.as_ref();
        if text.contains('\0') {
            return Err(InvalidValue::new("mailbox name", text));
        }
        Ok(Self::from_wire(Bytes::copy_from_slice(text.as_bytes()), NameEncoding::Utf8))
    }

    /// `INBOX`, the mailbox in which mail arrives.
    #[must_use]
    pub fn inbox() -> Self {
        Self { bytes: Bytes::from_static(b"INBOX"), encoding: NameEncoding::Utf8 }
    }

    /// The name whose bytes a server sent in the given encoding.
    #[must_use]
    pub fn from_wire(bytes: Bytes, encoding: NameEncoding) -> Self {
        if bytes.eq_ignore_ascii_case(b"INBOX") {
            return Self::inbox();
        }
        Self { bytes, encoding }
    }

    /// The bytes that stand for this name on a connection with the given encoding.
    ///
    /// A name that cannot be brought into the encoding is given as its bytes are.
    #[must_use]
    pub fn to_wire(&self, encoding: NameEncoding) -> Cow<'_, [u8]> {
        if self.encoding == encoding || self.is_same_in_both() {
            return Cow::Borrowed(&self.bytes);
        }
        match (self.encoding, encoding) {
            (NameEncoding::Utf8, NameEncoding::ModifiedUtf7) => match std::str::from_utf8(&self.bytes) {
                Ok(text) => Cow::Owned(utf7::encode(text).into_bytes()),
                Err(_) => Cow::Borrowed(&self.bytes),
            },
            (NameEncoding::ModifiedUtf7, NameEncoding::Utf8) => match utf7::decode(&self.bytes) {
                Some(text) => Cow::Owned(text.into_bytes()),
                None => Cow::Borrowed(&self.bytes),
            },
            _ => Cow::Borrowed(&self.bytes),
        }
    }

    /// Whether nothing in it is written otherwise in the other encoding: true of most names.
    fn is_same_in_both(&self) -> bool {
        self.bytes.iter().all(|byte| matches!(byte, b' '..=b'%' | b'\''..=b'~'))
    }

    /// The name as text: decoded where the bytes obey the encoding, else the bytes with what is not UTF-8 replaced.
    #[must_use]
    pub fn to_text(&self) -> Cow<'_, str> {
        let encoded = self.encoding == NameEncoding::ModifiedUtf7 && self.bytes.contains(&b'&');
        match encoded.then(|| utf7::decode(&self.bytes)).flatten() {
            Some(text) => Cow::Owned(text),
            None => String::from_utf8_lossy(&self.bytes),
        }
    }

    /// Whether the bytes obey their encoding. If they do not, [`to_text`](Self::to_text) can be the text of another name
    /// too.
    #[must_use]
    pub fn is_readable(&self) -> bool {
        match self.encoding {
            NameEncoding::Utf8 => std::str::from_utf8(&self.bytes).is_ok(),
            NameEncoding::ModifiedUtf7 if !self.bytes.contains(&b'&') => self.bytes.is_ascii(),
            NameEncoding::ModifiedUtf7 => utf7::decode(&self.bytes).is_some(),
        }
    }

    /// The name in a form that no other name of the same connection has, in printable ASCII: its bytes, of which those
    /// that are not printable, and backslashes, are written `\xNN`; so is each `&` of a name that is not
    /// [readable](Self::is_readable).
    ///
    /// ```
    /// use imaplib_proto::types::{MailboxName, NameEncoding};
    /// let listed = |bytes: &'static [u8]| MailboxName::from_wire(bytes.into(), NameEncoding::ModifiedUtf7);
    /// assert_eq!(listed(b"Entw&APw-rfe").to_raw(), "Entw&APw-rfe");
    /// assert_eq!(listed(b"NCPN & BUGB").to_raw(), r"NCPN \x26 BUGB");
    /// assert_eq!(listed(b"caf\xe9").to_raw(), r"caf\xe9");
    /// ```
    #[must_use]
    pub fn to_raw(&self) -> String {
        let bytes = self.to_wire(NameEncoding::ModifiedUtf7);
        let hidden = |byte: u8| !matches!(byte, b' '..=b'~') || byte == b'\\' || (byte == b'&' && !self.is_readable());
        let mut raw = String::with_capacity(bytes.len());
        for byte in bytes.iter() {
            match hidden(*byte) {
                // Nothing fails to write into a string.
                true => drop(write!(raw, "\\x{byte:02x}")),
                false => raw.push(char::from(*byte)),
            }
        }
        raw
    }

    /// Which of the names a text means: the one that it is the name of, else the one that is shown so, else the one
    /// whose [raw form](Self::to_raw) it is.
    ///
    /// Use it to let a user name a mailbox that the server lists: each listed name is the result for its raw form, unless
    /// that is the text of another name, and for its text, unless another name is shown so.
    ///
    /// ```
    /// use imaplib_proto::types::{MailboxName, NameEncoding};
    /// let listed = |bytes: &'static [u8]| MailboxName::from_wire(bytes.into(), NameEncoding::ModifiedUtf7);
    /// let (raw, readable) = (listed(b"a & b"), listed(b"a &- b"));
    /// assert_eq!(MailboxName::find("a & b", [&raw]).unwrap(), Some(&raw));
    /// assert_eq!(MailboxName::find("a & b", [&raw, &readable]).unwrap(), Some(&readable));
    /// assert_eq!(MailboxName::find(r"a \x26 b", [&raw, &readable]).unwrap(), Some(&raw));
    /// ```
    ///
    /// # Errors
    /// If the text can mean several names; they are returned.
    pub fn find<'a>(text: &str, names: impl IntoIterator<Item = &'a Self>) -> Result<Option<&'a Self>, Vec<&'a Self>> {
        let exact = Self::new(text).ok();
        let (mut shown, mut raw) = (Vec::new(), None);
        for name in names {
            if exact.as_ref() == Some(name) {
                return Ok(Some(name));
            }
            if name.to_text() == text {
                if !shown.contains(&name) {
                    shown.push(name);
                }
            } else if raw.is_none() && name.to_raw() == text {
                raw = Some(name);
            }
        }
        match shown.as_slice() {
            [] => Ok(raw),
            [one] => Ok(Some(one)),
            _ => Err(shown),
        }
    }

    /// Bytes that no other name has: the name in UTF-8 if it is [readable](Self::is_readable), else the bytes as they
    /// came, behind 0xFF where they are UTF-8 too or begin with 0xFF.
    #[must_use]
    pub fn to_key(&self) -> Cow<'_, [u8]> {
        if self.is_readable() {
            return self.to_wire(NameEncoding::Utf8);
        }
        if self.bytes.starts_with(b"\xff") || std::str::from_utf8(&self.bytes).is_ok() {
            return Cow::Owned([b"\xff", &self.bytes[..]].concat());
        }
        Cow::Borrowed(&self.bytes)
    }

    /// Whether a server that was asked about this name can mean it by the other one, which is in its answer: some servers
    /// answer in another encoding than that in which they must be asked.
    pub(crate) fn is_answered_by(&self, other: &Self) -> bool {
        self == other
            || (self.encoding == NameEncoding::Utf8 && !other.is_readable() && self.to_text() == other.to_text())
    }

    /// Whether this is `INBOX`.
    #[must_use]
    pub fn is_inbox(&self) -> bool {
        self.bytes.as_ref() == b"INBOX"
    }

    /// Whether the name is empty, as in the answer to `LIST "" ""`.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// The bytes as they were given or received.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The name without the hierarchy delimiter at its end, if it has one there and is not a root: neither the delimiter
    /// alone, nor a namespace such as `#news.` or that of the INBOX.
    pub(crate) fn without_trailing(&self, delimiter: char) -> Option<Self> {
        let delimiter = u8::try_from(delimiter).ok().filter(u8::is_ascii)?;
        let shorter = self.bytes.strip_suffix(&[delimiter])?;
        let is_root = shorter.is_empty() || shorter.starts_with(b"#") || shorter.eq_ignore_ascii_case(b"INBOX");
        (!is_root).then(|| Self { bytes: self.bytes.slice(..shorter.len()), encoding: self.encoding })
    }

    /// The name with the hierarchy delimiter behind it.
    pub(crate) fn with_trailing(&self, delimiter: char) -> Self {
        let bytes = [&self.bytes[..], delimiter.encode_utf8(&mut [0; 4]).as_bytes()].concat();
        Self { bytes: bytes.into(), encoding: self.encoding }
    }
}

impl PartialEq for MailboxName {
    fn eq(&self, other: &Self) -> bool {
        self.to_key() == other.to_key()
    }
}

impl Eq for MailboxName {}

impl Hash for MailboxName {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.to_key().hash(state);
    }
}

impl PartialOrd for MailboxName {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for MailboxName {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.to_key().cmp(&other.to_key())
    }
}

/// What can stand for a mailbox name in a call: a name, or text.
pub trait IntoMailboxName {
    /// The name.
    ///
    /// # Errors
    /// If the text is not a name: it contains NUL.
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
        for bytes in [&b"Entw&APw-rfe"[..], b"a&b", b"&AGE-", b"caf\xe9", b"&U,BTFw-&ZeVnLIqe-"] {
            let name = MailboxName::from_wire(Bytes::copy_from_slice(bytes), NameEncoding::ModifiedUtf7);
            assert_eq!(name.to_wire(NameEncoding::ModifiedUtf7).as_ref(), bytes);
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
    fn names_that_look_alike_are_kept_apart() {
        let listed = |bytes: &[u8]| MailboxName::from_wire(Bytes::copy_from_slice(bytes), NameEncoding::ModifiedUtf7);
        let names: Vec<MailboxName> = [
            &b"NCPN & BUGB"[..],
            b"NCPN &- BUGB",
            b"Entw&APw-rfe",
            "Entwürfe".as_bytes(),
            b"Entw\xfcrfe",
            b"Entw\xf6rfe",
            b"&AGE-",
            b"a",
            b"\xff&AGE-",
            b"a\tb",
            b"INBOX",
        ]
        .into_iter()
        .map(listed)
        .collect();
        let keys: std::collections::HashSet<_> = names.iter().collect();
        assert_eq!(keys.len(), names.len());
        for name in &names {
            let raw = name.to_raw();
            assert!(raw.bytes().all(|byte| matches!(byte, b' '..=b'~')), "{raw}");
            assert_eq!(MailboxName::find(&raw, &names), Ok(Some(name)), "{raw}");
            // Alone, each is found as it is shown, and goes back as it came.
            let found = MailboxName::find(&name.to_text(), [name]).unwrap().unwrap();
            assert_eq!(found.to_wire(NameEncoding::ModifiedUtf7), name.as_bytes());
        }
        assert_eq!(MailboxName::find("NCPN & BUGB", &names), Ok(Some(&names[1])));
        assert_eq!(MailboxName::find("Entwürfe", &names), Ok(Some(&names[2])));
        assert_eq!(MailboxName::find("Entw\u{fffd}rfe", &names), Err(vec![&names[4], &names[5]]));
        assert_eq!(MailboxName::find("inbox", &names), Ok(Some(&names[10])));
        assert_eq!(MailboxName::find("other", &names), Ok(None));
        let literal = listed(b"Entw\\xfcrfe");
        assert_eq!(MailboxName::find("Entw\\xfcrfe", [&names[4], &literal]), Ok(Some(&literal)));
        assert_eq!(MailboxName::find("Entw\\x5cxfcrfe", [&names[4], &literal]), Ok(Some(&literal)));
        // A text is never the name of what cannot be read, but an answer about it may be.
        let typed = MailboxName::new("NCPN & BUGB").unwrap();
        assert!(typed != names[0] && typed == names[1] && typed.is_answered_by(&names[0]));
        assert!(!names[1].is_answered_by(&names[0]) && !names[0].is_answered_by(&typed));
    }

    #[test]
    fn inbox_is_one_name_and_only_inbox() {
        assert_eq!(MailboxName::new("InBoX").unwrap(), MailboxName::inbox());
        assert!(!MailboxName::new("inbox/x").unwrap().is_inbox());
        assert!(MailboxName::new("a\0b").is_err());
    }

    #[test]
    fn a_name_can_have_line_ends() {
        let typed = MailboxName::new("a\r\nb").unwrap();
        let listed = MailboxName::from_wire(Bytes::from_static(b"a\r\nb"), NameEncoding::ModifiedUtf7);
        assert_eq!(MailboxName::find("a\r\nb", [&listed]), Ok(Some(&listed)));
        assert_eq!((typed.to_wire(NameEncoding::Utf8).as_ref(), &typed), (&b"a\r\nb"[..], &listed));
    }
}
