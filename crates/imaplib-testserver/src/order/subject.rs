//! Base subjects (RFC 5256 section 2.1).

use crate::mailbox::Message;
use crate::mime::decode::decode_words;
use crate::mime::header;

/// A subject without `Re:` and its like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BaseSubject {
    /// In lower case, to be compared.
    pub(crate) text: String,
    /// Whether a mark of a reply or of a forwarded message was removed.
    pub(crate) is_reply: bool,
}

impl BaseSubject {
    pub(crate) fn of(message: &Message) -> Self {
        let field = header::value(&message.structure().header_bytes(&message.content), "subject");
        Self::from_text(&decode_words(&field.unwrap_or_default()))
    }

    fn from_text(subject: &str) -> Self {
        let spaced =
            subject.split([' ', '\t', '\r', '\n']).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
        let lower = spaced.to_lowercase();
        let mut is_reply = false;
        let mut rest = lower.as_str();
        loop {
            while let Some(text) = rest.trim_end().strip_suffix("(fwd)") {
                rest = text;
                is_reply = true;
            }
            rest = without_leaders(rest.trim_end(), &mut is_reply);
            match rest.strip_prefix("[fwd:").and_then(|inner| inner.strip_suffix(']')) {
                Some(inner) => rest = inner,
                None => return Self { text: rest.to_owned(), is_reply },
            }
            is_reply = true;
        }
    }
}

/// Removes what matches `subj-leader`, and `[…]` where something is left behind it.
fn without_leaders<'a>(mut text: &'a str, is_reply: &mut bool) -> &'a str {
    loop {
        let mut rest = text.trim_start();
        let mut last = rest;
        while let Some(behind) = without_blob(rest) {
            (last, rest) = (rest, behind);
        }
        match without_mark(rest) {
            Some(behind) => text = behind,
            None => return if rest.is_empty() { last } else { rest },
        }
        *is_reply = true;
    }
}

/// `re`, `fw` or `fwd`, perhaps a `[…]`, and a colon.
fn without_mark(text: &str) -> Option<&str> {
    let rest = ["re", "fwd", "fw"].into_iter().find_map(|mark| text.strip_prefix(mark))?.trim_start();
    without_blob(rest).unwrap_or(rest).strip_prefix(':')
}

/// Brackets without brackets between them, and the space behind.
fn without_blob(text: &str) -> Option<&str> {
    let (_, rest) = text.strip_prefix('[')?.split_once(']').filter(|(inner, _)| !inner.contains('['))?;
    Some(rest.trim_start())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_removed() {
        for (subject, base, is_reply) in [
            ("Lunch", "lunch", false),
            ("Re: Lunch", "lunch", true),
            ("RE : [x] re: Lunch", "lunch", true),
            ("re[2]: Lunch", "lunch", true),
            ("Lunch (fwd) (FWD) ", "lunch", true),
            ("[list] Re: [list] Lunch\tis  ready", "lunch is ready", true),
            ("[a] [b] Lunch", "lunch", false),
            ("[list]", "[list]", false),
            ("Re: [list]", "[list]", true),
            ("[Fwd: Re: Lunch]", "lunch", true),
            ("Report: Lunch", "report: lunch", false),
            ("", "", false),
            ("Re:", "", true),
        ] {
            let expected = BaseSubject { text: base.to_owned(), is_reply };
            assert_eq!(BaseSubject::from_text(subject), expected, "{subject:?}");
        }
    }
}
