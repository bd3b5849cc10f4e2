//! FETCH: what an answer contains about one message (RFC 9051, section 7.5.2).

use bytes::Bytes;

use super::{BodyStructure, DateTime, Envelope, Flags, ImapString, Part, Section, SeqNum, Uid};

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
    /// The size of the message in bytes.
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
    pub sections: Vec<BodySection>,
    /// Decoded sizes of parts in bytes: BINARY.SIZE (RFC 3516).
    pub binary_sizes: Vec<(Part, u64)>,
    /// Items that this library does not know, or whose value is malformed: name and raw value.
    pub other: Vec<(ImapString, Bytes)>,
    /// The names of the items that the server answered without a value, by NIL or `()`, such as `BODYSTRUCTURE`.
    pub absent: Vec<ImapString>,
    /// Whether the row names two UIDs, and whether it has two sets of flags: then nobody knows which are meant.
    two_uids: bool,
    two_flags: bool,
    /// The texts that the row has twice, and differently.
    two_texts: Option<Box<TwoTexts>>,
    /// Whether something stands behind a text that shows its length to be wrong.
    wrong_length: bool,
}

/// The names and origins of texts that a row has twice. Hardly any row has one: apart, they make all others smaller, which are moved
/// as a whole.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct TwoTexts(Vec<(SectionName, Option<u64>)>);

/// Each text of a row is compared with the first ones, so many; with all others it would take quadratic time.
const MOST_TEXTS: usize = 128;

impl Fetch {
    /// Enters the UID. Returns whether the row has only this one.
    #[inline]
    pub(crate) fn set_uid(&mut self, uid: Uid) -> bool {
        self.two_uids |= self.uid.is_some_and(|other| other != uid);
        self.uid = (!self.two_uids).then_some(uid);
        !self.two_uids
    }

    /// Enters the flags. Returns whether the row has only these.
    #[inline]
    pub(crate) fn set_flags(&mut self, flags: Flags) -> bool {
        self.two_flags |= self.flags.as_ref().is_some_and(|other| *other != flags);
        self.flags = (!self.two_flags).then_some(flags);
        !self.two_flags
    }

    /// Enters a text; returns it if the row has another one of the same name: then it has none of that name.
    pub(crate) fn add_section(&mut self, data: BodySection) -> Option<BodySection> {
        if self
            .two_texts
            .as_ref()
            .is_some_and(|texts| texts.0.iter().any(|(name, origin)| data.is_named(name, *origin)))
        {
            return Some(data);
        }
        let mut others = self.sections.iter_mut().take(MOST_TEXTS);
        let Some(other) = others.find(|other| other.is_named(&data.name, data.origin)) else {
            self.sections.push(data);
            return None;
        };
        if other.agrees(&data) {
            return None;
        }
        let two_texts = &mut self.two_texts.get_or_insert_default().0;
        if two_texts.len() < MOST_TEXTS {
            two_texts.push((data.name.clone(), data.origin));
        }
        // Its place stays: those before it may have been handed out.
        other.data = SectionBody::Nil;
        Some(data)
    }

    /// Notes that what stands behind a text shows its length to be wrong.
    pub(crate) fn doubt_length(&mut self) {
        self.wrong_length = true;
    }

    /// Whether a text of the row cannot be trusted: the row has it twice, and differently, or what stands behind it
    /// shows that its length was wrong. Of a text that streams this is known only at the end of the row: what was read
    /// of it is not the message's.
    #[must_use]
    pub fn has_doubtful_text(&self) -> bool {
        self.wrong_length || self.two_texts.is_some()
    }

    /// Notes that the server answered this item without a value.
    pub(crate) fn set_absent(&mut self, name: &'static str) {
        if !self.is_absent(name) {
            self.absent.push(name.into());
        }
    }

    /// Whether the server answered this item without a value.
    pub(crate) fn is_absent(&self, name: &str) -> bool {
        self.absent.iter().any(|found| found.eq_ignore_ascii_case(name))
    }

