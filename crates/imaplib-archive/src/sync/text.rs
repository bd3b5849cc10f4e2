//! Which texts of an answer are a message's.

use imaplib::blocking::{Body, Row};
use imaplib::types::{Section, SectionName, Uid};

/// Whether this is the whole text of a message: a server may send others, or pieces.
pub(crate) fn is_whole(body: &Body<'_>) -> bool {
    is_whole_section(body.name()) && body.origin().is_none() && body.length().is_some()
}

/// Whether this names the whole text of a message.
pub(crate) fn is_whole_section(name: &SectionName) -> bool {
    match name {
        SectionName::Body(named) => named.matches(&Section::message()),
        SectionName::Rfc822 => true,
        _ => false,
    }
}

/// Whether the row, when all of it is known, is of this message and its text is too: a row that names two messages, or has two
/// texts of one name or one of a wrong length, has none.
pub(crate) fn is_of_message(row: &Row<'_>, uid: Uid) -> bool {
    row.uid() == Some(uid) && !row.data().has_doubtful_text()
}
