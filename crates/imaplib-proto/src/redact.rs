//! Removes secrets from text: what a server repeats of a password is found in bytes of any encoding, in letters of either
//! case, as it is, quoted, in hexadecimal digits, as in a URL, and in base64, alone or within a longer text such as a SASL
//! response. The beginning of a long secret, in any of these forms, is found too.
//!
//! ```
//! use imaplib_proto::redact::Redactor;
//!
//! let redactor = Redactor::new(["hunter2"]);
//! assert_eq!(redactor.redact_str("NO \"HUNTER2\" is wrong"), "NO \"<secret>\" is wrong");
//! assert_eq!(redactor.redact(b"got aHVudGVyMg=="), &b"got <secret>"[..]); // base64
//! assert_eq!(redactor.redact_str("NO it is wrong"), "NO it is wrong");
//! ```

use std::borrow::Cow;
use std::ops::Range;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

/// What stands in place of a secret.
pub const MARK: &str = "<secret>";

/// Shorter secrets, in bytes, are part of many words.
const MIN_WITHIN_WORDS: usize = 4;

/// Replaces secrets. It wipes its own copies of them when it is dropped.
#[derive(Default)]
pub struct Redactor {
    /// In which forms secrets may be repeated, the longest first, and the number of the secret.
    forms: Vec<(u64, Zeroizing<Vec<u8>>)>,
}

impl Redactor {
    /// One that replaces these secrets.
    pub fn new<S: AsRef<str>>(secrets: impl IntoIterator<Item = S>) -> Self {
        let mut redactor = Self::default();
        for secret in secrets {
            redactor.add(secret.as_ref(), usize::MAX);
        }
        redactor
    }

    /// One that leaves secrets alone of which the like stands in every text by chance: the texts are read afterwards.
    pub(crate) fn of_long<S: AsRef<str>>(secrets: impl IntoIterator<Item = S>) -> Self {
        Self::new(secrets.into_iter().filter(|secret| secret.as_ref().len() >= MIN_WITHIN_WORDS))
    }

    /// Replaces this secret, too, and forgets the oldest one if these are more than `most`.
    pub fn add(&mut self, secret: &str, most: usize) {
        let number = self.forms.iter().map(|(number, _)| number + 1).max().unwrap_or_default();
        let most = u64::try_from(most).unwrap_or(u64::MAX);
        self.forms.retain(|(other, _)| number - other < most);
        for form in forms(secret) {
            // What is added again may be the same.
            self.forms.retain(|(_, other)| *other != form);
            self.forms.push((number, form));
        }
        self.forms.sort_by_key(|(_, form)| std::cmp::Reverse(form.len()));
    }

    /// The bytes with [`MARK`] in place of each secret.
    #[must_use]
    pub fn redact<'a>(&self, bytes: &'a [u8]) -> Cow<'a, [u8]> {
        let mut bytes = Cow::Borrowed(bytes);
        for (_, form) in &self.forms {
            if let Some(replaced) = replaced(&bytes, form) {
                bytes = Cow::Owned(replaced);
            }
        }
        bytes
    }

    /// The text with [`MARK`] in place of each secret.
    #[must_use]
    pub fn redact_str<'a>(&self, text: &'a str) -> Cow<'a, str> {
        match self.redact(text.as_bytes()) {
            Cow::Borrowed(_) => Cow::Borrowed(text),
            Cow::Owned(bytes) => Cow::Owned(String::from_utf8_lossy(&bytes).into_owned()),
        }
    }
}

impl std::fmt::Debug for Redactor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Redactor").finish_non_exhaustive()
    }
}

/// The bytes with [`MARK`] in place of each of these ranges.
#[must_use]
pub fn mark(bytes: &[u8], secrets: &[Range<usize>]) -> Vec<u8> {
    let (mut shown, mut from) = (Vec::with_capacity(bytes.len()), 0);
    for range in secrets {
        shown.extend_from_slice(bytes.get(from..range.start).unwrap_or_default());
        shown.extend_from_slice(MARK.as_bytes());
        from = range.end;
    }
    shown.extend_from_slice(bytes.get(from..).unwrap_or_default());
    shown
}

/// The least beginning of a form that is taken for the secret cut off: of short ones there is none, for it may be a word.
fn min_beginning(length: usize) -> usize {
    if length < 12 { length } else { (length * 3 / 4).clamp(9, 16) }
}

