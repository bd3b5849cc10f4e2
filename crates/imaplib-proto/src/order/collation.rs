//! How texts are compared (RFC 5051, i;unicode-casemap).

use unicode_normalization::UnicodeNormalization as _;

/// Texts that differ only behind this many characters are equal.
const MAX_COMPARED: usize = 1_000;

/// What a text is compared by: without case, and characters with marks beside those without (i;unicode-casemap, RFC 5051).
/// It has at most 1,000 characters.
///
/// ```
/// use imaplib_proto::order::collation_key;
///
/// assert_eq!(collation_key("É"), collation_key("é"));
/// assert!(collation_key("é") < collation_key("F"));
/// ```
#[must_use]
pub fn collation_key(text: &str) -> String {
    text.chars().take(MAX_COMPARED).map(upper).nfkd().take(MAX_COMPARED).collect()
}

/// The collation maps single characters to single ones: `ß` is not `SS`.
fn upper(letter: char) -> char {
    let mut upper = letter.to_uppercase();
    match (upper.next(), upper.next()) {
        (Some(upper), None) => upper,
        _ => letter,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_compared_without_case_and_beside_their_marks() {
        for (text, other) in [("ann", "ANN"), ("é", "É"), ("é", "e\u{301}"), ("ä", "Ä"), ("①", "1")] {
            assert_eq!(collation_key(text), collation_key(other), "{text} {other}");
        }
        assert!(collation_key("ann") < collation_key("Bob"));
        assert_ne!(collation_key("ß"), collation_key("ss"));
        assert!(collation_key("e") < collation_key("é") && collation_key("é") < collation_key("f"));
        assert_eq!(collation_key(&"é".repeat(5_000)).chars().count(), MAX_COMPARED);
    }
}