    /// Whether an item of this name, without brackets, stands among the others as it came.
    pub(crate) fn is_kept_raw(&self, name: &str) -> bool {
        self.other.iter().any(|(found, _)| found.eq_ignore_ascii_case(name))
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
            sections,
            binary_sizes,
            other,
            absent,
            two_uids,
            two_flags,
            two_texts,
            wrong_length,
        } = self;
        (*seq, *uid, *internal_date, *size, *mod_seq) = (None, None, None, None, None);
        (*flags, *envelope) = (None, None);
        (*body, *body_structure, *two_texts) = (None, None, None);
        (*two_uids, *two_flags, *wrong_length) = (false, false, false);
        clear_list(sections);
        clear_list(binary_sizes);
        clear_list(other);
        clear_list(absent);
    }

    /// The bytes of a text that was asked for whole, such as [`Section::message`]; `None` if it is not in the row, or
    /// was streamed.
    #[must_use]
    pub fn text(&self, section: &Section) -> Option<&Bytes> {
        let is_it = |data: &&BodySection| {
            data.origin.is_none() && matches!(&data.name, SectionName::Body(found) if found.matches(section))
        };
        self.sections.iter().find(is_it)?.data.as_bytes()
    }

    /// Adds what another part of the row contains about the same message. A row with two UIDs has none, and so with
    /// flags and texts.
    pub fn merge(&mut self, part: Self) {
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
            sections,
            binary_sizes,
            other,
            absent,
            two_uids,
            two_flags,
            two_texts,
            wrong_length,
        } = part;
        self.seq = self.seq.or(seq);
        self.two_uids |= two_uids;
        self.two_flags |= two_flags;
        match uid.or(self.uid) {
            Some(uid) => drop(self.set_uid(uid)),
            None => self.uid = None,
        }
        match flags.or_else(|| self.flags.clone()) {
            Some(flags) => drop(self.set_flags(flags)),
            None => self.flags = None,
        }
        self.internal_date = self.internal_date.or(internal_date);
        self.size = self.size.or(size);
        self.mod_seq = mod_seq.or(self.mod_seq);
        self.envelope = self.envelope.take().or(envelope);
        self.body = self.body.take().or(body);
        self.body_structure = self.body_structure.take().or(body_structure);
        self.wrong_length |= wrong_length;
        for (name, origin) in two_texts.map(|texts| texts.0).into_iter().flatten() {
            for section in self.sections.iter_mut().filter(|section| section.is_named(&name, origin)) {
                section.data = SectionBody::Nil;
            }
            self.two_texts.get_or_insert_default().0.push((name, origin));
        }
        for section in sections {
            self.add_section(section);
        }
        self.binary_sizes.extend(binary_sizes);
        self.other.extend(other);
        self.absent.extend(absent);
    }
}

/// Even to clear an empty list is a call.
#[inline]
fn clear_list<T>(list: &mut Vec<T>) {
    if !list.is_empty() {
        list.clear();
    }
}

/// One text of a message in an answer to FETCH.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct BodySection {
    /// Which text.
    pub name: SectionName,
    /// Where the text begins in the whole, if a part of it was asked for: bytes from 0.
    pub origin: Option<u64>,
    /// The bytes.
    pub data: SectionBody,
}

impl BodySection {
    /// A section, or the part of it that begins at `origin`.
    #[must_use]
    pub fn new(name: SectionName, origin: Option<u64>, data: SectionBody) -> Self {
        Self { name, origin, data }
    }
}

impl BodySection {
    fn is_named(&self, name: &SectionName, origin: Option<u64>) -> bool {
        self.origin == origin && self.name.means(name)
    }

    /// Whether both may be what was asked for: the same, or one the beginning of the other where parts were asked for.
    fn agrees(&self, other: &Self) -> bool {
        match (&self.data, &other.data) {
            (SectionBody::Here(one), SectionBody::Here(other)) if self.origin.is_some() => {
                one.starts_with(other) || other.starts_with(one)
            }
            (SectionBody::Here(one), SectionBody::Here(other)) => one == other,
            (SectionBody::Nil, SectionBody::Nil) => true,
            _ => false,
        }
    }
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

impl SectionName {
    /// Whether both mean the same text: the older names mean texts that have newer ones.
    fn means(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Body(one), Self::Body(other)) => one.matches(other),
            (Self::Rfc822, Self::Body(section)) | (Self::Body(section), Self::Rfc822) => *section == Section::message(),
            (Self::Rfc822Header, Self::Body(section)) | (Self::Body(section), Self::Rfc822Header) => {
                *section == Section::header()
            }
            (Self::Rfc822Text, Self::Body(section)) | (Self::Body(section), Self::Rfc822Text) => {
                *section == Section::text()
            }
            _ => self == other,
        }
    }
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

/// The bytes of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SectionBody {
    /// `NIL`: there is no such text.
    Nil,
    /// They are here, whether the server sent a literal or a quoted string.
    Here(Bytes),
    /// They follow as a stream of this many bytes.
    Streamed(u64),
}

impl SectionBody {
    /// The bytes, if they are here.
    #[must_use]
    pub fn as_bytes(&self) -> Option<&Bytes> {
        match self {
            Self::Here(bytes) => Some(bytes),
            _ => None,
        }
    }

    /// How many bytes there are; `None` for NIL.
    #[must_use]
    pub fn len(&self) -> Option<u64> {
        match self {
            Self::Nil => None,
            Self::Here(bytes) => Some(bytes.len() as u64),
            Self::Streamed(length) => Some(*length),
        }
    }

    /// Whether there is no byte.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len().unwrap_or_default() == 0
    }
}
