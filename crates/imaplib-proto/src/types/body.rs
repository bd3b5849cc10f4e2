//! BODY and BODYSTRUCTURE: the MIME structure of a message (RFC 9051, section 7.5.2).

use super::{Envelope, ImapString, Parameters, Part};

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
