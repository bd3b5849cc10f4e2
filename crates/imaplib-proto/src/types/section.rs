//! Which part of a message a FETCH asks for, and which part an answer holds.

use std::fmt;

use super::{ImapString, InvalidValue};

/// The number of a body part: `1.2.3`; empty for the message itself (RFC 9051, section 6.4.5.1).
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Part(Vec<u32>);

impl Part {
    /// The part with these numbers, the outermost first. RFC 1730 also knows part 0, the header.
    #[must_use]
    pub fn new(numbers: impl Into<Vec<u32>>) -> Self {
        Self(numbers.into())
    }

    /// The numbers, the outermost first.
    #[must_use]
    pub fn numbers(&self) -> &[u32] {
        &self.0
    }

    /// Whether this is the message itself.
    #[must_use]
    pub fn is_message(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, number) in self.0.iter().enumerate() {
            write!(f, "{}{number}", if index == 0 { "" } else { "." })?;
        }
        Ok(())
    }
}

impl std::str::FromStr for Part {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        let numbers: Result<Vec<u32>, _> = text.split('.').map(str::parse).collect();
        numbers.map(Self).map_err(|_| InvalidValue::new("part number", text))
    }
}

/// A section of a message: what stands between the brackets of `BODY[…]` (RFC 9051, section 6.4.5.1).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Section {
    /// The part, or the message itself.
    pub part: Part,
    /// Which text of the part.
    pub text: SectionText,
}

/// Which text of a part a [`Section`] names.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SectionText {
    /// The whole: of a message header and body, of a part its body.
    #[default]
    All,
    /// `HEADER`: the header of a message.
    Header,
    /// `HEADER.FIELDS (…)`: the named fields.
    HeaderFields(Vec<ImapString>),
    /// `HEADER.FIELDS.NOT (…)`: all but the named fields.
    HeaderFieldsNot(Vec<ImapString>),
    /// `TEXT`: the body of a message, without its header.
    Text,
    /// `MIME`: the MIME header of a part.
    Mime,
}

impl Section {
    /// The whole message: `BODY[]`.
    #[must_use]
    pub fn message() -> Self {
        Self { part: Part::default(), text: SectionText::All }
    }

    /// The header of the message: `BODY[HEADER]`.
    #[must_use]
    pub fn header() -> Self {
        Self { part: Part::default(), text: SectionText::Header }
    }

    /// The body of the message without its header: `BODY[TEXT]`.
    #[must_use]
    pub fn text() -> Self {
        Self { part: Part::default(), text: SectionText::Text }
    }

    /// The body of a part: `BODY[1.2]`.
    #[must_use]
    pub fn part(part: Part) -> Self {
        Self { part, text: SectionText::All }
    }

    /// Some fields of the header: `BODY[HEADER.FIELDS (Date Subject)]`.
    #[must_use]
    pub fn header_fields<I: IntoIterator<Item = S>, S: AsRef<str>>(names: I) -> Self {
        let names = names.into_iter().map(|name| ImapString::from(name.as_ref())).collect();
        Self { part: Part::default(), text: SectionText::HeaderFields(names) }
    }

    /// The header of the message that a part is: `BODY[1.HEADER]`.
    #[must_use]
    pub fn header_of(part: Part) -> Self {
        Self { part, text: SectionText::Header }
    }

    /// The text of the message that a part is, without its header: `BODY[1.TEXT]`.
    #[must_use]
    pub fn text_of(part: Part) -> Self {
        Self { part, text: SectionText::Text }
    }

    /// The MIME header of a part: `BODY[1.MIME]`.
    #[must_use]
    pub fn mime(part: Part) -> Self {
        Self { part, text: SectionText::Mime }
    }

    /// The header of the message without these fields.
    #[must_use]
    pub fn header_fields_not<I: IntoIterator<Item = S>, S: AsRef<str>>(names: I) -> Self {
        let names = names.into_iter().map(|name| ImapString::from(name.as_ref())).collect();
        Self { part: Part::default(), text: SectionText::HeaderFieldsNot(names) }
    }

    /// Whether `other` names the same section: field names compared without case and order, as servers echo them freely.
    #[must_use]
    pub fn matches(&self, other: &Self) -> bool {
        let same = |a: &[ImapString], b: &[ImapString]| {
            let within = |a: &[ImapString], b: &[ImapString]| {
                a.iter().all(|name| b.iter().any(|n| n.eq_ignore_ascii_case(name)))
            };
            within(a, b) && within(b, a)
        };
        self.part == other.part
            && match (&self.text, &other.text) {
                (SectionText::HeaderFields(a), SectionText::HeaderFields(b))
                | (SectionText::HeaderFieldsNot(a), SectionText::HeaderFieldsNot(b)) => same(a, b),
                (a, b) => a == b,
            }
    }
}

impl fmt::Display for Section {
    /// Writes what stands between the brackets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.part)?;
        if !self.part.is_message() && self.text != SectionText::All {
            f.write_str(".")?;
        }
        let fields = |f: &mut fmt::Formatter<'_>, word: &str, names: &[ImapString]| {
            write!(f, "{word} (")?;
            for (index, name) in names.iter().enumerate() {
                write!(f, "{}{name}", if index == 0 { "" } else { " " })?;
            }
            f.write_str(")")
        };
        match &self.text {
            SectionText::All => Ok(()),
            SectionText::Header => f.write_str("HEADER"),
            SectionText::HeaderFields(names) => fields(f, "HEADER.FIELDS", names),
            SectionText::HeaderFieldsNot(names) => fields(f, "HEADER.FIELDS.NOT", names),
            SectionText::Text => f.write_str("TEXT"),
            SectionText::Mime => f.write_str("MIME"),
        }
    }
}