/// The secret as it is, as a quoted string or a URL has it, in hexadecimal digits, and in base64, alone and at each place
/// within a longer text.
fn forms(secret: &str) -> Vec<Zeroizing<Vec<u8>>> {
    // In one piece: a text that grows leaves copies of itself behind.
    let mut quoted = Zeroizing::new(Vec::with_capacity(2 * secret.len()));
    for byte in secret.bytes() {
        if matches!(byte, b'"' | b'\\') {
            quoted.push(b'\\');
        }
        quoted.push(byte);
    }
    let mut hex = Zeroizing::new(Vec::with_capacity(2 * secret.len()));
    let mut in_url = Zeroizing::new(Vec::with_capacity(3 * secret.len()));
    for byte in secret.bytes() {
        let digits =
            [byte >> 4, byte & 15].map(|digit| b"0123456789abcdef".get(usize::from(digit)).copied().unwrap_or(b'0'));
        hex.extend(digits);
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            in_url.push(byte);
        } else {
            in_url.push(b'%');
            in_url.extend(digits);
        }
    }
    let mut forms = vec![Zeroizing::new(secret.as_bytes().to_vec()), quoted, hex, in_url];
    for before in 0..3_usize {
        let bytes = Zeroizing::new([&vec![0; before], secret.as_bytes()].concat());
        let digits = Zeroizing::new(STANDARD.encode(&bytes).into_bytes());
        // The digits at the ends hold bits of the neighbours.
        let inner = digits.get((before * 8).div_ceil(6)..bytes.len() * 8 / 6).unwrap_or_default();
        if inner.len() >= MIN_WITHIN_WORDS {
            forms.push(Zeroizing::new(inner.to_vec()));
        }
        if before == 0 {
            // Padding may be left out.
            let end = digits.iter().position(|digit| *digit == b'=').unwrap_or(digits.len());
            forms.push(Zeroizing::new(digits.get(..end).unwrap_or_default().to_vec()));
            forms.push(digits);
        }
    }
    forms.retain(|form| !form.is_empty());
    forms
}

