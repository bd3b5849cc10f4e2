//! FETCH: what an answer says about one message (RFC 9051, section 7.5.2).

use bytes::Bytes;

use super::{BodyStructure, DateTime, Envelope, Flags, Part, Section, SeqNum, Text, Uid};

/// One row of the answer to FETCH. What the server did not send is `None` or empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Fetch {
    /// The message sequence number; `None` in a UIDFETCH row (RFC 9586).
    pub seq: Option<SeqNum>,
    /// The unique identifier; none in a row that names two.
    pub uid: Option<Uid>,
    /// The flags; none in a row that has them twice, and differently.
    pub flags: Option<Flags>,
    /// When the message arrived.
    pub internal_date: Option<DateTime>,
    /// The size of the message in octets.
    pub size: Option<u64>,
    /// The modification sequence (RFC 7162).
    pub mod_seq: Option<u64>,
    /// The parsed header.
    pub envelope: Option<Box<Envelope>>,
    /// BODY: the structure without extension data.
    pub body: Option<Box<BodyStructure>>,
    /// BODYSTRUCTURE: the structure with extension data.
    pub body_structure: Option<Box<BodyStructure>>,
    /// The texts of the message, in the order sent.
    pub sections: Vec<SectionData>,
    /// Decoded sizes of parts in octets: BINARY.SIZE (RFC 3516).
    pub binary_sizes: Vec<(Part, u64)>,
    /// Items that this library does not know: name and raw value.
    pub other: Vec<(Text, Bytes)>,
    /// Whether the row names two UIDs, and whether it has two sets of flags: then nobody knows which are meant.
    two_uids: bool,
    two_flags: bool,
}

impl Fetch {
    /// Enters the UID. Says whether the row has only this one.
    #[inline]
    pub(crate) fn set_uid(&mut self, uid: Uid) -> bool {
        self.two_uids |= self.uid.is_some_and(|other| other != uid);
        self.uid = (!self.two_uids).then_some(uid);
        !self.two_uids
    }

    /// Enters the flags. Says whether the row has only these.
    #[inline]
    pub(crate) fn set_flags(&mut self, flags: Flags) -> bool {
        self.two_flags |= self.flags.as_ref().is_some_and(|other| *other != flags);
        self.flags = (!self.two_flags).then_some(flags);
        !self.two_flags
    }

    /// Makes the row empty, and keeps memory for its texts.
    #[inline]
    pub(crate) fn clear(&mut self) {
        // One by one: to write a whole row anew takes longer than to read one with few items.
        let Self {
            seq,
            uid,
            flags,
            internal_date,
            size,
            mod_seq,
            envelope,
            body,
            body_structure,
            two_uids,
            two_flags,
            ..
        } = self;
        (*seq, *uid, *internal_date, *size, *mod_seq) = (None, None, None, None, None);
        (*flags, *envelope) = (None, None);
        (*body, *body_structure) = (None, None);
        (*two_uids, *two_flags) = (false, false);
        // Even to clear an empty list is a call.
        if !self.sections.is_empty() {
            self.sections.clear();
        }
        if !self.binary_sizes.is_empty() {
            self.binary_sizes.clear();
        }
        if !self.other.is_empty() {
            self.other.clear();
        }
    }

    /// The octets of a text that was asked for whole, such as [`Section::message`]; `None` if it is not in the row, or
    /// was streamed.
    #[must_use]
    pub fn text(&self, section: &Section) -> Option<&Bytes> {
        let is_it = |data: &&SectionData| {
            data.origin.is_none() && matches!(&data.name, SectionName::Body(found) if found.matches(section))
        };
        self.sections.iter().find(is_it)?.data.as_bytes()
    }

    /// Adds what another part of the row says about the same message. What says to have two UIDs has none, and so with
    /// flags.
    pub fn merge(&mut self, other: Self) {
        self.seq = self.seq.or(other.seq);
        self.two_uids |= other.two_uids;
        self.two_flags |= other.two_flags;
        match other.uid.or(self.uid) {
            Some(uid) => drop(self.set_uid(uid)),
            None => self.uid = None,
        }
        match other.flags.or_else(|| self.flags.clone()) {
            Some(flags) => drop(self.set_flags(flags)),
            None => self.flags = None,
        }
        self.internal_date = self.internal_date.or(other.internal_date);
        self.size = self.size.or(other.size);
        self.mod_seq = other.mod_seq.or(self.mod_seq);
        self.envelope = self.envelope.take().or(other.envelope);
        self.body = self.body.take().or(other.body);
        self.body_structure = self.body_structure.take().or(other.body_structure);
        self.sections.extend(other.sections);
        self.binary_sizes.extend(other.binary_sizes);
        self.other.extend(other.other);
    }
}

/// One text of a message in an answer to FETCH.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SectionData {
    /// Which text.
    pub name: SectionName,
    /// Where the text begins in the whole, if a part of it was asked for: octets from 0.
    pub origin: Option<u64>,
    /// The octets.
    pub data: Octets,
}

/// Under which name a server sent a text.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SectionName {
    /// `BODY[…]`
    Body(Section),
    /// `BINARY[…]`: a part without its transfer encoding (RFC 3516).
    Binary(Part),
    /// `RFC822`: the whole message (RFC 3501).
    Rfc822,
    /// `RFC822.HEADER`: the header (RFC 3501).
    Rfc822Header,
    /// `RFC822.TEXT`: the body without the header (RFC 3501).
    Rfc822Text,
}

impl std::fmt::Display for SectionName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Body(section) => write!(f, "BODY[{section}]"),
            Self::Binary(part) => write!(f, "BINARY[{part}]"),
            Self::Rfc822 => f.write_str("RFC822"),
            Self::Rfc822Header => f.write_str("RFC822.HEADER"),
            Self::Rfc822Text => f.write_str("RFC822.TEXT"),
        }
    }
}

/// The octets of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Octets {
    /// `NIL`: there is no such text.
    Nil,
    /// They are here, whether the server sent a literal or a quoted string.
    Here(Bytes),
    /// They follow as a stream of this many octets.
    Streamed(u64),
}

impl Octets {
    /// The octets, if they are here.
    #[must_use]
    pub fn as_bytes(&self) -> Option<&Bytes> {
        match self {
            Self::Here(octets) => Some(octets),
            _ => None,
        }
    }

    /// How many octets there are; `None` for NIL.
    #[must_use]
    pub fn len(&self) -> Option<u64> {
        match self {
            Self::Nil => None,
            Self::Here(octets) => Some(octets.len() as u64),
            Self::Streamed(length) => Some(*length),
        }
    }

    /// Whether there is no octet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len().unwrap_or_default() == 0
    }
}
