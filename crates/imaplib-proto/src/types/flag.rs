//! One flag of a message, or a keyword as the server wrote it.

use std::cmp::Ordering;
use std::fmt::{self, Write as _};
use std::hash::{Hash, Hasher};
use std::str::FromStr;

use bytes::Bytes;

use super::InvalidValue;

/// One flag of a message (RFC 9051, section 2.3.2).
///
/// Comparison ignores ASCII case, as the standard demands; the spelling is kept.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Flag {
    /// `\Answered`
    Answered,
    /// `\Flagged`
    Flagged,
    /// `\Deleted`
    Deleted,
    /// `\Seen`
    Seen,
    /// `\Draft`
    Draft,
    /// `\Recent` (RFC 3501; gone in RFC 9051). A server sets it; a client cannot.
    Recent,
    /// `\*` in PERMANENTFLAGS: new keywords can be made. Never a flag of a message.
    Wildcard,
    /// A keyword such as `$Junk`, or a `\` flag that this library does not know.
    Keyword(Keyword),
}

/// The name of a keyword. It should be an atom, but servers send other names too; the bytes are kept as they came.
///
/// In its text each byte that is not printable ASCII, spaces and `%` among them, is written `%XX`: [`Flag`]'s `from_str`
/// returns the same bytes.
#[derive(Clone, Debug)]
pub struct Keyword(pub(super) Bytes);

pub(super) const SYSTEM: [(&str, Flag); 7] = [
    ("\\Answered", Flag::Answered),
    ("\\Flagged", Flag::Flagged),
    ("\\Deleted", Flag::Deleted),
    ("\\Seen", Flag::Seen),
    ("\\Draft", Flag::Draft),
    ("\\Recent", Flag::Recent),
    ("\\*", Flag::Wildcard),
];

impl Flag {
    /// `$Forwarded`: the message was forwarded (RFC 5788).
    pub const FORWARDED: Self = Self::Keyword(Keyword(Bytes::from_static(b"$Forwarded")));
    /// `$MDNSent`: a disposition notification was sent (RFC 3503).
    pub const MDN_SENT: Self = Self::Keyword(Keyword(Bytes::from_static(b"$MDNSent")));
    /// `$Junk`: the message is spam (RFC 9051).
    pub const JUNK: Self = Self::Keyword(Keyword(Bytes::from_static(b"$Junk")));
    /// `$NotJunk`: the message is not spam (RFC 9051).
    pub const NOT_JUNK: Self = Self::Keyword(Keyword(Bytes::from_static(b"$NotJunk")));
    /// `$Phishing`: the message tries to deceive (RFC 9051).
    pub const PHISHING: Self = Self::Keyword(Keyword(Bytes::from_static(b"$Phishing")));
    /// `$Important`: the user should see the message (RFC 8457).
    pub const IMPORTANT: Self = Self::Keyword(Keyword(Bytes::from_static(b"$Important")));

    /// The keyword `name`.
    ///
    /// # Errors
    /// If the name is empty or is not an atom: it holds a control character, a space, 8-bit text or one of
    /// `( ) { % * " \ ]`.
    pub fn keyword(name: &str) -> Result<Self, InvalidValue> {
        if name.is_empty() || !name.bytes().all(is_atom) {
            return Err(InvalidValue::new("keyword", name));
        }
        Ok(Self::Keyword(Keyword(Bytes::copy_from_slice(name.as_bytes()))))
    }

    /// The flag in the form in which it stands on the wire.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Answered => b"\\Answered",
            Self::Flagged => b"\\Flagged",
            Self::Deleted => b"\\Deleted",
            Self::Seen => b"\\Seen",
            Self::Draft => b"\\Draft",
            Self::Recent => b"\\Recent",
            Self::Wildcard => b"\\*",
            Self::Keyword(keyword) => &keyword.0,
        }
    }

    /// The bit of a system flag.
    pub(crate) const fn bit(&self) -> Option<u8> {
        match self {
            Self::Answered => Some(1),
            Self::Flagged => Some(2),
            Self::Deleted => Some(4),
            Self::Seen => Some(8),
            Self::Draft => Some(16),
            Self::Recent => Some(32),
            Self::Wildcard => Some(64),
            Self::Keyword(_) => None,
        }
    }
}

