//! What a FETCH asks for.

use crate::types::{BodySection, Fetch, Part, Section, SectionName, SectionText};
use crate::wire::Encoder;

/// One thing to fetch of a message (RFC 9051, section 6.4.5).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FetchItem {
    /// The unique identifier.
    Uid,
    /// The flags.
    Flags,
    /// When the message arrived.
    InternalDate,
    /// The size of the message in bytes: RFC822.SIZE.
    Size,
    /// The modification sequence (RFC 7162).
    ModSeq,
    /// The parsed header.
    Envelope,
    /// The MIME structure without extension data: BODY.
    Body,
    /// The MIME structure: BODYSTRUCTURE.
    BodyStructure,
    /// A text of the message: BODY[…].
    Section {
        /// Which.
        section: Section,
        /// Without setting `\Seen`: BODY.PEEK[…].
        peek: bool,
        /// Only a part of it: where it begins (bytes from 0), and how many bytes.
        partial: Option<(u64, u64)>,
    },
    /// A part without its transfer encoding: BINARY[…] (RFC 3516).
    Binary {
        /// Which.
        part: Part,
        /// Without setting `\Seen`: BINARY.PEEK[…].
        peek: bool,
        /// Only a part of it: where it begins (bytes from 0), and how many bytes.
        partial: Option<(u64, u64)>,
    },
    /// The size of a part without its transfer encoding, in bytes: BINARY.SIZE[…] (RFC 3516).
    BinarySize(Part),
    /// The whole message, and sets `\Seen`: RFC822 (RFC 3501).
    Rfc822,
    /// The header: RFC822.HEADER (RFC 3501).
    Rfc822Header,
    /// The body without the header, and sets `\Seen`: RFC822.TEXT (RFC 3501).
    Rfc822Text,
    /// As [`Rfc822`](Self::Rfc822), without setting `\Seen`: RFC822.PEEK (RFC 1730 alone).
    Rfc822Peek,
    /// As [`Rfc822Text`](Self::Rfc822Text), without setting `\Seen`: RFC822.TEXT.PEEK (RFC 1730 alone).
    Rfc822TextPeek,
    /// These fields of the header; the answer is an RFC822.HEADER: RFC822.HEADER.LINES (RFC 1730 alone).
    Rfc822HeaderLines(Vec<String>),
    /// The header without these fields; the answer is an RFC822.HEADER: RFC822.HEADER.LINES.NOT (RFC 1730 alone).
    Rfc822HeaderLinesNot(Vec<String>),
    /// The first words of the message, if the server has them at hand: PREVIEW (LAZY) (RFC 8970, section 3.2).
    PreviewLazy,
    /// Annotations (RFC 5257, section 4.2): [`Fetch::annotations`] reads them.
    Annotation {
        /// The entries, in which `*` and `%` stand for any text: `/comment`.
        entries: Vec<String>,
        /// The attributes: `value`, `value.priv`, `value.shared`, `size`.
        attributes: Vec<String>,
    },
    /// The first words of the message (RFC 8970): [`Fetch::preview`] reads them.
    Preview,
    /// The identifier of the content (RFC 8474): [`Fetch::email_id`] reads it.
    EmailId,
    /// The identifier of the conversation (RFC 8474): [`Fetch::thread_id`] reads it.
    ThreadId,
    /// All identifiers: only for servers with OBJECTID+. [`Fetch::object_ids`] reads them.
    ObjectIds,
    /// When the message came into this mailbox (RFC 8514): [`Fetch::save_date`] reads it.
    SaveDate,
    /// The identifier of the message (Gmail): [`Fetch::gmail_message_id`] reads it.
    GmailMessageId,
    /// The identifier of the conversation (Gmail): [`Fetch::gmail_thread_id`] reads it.
    GmailThreadId,
    /// The labels (Gmail): [`Fetch::labels`] reads them.
    GmailLabels,
    /// An item that this library does not know, such as `X-REAL-UID`. It must be an atom.
    Other(String),
}

