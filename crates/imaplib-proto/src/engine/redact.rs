//! Secrets in what a server says during a login, replaced in whichever form it repeats them.

use std::ops::Range;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

/// What stands in place of a secret.
const MARK: &[u8] = b"<secret>";

/// Shorter ones stand in every text by chance.
const SHORTEST_SECRET: usize = 4;

/// The text with a mark in place of each secret, whether the server repeats it as it is, quoted or in Base64, in letters of
/// either case; nothing if there is none.
pub(super) fn redacted(text: &[u8], secrets: &[Zeroizing<String>]) -> Option<Vec<u8>> {
    let mut clean: Option<Vec<u8>> = None;
    for secret in secrets.iter().filter(|secret| secret.len() >= SHORTEST_SECRET) {
        // In one piece: a text that grows leaves copies of itself behind.
        let mut quoted = Zeroizing::new(String::with_capacity(2 * secret.len()));
        for letter in secret.chars() {
            if matches!(letter, '"' | '\\') {
                quoted.push('\\');
            }
            quoted.push(letter);
        }
        let encoded = Zeroizing::new(STANDARD.encode(secret.as_bytes()));
        // The longer form first, of which the other may be a part. Padding may be left out.
        for form in [&**quoted, encoded.trim_end_matches('='), secret.as_str()] {
            if let Some(replaced) = replaced(clean.as_deref().unwrap_or(text), form.as_bytes()) {
                clean = Some(replaced);
            }
        }
    }
    clean
}

/// The text with a mark for each place in which the secret stands, in letters of either case.
fn replaced(text: &[u8], secret: &[u8]) -> Option<Vec<u8>> {
    let (first, length) = (*secret.first()?, secret.len());
    let (mut clean, mut rest) = (Vec::new(), text);
    let (lower, upper) = (first.to_ascii_lowercase(), first.to_ascii_uppercase());
    let mut from = 0;
    while let Some(at) = memchr::memchr2(lower, upper, rest.get(from..).unwrap_or_default()) {
        let at = from + at;
        if rest.get(at..at + length).is_some_and(|found| found.eq_ignore_ascii_case(secret)) {
            clean.extend_from_slice(rest.get(..at).unwrap_or_default());
            clean.extend_from_slice(MARK);
            rest = rest.get(at + length..).unwrap_or_default();
            from = 0;
        } else {
            from = at + 1;
        }
    }
    (rest.len() < text.len()).then(|| {
        clean.extend_from_slice(rest);
        clean
    })
}

/// The bytes with a mark in place of each of these ranges.
pub(super) fn marked(bytes: &[u8], secrets: &[Range<usize>]) -> Vec<u8> {
    let (mut shown, mut from) = (Vec::with_capacity(bytes.len()), 0);
    for range in secrets {
        shown.extend_from_slice(bytes.get(from..range.start).unwrap_or_default());
        shown.extend_from_slice(MARK);
        from = range.end;
    }
    shown.extend_from_slice(bytes.get(from..).unwrap_or_default());
    shown
}
