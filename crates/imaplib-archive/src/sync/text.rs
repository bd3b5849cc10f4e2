//! Which texts of an answer are a message's, and how far they are believed.

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

/// Whether a text is so much shorter than its RFC822.SIZE that the user should know.
///
/// A small difference proves nothing. Servers that store line ends of one byte count two for each, which is less than an
/// eighth of every text whose lines have eight bytes on average; those that count other headers, or estimate, are nearer. To
/// reject the text would mean to have no copy at all, whatever the difference is.
pub(crate) fn is_much_shorter(size: u64, announced: u64) -> bool {
    announced.saturating_sub(size) > (announced / 8).max(1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_line_ends_do_not_explain_is_much_shorter() {
        for (size, announced, expected) in [
            (0, 1024, false),
            (0, 1025, true),
            (7_000, 8_000, false),
            (70_000, 80_000, false),
            (69_000, 80_000, true),
            (50_000, 80_000, true),
            (80_000, 70_000, false),
        ] {
            assert_eq!(is_much_shorter(size, announced), expected, "{size} of {announced}");
        }
    }
}