macro_rules! words {
    ($($item:ident = $word:literal;)*) => {
        impl FetchItem {
            /// The name of the item, without arguments.
            fn word(&self) -> &str {
                match self {
                    $(Self::$item => $word,)*
                    Self::Section { peek, .. } => if *peek { "BODY.PEEK" } else { "BODY" },
                    Self::Binary { peek, .. } => if *peek { "BINARY.PEEK" } else { "BINARY" },
                    Self::BinarySize(_) => "BINARY.SIZE",
                    Self::Rfc822HeaderLines(_) => "RFC822.HEADER.LINES",
                    Self::Rfc822HeaderLinesNot(_) => "RFC822.HEADER.LINES.NOT",
                    Self::PreviewLazy => "PREVIEW",
                    Self::Annotation { .. } => "ANNOTATION",
                    Self::Other(name) => name,
                }
            }

            /// The item that is this word and nothing else.
            fn by_word(word: &str) -> Option<Self> {
                $(if word.eq_ignore_ascii_case($word) {
                    return Some(Self::$item);
                })*
                None
            }
        }
    };
}

words! {
    Uid = "UID";
    Flags = "FLAGS";
    InternalDate = "INTERNALDATE";
    Size = "RFC822.SIZE";
    ModSeq = "MODSEQ";
    Envelope = "ENVELOPE";
    Body = "BODY";
    BodyStructure = "BODYSTRUCTURE";
    Rfc822 = "RFC822";
    Rfc822Header = "RFC822.HEADER";
    Rfc822Text = "RFC822.TEXT";
    Rfc822Peek = "RFC822.PEEK";
    Rfc822TextPeek = "RFC822.TEXT.PEEK";
    Preview = "PREVIEW";
    EmailId = "EMAILID";
    ThreadId = "THREADID";
    ObjectIds = "OBJECTID";
    SaveDate = "SAVEDATE";
    GmailMessageId = "X-GM-MSGID";
    GmailThreadId = "X-GM-THRID";
    GmailLabels = "X-GM-LABELS";
}

impl FetchItem {
    /// The whole message, without setting `\Seen`: `BODY.PEEK[]`.
    #[must_use]
    pub fn message() -> Self {
        Self::body_peek(Section::message())
    }

    /// The header, without setting `\Seen`: `BODY.PEEK[HEADER]`.
    #[must_use]
    pub fn header() -> Self {
        Self::body_peek(Section::header())
    }

    /// A section, without setting `\Seen`: `BODY.PEEK[…]`.
    #[must_use]
    pub fn body_peek(section: Section) -> Self {
        Self::Section { section, peek: true, partial: None }
    }

    /// The item that this library knows by the name of this one.
    fn by_name(self) -> Self {
        let Self::Other(name) = &self else { return self };
        Self::by_word(name).unwrap_or(self)
    }

    /// Whether the item holds text of the message, which may be large.
    pub(crate) fn is_text(&self) -> bool {
        matches!(
            self,
            Self::Section { .. }
                | Self::Binary { .. }
                | Self::Rfc822
                | Self::Rfc822Header
                | Self::Rfc822Text
                | Self::Rfc822Peek
                | Self::Rfc822TextPeek
                | Self::Rfc822HeaderLines(_)
                | Self::Rfc822HeaderLinesNot(_)
        )
    }

