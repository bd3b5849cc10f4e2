//! The size that a server announces for a message, and the bytes that it sends.

/// Whether a text is so much shorter than its RFC822.SIZE that the user should know.
///
/// A small difference proves nothing. Servers that store line ends of one byte count two for each, which is less than an
/// eighth of every text whose lines have eight bytes on average; those that count other headers, or estimate, are nearer. To
/// reject the text would mean to have no copy at all, whatever the difference is.
pub fn is_much_shorter(size: u64, announced: u64) -> bool {
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