pub(super) fn system_flag(bytes: &[u8]) -> Option<Flag> {
    let name = bytes.strip_prefix(b"\\")?;
    // The first letter and the length leave one candidate: this runs for each flag of each message.
    let (flag, spelling): (_, &[u8]) = match (name.first()?.to_ascii_lowercase(), name.len()) {
        (b's', 4) => (Flag::Seen, b"Seen"),
        (b'a', 8) => (Flag::Answered, b"Answered"),
        (b'f', 7) => (Flag::Flagged, b"Flagged"),
        (b'd', 7) => (Flag::Deleted, b"Deleted"),
        (b'd', 5) => (Flag::Draft, b"Draft"),
        (b'r', 6) => (Flag::Recent, b"Recent"),
        (b'*', 1) => (Flag::Wildcard, b"*"),
        _ => return None,
    };
    name.eq_ignore_ascii_case(spelling).then_some(flag)
}

/// Whether the byte can be in an atom.
const fn is_atom(byte: u8) -> bool {
    byte.is_ascii_graphic() && !matches!(byte, b'(' | b')' | b'{' | b'%' | b'*' | b'"' | b'\\' | b']')
}

impl Keyword {
    /// The bytes of the name, which need not be UTF-8.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Display for Keyword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::with_capacity(self.0.len());
        for byte in self.0.iter() {
            match is_plain(*byte) {
                true => text.push(char::from(*byte)),
                false => write!(text, "%{byte:02X}")?,
            }
        }
        f.pad(&text)
    }
}

/// Whether a byte of a keyword stands for itself in its text.
const fn is_plain(byte: u8) -> bool {
    byte.is_ascii_graphic() && byte != b'%'
}

/// The bytes of which the text is `text`; `None` if no keyword has it.
fn unescaped(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        rest = tail;
        if is_plain(*first) {
            bytes.push(*first);
            continue;
        }
        let ([high, low], behind) = tail.split_first_chunk().filter(|_| *first == b'%')?;
        let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        bytes.push(digit(*high)? << 4 | digit(*low)?);
        rest = behind;
    }
    (!bytes.is_empty()).then_some(bytes)
}

impl PartialEq for Flag {
    fn eq(&self, other: &Self) -> bool {
        self.as_bytes().eq_ignore_ascii_case(other.as_bytes())
    }
}

impl Eq for Flag {}

impl Hash for Flag {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_bytes().iter().for_each(|byte| state.write_u8(byte.to_ascii_lowercase()));
        state.write_u8(0xff);
    }
}

impl Ord for Flag {
    /// In the order of the alphabet, without regard to case.
    fn cmp(&self, other: &Self) -> Ordering {
        let lower = |flag: &Self| flag.as_bytes().to_ascii_lowercase();
        lower(self).cmp(&lower(other))
    }
}

impl PartialOrd for Flag {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl FromStr for Flag {
    type Err = InvalidValue;

    /// Reads `\Seen`, `$Forwarded`, … in any case: the inverse of [`Display`](fmt::Display), which writes `%XX` for a byte
    /// that is not printable ASCII. For a keyword that a user chooses use [`keyword`](Self::keyword), which accepts atoms
    /// only.
    ///
    /// # Errors
    /// If the text is not a flag.
    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        let bytes = unescaped(text).ok_or_else(|| InvalidValue::new("flag", text));
        match system_flag(text.as_bytes()) {
            Some(flag) => Ok(flag),
            None => bytes.map(|bytes| system_flag(&bytes).unwrap_or(Self::Keyword(Keyword(bytes.into())))),
        }
    }
}

impl fmt::Display for Flag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Keyword(keyword) => keyword.fmt(f),
            // ASCII.
            system => f.pad(&String::from_utf8_lossy(system.as_bytes())),
        }
    }
}