    /// Whether the row answers this item: by its value, without one (NIL), or by one that cannot be read.
    pub(crate) fn is_in(&self, row: &Fetch) -> bool {
        // Some servers forget to say where a partial text begins.
        let begins = |partial: &Option<(u64, u64)>, origin: Option<u64>| {
            origin.is_none() || partial.map(|(origin, _)| origin) == origin
        };
        let holds = |test: &dyn Fn(&BodySection) -> bool| row.sections.iter().any(test);
        let has_value = match self {
            Self::Uid => row.uid.is_some(),
            Self::Flags => row.flags.is_some(),
            Self::InternalDate => row.internal_date.is_some(),
            Self::Size => row.size.is_some(),
            Self::ModSeq => row.mod_seq.is_some(),
            Self::Envelope => row.envelope.is_some(),
            Self::Body => row.body.is_some(),
            Self::BodyStructure => row.body_structure.is_some(),
            Self::Section { section, partial, .. } => holds(&|text| {
                matches!(&text.name, SectionName::Body(found) if found.matches(section)) && begins(partial, text.origin)
            }),
            Self::Binary { part, partial, .. } => holds(&|text| {
                matches!(&text.name, SectionName::Binary(found) if found == part) && begins(partial, text.origin)
            }),
            Self::BinarySize(part) => row.binary_sizes.iter().any(|(found, _)| found == part),
            Self::Rfc822 | Self::Rfc822Peek => holds(&|text| text.name == SectionName::Rfc822),
            Self::Rfc822Header | Self::Rfc822HeaderLines(_) | Self::Rfc822HeaderLinesNot(_) => {
                holds(&|text| text.name == SectionName::Rfc822Header)
            }
            Self::Rfc822Text | Self::Rfc822TextPeek => holds(&|text| text.name == SectionName::Rfc822Text),
            // These are read only when somebody asks for them.
            Self::Preview
            | Self::PreviewLazy
            | Self::EmailId
            | Self::ThreadId
            | Self::ObjectIds
            | Self::SaveDate
            | Self::GmailMessageId
            | Self::GmailThreadId
            | Self::GmailLabels
            | Self::Annotation { .. }
            | Self::Other(_) => false,
        };
        // A name alone does not tell the text of a message from another one.
        has_value || (!self.is_text() && (row.is_absent(self.word()) || row.is_kept_raw(self.word())))
    }

    pub(crate) fn encode<'a>(&self, encoder: &'a mut Encoder) -> &'a mut Encoder {
        match self {
            Self::Section { section, partial, .. } => {
                encoder.raw(self.word()).raw("[");
                section.encode(encoder).raw("]");
                encode_range(*partial, encoder)
            }
            Self::Binary { part, partial, .. } => {
                encoder.raw(self.word()).raw("[").display(part).raw("]");
                encode_range(*partial, encoder)
            }
            Self::BinarySize(part) => encoder.raw(self.word()).raw("[").display(part).raw("]"),
            Self::Rfc822HeaderLines(fields) | Self::Rfc822HeaderLinesNot(fields) if fields.is_empty() => {
                encoder.refuse("list of header fields (it is empty)", "")
            }
            Self::Rfc822HeaderLines(fields) | Self::Rfc822HeaderLinesNot(fields) => {
                encoder.raw(self.word()).space().list(fields, |encoder, field| encoder.astring(field))
            }
            Self::PreviewLazy => encoder.raw("PREVIEW (LAZY)"),
            Self::Annotation { entries, attributes } if entries.is_empty() || attributes.is_empty() => {
                encoder.refuse("list of entries or attributes (it is empty)", "")
            }
            Self::Annotation { entries, attributes } => {
                encoder.raw("ANNOTATION (").list(entries, |encoder, entry| encoder.astring(entry));
                encoder.space().list(attributes, |encoder, attribute| encoder.astring(attribute)).raw(")")
            }
            // A name that the caller chose is held to the grammar, and the others fit it.
            _ => encoder.atom(self.word()),
        }
    }
}

fn encode_range(partial: Option<(u64, u64)>, encoder: &mut Encoder) -> &mut Encoder {
    match partial {
        Some((_, 0)) => encoder.refuse("partial fetch (it asks for no byte)", "0"),
        Some((origin, length)) => encoder.display(format_args!("<{origin}.{length}>")),
        None => encoder,
    }
}

impl Section {
    fn encode<'a>(&self, encoder: &'a mut Encoder) -> &'a mut Encoder {
        encoder.display(&self.part);
        if !self.part.is_message() && self.text != SectionText::All {
            encoder.raw(".");
        }
        match &self.text {
            SectionText::All => encoder,
            SectionText::Header => encoder.raw("HEADER"),
            SectionText::HeaderFields(names) | SectionText::HeaderFieldsNot(names) if names.is_empty() => {
                encoder.refuse("list of header fields (it is empty)", "")
            }
            SectionText::HeaderFields(names) => {
                encoder.raw("HEADER.FIELDS ").list(names, |encoder, name| encoder.astring(name))
            }
            SectionText::HeaderFieldsNot(names) => {
                encoder.raw("HEADER.FIELDS.NOT ").list(names, |encoder, name| encoder.astring(name))
            }
            SectionText::Text => encoder.raw("TEXT"),
            SectionText::Mime if self.part.is_message() => encoder.refuse("section (MIME needs a part)", "MIME"),
            SectionText::Mime => encoder.raw("MIME"),
        }
    }
}

