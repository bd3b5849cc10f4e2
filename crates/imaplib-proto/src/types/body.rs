//! BODY and BODYSTRUCTURE: the MIME structure of a message (RFC 9051, section 7.5.2).

use std::fmt;
use std::ops::Deref;

use super::{Envelope, ImapString, Part};

/// The structure of a message or of a part of one.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[allow(clippy::large_enum_variant)] // Most are of the greater kind, and lie in a list.
pub enum BodyStructure {
    /// A part without children (but a message/rfc822 part has a message in it).
    Single(SinglePart),
    /// A multipart with its children.
    Multi(MultiPart),
}

impl Default for BodyStructure {
    fn default() -> Self {
        Self::Single(SinglePart::default())
    }
}

/// A part that is not a multipart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SinglePart {
    /// The media type, such as `TEXT`, in the server's spelling.
    pub media_type: ImapString,
    /// The media subtype, such as `PLAIN`.
    pub subtype: ImapString,
    /// Parameters of Content-Type, such as (`CHARSET`, `utf-8`).
    pub parameters: Parameters,
    /// Content-ID.
    pub id: Option<ImapString>,
    /// Content-Description.
    pub description: Option<ImapString>,
    /// Content-Transfer-Encoding, such as `BASE64`.
    pub encoding: ImapString,
    /// The size in bytes, in its transfer encoding; `None` if the server does not know.
    pub size: Option<u64>,
    /// The number of lines, of a text or message part.
    pub lines: Option<u64>,
    /// The message in a message/rfc822 part.
    pub message: Option<Box<EmbeddedMessage>>,
    /// Content-MD5.
    pub md5: Option<ImapString>,
    /// Disposition, language, location.
    pub extension: Extension,
}

impl SinglePart {
    /// A part of this type of which nothing else is known.
    #[must_use]
    pub fn new(media_type: ImapString, subtype: ImapString) -> Self {
        Self { media_type, subtype, ..Self::default() }
    }
}

/// A multipart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct MultiPart {
    /// The subtype, such as `MIXED`.
    pub subtype: ImapString,
    /// The parts, numbered from 1.
    pub parts: Vec<BodyStructure>,
    /// Parameters of Content-Type, such as the boundary; only in BODYSTRUCTURE.
    pub parameters: Parameters,
    /// Content-Description: not in the protocol, but some servers send it where the disposition belongs.
    pub description: Option<ImapString>,
    /// Disposition, language, location.
    pub extension: Extension,
}

impl MultiPart {
    /// A multipart of these parts.
    #[must_use]
    pub fn new(subtype: ImapString, parts: Vec<BodyStructure>) -> Self {
        Self { subtype, parts, ..Self::default() }
    }
}

/// The message inside a message/rfc822 part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmbeddedMessage {
    /// Its header.
    pub envelope: Envelope,
    /// Its structure.
    pub body: BodyStructure,
}

/// The extension data that BODYSTRUCTURE has and BODY has not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Extension {
    /// Content-Disposition: `attachment` or `inline`, and its parameters.
    pub disposition: Option<Disposition>,
    /// Content-Language.
    pub language: Vec<ImapString>,
    /// Content-Location.
    pub location: Option<ImapString>,
}

/// Content-Disposition (RFC 2183).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Disposition {
    /// `attachment`, `inline`, …
    pub kind: ImapString,
    /// Parameters, such as (`FILENAME`, `a.pdf`).
    pub parameters: Parameters,
}

impl Disposition {
    /// A disposition, such as `attachment`, with its parameters.
    #[must_use]
    pub fn new(kind: ImapString, parameters: Parameters) -> Self {
        Self { kind, parameters }
    }
}

impl BodyStructure {
    /// Visits each part that is not a multipart, with its number, in the order of the message.
    ///
    /// The number is what `BODY[…]` accepts: `1` for a message that is not a multipart. Parts of an embedded message are
    /// visited after the message/rfc822 part itself.
    pub fn leaves(&self) -> Vec<(Part, &SinglePart)> {
        let mut leaves = Vec::new();
        // A stack instead of recursion: the depth comes from the server.
        let mut open = vec![(Vec::new(), self, true)];
        while let Some((number, body, is_message)) = open.pop() {
            match body {
                Self::Single(part) => {
                    let number = if is_message { [number.as_slice(), &[1]].concat() } else { number };
                    if let Some(message) = &part.message {
                        open.push((number.clone(), &message.body, true));
                    }
                    leaves.push((Part::new(number), part));
                }
                Self::Multi(multi) => {
                    for (index, child) in (1u32..).zip(&multi.parts).collect::<Vec<_>>().into_iter().rev() {
                        open.push(([number.as_slice(), &[index]].concat(), child, false));
                    }
                }
            }
        }
        leaves
    }
}

/// Parameters of a MIME header field: names and values, in the order sent.
///
/// ```
/// use imaplib_proto::types::Parameters;
/// let parameters = Parameters::from([("CHARSET", "utf-8")]);
/// assert_eq!(parameters.value("charset").unwrap(), &"utf-8");
/// assert_eq!(parameters.len(), 1);
/// ```
#[derive(Clone, Default)]
pub struct Parameters(List);

/// Most parts have one parameter, or none.
#[derive(Clone, Default)]
enum List {
    #[default]
    Empty,
    One((ImapString, ImapString)),
    More(Vec<(ImapString, ImapString)>),
}

impl Parameters {
    /// The value of the first parameter of this name, in any case.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&ImapString> {
        self.iter().find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// Adds a parameter with an empty name and an empty value, to be filled where it lies.
    #[inline]
    pub(crate) fn add(&mut self) -> Option<&mut (ImapString, ImapString)> {
        match &mut self.0 {
            list @ List::Empty => *list = List::One(Default::default()),
            list @ List::One(_) => {
                if let List::One(first) = std::mem::take(list) {
                    *list = List::More(vec![first, Default::default()]);
                }
            }
            List::More(parameters) => parameters.push(Default::default()),
        }
        match &mut self.0 {
            List::Empty => None,
            List::One(parameter) => Some(parameter),
            List::More(parameters) => parameters.last_mut(),
        }
    }
}

impl Deref for Parameters {
    type Target = [(ImapString, ImapString)];

    fn deref(&self) -> &Self::Target {
        match &self.0 {
            List::Empty => &[],
            List::One(parameter) => std::slice::from_ref(parameter),
            List::More(parameters) => parameters,
        }
    }
}

impl<'a> IntoIterator for &'a Parameters {
    type Item = &'a (ImapString, ImapString);
    type IntoIter = std::slice::Iter<'a, (ImapString, ImapString)>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<N: Into<ImapString>, V: Into<ImapString>> FromIterator<(N, V)> for Parameters {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(parameters: I) -> Self {
        let mut all: Vec<_> = parameters.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
        match (all.pop(), all.is_empty()) {
            (None, _) => Self::default(),
            (Some(only), true) => Self(List::One(only)),
            (Some(last), false) => {
                all.push(last);
                Self(List::More(all))
            }
        }
    }
}

impl<N: Into<ImapString>, V: Into<ImapString>, const LENGTH: usize> From<[(N, V); LENGTH]> for Parameters {
    fn from(parameters: [(N, V); LENGTH]) -> Self {
        parameters.into_iter().collect()
    }
}

impl PartialEq for Parameters {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for Parameters {}

impl fmt::Debug for Parameters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}
