//! Base subjects (RFC 5256, section 2.1).

use super::collation::collation_key;

/// This many characters of a subject are looked at: finding the base of one that is all marks needs time.
const MAX_READ: usize = 4_000;

/// A subject without `Re:`, `Fwd:` and their like, by which messages are sorted and joined in threads (RFC 5256, section
/// 2.1).
///
/// ```
/// use imaplib_proto::order::BaseSubject;
///
/// let subject = BaseSubject::of("Re: [list] Lunch (fwd)");
/// assert_eq!(subject.text(), "Lunch");
/// assert!(subject.is_reply());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaseSubject {
    text: String,
    is_reply: bool,
}

impl BaseSubject {
    /// The base of this subject, whose encoded words are decoded already.
    #[must_use]
    pub fn of(subject: &str) -> Self {
        let end = subject.char_indices().nth(MAX_READ).map_or(subject.len(), |(end, _)| end);
        let words = subject.get(..end).unwrap_or_default().split([' ', '\t', '\r', '\n']);
        let spaced = words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
        let mut rest = spaced.as_str();
        let mut is_reply = false;
        loop {
            rest = without_trailers(rest, &mut is_reply);
            rest = without_leaders(rest, &mut is_reply);
            let Some(inner) = forwarded(rest) else { return Self { text: rest.to_owned(), is_reply } };
            rest = inner;
            is_reply = true;
        }
    }

    /// The base subject as it was written.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What base subjects are compared by: those that differ only in case have the same.
    #[must_use]
    pub fn key(&self) -> String {
        collation_key(&self.text)
    }

    /// Whether the subject has a mark of a reply or of a forwarded message, such as `Re:`, `[Fwd: …]` or `(fwd)`.
    #[must_use]
    pub fn is_reply(&self) -> bool {
        self.is_reply
    }
}

fn without_trailers<'a>(mut text: &'a str, is_reply: &mut bool) -> &'a str {
    loop {
        text = text.trim_end_matches(' ');
        let Some(rest) = strip_suffix(text, "(fwd)") else { return text };
        text = rest;
        *is_reply = true;
    }
}

/// Removes `Re:` and its like, and `[list]` where something is left behind it.
fn without_leaders<'a>(mut text: &'a str, is_reply: &mut bool) -> &'a str {
    loop {
        let mut rest = text.trim_start_matches(' ');
        let mut last = rest;
        // All at once: to look behind all of them again after each would take the square of the time.
        while let Some(behind) = without_blob(rest) {
            (last, rest) = (rest, behind);
        }
        match without_reply_mark(rest) {
            Some(behind) => {
                text = behind;
                *is_reply = true;
            }
            None => return if rest.is_empty() { last } else { rest },
        }
    }
}

/// `subj-refwd`: `re`, `fw` or `fwd`, perhaps a `[…]`, and a colon.
fn without_reply_mark(text: &str) -> Option<&str> {
    let marks = ["re", "fwd", "fw"];
    let rest = marks.into_iter().find_map(|mark| strip_prefix(text, mark))?.trim_start_matches(' ');
    without_blob(rest).unwrap_or(rest).strip_prefix(':')
}

/// `subj-blob`: brackets without brackets between them, and the spaces behind.
fn without_blob(text: &str) -> Option<&str> {
    let inner = text.strip_prefix('[')?;
    let (_, rest) = inner.split_at_checked(inner.find(['[', ']'])?)?;
    Some(rest.strip_prefix(']')?.trim_start_matches(' '))
}

/// The subject inside `[fwd: …]`.
fn forwarded(text: &str) -> Option<&str> {
    strip_prefix(text, "[fwd:")?.strip_suffix(']')
}

fn strip_prefix<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let (start, rest) = text.split_at_checked(prefix.len())?;
    start.eq_ignore_ascii_case(prefix).then_some(rest)
}

fn strip_suffix<'a>(text: &'a str, suffix: &str) -> Option<&'a str> {
    let (rest, end) = text.split_at_checked(text.len().checked_sub(suffix.len())?)?;
    end.eq_ignore_ascii_case(suffix).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_of_answers_and_lists_are_taken_away() {
        for (subject, base) in [
            ("Lunch", "Lunch"),
            ("Re: Lunch", "Lunch"),
            ("RE : [x] re: Lunch", "Lunch"),
            ("re[2]: Lunch", "Lunch"),
            ("Fw: FWD: Lunch (fwd) (FWD) ", "Lunch"),
            ("[list] Re: [list] Lunch\tis \r\n ready", "Lunch is ready"),
            ("[a] [b] Lunch", "Lunch"),
            ("[a] [b] re: [c] [d]", "[d]"),
            ("[a][b] re", "re"),
            ("[a] [b] [c [d]", "[c [d]"),
            ("[a] [fwd: Lunch]", "Lunch"),
            ("[list]", "[list]"),
            ("Re: [list]", "[list]"),
            ("[Fwd: Re: Lunch]", "Lunch"),
            ("[fwd: [Fwd: Lunch (fwd)]]", "Lunch"),
            ("Report: Lunch", "Report: Lunch"),
            ("Fwds", "Fwds"),
            ("[open Lunch", "[open Lunch"),
            ("Rë: Lunch", "Rë: Lunch"),
            ("(fwd)", ""),
            ("Re:", ""),
            ("", ""),
        ] {
            assert_eq!(BaseSubject::of(subject).text(), base, "{subject:?}");
        }
    }

    #[test]
    fn marks_of_answers_are_noticed() {
        for (subject, is_reply) in [
            ("Lunch", false),
            ("[list]  Lunch", false),
            ("Re: Lunch", true),
            ("[list] re: Lunch", true),
            ("Lunch (fwd)", true),
            ("[fwd: Lunch]", true),
            ("", false),
        ] {
            assert_eq!(BaseSubject::of(subject).is_reply(), is_reply, "{subject:?}");
        }
    }

    #[test]
    fn long_subjects_take_no_longer_than_they_are() {
        let count = 250_000;
        for (subject, base) in [
            ("[a] ".repeat(count), "[a]".to_owned()),
            ("[a] ".repeat(500) + "x", "x".to_owned()),
            ("re: ".repeat(900) + "x", "x".to_owned()),
            ("[a] re:".repeat(count / 2), "[a]".to_owned()),
            ("[fwd:".repeat(500) + "x" + &"]".repeat(500), "x".to_owned()),
            (" (fwd)".repeat(600), String::new()),
            ("x".repeat(count), "x".repeat(MAX_READ)),
        ] {
            let start = std::time::Instant::now();
            assert_eq!(BaseSubject::of(&subject).text(), base);
            assert!(start.elapsed() < std::time::Duration::from_secs(2), "{:?}", start.elapsed());
        }
    }
}