/// The items of one FETCH. Texts are asked for last, so that the rest of a row is known before they stream.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FetchItems(Vec<FetchItem>);

impl FetchItems {
    /// The items in the order in which they are asked for.
    pub fn iter(&self) -> impl Iterator<Item = &FetchItem> {
        self.0.iter()
    }

    /// Adds an item, once.
    pub fn insert(&mut self, item: FetchItem) {
        let item = item.by_name();
        if self.0.contains(&item) {
            return;
        }
        let end = if item.is_text() {
            self.0.len()
        } else {
            self.0.iter().position(FetchItem::is_text).unwrap_or(self.0.len())
        };
        self.0.insert(end, item);
    }

    /// The same with the words of RFC 3501 for the texts of a message in place of those of RFC 822, which some servers
    /// take and do not answer; nothing if there are none of those.
    #[must_use]
    pub fn without_rfc822(&self) -> Option<Self> {
        let section =
            |text, peek| FetchItem::Section { section: Section { part: Part::default(), text }, peek, partial: None };
        let mut found = false;
        let newer = self.0.iter().map(|item| {
            let item = match item {
                FetchItem::Rfc822 => section(SectionText::All, false),
                FetchItem::Rfc822Peek => section(SectionText::All, true),
                FetchItem::Rfc822Header => section(SectionText::Header, true),
                FetchItem::Rfc822Text => section(SectionText::Text, false),
                FetchItem::Rfc822TextPeek => section(SectionText::Text, true),
                other => return other.clone(),
            };
            found = true;
            item
        });
        let newer = newer.collect();
        found.then_some(newer)
    }

    /// Whether a row answers all of these items.
    pub(crate) fn complete_in(&self, row: &Fetch) -> bool {
        self.0.iter().all(|item| item.is_in(row))
    }

    /// Whether flags are asked for, if nothing is that a server does not send by itself.
    pub(crate) fn only_flags(&self) -> Option<bool> {
        let known = |item: &FetchItem| matches!(item, FetchItem::Uid | FetchItem::Flags | FetchItem::ModSeq);
        self.0.iter().all(known).then(|| self.0.contains(&FetchItem::Flags))
    }

    /// Whether a row with these contents can be an answer to these items, and not unsolicited: a server
    /// also sends UID, FLAGS and MODSEQ by itself, when another client changes the message.
    pub(crate) fn answered_by(&self, row: &Fetch) -> bool {
        let (mut only_unasked, mut all_there) = (true, true);
        for item in &self.0 {
            match item {
                FetchItem::Uid | FetchItem::Flags => all_there &= item.is_in(row),
                FetchItem::ModSeq => {}
                item if item.is_in(row) => return true,
                _ => only_unasked = false,
            }
        }
        // A malformed item leaves its trace among the others, and its row must not be lost.
        if only_unasked { all_there } else { !row.other.is_empty() }
    }
}

impl FromIterator<FetchItem> for FetchItems {
    fn from_iter<I: IntoIterator<Item = FetchItem>>(items: I) -> Self {
        let mut list = Self::default();
        items.into_iter().for_each(|item| list.insert(item));
        list
    }
}

impl From<FetchItem> for FetchItems {
    fn from(item: FetchItem) -> Self {
        Self::from_iter([item])
    }
}

impl From<Vec<FetchItem>> for FetchItems {
    fn from(items: Vec<FetchItem>) -> Self {
        items.into_iter().collect()
    }
}

impl<const N: usize> From<[FetchItem; N]> for FetchItems {
    fn from(items: [FetchItem; N]) -> Self {
        items.into_iter().collect()
    }
}

impl From<Section> for FetchItem {
    fn from(section: Section) -> Self {
        Self::body_peek(section)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_size_of_one_part_is_not_that_of_another() {
        let part = |number: u32| Part::new([number]);
        let mut row = Fetch::default();
        row.binary_sizes.push((part(2), 5));
        assert!(FetchItem::BinarySize(part(2)).is_in(&row));
        assert!(!FetchItem::BinarySize(part(1)).is_in(&row));
    }
}