/// The bytes with a mark for each place in which the form stands, in letters of either case; nothing if it is not there. A
/// short one counts only where it stands alone.
fn replaced(bytes: &[u8], form: &[u8]) -> Option<Vec<u8>> {
    let (first, length) = (*form.first()?, form.len());
    let (lower, upper) = (first.to_ascii_lowercase(), first.to_ascii_uppercase());
    let is_word = |at: Option<usize>| at.and_then(|at| bytes.get(at)).is_some_and(u8::is_ascii_alphanumeric);
    let (mut clean, mut done, mut from) = (Vec::new(), 0, 0);
    while let Some(at) = memchr::memchr2(lower, upper, bytes.get(from..).unwrap_or_default()) {
        let at = from + at;
        let found = bytes.get(at..).unwrap_or_default().iter().zip(form);
        let end = at + found.take_while(|(found, wanted)| found.eq_ignore_ascii_case(wanted)).count();
        let is_it = end - at >= min_beginning(length);
        let within_word = length < MIN_WITHIN_WORDS && (is_word(at.checked_sub(1)) || is_word(Some(end)));
        if is_it && !within_word {
            clean.extend_from_slice(bytes.get(done..at).unwrap_or_default());
            clean.extend_from_slice(MARK.as_bytes());
            done = end;
        }
        from = if is_it { end } else { at + 1 };
    }
    (done > 0).then(|| {
        clean.extend_from_slice(bytes.get(done..).unwrap_or_default());
        clean
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_goes_in_every_form() {
        for secret in ["hunter2", "corr\"ect", "ab", "pä55wörter", "x\\y", "passWORT-7"] {
            let redactor = Redactor::new([secret]);
            let redact = |text: &str| redactor.redact_str(text).into_owned();
            assert_eq!(redact(&format!("bad password ({secret}), {secret}!")), "bad password (<secret>), <secret>!");
            assert_eq!(redact(&secret.to_ascii_uppercase()), MARK, "{secret}");
            let quoted = secret.replace('\\', "\\\\").replace('"', "\\\"");
            assert_eq!(redact(&format!("\"{quoted}\"")), "\"<secret>\"");
            let encoded = STANDARD.encode(secret);
            assert_eq!(redact(&format!("got {encoded}")), "got <secret>", "{secret}");
            assert_eq!(redact(&format!("got {}", encoded.trim_end_matches('='))), "got <secret>", "{secret}");
            assert_eq!(redact(&format!("got {}.", encoded.to_lowercase())), "got <secret>.", "{secret}");
            if secret.len() >= 6 {
                for user in ["a", "al", "ali", "alic"] {
                    let plain = STANDARD.encode(format!("\0{user}\0{secret}"));
                    assert!(redact(&plain).contains(MARK), "{secret}: {plain}");
                }
            }
        }
        let redactor = Redactor::new(["p\u{e4}ss w/rd"]);
        for text in ["70c3a4737320772f7264", "70C3A4737320772F7264", "p%C3%A4ss%20w%2Frd", "p%c3%a4ss%20w%2frd"] {
            assert_eq!(redactor.redact_str(&format!("got {text}.")), "got <secret>.");
        }
        assert_eq!(Redactor::new(["ab"]).redact_str("abbot about ab"), "abbot about <secret>");
        assert_eq!(Redactor::of_long(["ab"]).redact_str("ab"), "ab");
        assert!(matches!(Redactor::new(["hunter2"]).redact(b"the server said no"), Cow::Borrowed(_)));
    }

    #[test]
    fn a_long_secret_that_is_cut_off_goes_too() {
        let token = "ya29.a0AfH6SMBx-0123456789-abcdefghijklmnopqrstuvwxyz";
        let redactor = Redactor::new([token]);
        let redact = |text: &str| redactor.redact_str(text).into_owned();
        let oauth = STANDARD.encode(format!("user=alice@example.org\x01auth=Bearer {token}\x01\x01"));
        let hex: String = token.bytes().map(|byte| format!("{byte:02x}")).collect();
        let cut = |text: &str, length| text.chars().take(length).collect::<String>();
        assert_eq!(redact(&format!("bad token {}...", cut(token, 30))), "bad token <secret>...");
        assert_eq!(redact(&format!("bad token {}", cut(&hex, 40))), "bad token <secret>");
        let end: String = oauth.chars().skip(60).collect();
        assert!(!redact(&oauth).contains(&end) && redact(&oauth).contains(MARK), "{}", redact(&oauth));
        assert!(redact(&cut(&oauth, 80)).ends_with(MARK), "{}", redact(&cut(&oauth, 80)));
        // Less may be a word that says nothing of it.
        assert_eq!(redact(&cut(token, 15)), cut(token, 15));
        assert_eq!(Redactor::new(["wrong-pass"]).redact_str("a wrong-pas"), "a wrong-pas");
        assert_eq!(Redactor::new(["password-of-mine"]).redact_str("the password is wrong"), "the password is wrong");
    }

    #[test]
    fn bytes_of_any_encoding_hide_nothing() {
        let redactor = Redactor::new(["hunter2"]);
        assert_eq!(redactor.redact(b"\xff\xfehunter2\x80"), &b"\xff\xfe<secret>\x80"[..]);
    }

    #[test]
    fn the_newest_secrets_are_remembered_within_bounds() {
        let mut redactor = Redactor::default();
        for number in 0..200 {
            redactor.add(&format!("token-{number:04}-of-the-hour"), 32);
        }
        redactor.add("token-0199-of-the-hour-and-more", 32);
        assert_eq!(redactor.redact_str("token-0199-of-the-hour-and-more"), MARK);
        assert_eq!(redactor.redact_str("token-0199-of-the-hour"), MARK);
        assert_eq!(redactor.redact_str("token-0100-of-the-hour"), "token-0100-of-the-hour");
        assert!(redactor.forms.len() <= 9 * 32, "{}", redactor.forms.len());
    }

    #[test]
    fn ranges_are_marked() {
        assert_eq!(mark(b"abc", &[0..1, 2..3]), b"<secret>b<secret>");
    }

    #[test]
    fn the_oldest_secrets_are_forgotten() {
        let mut redactor = Redactor::default();
        for secret in ["first-one", "second-one", "third-one"] {
            redactor.add(secret, 2);
        }
        assert_eq!(redactor.redact_str("first-one second-one third-one"), "first-one <secret> <secret>");
        redactor.add("second-one", 2);
        assert_eq!(redactor.redact_str("second-one third-one"), "<secret> <secret>");
    }
}
