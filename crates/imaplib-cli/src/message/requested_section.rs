//! Whether a text is the one that was asked for: a server may send others, or pieces.

use imaplib::blocking::{Body, Row};
use imaplib::types::{Section, SectionName, Uid};

/// Whether the row, when all of it is known, is of this message and its texts are too: a row that names two messages, or has
/// two texts of one name or one of a wrong length, has none.
pub(crate) fn is_of_message(row: &Row<'_>, uid: Uid) -> bool {
    row.uid() == Some(uid) && !row.data().has_doubtful_text()
}

/// True for the whole of this section.
pub(crate) fn is_whole(body: &Body<'_>, section: &Section) -> bool {
    is_of(body.name(), section) && body.origin().is_none() && body.length().is_some()
}

/// True where there is no such section (NIL), or no text in it.
pub(crate) fn is_nothing(body: &Body<'_>, section: &Section) -> bool {
    is_of(body.name(), section) && body.origin().is_none() && body.length().is_none()
}

/// True for this section from its first byte on.
pub(crate) fn is_beginning_of(body: &Body<'_>, section: &Section) -> bool {
    is_of(body.name(), section) && body.origin().is_none_or(|origin| origin == 0) && body.length().is_some()
}

/// True for this section from its byte number `start` on.
pub(crate) fn is_from(body: &Body<'_>, section: &Section, start: u64) -> bool {
    is_of(body.name(), section) && body.origin().unwrap_or_default() == start && body.length().is_some()
}

fn is_of(name: &SectionName, section: &Section) -> bool {
    match name {
        SectionName::Body(named) => named.matches(section),
        SectionName::Rfc822 => *section == Section::message(),
        SectionName::Rfc822Header => *section == Section::header(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_has_two_names() {
        for (name, section) in
            [(SectionName::Rfc822, Section::message()), (SectionName::Rfc822Header, Section::header())]
        {
            for other in [Section::message(), Section::header(), Section::text()] {
                assert_eq!(is_of(&name, &other), other == section, "{name:?} {other:?}");
            }
        }
    }
}
